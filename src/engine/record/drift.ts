import { nearestEntry } from '../../domain/access/access.ts';
import { callerOf } from '../../domain/access/shadow.ts';
import type { Project } from '../../domain/project.ts';
import { isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { ExpiredApproval } from '../planning/apply-rules.ts';
import type { RolloutStore } from '../ports.ts';

type NewFinding = Omit<Finding, 'id'>;

/** Approvals that have run out: nothing is added for them and nothing is taken away until somebody decides. */
export const expiredFindings = (expired: readonly ExpiredApproval[], at: EpochMs): readonly NewFinding[] =>
  expired.map(({ subject, decision: { by, expiresAt } }) => ({
    ...{ at, kind: 'drift', subject },
    text: `approved by ${by.kind === 'rule' ? `rule ${by.name}` : by.name} until ${isoTime(expiresAt ?? at)} and not renewed: an entry that stands stays until somebody decides`,
  }));

/**
 * Callers that a decision keeps out and an entry of an enforced callee lets in all the same: decided after the entry was
 * there, or let in by a person. A plan takes such entries away only where the playbook says so (`tighten.prune`).
 */
export async function admittedFindings(
  store: RolloutStore,
  projects: ReadonlyMap<ProjectId, Project>,
  at: EpochMs,
): Promise<readonly NewFinding[]> {
  const refused = [...(await store.edges({ state: 'rejected' })), ...(await store.edges({ state: 'replaced' }))];
  return refused.flatMap(({ caller, callerPath, callee, calleePath, state }): readonly NewFinding[] => {
    const list = projects.get(callee);
    if (list?.inScope !== true || list.allowlist?.effective !== true) return [];
    const personal = projects.get(caller)?.personal === true;
    const entry = nearestEntry(list.allowlist.entries, callerOf(caller, callerPath, personal));
    if (entry === null) return [];
    const text = `${state}, and let in all the same by the ${entry.kind} entry ${entry.path}: with tighten.prune in the playbook a plan takes away what lets in nobody else`;
    return [{ at, kind: 'drift', subject: `${callerPath} -> ${calleePath}`, text }];
  });
}

/** Those that were not told before: guard looks every day, and says a thing once. */
export async function untold(store: RolloutStore, found: readonly NewFinding[]): Promise<readonly NewFinding[]> {
  if (found.length === 0) return [];
  const keyOf = ({ kind, subject, text }: NewFinding): string => JSON.stringify([kind, subject, text]);
  const told = new Set((await store.findings()).map(keyOf));
  return found.filter((finding) => !told.has(keyOf(finding)));
}
