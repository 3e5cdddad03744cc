import { RolloutError } from '../../domain/errors.ts';
import type { IntentOutcome, TaskKind, WriteAction, WriteIntent } from '../../domain/rollout/intent.ts';
import type { ProjectId } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { rolloutState } from '../drive/decide.ts';
import type { Permit } from '../ports.ts';

/** What writing needs of the engine. A command that only keeps an anchor has no task and no wave. */
export type Writer = Pick<Engine, 'store' | 'forge' | 'clock' | 'lease' | 'signal'>;

/** Where writes belong that are committed together. */
export interface Place {
  /** Null for what is of no wave. */
  readonly waveId: number | null;
  /** Null for what is of no callee. */
  readonly callee: ProjectId | null;
  /** For the ledger: the callee's path, `the instance`, the project of an issue. */
  readonly subject: string;
}

/** Writes down what is about to be sent, with its ledger rows, in one transaction. */
export async function commitIntents(
  engine: Writer,
  { waveId, callee, subject }: Place,
  actions: readonly WriteAction[],
): Promise<readonly WriteIntent[]> {
  const now = engine.clock.now();
  return fenced(engine, async () => {
    const intents = await engine.store.putIntents(
      actions.map((action) => ({ waveId, callee, action, createdAt: now })),
    );
    await engine.store.appendLedger(
      intents.map(({ id, action }) => ({ kind: 'intent', subject, body: { id, waveId, action } })),
      now,
    );
    return intents;
  });
}

/** Records how a write ended. To be called within a transaction of the driver. */
export async function recordOutcome(
  { store, clock }: Writer,
  subject: string,
  { id }: WriteIntent,
  outcome: IntentOutcome,
  detail: string | null,
): Promise<void> {
  const now = clock.now();
  await store.settleIntents([id], outcome, detail, now);
  await store.appendLedger([{ kind: 'outcome', subject, body: { id, outcome, detail } }], now);
}

/**
 * What a write is for. Applying and rolling back go on only while their task is the one that is open, and nothing is
 * paused; `order` is what a person at the keyboard asks for, paused or not, and `record` keeps the ledger's anchor;
 * `safety` opens a list again that was found to lack an approved entry, which no order may hold up.
 */
export type Purpose = 'apply' | 'rollback' | 'order' | 'record' | 'safety';

const TASKS_OF: Readonly<Partial<Record<Purpose, readonly TaskKind[]>>> = {
  apply: ['applyWave'],
  rollback: ['rollbackWave', 'rollbackAll'],
};

/**
 * The only maker of permits: one for each intent, and good for one request. It is asked at the moment the write leaves:
 * is the intent still open, is the lease still ours, and has nobody said stop meanwhile? All of it is read from the
 * database, so that neither a wrong clock nor a long wait for a turn makes this process believe what was true earlier. An
 * operator's pause, abort or rollback in another terminal takes effect here, within one call: it withdraws the task that
 * is carried out.
 */
export function permitFor(engine: Writer, { id, waveId }: WriteIntent, purpose: Purpose): Permit {
  let used = false;
  const ask = (): Promise<void> =>
    fenced(engine, async () => {
      if (used || !(await engine.store.isOpenIntent(id))) throw new Error(`intent ${id} was to be sent a second time`);
      used = true;
      if (purpose === 'safety') return;
      engine.signal.throwIfAborted();
      const tasks = TASKS_OF[purpose];
      if (tasks) await refuseUnwanted(engine, tasks, waveId);
    });
  return ask as Permit;
}

async function refuseUnwanted({ store }: Writer, kinds: readonly TaskKind[], waveId: number | null): Promise<void> {
  const { phase, paused } = rolloutState((await store.rollout()).checkpoint);
  const task = await store.openTask();
  const wanted = task !== null && kinds.includes(task.kind) && (task.waveId ?? waveId) === waveId;
  if (wanted && !paused) return;
  throw new RolloutError(
    'INTERRUPTED',
    `no further write: ${paused ? 'the rollout is paused' : `another order came, the rollout is ${phase}`}`,
    'Go on with `tidegate resume`.',
  );
}
