import { RolloutError } from '../domain/errors.ts';
import { rolloutState, waveState } from './decide.ts';
import type { RolloutStore } from './ports.ts';

/** Whether a rollout's database can be trusted. */
export interface Verification {
  readonly problems: readonly string[];
  readonly ledgerRows: number;
  /** The last hash of the ledger: kept elsewhere, it shows whether rows were cut off the end. */
  readonly anchor: string;
}

/** Checks the file, the ledger's chain, and the saved states against the rows they speak of. Changes nothing. */
export async function verify(store: RolloutStore): Promise<Verification> {
  const problems = [...(await store.checkIntegrity())];
  const ledger = await store.verifyLedger();
  if (ledger.problem !== null) problems.push(`ledger: ${ledger.problem}`);
  problems.push(...(await statesAgainstRows(store)));
  return { problems, ledgerRows: ledger.rows, anchor: ledger.last };
}

async function statesAgainstRows(store: RolloutStore): Promise<readonly string[]> {
  const problems: string[] = [];
  const row = await store.rollout();
  const waves = await store.waves();
  const state = attempt(() => rolloutState(row.checkpoint), 'the rollout', problems);
  if (state) {
    const { planHash, waveId } = state.context;
    if (planHash !== null && (await store.plan(planHash)) === null) problems.push(`plan ${planHash} is not stored`);
    if (waveId !== null && !waves.some(({ id }) => id === waveId)) problems.push(`wave row ${waveId} is not stored`);
  }
  for (const wave of waves) {
    const known = attempt(() => waveState(wave.checkpoint), `wave ${wave.number}`, problems);
    if (known?.phase !== 'rolledBack') continue;
    const left = (await store.waveCallees(wave.id)).filter(({ step }) => step === 'enforced' || step === 'seeded');
    problems.push(...left.map(({ path }) => `wave ${wave.number} is rolled back, yet ${path} is not`));
  }
  const task = await store.openTask();
  if (task && task.waveId !== null && !waves.some(({ id }) => id === task.waveId)) {
    problems.push(`task ${task.key} names a wave that is not stored`);
  }
  return problems;
}

function attempt<T>(read: () => T, what: string, problems: string[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    problems.push(`${what}: ${error.message}`);
    return null;
  }
}
