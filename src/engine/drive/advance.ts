import { RolloutError } from '../../domain/errors.ts';
import type { RolloutEvent, TaskRequest } from '../../domain/rollout/rollout.machine.ts';
import type { WaveEvent } from '../../domain/rollout/wave.machine.ts';
import { epochMs, type EpochMs } from '../../domain/values.ts';
import { decideRollout, decideWave, waveState, type Step, type WavePhase } from './decide.ts';
import type { Lease, LedgerEntry, RolloutRow, RolloutStore } from '../ports.ts';

/** Events that follow from one another, to be committed together with the rows they rest on. */
export interface Advance {
  readonly wave?: { readonly id: number; readonly event: WaveEvent };
  readonly rollout?: RolloutEvent;
  /** The task that this is the answer to. */
  readonly answers?: string;
  readonly ledger?: readonly LedgerEntry[];
  /** More rows for the same transaction. */
  readonly rows?: () => Promise<void>;
}

const ENDED: ReadonlySet<WavePhase> = new Set(['passed', 'rolledBack', 'stale']);

/** What the rollout learns when its wave comes to rest. */
function wordToRollout(phase: WavePhase): RolloutEvent | undefined {
  if (phase === 'passed') return { type: 'WAVE_PASSED' };
  if (phase === 'rolledBack') return { type: 'WAVE_ROLLED_BACK' };
  if (phase === 'stale') return { type: 'WAVE_STALE' };
  return undefined;
}

/**
 * Commits one step of the machines: next checkpoints, the tasks they ask for, rows and ledger, all or nothing. Reading
 * the checkpoints inside the transaction is what keeps two processes (a driver and an operator's command) in line: the
 * answer to a task that an order has withdrawn meanwhile is dropped, with its rows.
 *
 * @returns whether it was committed
 */
export async function advance(store: RolloutStore, now: EpochMs, change: Advance, fence?: Lease): Promise<boolean> {
  return store.transaction(async () => {
    if (change.answers !== undefined && (await store.openTask())?.key !== change.answers) return false;
    const row = await store.rollout();
    const waveStep = change.wave ? await decideWaveRow(store, change.wave, now) : null;
    const event = change.rollout ?? (waveStep ? wordToRollout(waveStep.phase) : undefined);
    const rolloutStep = event ? decideRollout(row.checkpoint, event) : null;
    const revision = await store.saveRollout(rolloutStep?.checkpoint ?? row.checkpoint, row.revision);
    if (change.answers !== undefined) await store.settleTask(change.answers);
    if (waveStep?.step.moved === true || rolloutStep?.moved === true) await dropOpenTasks(store);
    await putTasks(store, revision, waveStep?.step ?? null, change.wave?.id ?? null, 0);
    await putTasks(store, revision, rolloutStep, null, 100);
    await change.rows?.();
    if (change.ledger && change.ledger.length > 0) await store.appendLedger(change.ledger, now);
    return true;
  }, fence);
}

async function decideWaveRow(
  store: RolloutStore,
  { id, event }: NonNullable<Advance['wave']>,
  now: EpochMs,
): Promise<{ readonly step: Step; readonly phase: WavePhase }> {
  const row = (await store.waves()).find((wave) => wave.id === id);
  if (!row)
    throw new RolloutError('STORE_CORRUPT', `wave ${id} is not in the database`, 'Restore the database from a backup.');
  const step = decideWave(row.checkpoint, event);
  const { phase } = waveState(step.checkpoint);
  await store.saveWave(id, { checkpoint: step.checkpoint, endedAt: ENDED.has(phase) ? (row.endedAt ?? now) : null });
  return { step, phase };
}

/** A state that was left no longer wants what it asked for. */
async function dropOpenTasks(store: RolloutStore): Promise<void> {
  for (let open = await store.openTask(); open !== null; open = await store.openTask())
    await store.settleTask(open.key);
}

async function putTasks(
  store: RolloutStore,
  revision: number,
  step: { readonly tasks: readonly TaskRequest[] } | null,
  waveId: number | null,
  offset: number,
): Promise<void> {
  for (const [index, task] of (step?.tasks ?? []).entries()) {
    const notBefore = task.notBefore === undefined || task.notBefore === null ? null : epochMs(task.notBefore);
    await store.putTask({ key: `${revision}/${offset + index}`, kind: task.kind, waveId, notBefore });
  }
}

/** Writes the first tasks of a wave that has just been created. Call inside the transaction that created it. */
export async function putFirstTasks(store: RolloutStore, row: RolloutRow, waveId: number, step: Step): Promise<void> {
  await putTasks(store, row.revision, step, waveId, 200);
}
