import type { Disposition } from './denial.ts';
import type { EdgeState } from './edge.ts';
import { nearestEntry } from './access.ts';
import type { Project } from './project.ts';
import { callerOf } from './shadow.ts';
import type { EpochMs } from './values.ts';

/** A refusal as the job's log shows it. */
export interface Refused {
  readonly verdict:
    'allowlist_denied' | 'policy_denied' | 'role_denied' | 'token_invalid' | 'not_found_ambiguous' | 'other';
  readonly reason: string;
}

/** The callee of a refusal with what the rollout did to it. */
export interface RefusingCallee {
  readonly project: Project;
  /** When this rollout enforced it; null when it did not. */
  readonly enforcedAt: EpochMs | null;
}

export interface Circumstances {
  readonly refused: Refused;
  readonly finishedAt: EpochMs;
  readonly caller: { readonly id: number; readonly path: string; readonly personal: boolean };
  readonly callee: RefusingCallee;
  readonly edgeState: EdgeState | null;
}

export interface Attribution {
  readonly disposition: Disposition;
  readonly reason: string;
}

const isSuspicious = ({ verdict }: Refused): boolean =>
  verdict === 'allowlist_denied' || verdict === 'not_found_ambiguous' || verdict === 'policy_denied';

/** What a log says by itself, before anybody looks at the callee; null when only the callee's list can tell. */
export function withoutCallee(refused: Refused): Attribution | null {
  if (refused.verdict === 'role_denied') return { disposition: 'role', reason: refused.reason };
  if (!isSuspicious(refused)) return { disposition: 'unrelated', reason: refused.reason };
  return null;
}

/**
 * GitLab's sentence speaks of the user's role, but a public or internal callee whose code is for members only says the
 * same to every job of a caller that is not listed. So even then the callee is looked at, where the log names it.
 */
const speaksOfRole = ({ verdict }: Refused): boolean => verdict === 'role_denied';

/**
 * Whose fault a refusal is, from the list's state: GitLab writes the same sentence for a caller that is not listed and
 * for a listed one whose user is no member, and a plain 404 for both, so the log alone never settles it.
 *
 * @returns null when everything speaks for a denial by the allowlist: then the job's user and its earlier runs decide
 */
export function attributeByList(facts: Circumstances): Attribution | null {
  const { refused, callee, caller } = facts;
  const { project } = callee;
  const entry = nearestEntry(project.allowlist?.entries ?? [], callerOf(caller.id, caller.path, caller.personal));
  const isOn = project.allowlist?.effective === true && callee.enforcedAt !== null;
  if (speaksOfRole(refused) && (!isOn || entry !== null)) return { disposition: 'role', reason: refused.reason };
  if (project.allowlist !== null && !project.allowlist.effective) {
    return {
      disposition: 'role',
      reason: `${project.path} lets every job token in: the job's user lacks a role, or it is not there`,
    };
  }
  if (callee.enforcedAt === null) {
    return { disposition: 'earlier', reason: `${project.path} was enforced before this rollout touched it` };
  }
  if (facts.finishedAt < callee.enforcedAt) return { disposition: 'earlier', reason: 'the job ended before the wave' };
  if (entry?.defaultPermissions === true) {
    return {
      disposition: 'role',
      reason: `${entry.kind} ${entry.path} is listed: the job's user lacks a role on ${project.path}`,
    };
  }
  if (entry) return { disposition: 'policy', reason: `the entry for ${entry.kind} ${entry.path} lacks a permission` };
  if (refused.verdict === 'policy_denied' && project.allowlist === null) {
    return { disposition: 'unclear', reason: `the entries of ${project.path} could not be read` };
  }
  if (facts.edgeState === 'rejected' || facts.edgeState === 'replaced') {
    return { disposition: 'expected', reason: `this access was ${facts.edgeState}` };
  }
  return null;
}

/** What is known beyond the list about a job that looks denied. */
export interface Background {
  /** Access level of the job's user on the callee; null when it cannot be told. */
  readonly userLevel: number | null;
  /** How the job's latest run before the wave ended; `same`: refused in the same way. */
  readonly before: 'passed' | 'same' | 'other' | 'none';
}

const REPORTER = 20;

/** Settles what `attributeByList` left open. Whatever is not explained by something else is a denial. */
export function attributeByBackground(facts: Circumstances, { userLevel, before }: Background): Attribution {
  const { project } = facts.callee;
  // Only a run that got in before the wave outweighs what the sentence says.
  if (speaksOfRole(facts.refused) && before !== 'passed') return { disposition: 'role', reason: facts.refused.reason };
  if (before === 'same')
    return { disposition: 'earlier', reason: 'the same job was refused in the same way before the wave' };
  if (before !== 'passed' && project.visibility === 'private' && userLevel !== null && userLevel < REPORTER) {
    return {
      disposition: 'role',
      reason: `the job's user has no role on ${project.path} that would let it in, listed or not`,
    };
  }
  const what = facts.edgeState === 'approved' ? 'approved, yet not listed' : 'never decided on';
  const since = before === 'passed' ? '; the run before the wave passed' : '';
  return {
    disposition: 'denied',
    reason: `${project.path} is enforced and does not list this caller (${what})${since}`,
  };
}

/** The callee's name as far as GitLab's sentence gives it: the last path segment. */
export function leafNamed(quote: string | null): string | null {
  const match = quote === null ? null : /not allowed from \S{1,300} to (?!project #)([^\s"]{1,300})/.exec(quote);
  return match?.[1]?.replace(/[.,'"]+$/, '') ?? null;
}
