import { nearestEntry } from '../../domain/access/access.ts';
import { callerOf } from '../../domain/access/shadow.ts';
import { doubtfulEntries } from '../../domain/plan/entry-review.ts';
import type { PlannedCallee } from '../../domain/plan/plan.ts';
import type { Project } from '../../domain/project.ts';
import { isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { Engine } from '../context.ts';
import type { ExpiredApproval } from '../planning/apply-rules.ts';
import { byGroupEntry, knowledgeByCallee } from '../planning/knowledge.ts';
import type { RolloutStore } from '../ports.ts';

type NewFinding = Omit<Finding, 'id'>;

/** Approvals that have run out or are in question: nothing is added for them and nothing is taken away until somebody decides. */
export const expiredFindings = (expired: readonly ExpiredApproval[], at: EpochMs): readonly NewFinding[] =>
  expired.map(({ subject, decision: { by, expiresAt, question } }) => {
    const who = by.kind === 'rule' ? `rule ${by.name}` : by.name;
    const why =
      question === null
        ? `until ${isoTime(expiresAt ?? at)} and not renewed`
        : `and put into question on ${isoTime(question.at)}, as its risk is ${question.score} by now, more than a rule may approve: ${question.because}`;
    const text = `approved by ${who} ${why}: an entry that stands stays until somebody decides`;
    return { at, kind: 'drift', subject, text };
  });

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

/** Entries of enforced callees that nobody decided on, or that nobody was seen to use for as long as the playbook says. */
export async function entryFindings(
  { store, playbook }: Pick<Engine, 'store' | 'playbook'>,
  projects: ReadonlyMap<ProjectId, Project>,
  at: EpochMs,
): Promise<readonly NewFinding[]> {
  const groupDecisions = byGroupEntry(await store.groupEntryDecisions());
  const isPersonal = (id: ProjectId): boolean => projects.get(id)?.personal === true;
  const { unusedFor } = playbook.tighten;
  const callees = [...projects.values()].filter(
    ({ inScope, allowlist }) => inScope && allowlist?.effective === true && allowlist.entries.length > 0,
  );
  const found: NewFinding[] = [];
  for await (const { callee, edges } of knowledgeByCallee(store, callees, at)) {
    for (const { entry, text } of doubtfulEntries({ callee, edges, groupDecisions, isPersonal, unusedFor, now: at })) {
      found.push({ at, kind: 'drift', subject: `${entry.kind} ${entry.path} -> ${callee.path}`, text });
    }
  }
  return found;
}

/**
 * Projects to be enforced that were in no plan although the last one is done: new ones, and those that somebody opened.
 *
 * @param reopened - waves that had enforced them, by project
 */
export const openFindings = (
  callees: readonly PlannedCallee[],
  reopened: ReadonlyMap<ProjectId, number>,
  at: EpochMs,
): readonly NewFinding[] =>
  callees
    .filter(({ enforce }) => enforce)
    .map(({ id, path }) => {
      const wave = reopened.get(id);
      const text =
        wave === undefined
          ? 'is open, and was in no wave: created, moved here or opened since the last plan; the next one enforces it'
          : `a person turned its allowlist off after wave ${wave} had passed; the next plan turns it on again`;
      return { at, kind: 'drift', subject: path, text };
    });

/** Those that were not told before: guard looks every day, and says a thing once. */
export async function untold(store: RolloutStore, found: readonly NewFinding[]): Promise<readonly NewFinding[]> {
  if (found.length === 0) return [];
  const keyOf = ({ kind, subject, text }: NewFinding): string => JSON.stringify([kind, subject, text]);
  const told = new Set((await store.findings()).map(keyOf));
  return found.filter((finding) => !told.has(keyOf(finding)));
}

const DRIFT_NAMED = 10;

/** Keeps what has drifted, and names the first of it. */
export async function tellDrift(
  { store, notify }: Pick<Engine, 'store' | 'notify'>,
  drift: readonly NewFinding[],
): Promise<void> {
  for (const finding of drift) await store.putFinding(finding);
  for (const { subject, text } of drift.slice(0, DRIFT_NAMED)) notify.note(`${subject}: ${text}.`);
  if (drift.length > DRIFT_NAMED) notify.note(`And ${drift.length - DRIFT_NAMED} more: \`tidegate findings\`.`);
}
