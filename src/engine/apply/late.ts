import { isAnothers } from '../../domain/plan/reconcile.ts';
import { targetKey, type AllowlistState, type ProjectRef } from '../../domain/project.ts';
import type { WaveAction, WriteAction, WriteIntent } from '../../domain/rollout/intent.ts';
import { fenced, type Engine } from '../context.ts';
import { commitIntents, recordOutcome } from './intents.ts';
import { holds } from './writes.ts';

/*
 * GitLab carries a request out although whoever sent it is gone. A look right after a crash, or after a connection that
 * broke off, may find the setting off and the entry missing, and they come a minute later.
 */

/** No request takes effect so long after it was sent; what is there later without a date of GitLab's may be anybody's. */
const FRESH_MS = 10 * 60_000;

const LATE = 'it took effect after it had been looked for';

/** Absent when it was looked for, and nobody saw an answer: what was refused or never sent says so. */
export const isUnanswered = ({ outcome, detail }: WriteIntent): boolean => outcome === 'absent' && detail === null;

/** What writes speak of: two of the same follow one another. */
function subjectOf(action: WriteAction): string {
  if ('entry' in action) return targetKey(action.entry);
  return action.kind === 'setInstance' ? 'instance' : 'setting';
}

/** The unanswered writes that no later one of the same entry or setting has come after. */
function unansweredOf(intents: readonly WriteIntent[]): readonly WriteIntent[] {
  const last = new Map<string, WriteIntent>();
  for (const intent of intents)
    if (intent.outcome === 'done' || isUnanswered(intent)) last.set(subjectOf(intent.action), intent);
  return [...last.values()].filter(isUnanswered);
}

/**
 * Takes up what has come since it was looked for: as an intent that is done, beside the one that was given up. Without that
 * it would count as a person's.
 *
 * @param written - intents of the callee
 * @param live - what GitLab shows of it now
 * @returns its intents with what was taken up
 */
export async function takeUpLate(
  engine: Engine,
  waveId: number,
  callee: ProjectRef,
  written: readonly WriteIntent[],
  live: AllowlistState,
): Promise<readonly WriteIntent[]> {
  const { identity } = await engine.store.rollout();
  const now = engine.clock.now();
  const isOurs = ({ action, createdAt }: WriteIntent): boolean => {
    if (!holds(action, live)) return false;
    const there = 'entry' in action && live.entries.find((entry) => targetKey(entry) === targetKey(action.entry));
    if (!there || there.createdAt === null) return now - createdAt <= FRESH_MS;
    return !isAnothers(there, { createdAt }, identity?.username ?? null) && there.createdAt - createdAt <= FRESH_MS;
  };
  const late = unansweredOf(written).filter(isOurs);
  if (late.length === 0) return written;
  const actions = late.map(({ action }) => action as WaveAction);
  return fenced(engine, async () => {
    const taken = await commitIntents(engine, { waveId, callee: callee.id, subject: callee.path }, actions);
    for (const intent of taken) await recordOutcome(engine, callee.path, intent, 'done', LATE);
    const done = { outcome: 'done', detail: LATE, settledAt: now } as const;
    return [...written, ...taken.map((intent) => ({ ...intent, ...done }))];
  });
}

/** Writes that a rollback goes against; of its own it does not matter when they take effect. */
function isAgainstRollback({ action }: WriteIntent, before: readonly WriteIntent[]): boolean {
  switch (action.kind) {
    case 'addEntry':
    case 'enforce':
      return true;
    case 'setInstance':
      return action.enforced;
    case 'removeEntry':
    case 'setPermissions':
      return !before.some((other) => other.action.kind === 'addEntry' && subjectOf(other.action) === subjectOf(action));
    case 'restoreEntry':
    case 'reopen':
    case 'openIssue':
    case 'addNote':
      return false;
  }
}

/** Before anything of a wave is taken back: waits until nothing of it can take effect any more that nobody saw an answer to. */
export async function outlastUnanswered({ store, forge }: Engine, waveId: number): Promise<void> {
  const intents = await store.intents(waveId);
  const last = intents.findLast((intent) => isUnanswered(intent) && isAgainstRollback(intent, intents));
  if (last) await forge.outlast(last.createdAt);
}
