/**
 * What can be taken away from a list that is enforced already: entries that nobody uses, group entries that stand for a
 * few callers, permissions that no use needs. The log shows uses, not needs, so everything taken away is tried by a soak.
 */
import { nearestEntry } from '../access/access.ts';
import { calleeEntries, groupEntryKey, type CalleeEntries, type CalleeNeeds, type EntryContext } from './entries.ts';
import { edgeKey, type Edge } from '../edges/edge.ts';
import type { TightenedEntry } from './plan.ts';
import { samePermissions, sameTarget, targetKey, type AllowlistEntry, type EntryPermissions } from '../project.ts';
import { callerOf } from '../access/shadow.ts';
import { counted, formatDuration, type EpochMs } from '../values.ts';

/** The entries of a callee as they are to be: what comes, what is relied on, what goes, what gets narrower. */
export type TightenedEntries =
  | (Extract<CalleeEntries, { kind: 'entries' }> & {
      readonly remove: readonly TightenedEntry[];
      readonly narrow: readonly TightenedEntry[];
    })
  | Extract<CalleeEntries, { kind: 'impossible' }>;

/** What entries are taken away by. */
export interface TightenContext extends EntryContext {
  readonly now: EpochMs;
}

/**
 * The entries that the approved callers need and, where the playbook says so and the list is enforced, what can go. What
 * approved callers lack comes first: a callee that lacks something is repaired now and tightened by a later plan.
 */
export function tightenedEntries(needs: CalleeNeeds, context: TightenContext): TightenedEntries {
  const needed = calleeEntries(needs, context);
  if (needed.kind === 'impossible') return needed;
  if (needed.add.length > 0 || !needs.live.effective) return { ...needed, remove: [], narrow: [] };
  const usedBy = usesByEntry(needs, context);
  const going = needs.live.entries.flatMap((entry): readonly Going[] => {
    const why = whyGo(entry, usedBy(entry), needs, context);
    return why === null ? [] : [{ entry, ...why }];
  });
  // Where the callers of a group fit under it alone, or no room is left to add them first, the rest is still pruned.
  for (const attempt of [going, going.filter(({ split }) => !split)]) {
    const entries = without(attempt, needs, context);
    if (entries === null) continue;
    const staying = needs.live.entries.filter((entry) => !attempt.some((one) => one.entry === entry));
    return {
      ...entries,
      remove: attempt.map(({ entry, why }) => tightened(entry, entry, why)),
      narrow: narrowed(staying, usedBy, needs, context),
    };
  }
  return { ...needed, remove: [], narrow: [] };
}

/** An entry that can go; `split` where others have to take its place. */
interface Going {
  readonly entry: AllowlistEntry;
  readonly why: string;
  readonly split: boolean;
}

/** The entries that are needed when these go; null where they cannot. */
function without(
  going: readonly Going[],
  needs: CalleeNeeds,
  context: EntryContext,
): Extract<CalleeEntries, { kind: 'entries' }> | null {
  const staying = needs.live.entries.filter((entry) => !going.some((one) => one.entry === entry));
  const entries = calleeEntries({ ...needs, live: { ...needs.live, entries: staying } }, context);
  if (entries.kind === 'impossible') return null;
  if (entries.add.some((entry) => going.some((one) => sameTarget(one.entry, entry)))) return null;
  // What comes is added before anything goes, so for a moment both have to fit.
  const { projectEntries, groupEntries } = context.playbook.limits;
  const count = (kind: AllowlistEntry['kind']): number =>
    [...needs.live.entries, ...entries.add].filter((entry) => entry.kind === kind).length;
  return entries.add.length > 0 && (count('project') > projectEntries || count('group') > groupEntries)
    ? null
    : entries;
}

const tightened = (
  { kind, id, path }: AllowlistEntry,
  { defaultPermissions, policies }: EntryPermissions,
  why: string,
): TightenedEntry => ({ kind, id, path, defaultPermissions, policies, why });

type UsedBy = (entry: AllowlistEntry) => readonly Edge[];

/** Edges by the entry that GitLab judges them by, the nearest one. */
function usesByEntry({ live, approved, refused }: CalleeNeeds, { isPersonal }: EntryContext): UsedBy {
  const uses = new Map<string, Edge[]>();
  for (const edge of [...approved, ...refused]) {
    const entry = nearestEntry(live.entries, callerOf(edge.caller, edge.callerPath, isPersonal(edge.caller)));
    if (!entry) continue;
    const list = uses.get(targetKey(entry));
    if (list) list.push(edge);
    else uses.set(targetKey(entry), [edge]);
  }
  return (entry) => uses.get(targetKey(entry)) ?? [];
}

/** Whether and why an entry can go; null when it stays. */
function whyGo(
  entry: AllowlistEntry,
  uses: readonly Edge[],
  { callee }: CalleeNeeds,
  { playbook, groupDecisions, now }: TightenContext,
): Omit<Going, 'entry'> | null {
  const { prune, split, unusedFor } = playbook.tighten;
  // A project's own entry is user data (FACTS a): what it changes is not known.
  if (entry.kind === 'project' && entry.id === callee.id) return null;
  const signed =
    entry.kind === 'group' && groupDecisions.get(groupEntryKey(callee.id, entry.id))?.verdict === 'approved';
  if (signed) return null;
  const wanted = uses.filter(({ state }) => state === 'approved');
  if (wanted.length > 0) {
    if (!split || entry.kind === 'project') return null;
    return { split: true, why: `split into entries for ${counted(wanted.length, 'caller')}` };
  }
  if (!prune) return null;
  if (uses.length > 0) return { split: false, why: 'whom it lets in was refused' };
  // Unread is not unused: a log that was cut, or an entry whose age is not known, proves nothing.
  if (callee.log === null || callee.log.cut || entry.createdAt === null) return null;
  if (now - entry.createdAt <= unusedFor) return null;
  return { split: false, why: `it stands for more than ${formatDuration(unusedFor)}, and nobody was seen to use it` };
}

/** Entries with default permissions all of whose uses were decided with less. */
function narrowed(
  entries: readonly AllowlistEntry[],
  usedBy: UsedBy,
  { callee }: CalleeNeeds,
  { playbook, decisions, groupDecisions }: TightenContext,
): readonly TightenedEntry[] {
  if (!playbook.tighten.narrow) return [];
  return entries.flatMap((entry) => {
    const uses = usedBy(entry).filter(({ state }) => state === 'approved');
    const signed = entry.kind === 'group' && groupDecisions.get(groupEntryKey(callee.id, entry.id)) !== undefined;
    if (!entry.defaultPermissions || uses.length === 0 || signed) return [];
    const needed = uses.map((edge) => decisions.get(edgeKey(edge.caller, edge.callee))?.permissions);
    if (needed.some((one) => one === undefined || one.defaultPermissions)) return [];
    const policies = [...new Set(needed.flatMap((one) => one?.policies ?? []))].sort();
    const permissions = { defaultPermissions: false, policies };
    if (samePermissions(entry, permissions)) return [];
    return [tightened(entry, permissions, `${counted(uses.length, 'caller')} were decided with these alone`)];
  });
}
