import { nearestEntry } from '../../domain/access/access.ts';
import { callerOf } from '../../domain/access/shadow.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import type { PlannedCallee, TightenedEntry } from '../../domain/plan/plan.ts';
import { proveSeeded } from '../../domain/plan/reconcile.ts';
import {
  samePermissions,
  sameTarget,
  type AllowlistEntry,
  type AllowlistState,
  type EntryPermissions,
  type EntryTarget,
} from '../../domain/project.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { knowledgeOfCallee } from '../planning/knowledge.ts';
import { CalleeStopped, type Application } from './application.ts';
import { writeToCallee, type Again, type ProvenAction } from './writes.ts';

/**
 * Takes away what the plan says can go, after what takes its place was seen to be there.
 *
 * @returns the moment from which the list may have refused somebody
 */
export async function tighten(
  { engine, wave, written }: Application,
  callee: PlannedCallee,
  seeded: AllowlistState,
): Promise<EpochMs> {
  const find = (target: EntryTarget, { entries } = seeded): AllowlistEntry | undefined =>
    entries.find((entry) => sameTarget(entry, target));
  const actions: readonly ProvenAction[] = [
    ...callee.narrow.flatMap((entry): readonly ProvenAction[] => {
      const there = find(entry);
      return there && !samePermissions(there, entry) ? [{ kind: 'setPermissions', entry: bare(entry) }] : [];
    }),
    ...callee.remove.flatMap((entry): readonly ProvenAction[] =>
      find(entry) ? [{ kind: 'removeEntry', entry: bare(entry) }] : [],
    ),
  ];
  if (actions.length === 0) {
    const earlier = written(callee.id).find(({ action }) => TIGHTENING.has(action.kind));
    return earlier?.createdAt ?? engine.clock.now();
  }
  await refuseLoss(engine, callee, seeded);
  const again: Again = async (absent, live) => {
    await refuseLoss(engine, callee, live);
    const targets = absent.flatMap((action) => ('entry' in action ? [action.entry] : []));
    const edited = targets.filter((target) => {
      const [was, now] = [find(target), find(target, live)];
      return !was || !now || !samePermissions(was, now);
    });
    if (edited.length === 0) return absent;
    throw new CalleeStopped(
      `a person changed ${edited.map(({ kind, path }) => `${kind} ${path}`).join(', ')} meanwhile`,
    );
  };
  const { refusals, at } = await writeToCallee(engine, wave.id, callee, actions, 'apply', again);
  if (refusals.length > 0) throw new CalleeStopped(refusals.join('; '));
  return at;
}

const TIGHTENING: ReadonlySet<string> = new Set(['removeEntry', 'setPermissions']);

const bare = ({ kind, id, path, defaultPermissions, policies }: TightenedEntry): EntryTarget & EntryPermissions => ({
  ...{ kind, id, path, defaultPermissions, policies },
});

/** Nothing goes while an approved caller would be left without an entry, also one that was approved since the plan. */
async function refuseLoss(engine: Engine, callee: PlannedCallee, seeded: AllowlistState): Promise<void> {
  const proven = proveSeeded(callee, seeded);
  if ('missing' in proven) throw new CalleeStopped(`approved entries are missing: ${proven.missing.join(', ')}`);
  const { edges } = await knowledgeOfCallee(engine.store, callee.id, engine.clock.now());
  const left = seeded.entries.filter((entry) => !callee.remove.some((gone) => sameTarget(entry, gone)));
  const admitted = (entries: readonly AllowlistEntry[], edge: Edge): boolean =>
    nearestEntry(entries, callerOf(edge.caller, edge.callerPath, false)) !== null;
  const lost = edges.filter(
    (edge) => edge.state === 'approved' && admitted(seeded.entries, edge) && !admitted(left, edge),
  );
  if (lost.length === 0) return;
  throw new CalleeStopped(`approved callers would lose access: ${lost.map(({ callerPath }) => callerPath).join(', ')}`);
}
