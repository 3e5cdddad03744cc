import { RolloutError, type ErrorCode } from '../../domain/errors.ts';
import type { IntentOutcome, TaskKind, WriteAction, WriteIntent } from '../../domain/rollout/intent.ts';
import { sameTarget, samePermissions, type AllowlistState, type ProjectRef } from '../../domain/project.ts';
import { isAnothers, type SeededProof } from '../../domain/plan/reconcile.ts';
import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { rolloutState } from '../drive/decide.ts';
import type { Permit } from '../ports.ts';

/** How a batch of writes ended, and what GitLab showed afterwards. */
export interface WriteResult {
  readonly live: AllowlistState;
  /** Just before the first of the writes. */
  readonly at: EpochMs;
  /** GitLab's words for each write it refused and that is not there all the same. */
  readonly refusals: readonly string[];
}

/** One write that goes with its proof where it needs one: enforcing without having looked cannot be written down. */
export type ProvenAction =
  Exclude<WriteAction, { kind: 'enforce' | 'setInstance' }> | { readonly kind: 'enforce'; readonly proof: SeededProof };

/**
 * What a write is for. Applying and rolling back go on only while their task is the one that is open, and nothing is
 * paused; `order` is what a person at the keyboard asks for, paused or not; `safety` opens a list again that was found to
 * lack an approved entry, which no order may hold up.
 */
export type Purpose = 'apply' | 'rollback' | 'order' | 'safety';

/** How often a write is sent that GitLab did not take (429, 503, a lost connection) and that reading back shows absent. */
const ATTEMPTS = 3;

/**
 * The one way to change a callee on GitLab: intents committed, written, read back, settled. The caller has just read
 * the live state and found these changes missing from it, so what is there afterwards is ours.
 *
 * @throws RolloutError `FORGE_UNAVAILABLE` when GitLab takes no writes for now, `INTERRUPTED` when told to stop
 */
export async function writeToCallee(
  engine: Engine,
  waveId: number,
  callee: ProjectRef,
  actions: readonly ProvenAction[],
  purpose: Purpose,
): Promise<WriteResult> {
  const at = engine.clock.now();
  let left = actions;
  for (let attempt = 1; ; attempt += 1) {
    const { live, refusals, absent, stop } = await writeOnce(engine, waveId, callee, left, purpose);
    if (stop === null || absent.length === 0 || refusals.length > 0) return { live, refusals, at };
    if (stop.code === 'INTERRUPTED' || attempt === ATTEMPTS) throw stop;
    left = absent;
  }
}

interface Round extends Omit<WriteResult, 'at'> {
  /** What reading back did not find, although GitLab did not refuse it. */
  readonly absent: readonly ProvenAction[];
  /** Why writing stopped early; null when every write was sent, or one was refused. */
  readonly stop: RolloutError | null;
}

async function writeOnce(
  engine: Engine,
  waveId: number,
  callee: ProjectRef,
  actions: readonly ProvenAction[],
  purpose: Purpose,
): Promise<Round> {
  const intents = await commitIntents(engine, waveId, callee, actions.map(withoutProof));
  const permit = permitFor(engine, waveId, purpose);
  const refused = new Map<number, string>();
  let stop: RolloutError | null = null;
  for (const [index, action] of actions.entries()) {
    try {
      await send(engine, callee, action, permit);
    } catch (error) {
      if (!(error instanceof RolloutError) || FOR_THE_NEXT_RUN.has(error.code) || engine.signal.aborted) throw error;
      // It may or may not have taken effect. Reading back decides; if that fails too, the intent stays open for the next run.
      if (UNSETTLED.has(error.code)) stop = error;
      else refused.set(intents[index]?.id ?? 0, error.message);
      // Further entries would not make up for a missing one, and enforcement will not follow.
      break;
    }
  }
  const live = await engine.forge.allowlist(callee);
  const outcomes = await settle(engine, callee, intents, live, refused);
  return {
    live,
    refusals: intents.flatMap(({ id }, index) => (outcomes[index] === 'refused' ? [refused.get(id) ?? ''] : [])),
    absent: actions.filter((_, index) => outcomes[index] === 'absent'),
    stop,
  };
}

/** Whether the write happened is for GitLab to say. */
const UNSETTLED: ReadonlySet<ErrorCode> = new Set(['FORGE_UNAVAILABLE', 'FORGE_UNREADABLE', 'INTERRUPTED']);
/** Not GitLab's answer to the write, and nothing to go on with: the permit was not given, or the token is none any more. */
const FOR_THE_NEXT_RUN: ReadonlySet<ErrorCode> = new Set([
  ...(['TOKEN_REFUSED', 'LEASE_LOST', 'LEASE_HELD'] as const),
  ...(['STORE_UNAVAILABLE', 'STORE_CORRUPT'] as const),
]);

