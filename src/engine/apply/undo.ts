import type { RollbackPlan } from '../../domain/plan/reconcile.ts';
import { targetKey, type AllowlistState } from '../../domain/project.ts';
import type { Again, ProvenAction, WriteResult } from './writes.ts';

/** Changes between two looks: people work on the list meanwhile, and GitLab writes without conditions. */
const AT_ONCE = 10;

/**
 * Carries out what a comparison comes to, and compares anew with each reading on the way, so that what a person changes
 * between two writes is kept as well. One entry that GitLab refuses does not keep the others from coming back.
 *
 * @param first - the list as it was just read
 * @param planFor - the comparison
 * @returns what was done, all that was kept, and why something could not be done
 */
export async function undo(
  first: AllowlistState,
  planFor: (live: AllowlistState) => RollbackPlan,
  write: (actions: readonly ProvenAction[], again: Again) => Promise<WriteResult>,
): Promise<RollbackPlan> {
  let plan = planFor(first);
  let { obstacle } = plan;
  const kept = new Set(plan.kept);
  // What somebody turns on from now on is not ours to turn off.
  const tried = new Set(plan.reopen ? [] : [keyOf({ kind: 'reopen' })]);
  const done: ProvenAction[] = [];
  const again: Again = (absent, live) => {
    const wanted = keysOf(planFor(live));
    return absent.filter((action) => wanted.has(keyOf(action)));
  };
  for (;;) {
    const part = nextOf(plan, obstacle !== null, tried).slice(0, AT_ONCE);
    if (part.length === 0) break;
    const { refusals, live } = await write(part, again);
    plan = planFor(live);
    const left = keysOf(plan);
    const same = part.find((action) => left.has(keyOf(action)));
    obstacle ??= refusals[0] ?? plan.obstacle ?? (plan.reopen ? STILL_ON : same ? unchanged(same) : null);
    for (const word of plan.kept) kept.add(word);
    // After one that was refused the rest was not sent.
    const refused = refusals.length > 0 ? part.findIndex((action) => left.has(keyOf(action))) : -1;
    for (const action of refused < 0 ? part : part.slice(0, refused + 1)) {
      tried.add(keyOf(action));
      if (!left.has(keyOf(action)) && (action.kind !== 'reopen' || obstacle === null)) done.push(action);
    }
  }
  const entriesOf = (kind: ProvenAction['kind']) =>
    done.flatMap((action) => ('entry' in action && action.kind === kind ? [action.entry] : []));
  return {
    reopen: done.some(({ kind }) => kind === 'reopen'),
    restore: entriesOf('restoreEntry'),
    reset: entriesOf('setPermissions'),
    remove: entriesOf('removeEntry'),
    kept: [...kept],
    obstacle,
  };
}

const STILL_ON = 'it is still enforced after its setting was turned off';

/** GitLab answered that it was done, and shows nothing of it. */
const unchanged = (action: ProvenAction): string =>
  `GitLab took the change of ${'entry' in action ? `${action.entry.kind} ${action.entry.path}` : 'the setting'} and shows it as it was`;

/**
 * What comes next. Opening is first, as an allowlist that is on must not lose entries; what was taken away comes back before
 * what took its place goes; and nothing goes where anything stands in the way.
 */
function nextOf(plan: RollbackPlan, blocked: boolean, tried: ReadonlySet<string>): readonly ProvenAction[] {
  const stages = stagesOf(plan).map((stage) => stage.filter((action) => !tried.has(keyOf(action))));
  return stages.find(([first]) => first && !(blocked && first.kind === 'removeEntry')) ?? [];
}

/** Adding is refused where something is there; what overwrites or deletes has a look of its own just before it. */
const stagesOf = (plan: RollbackPlan): readonly (readonly ProvenAction[])[] => [
  plan.reopen ? [{ kind: 'reopen' }] : [],
  plan.restore.map((entry) => ({ kind: 'restoreEntry', entry })),
  plan.reset.map((entry) => ({ kind: 'setPermissions', entry })),
  plan.remove.map((entry) => ({ kind: 'removeEntry', entry })),
];

const keyOf = (action: ProvenAction): string => `${action.kind} ${'entry' in action ? targetKey(action.entry) : ''}`;

const keysOf = (plan: RollbackPlan): ReadonlySet<string> =>
  new Set(stagesOf(plan).flatMap((stage) => stage.map(keyOf)));
