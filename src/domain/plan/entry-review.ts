/**
 * Entries of an enforced list that somebody should look at: nobody decided on them here, or nobody was seen to use them. What
 * a plan may take away by itself is stricter, see `tighten.ts`.
 */
import { nearestEntry } from '../access/access.ts';
import { callerOf } from '../access/shadow.ts';
import type { Decision } from '../decisions/decision.ts';
import type { Edge } from '../edges/edge.ts';
import { targetKey, type AllowlistEntry, type Project } from '../project.ts';
import { formatDuration, type EpochMs, type ProjectId } from '../values.ts';
import { groupEntryKey } from './entries.ts';

/** What is known of one callee and of the decisions on its entries. */
export interface ReviewInput {
  readonly callee: Project;
  /** Every edge known of it. */
  readonly edges: readonly Edge[];
  /** The latest decision on a group entry, by `groupEntryKey`. */
  readonly groupDecisions: ReadonlyMap<string, Decision>;
  readonly isPersonal: (caller: ProjectId) => boolean;
  /** Time without a use, in milliseconds, after which an entry counts as unused. */
  readonly unusedFor: number;
  readonly now: EpochMs;
}

/** An entry in doubt, with the reason in words that stay the same from day to day. */
export interface DoubtfulEntry {
  readonly entry: AllowlistEntry;
  readonly text: string;
}

/** Empty for a list that is not in force, or was not read. */
export function doubtfulEntries(input: ReviewInput): readonly DoubtfulEntry[] {
  const { callee } = input;
  if (callee.allowlist?.effective !== true) return [];
  const lastUse = lastUses(input);
  return callee.allowlist.entries.flatMap((entry): readonly DoubtfulEntry[] => {
    // A project's own entry is user data (FACTS a): what it changes is not known.
    if (entry.kind === 'project' && entry.id === callee.id) return [];
    const undecided = isDecided(entry, input) ? null : UNDECIDED[entry.kind];
    const unused = isUnused(entry, lastUse(entry), input)
      ? `nobody was seen to use it for ${formatDuration(input.unusedFor)}`
      : null;
    const doubts = [undecided, unused].filter((doubt) => doubt !== null);
    return doubts.length === 0 ? [] : [{ entry, text: `${doubts.join('; ')}: ${ADVICE[entry.kind]}` }];
  });
}

const UNDECIDED = {
  project: 'nobody decided on this entry',
  group: 'nobody signed for this group entry',
} as const;

const ADVICE = {
  project:
    '`tidegate edges approve` or `tidegate edges reject` decides on it; with tighten.prune in the playbook a plan takes away what is refused or unused',
  group:
    '`tidegate edges approve GROUP CALLEE` signs for it; with tighten.split in the playbook a plan puts entries for its approved callers in its place, with tighten.prune it takes it away where there are none',
} as const;

/** An approval that has run out is told as that. */
function isDecided(entry: AllowlistEntry, { callee, edges, groupDecisions }: ReviewInput): boolean {
  if (entry.kind === 'group') return groupDecisions.has(groupEntryKey(callee.id, entry.id));
  return edges.some(({ caller, decisionId }) => caller === entry.id && decisionId !== null);
}

/** Unread is not unused: a log that was cut, or an entry whose age is not known, proves nothing. */
function isUnused(entry: AllowlistEntry, lastUse: number | null, { callee, unusedFor, now }: ReviewInput): boolean {
  if (callee.log === null || callee.log.cut || entry.createdAt === null) return false;
  return now - Math.max(entry.createdAt, lastUse ?? 0) > unusedFor;
}

/** When each entry was last used, by the entry that GitLab judges a caller by, the nearest one. */
function lastUses({ callee, edges, isPersonal }: ReviewInput): (entry: AllowlistEntry) => number | null {
  const uses = new Map<string, number>();
  for (const { caller, callerPath, sources, lastSeen } of edges) {
    if (!sources.some((source) => source === 'auth-log' || source === 'trace')) continue;
    const entry = nearestEntry(callee.allowlist?.entries ?? [], callerOf(caller, callerPath, isPersonal(caller)));
    if (entry) uses.set(targetKey(entry), Math.max(uses.get(targetKey(entry)) ?? 0, lastSeen));
  }
  return (entry) => uses.get(targetKey(entry)) ?? null;
}
