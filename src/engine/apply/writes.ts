import { RolloutError, type ErrorCode } from '../../domain/errors.ts';
import type { IntentOutcome, WaveAction, WriteAction, WriteIntent } from '../../domain/rollout/intent.ts';
import { sameTarget, samePermissions, type AllowlistState, type ProjectRef } from '../../domain/project.ts';
import { isAnothers, type SeededProof } from '../../domain/plan/reconcile.ts';
import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import type { Permit } from '../ports.ts';
import { commitIntents, permitFor, recordOutcome, type Purpose } from './intents.ts';

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
  Exclude<WaveAction, { kind: 'enforce' | 'setInstance' }> | { readonly kind: 'enforce'; readonly proof: SeededProof };

/** What became of a write that is not there, where it is known that it can no longer come. */
const NOT_SENT = 'not sent';
const NOT_AS_MEANT = 'answered, and not there as it was meant';

/** How often a write is sent that GitLab did not take (429, 503, a lost connection) and that reading back shows absent. */
const ATTEMPTS = 3;

/**
 * Which of the writes that did not take are still to be sent, by the reading that shows them absent: a person may have
 * worked on the list meanwhile.
 */
export type Again = (
  absent: readonly ProvenAction[],
  live: AllowlistState,
) => readonly ProvenAction[] | Promise<readonly ProvenAction[]>;

/**
 * The one way to change a callee on GitLab: intents committed, written, read back, settled. The caller has just read
 * the live state and found these changes missing from it, so what is there afterwards is ours.
 *
 * @param again - what is sent once more where GitLab took nothing; all of it for writes that take nothing from anybody
 * @throws RolloutError `FORGE_UNAVAILABLE` when GitLab takes no writes for now, `INTERRUPTED` when told to stop
 */
export async function writeToCallee(
  engine: Engine,
  waveId: number,
  callee: ProjectRef,
  actions: readonly ProvenAction[],
  purpose: Purpose,
  again: Again = (absent) => absent,
): Promise<WriteResult> {
  const at = engine.clock.now();
  let left = actions;
  for (let attempt = 1; ; attempt += 1) {
    const { live, refusals, absent, stop, cut } = await writeOnce(engine, waveId, callee, left, purpose);
    if (!cut || absent.length === 0 || refusals.length > 0) return { live, refusals, at };
    if (stop !== null && (stop.code === 'INTERRUPTED' || attempt === ATTEMPTS)) throw stop;
    left = await again(absent, live);
    if (left.length === 0) return { live, refusals, at };
  }
}

interface Round extends Omit<WriteResult, 'at'> {
  /** What reading back did not find, although GitLab did not refuse it. */
  readonly absent: readonly ProvenAction[];
  /** Why writing stopped early; null when every write was sent, or one was refused. */
  readonly stop: RolloutError | null;
  /** Writing stopped early, for whatever reason. What was refused may have been there all the same. */
  readonly cut: boolean;
}

async function writeOnce(
  engine: Engine,
  waveId: number,
  callee: ProjectRef,
  actions: readonly ProvenAction[],
  purpose: Purpose,
): Promise<Round> {
  const place = { waveId, callee: callee.id, subject: callee.path };
  const intents = await commitIntents(engine, place, actions.map(withoutProof));
  const refused = new Map<number, string>();
  // Until it is sent, it is not.
  const failed = new Map(intents.map(({ id }) => [id, NOT_SENT]));
  let stop: RolloutError | null = null;
  for (const [index, intent] of intents.entries()) {
    const action = actions[index];
    if (!action) break;
    failed.delete(intent.id);
    try {
      await send(engine, callee, action, permitFor(engine, intent, purpose));
      failed.set(intent.id, NOT_AS_MEANT);
    } catch (error) {
      if (!(error instanceof RolloutError) || FOR_THE_NEXT_RUN.has(error.code)) throw error;
      // It may or may not have taken effect. Reading back decides; if that fails too, the intent stays open for the next run.
      if (UNSETTLED.has(error.code)) stop = error;
      else refused.set(intent.id, error.message);
      if (!error.unanswered) failed.set(intent.id, error.message);
      // Further entries would not make up for a missing one, and enforcement will not follow.
      break;
    }
  }
  const live = await engine.forge.finishing(() => engine.forge.allowlist(callee));
  const outcomes = await settle(engine, callee, intents, live, { refused, failed });
  return {
    live,
    refusals: intents.flatMap(({ id }, index) => (outcomes[index] === 'refused' ? [refused.get(id) ?? ''] : [])),
    absent: actions.filter((_, index) => outcomes[index] === 'absent'),
    stop,
    cut: stop !== null || refused.size > 0,
  };
}

/** Whether the write happened is for GitLab to say. */
const UNSETTLED: ReadonlySet<ErrorCode> = new Set(['FORGE_UNAVAILABLE', 'FORGE_UNREADABLE', 'INTERRUPTED']);
/** The write was not sent, or the token is no longer valid: this says nothing about the write, so the run must stop. */
const FOR_THE_NEXT_RUN: ReadonlySet<ErrorCode> = new Set([
  ...(['TOKEN_REFUSED', 'LEASE_LOST', 'LEASE_HELD'] as const),
  ...(['STORE_UNAVAILABLE', 'STORE_BLOCKED', 'STORE_CORRUPT'] as const),
]);

const withoutProof = (action: ProvenAction): WaveAction => (action.kind === 'enforce' ? { kind: 'enforce' } : action);

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

/** Is what an action wanted there now? Permissions count: an entry with other ones is not the entry that was meant. */
export function holds(action: WriteAction, live: AllowlistState): boolean {
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
    case 'openIssue':
    case 'addNote':
      throw new Error(`${action.kind} is not a write to a callee`);
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

const NO_WORDS = { refused: new Map<number, string>(), failed: new Map<number, string>() };
const NOTHING: AllowlistState = { stored: null, effective: false, entries: [] };

/**
 * Settles writes to one callee by what it shows now, and keeps that reading.
 *
 * @param live - null for a callee that is gone, which keeps nothing of ours
 * @param words - GitLab's words for those that it refused, by intent; and why those that are absent cannot come any more,
 *   where that is known: of an absent one without such words nobody saw an answer
 */
export async function settle(
  engine: Engine,
  callee: ProjectRef,
  intents: readonly WriteIntent[],
  live: AllowlistState | null,
  words: { readonly refused: ReadonlyMap<number, string>; readonly failed: ReadonlyMap<number, string> } = NO_WORDS,
): Promise<readonly IntentOutcome[]> {
  const { store, clock } = engine;
  return fenced(engine, async () => {
    const { identity } = await store.rollout();
    const outcomes: IntentOutcome[] = [];
    for (const intent of intents) {
      const refusal = words.refused.get(intent.id) ?? null;
      const outcome = outcomeOf(intent, live ?? NOTHING, refusal, identity?.username ?? null);
      const detail = refusal ?? (outcome === 'absent' ? (words.failed.get(intent.id) ?? null) : null);
      await recordOutcome(engine, callee.path, intent, outcome, detail);
      outcomes.push(outcome);
    }
    if (live !== null) await store.updateAllowlist(callee.id, live, clock.now());
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