const withoutProof = (action: ProvenAction): WriteAction => (action.kind === 'enforce' ? { kind: 'enforce' } : action);

async function send({ forge }: Engine, callee: ProjectRef, action: ProvenAction, permit: Permit): Promise<void> {
  switch (action.kind) {
    case 'addEntry':
      return forge.addEntry(callee, action.entry, permit);
    case 'restoreEntry':
      return forge.addEntry(callee, action.entry, permit);
    case 'removeEntry':
      return forge.removeEntry(callee, action.entry, permit);
    case 'setPermissions':
      return forge.setPermissions(callee, action.entry, permit);
    case 'enforce':
      return forge.enforce(callee, action.proof, permit);
    case 'reopen':
      return forge.reopen(callee, permit);
  }
}

async function commitIntents(
  engine: Engine,
  waveId: number,
  callee: ProjectRef | null,
  actions: readonly WriteAction[],
): Promise<readonly WriteIntent[]> {
  const now = engine.clock.now();
  return fenced(engine, async () => {
    const intents = await engine.store.putIntents(
      actions.map((action) => ({ waveId, callee: callee?.id ?? null, action, createdAt: now })),
    );
    await engine.store.appendLedger(
      intents.map(({ id, action }) => ({
        kind: 'intent',
        subject: callee?.path ?? 'the instance',
        body: { id, waveId, action },
      })),
      now,
    );
    return intents;
  });
}

/** Is what an action wanted there now? Permissions count: an entry with other ones is not the entry that was meant. */
function holds(action: WriteAction, live: AllowlistState): boolean {
  switch (action.kind) {
    case 'addEntry':
    case 'restoreEntry':
    case 'setPermissions':
      return live.entries.some((entry) => sameTarget(entry, action.entry) && samePermissions(entry, action.entry));
    case 'removeEntry':
      return !live.entries.some((entry) => sameTarget(entry, action.entry));
    case 'enforce':
      return live.stored ?? live.effective;
    case 'reopen':
      return !(live.stored ?? live.effective);
    case 'setInstance':
      return live.effective === action.enforced;
  }
}

/** How a write ended. What GitLab refused and is there all the same was put there by somebody else meanwhile. */
function outcomeOf(
  { action, createdAt }: WriteIntent,
  live: AllowlistState,
  words: string | null,
  username: string | null,
): IntentOutcome {
  if (!holds(action, live)) return words === null ? 'absent' : 'refused';
  if (words !== null) return 'already';
  if (action.kind !== 'addEntry' && action.kind !== 'restoreEntry') return 'done';
  const there = live.entries.find((entry) => sameTarget(entry, action.entry));
  return there && isAnothers(there, { createdAt }, username) ? 'already' : 'done';
}

const NOTHING: AllowlistState = { stored: null, effective: false, entries: [] };

/** @param live - null for a callee that is gone, which keeps nothing of ours */
async function settle(
  engine: Engine,
  callee: ProjectRef,
  intents: readonly WriteIntent[],
  live: AllowlistState | null,
  refused: ReadonlyMap<number, string>,
): Promise<readonly IntentOutcome[]> {
  const { store, clock } = engine;
  const now = clock.now();
  return fenced(engine, async () => {
    const { identity } = await store.rollout();
    const outcomes: IntentOutcome[] = [];
    for (const intent of intents) {
      const { id } = intent;
      const detail = refused.get(id) ?? null;
      const outcome = outcomeOf(intent, live ?? NOTHING, detail, identity?.username ?? null);
      await store.settleIntents([id], outcome, detail, now);
      await store.appendLedger([{ kind: 'outcome', subject: callee.path, body: { id, outcome, detail } }], now);
      outcomes.push(outcome);
    }
    if (live !== null) await store.updateAllowlist(callee.id, live, now);
    return outcomes;
  });
}

/** The intents of a wave by callee, so that a wave of thousands is read once. */
export async function intentsByCallee(
  { store }: Pick<Engine, 'store'>,
  waveId: number,
): Promise<(callee: number) => readonly WriteIntent[]> {
  const byCallee = new Map<number, WriteIntent[]>();
  for (const intent of await store.intents(waveId)) {
    if (intent.callee === null) continue;
    const list = byCallee.get(intent.callee);
    if (list) list.push(intent);
    else byCallee.set(intent.callee, [intent]);
  }
  return (callee) => byCallee.get(callee) ?? [];
}

