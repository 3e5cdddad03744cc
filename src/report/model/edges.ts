import { nearestEntry } from '../../domain/access/access.ts';
import { inForce, type Decision } from '../../domain/decisions/decision.ts';
import { edgeKey } from '../../domain/edges/edge.ts';
import type { EntryPermissions, Project } from '../../domain/project.ts';
import { callerOf } from '../../domain/access/shadow.ts';
import { isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { EdgeInput, ReportInput } from './input.ts';
import type { Standing } from './standing.ts';
import { byText, plain, timeOrNull } from '../text.ts';
import type { Proof, ReportDecision, ReportEdge, ReportGroupEntry } from './types.ts';

type Projects = ReadonlyMap<ProjectId, Project>;

/**
 * Every edge with its decision, the entry that lets it in, and whether it was used since enforcement. What nobody has decided
 * of callees outside of the scope is left out: nothing waits on it.
 */
export function reportEdges(
  input: ReportInput,
  projects: Projects,
  standing: ReadonlyMap<ProjectId, Standing>,
): readonly ReportEdge[] {
  const decisions = new Map<string, Decision>();
  for (const decision of input.decisions) {
    if (decision.subject.kind !== 'edge') continue;
    decisions.set(edgeKey(decision.subject.caller, decision.subject.callee), decision);
  }
  const told = input.edges.filter(
    ({ callee, state }) => state !== 'undecided' || projects.get(callee)?.inScope !== false,
  );
  const edges = told.map((edge): ReportEdge => {
    const decision = decisions.get(edgeKey(edge.caller, edge.callee));
    return {
      caller: plain(edge.callerPath),
      callee: plain(edge.calleePath),
      state: edge.state,
      access: edge.access.map(plain),
      sources: edge.sources,
      firstSeen: isoTime(edge.firstSeen),
      lastSeen: isoTime(edge.lastSeen),
      admittedBy: admittedBy(edge, projects),
      proof: proofOf(edge, standing.get(edge.callee)),
      decision: decision ? reportDecision(decision, input.generatedAt) : null,
      risk: edge.risk && {
        score: edge.risk.score,
        atMost: edge.risk.atMost,
        reasons: edge.risk.reasons.map(({ because, points }) => `${plain(because)} (${points})`),
      },
    };
  });
  return edges.sort((a, b) => byText(a.callee, b.callee) || byText(a.caller, b.caller));
}

function admittedBy(edge: EdgeInput, projects: Projects): string | null {
  const entries = projects.get(edge.callee)?.allowlist?.entries ?? [];
  if (entries.length === 0) return null;
  const personal = projects.get(edge.caller)?.personal === true;
  const entry = nearestEntry(entries, callerOf(edge.caller, edge.callerPath, personal));
  return entry ? `${entry.kind} ${plain(entry.path)}` : null;
}

function proofOf(edge: EdgeInput, standing: Standing | undefined): Proof {
  if (edge.state !== 'approved' || !standing || standing.enforcedAt === null) return null;
  return edge.lastUsed !== null && edge.lastUsed >= standing.enforcedAt ? 'exercised' : 'unproven';
}

/** A decision as a reader sees it; an approval past `now` is said to have run out. */
export function reportDecision(decision: Decision, now: EpochMs): ReportDecision {
  return {
    verdict: decision.verdict,
    byKind: decision.by.kind,
    by: plain(decision.by.name),
    // A replaced edge says by what, which no reader of the report should have to look up.
    reason: plain(decision.replacedBy === null ? decision.reason : `${decision.replacedBy}: ${decision.reason}`),
    evidence: plain(decision.evidence),
    permissions: permissionWords(decision.permissions),
    decidedAt: isoTime(decision.decidedAt),
    expiresAt: timeOrNull(decision.expiresAt),
    expired: !inForce(decision, now),
  };
}

function permissionWords({ defaultPermissions, policies }: EntryPermissions): string {
  if (defaultPermissions) return 'default permissions';
  return policies.length === 0 ? 'no permissions' : policies.map(plain).join(', ');
}

/** The decisions on group entries, each with what the latest plan that has the entry says it lets in beyond the observed. */
export function reportGroupEntries(input: ReportInput, projects: Projects): readonly ReportGroupEntry[] {
  const widening = new Map<string, number>();
  for (const callee of input.plans.flatMap(({ waves }) => waves.flatMap(({ callees }) => callees))) {
    for (const entry of callee.add)
      if (entry.kind === 'group') widening.set(`${callee.id}:${entry.id}`, entry.widening);
  }
  return input.groupDecisions
    .flatMap((decision): ReportGroupEntry[] => {
      if (decision.subject.kind !== 'group-entry') return [];
      const { callee, groupId, groupPath } = decision.subject;
      return [
        {
          callee: plain(projects.get(callee)?.path ?? `project ${callee}`),
          group: plain(groupPath),
          widening: widening.get(`${callee}:${groupId}`) ?? null,
          decision: reportDecision(decision, input.generatedAt),
        },
      ];
    })
    .sort((a, b) => byText(a.callee, b.callee) || byText(a.group, b.group));
}
