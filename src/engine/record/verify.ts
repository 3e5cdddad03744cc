import { RolloutError } from '../../domain/errors.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import { rolloutState, waveState, type RolloutState, type WaveState } from '../drive/decide.ts';
import type { RolloutStore, WaveCallee, WaveRow } from '../ports.ts';
import { personWait } from '../drive/waits.ts';
import { rowsAgainstLedger } from './against-ledger.ts';

/** Whether a rollout's database can be trusted. */
export interface Verification {
  readonly problems: readonly string[];
  readonly ledgerRows: number;
  /** The last hash of the ledger: kept elsewhere, it shows whether rows were cut off the end. */
  readonly anchor: string;
}

/**
 * Checks the file, the ledger's chain, and the saved states against the rows they speak of. Changes nothing.
 *
 * @param anchor - hash of the last row at an earlier time, which must still be in the ledger
 */
export async function verify(store: RolloutStore, anchor?: string): Promise<Verification> {
  const problems = [...(await store.checkIntegrity())];
  const ledger = await store.verifyLedger(anchor);
  if (ledger.problem !== null) problems.push(`ledger: ${ledger.problem}`);
  const states = await attempt(() => statesAgainstRows(store), 'the saved states');
  // Rows are held against a ledger only that is itself what was written.
  const rows = ledger.problem === null ? await attempt(() => rowsAgainstLedger(store), 'the rows') : [];
  return { problems: [...problems, ...states, ...rows], ledgerRows: ledger.rows, anchor: ledger.last };
}

async function statesAgainstRows(store: RolloutStore): Promise<readonly string[]> {
  const problems: (readonly string[])[] = [];
  const waves = await store.waves();
  const states = new Map<number, WaveState>();
  for (const wave of waves) {
    const found = await attempt(async () => {
      const state = waveState(wave.checkpoint);
      states.set(wave.id, state);
      return calleesAgainstWave(wave, state, await store.waveCallees(wave.id), await store.intents(wave.id));
    }, `wave ${wave.number}`);
    problems.push(found);
  }
  const row = await store.rollout();
  const found = await attempt(async () => {
    const state = rolloutState(row.checkpoint);
    return [...(await rolloutAgainstRows(store, state, waves)), ...(await standstill(store, state, waves, states))];
  }, 'the rollout');
  return [...problems.flat(), ...found];
}

async function rolloutAgainstRows(
  store: RolloutStore,
  { context: { planHash, waveId } }: RolloutState,
  waves: readonly WaveRow[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const isStored = (await store.plans()).some(({ hash }) => hash === planHash);
  if (planHash !== null && !isStored) problems.push(`plan ${planHash} is not stored`);
  if (waveId !== null && !waves.some(({ id }) => id === waveId)) problems.push(`wave row ${waveId} is not stored`);
  const task = await store.openTask();
  if (task !== null && task.waveId !== null && !waves.some(({ id }) => id === task.waveId))
    problems.push(`task ${task.key} names a wave that is not stored`);
  return problems;
}

/** A rollout that has nothing to do and asks nobody for anything would stand still for ever. */
async function standstill(
  store: RolloutStore,
  { phase, paused, context }: RolloutState,
  waves: readonly WaveRow[],
  states: ReadonlyMap<number, WaveState>,
): Promise<readonly string[]> {
  if (paused || phase === 'aborted' || (await store.openTask()) !== null) return [];
  const wave = waves.find(({ id }) => id === context.waveId);
  const state = wave && states.get(wave.id);
  const atHand =
    wave && state ? { number: wave.number, phase: state.phase, verdict: state.context.verdict, seen: null } : null;
  if (personWait({ phase, ...context }, atHand) !== null) return [];
  return [`the rollout is ${phase}, has nothing to do and waits for nobody`];
}

/** The steps of callees that a wave in this state cannot have, and steps that no write accounts for. */
function calleesAgainstWave(
  { number }: WaveRow,
  { phase, context }: WaveState,
  callees: readonly WaveCallee[],
  intents: readonly WriteIntent[],
): readonly string[] {
  const problems: string[] = [];
  const touched = new Set(intents.flatMap(({ callee }) => callee ?? []));
  const untouched = phase === 'awaitingApproval' || phase === 'stale';
  for (const { callee, path, step, before, enforcedAt } of callees) {
    const name = `wave ${number}: ${path}`;
    if (phase === 'rolledBack' && (step === 'enforced' || step === 'seeded'))
      problems.push(`${name} is ${step}, yet the wave is rolled back`);
    if (SETTLED.has(phase) && (step === 'pending' || step === 'seeded'))
      problems.push(`${name} is ${step}, yet the wave is ${phase}`);
    if (untouched && step !== 'pending') problems.push(`${name} is ${step}, yet the wave is ${phase}`);
    if (step === 'enforced' && enforcedAt === null) problems.push(`${name} is enforced at no moment`);
    if (step !== 'pending' && step !== 'failed' && before === null)
      problems.push(`${name} is ${step}, and its earlier state is not kept`);
    if (before === null && touched.has(callee)) problems.push(`${name} was written to before its state was kept`);
  }
  if (phase === 'soaking' && (context.soakUntil === null || context.nextSweepAt === null))
    problems.push(`wave ${number} soaks until no moment`);
  return problems;
}

/** The wave was applied to its end. */
const SETTLED: ReadonlySet<string> = new Set(['soaking', 'inconclusive', 'passed']);

async function attempt(read: () => Promise<readonly string[]>, what: string): Promise<readonly string[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return [`${what}: ${error.message}`];
  }
}
