import { DEFAULT_PERMISSIONS, type NewDecision } from '../../../domain/decisions/decision.ts';
import { evidenceLine } from '../../../domain/decisions/rules.ts';
import { edgeKey, type Edge } from '../../../domain/edges/edge.ts';
import type { Evidence } from '../../../domain/edges/evidence.ts';
import { samePermissions, type EntryPermissions } from '../../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import { decidedMeanwhile, operatorEvidence, type Change } from './record.ts';
import type { Saying } from './saying.ts';
import type { Target } from './targets.ts';

/** Edges that are shown one by one; of the rest only their number is told. */
export const SHOWN = 20;

/** Callees whose edges are read again at once. */
const CALLEES = 20;

/** One edge that is to be decided: no more than it takes to find it again, as a person may decide a million at once. */
export interface Reviewed {
  readonly caller: ProjectId;
  readonly callee: ProjectId;
  /** The decision in force when it was shown. */
  readonly decisionId: number | null;
  /** As they were shown, whatever is seen of the edge until the decision is recorded. */
  readonly permissions: EntryPermissions;
  /** An edge that no source has seen, as it was shown; null for any other. */
  readonly unseen: Edge | null;
}

/** What an order comes to, before anything of it is recorded. */
export interface Review {
  /** In the order of callees. */
  readonly reviewed: readonly Reviewed[];
  /** The first of them as they are now. */
  readonly sample: readonly Change[];
  /** How many of them are known from a denial only. */
  readonly denied: number;
  /** How many of them are decided already. */
  readonly overturned: number;
  readonly unchanged: number;
  /** The first of the unchanged. */
  readonly standing: readonly Target[];
  /** Observations that stand for a person's word, of edges that no source has seen. */
  readonly evidence: readonly Evidence[];
}

/** Goes through the edges of an order once and lets go of each. */
export async function review(targets: AsyncIterable<Target>, saying: Saying, person: string): Promise<Review> {
  const reviewed: Reviewed[] = [];
  const sample: Change[] = [];
  const standing: Target[] = [];
  const evidence: Evidence[] = [];
  const shared = permissionSharing();
  let [denied, overturned, unchanged] = [0, 0, 0];
  for await (const target of targets) {
    const { edge } = target;
    const permissions = shared(saying.permissions?.(edge) ?? DEFAULT_PERMISSIONS);
    if (stands(target, saying, permissions)) {
      unchanged += 1;
      if (standing.length < SHOWN) standing.push(target);
      continue;
    }
    if (isSpoken(edge, saying)) evidence.push(operatorEvidence({ ...edge, firstSeen: saying.at }, 'operator'));
    const { caller, callee, decisionId } = edge;
    reviewed.push({ caller, callee, decisionId, permissions, unseen: edge.sources.length === 0 ? edge : null });
    if (sample.length < SHOWN) sample.push({ shown: edge, decision: decisionOf(edge, permissions, saying, person) });
    if (onlyDenied(edge)) denied += 1;
    if (edge.state !== 'undecided') overturned += 1;
  }
  return { reviewed, sample, denied, overturned, unchanged, standing, evidence };
}

/** Most edges of an order get the same permissions: each set of them is kept once. */
function permissionSharing(): (permissions: EntryPermissions) => EntryPermissions {
  const known = new Map<string, EntryPermissions>();
  return (permissions) => {
    const key = `${permissions.defaultPermissions} ${permissions.policies.join(' ')}`;
    const before = known.get(key);
    if (before) return before;
    known.set(key, permissions);
    return permissions;
  };
}

/** Nothing would change: the same verdict stands, and nothing else is asked for. */
function stands({ edge, decision }: Target, saying: Saying, permissions: EntryPermissions): boolean {
  if (edge.state !== saying.verdict || decision === null || saying.expiresAt !== null) return false;
  if (saying.permissions !== null && !samePermissions(decision.permissions, permissions)) return false;
  if (saying.owner !== null && decision.owner !== saying.owner) return false;
  return decision.replacedBy === saying.replacedBy;
}

/** A person's word is all that an approval would rest on. */
const isSpoken = ({ sources }: Edge, { verdict }: Saying): boolean => sources.length === 0 && verdict === 'approved';

/** Known from refusals and nothing else. */
export const onlyDenied = ({ sources }: Edge): boolean =>
  sources.length > 0 && sources.every((source) => source === 'denial');

function decisionOf(edge: Edge, permissions: EntryPermissions, saying: Saying, person: string): NewDecision {
  const now: EpochMs = saying.at;
  const known = isSpoken(edge, saying)
    ? { ...edge, sources: ['import'] as const, firstSeen: now, lastSeen: now }
    : edge;
  return {
    subject: { kind: 'edge', caller: edge.caller, callee: edge.callee },
    verdict: saying.verdict,
    replacedBy: saying.replacedBy,
    by: { kind: 'person', name: person },
    owner: saying.owner,
    reason: saying.reason,
    permissions,
    evidence: known.sources.length === 0 ? 'never seen' : evidenceLine(known),
    decidedAt: now,
    expiresAt: saying.expiresAt,
  };
}

/**
 * What is to be recorded, read anew callee by callee: of the edges that were shown, and of no other, with what is known of them
 * by now. To be walked in the transaction that records it.
 */
export async function* changesOf(
  store: Pick<RolloutStore, 'edges'>,
  reviewed: readonly Reviewed[],
  saying: Saying,
  person: string,
): AsyncGenerator<Change> {
  for (const part of byCallees(reviewed)) {
    const callees = [...new Set(part.map(({ callee }) => callee))];
    const live = new Map((await store.edges({ callees })).map((edge) => [edgeKey(edge.caller, edge.callee), edge]));
    for (const { caller, callee, decisionId, permissions, unseen } of part) {
      const edge = unseen ?? live.get(edgeKey(caller, callee));
      if (!edge) throw decidedMeanwhile(`${caller} -> ${callee}`);
      yield { shown: { ...edge, decisionId }, decision: decisionOf(edge, permissions, saying, person) };
    }
  }
}

/** Some callees at a time, each with all its edges. */
function* byCallees(reviewed: readonly Reviewed[]): Generator<readonly Reviewed[]> {
  let start = 0;
  let callees = 0;
  for (let at = 1; at <= reviewed.length; at += 1) {
    if (reviewed[at]?.callee === reviewed[at - 1]?.callee) continue;
    callees += 1;
    if (callees < CALLEES && at < reviewed.length) continue;
    yield reviewed.slice(start, at);
    [start, callees] = [at, 0];
  }
}
