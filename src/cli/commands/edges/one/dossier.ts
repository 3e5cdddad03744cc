import { nearestEntry } from '../../../../domain/access/access.ts';
import type { Decision, Replacement } from '../../../../domain/decisions/decision.ts';
import type { Edge, EdgeDetail } from '../../../../domain/edges/edge.ts';
import { describeObstacle, narrowingOf, type NarrowingFacts } from '../../../../domain/access/permissions.ts';
import type { AllowlistEntry, Project } from '../../../../domain/project.ts';
import { printable } from '../../../../domain/redact.ts';
import { callerOf } from '../../../../domain/access/shadow.ts';
import { isoTime, type EpochMs } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';
import { findProject, usage } from '../lookup.ts';
import { unseenEdge, withExpiry } from '../targets.ts';
import { deciderOf, permissionsText, verdictText } from '../text.ts';

/** All that the rollout holds on one caller and one callee. */
export interface Dossier {
  readonly caller: Project;
  readonly callee: Project;
  /** As planning sees it; for a pair that was never seen, an empty one. */
  readonly edge: EdgeDetail;
  readonly seen: boolean;
  /** Every decision, oldest first. */
  readonly history: readonly Decision[];
  /** The decision that stands, in force or expired. */
  readonly decision: Decision | null;
  /** The entry that admits the caller today; null when none does or the allowlist was not read. */
  readonly entry: AllowlistEntry | null;
  /** The latest decision on that entry, where it is a group's: who let in what comes along. Null where there is none. */
  readonly groupDecision: Decision | null;
}

/** @throws RolloutError `USAGE` for unknown projects, or for one and the same */
export async function readDossier(
  store: RolloutStore,
  callerWord: string,
  calleeWord: string,
  now: EpochMs,
): Promise<Dossier> {
  const caller = await findProject(store, callerWord);
  const callee = await findProject(store, calleeWord);
  if (caller.id === callee.id) throw usage(`${printable(caller.path)} always reaches itself`, 'Name two projects.');
  const known = await store.edge(caller.id, callee.id);
  const history = await store.decisionsOn(caller.id, callee.id);
  const decision = history.find(({ id }) => id === known?.decisionId) ?? null;
  const bare = known ?? { ...unseenEdge(caller, callee, now), evidence: [] };
  const edge: EdgeDetail = { ...withExpiry(bare, decision, now), evidence: bare.evidence };
  const entries = callee.allowlist?.entries ?? [];
  const entry = nearestEntry(entries, callerOf(caller.id, caller.path, caller.personal));
  const groupDecision = entry?.kind === 'group' ? await decisionOnGroup(store, callee, entry.id) : null;
  return { caller, callee, edge, seen: bare.sources.length > 0, history, decision, entry, groupDecision };
}

async function decisionOnGroup(store: RolloutStore, callee: Project, groupId: number): Promise<Decision | null> {
  const decisions = await store.groupEntryDecisions(callee.id);
  return decisions.find(({ subject }) => subject.kind === 'group-entry' && subject.groupId === groupId) ?? null;
}

/** The narrowest permissions that break no observed use, and what keeps them from being narrower. */
export interface NarrowestPermissions {
  readonly permissions: string;
  readonly obstacles: readonly string[];
  /** Policies that are enough for what was seen, were there nothing else; empty where that is not known. */
  readonly enoughForSeen: readonly string[];
}

/** The least that an entry for this edge would have to grant, in words, or why it cannot be less than everything. */
export function narrowestOf(edge: Edge, { policies, followed }: NarrowingFacts): NarrowestPermissions {
  const result = narrowingOf(edge, policies, followed.has(edge.caller));
  if (result.kind === 'policies') {
    const permissions = permissionsText({ defaultPermissions: false, policies: result.policies });
    return { permissions, obstacles: [], enoughForSeen: result.policies };
  }
  const obstacles = result.obstacles.map(describeObstacle);
  return { permissions: 'default permissions', obstacles, enoughForSeen: result.seen };
}

/** The entry that lets a caller in today, in words. */
export const entryText = ({ kind, path, ...entry }: AllowlistEntry): string => {
  const since = entry.createdAt === null ? '' : `, added ${isoTime(entry.createdAt).slice(0, 10)}`;
  const by = entry.addedBy === null ? '' : ` by ${entry.addedBy}`;
  return `${kind} entry ${path} (${permissionsText(entry)}${since}${by})`;
};

const REPLACED: Readonly<Record<Replacement, string>> = {
  'deploy-token': 'Let the caller use the deploy token.',
  'project-access-token': 'Let the caller use the project access token.',
  'service-account': 'Let the caller use the token of the service account.',
  'public-read': 'The callee is to share what is read with everyone who sees it.',
};

/** What happens next with this edge, and who has to do it. */
export function nextStep({ caller, callee, edge, decision, entry }: Dossier, proposal: string | null): string {
  const names = `${caller.path} ${callee.path}`;
  const enforced = callee.allowlist?.effective === true;
  if (!callee.inScope) return 'The callee is not part of this rollout: nothing is planned for it.';
  if (callee.unread !== null || callee.allowlist === null) {
    return `The callee could not be read (${callee.unread ?? 'not yet'}): give the token rights there, then run \`tidegate inventory\`.`;
  }
  switch (edge.state) {
    case 'undecided':
      if (proposal !== null) return `${proposal} with the next \`tidegate tick\`, unless a person decides before.`;
      return `A person decides: \`tidegate edges approve ${names} --reason TEXT\`, or reject, or replace.`;
    case 'approved':
      if (!entry) return 'The plan adds an entry before the callee is enforced: `tidegate plan show`.';
      return enforced
        ? 'Nothing: the callee is enforced and an entry lets it in.'
        : 'Nothing before the callee is enforced: an entry stands already.';
    case 'rejected':
    case 'replaced': {
      const use = decision?.replacedBy === null || decision === null ? '' : `${REPLACED[decision.replacedBy]} `;
      if (entry)
        return `${use}An entry still lets it in, ${entryText(entry)}: with \`tighten.prune\` in the playbook the plan takes away what lets in nobody else.`;
      return `${use}${enforced ? 'It is refused already.' : 'It is refused once the callee is enforced.'}`;
    }
  }
}

/** One decision of the past, on one line. */
export const historyLine = (decision: Decision): string => {
  const until = decision.expiresAt === null ? '' : `, until ${isoTime(decision.expiresAt)}`;
  const owner = decision.owner === null ? '' : `, owner ${decision.owner}`;
  const terms = decision.verdict === 'approved' ? `${permissionsText(decision.permissions)}${until}; ` : '';
  return `${isoTime(decision.decidedAt)} ${verdictText(decision)}, decided by ${deciderOf(decision)}${owner}: ${decision.reason} (${terms}evidence then: ${decision.evidence})`;
};