/** Sets or clears the switch of the whole instance, by the same protocol. */
export async function writeInstanceSwitch(
  engine: Engine,
  waveId: number,
  enforced: boolean,
): Promise<{ readonly done: boolean; readonly refusal: string | null }> {
  const [intent] = await commitIntents(engine, waveId, null, [{ kind: 'setInstance', enforced }]);
  let refusal: string | null = null;
  try {
    await engine.forge.setInstanceEnforced(enforced, permitFor(engine, waveId, enforced ? 'apply' : 'rollback'));
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    if (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND') refusal = error.message;
    else if (!UNSETTLED.has(error.code) || error.code === 'INTERRUPTED') throw error;
  }
  const done = (await readSwitch(engine)) === enforced;
  if (intent) await settleSwitch(engine, intent, done, refusal);
  return { done, refusal };
}

async function readSwitch(engine: Engine): Promise<boolean> {
  const value = await engine.forge.instanceEnforced();
  if (value !== null) return value;
  throw new RolloutError(
    'FORGE_UNREADABLE',
    'the instance switch cannot be read back',
    'Use an administrator’s token.',
  );
}

async function settleSwitch(engine: Engine, intent: WriteIntent, done: boolean, refusal: string | null): Promise<void> {
  const now = engine.clock.now();
  const outcome: IntentOutcome = done ? 'done' : refusal === null ? 'absent' : 'refused';
  await fenced(engine, async () => {
    await engine.store.settleIntents([intent.id], outcome, refusal, now);
    await engine.store.appendLedger(
      [{ kind: 'outcome', subject: 'the instance', body: { id: intent.id, outcome, detail: refusal } }],
      now,
    );
  });
}

/**
 * After a crash: every intent without an outcome is looked up on GitLab, never repeated. What is there was written by
 * the process that died, because an intent is committed only after its change was seen to be missing.
 */
export async function settleOpenIntents(engine: Engine): Promise<number> {
  const open = await engine.store.openIntents();
  const callees = new Map<number, WriteIntent[]>();
  for (const intent of open) {
    if (intent.callee === null) {
      const { action } = intent;
      if (action.kind === 'setInstance')
        await settleSwitch(engine, intent, (await readSwitch(engine)) === action.enforced, null);
      continue;
    }
    callees.set(intent.callee, [...(callees.get(intent.callee) ?? []), intent]);
  }
  let left = 0;
  for (const intents of callees.values()) {
    const id = intents[0]?.callee ?? null;
    const known = id === null ? null : await engine.store.project(id);
    if (!known) continue;
    const ref = { id: known.id, path: known.path };
    const live = await engine.forge.allowlist(ref).catch((error: unknown) => {
      if (error instanceof RolloutError && error.code === 'FORGE_NOT_FOUND') return null;
      throw error;
    });
    // Out of sight is not gone: what we wrote may stand there, and is ours to take back once it can be seen again.
    if (live === null && !(await seesAll(engine.store))) left += intents.length;
    else await settle(engine, ref, intents, live, new Map());
  }
  return open.length - left;
}

/** GitLab answers 404 for what is hidden as for what is deleted; of an administrator's token nothing is hidden. */
export const seesAll = async (store: Engine['store']): Promise<boolean> =>
  (await store.rollout()).identity?.admin === true;

const TASKS_OF: Readonly<Record<Exclude<Purpose, 'order' | 'safety'>, readonly TaskKind[]>> = {
  apply: ['applyWave'],
  rollback: ['rollbackWave', 'rollbackAll'],
};

/**
 * Asked before every single write, at the moment it leaves: is the lease still ours, and has nobody said stop meanwhile?
 * Both are read from the database, so that neither a wrong clock nor a long wait for a turn makes this process believe
 * what was true earlier. An operator's pause, abort or rollback in another terminal takes effect here, within one call:
 * it withdraws the task that is carried out.
 */
function permitFor(engine: Engine, waveId: number, purpose: Purpose): Permit {
  return () =>
    fenced(engine, async () => {
      if (purpose === 'safety') return;
      engine.signal.throwIfAborted();
      if (purpose === 'order') return;
      const { phase, paused } = rolloutState((await engine.store.rollout()).checkpoint);
      const task = await engine.store.openTask();
      const wanted = task !== null && TASKS_OF[purpose].includes(task.kind) && (task.waveId ?? waveId) === waveId;
      if (wanted && !paused) return;
      throw new RolloutError(
        'INTERRUPTED',
        `no further write: ${paused ? 'the rollout is paused' : `another order came, the rollout is ${phase}`}`,
        'Go on with `tidegate resume`.',
      );
    });
}
