import { nearestEntry } from '../access/access.ts';
import type { Disposition, EarlierRuns } from './denial.ts';
import type { EdgeState } from '../edges/edge.ts';
import type { AllowlistEntry, Project } from '../project.ts';
import { callerOf } from '../access/shadow.ts';
import { isoTime, type EpochMs } from '../values.ts';

/** A refusal as the job's log shows it. */
export interface Refused {
  readonly verdict:
    'allowlist_denied' | 'policy_denied' | 'role_denied' | 'token_invalid' | 'not_found_ambiguous' | 'other';
  readonly reason: string;
  /** 0 to 1: how sure the log is read. */
  readonly confidence: number;
}

/** The callee of a refusal with what the rollout did to it. */
export interface RefusingCallee {
  /** As it is now: its list is read anew when a job looks denied. */
  readonly project: Project;
  /** When this rollout enforced it, as far as the job is concerned; null when it did not. */
  readonly enforcedAt: EpochMs | null;
  /** That wave has been taken back since, and its entries with it: the list of that time can no longer be read. */
  readonly undone: boolean;
}

/** A refusal that a log shows, with what the rollout knows of both projects. */
export interface Circumstances {
  readonly refused: Refused;
  readonly finishedAt: EpochMs;
  readonly caller: { readonly id: number; readonly path: string; readonly personal: boolean };
  readonly callee: RefusingCallee;
  readonly edgeState: EdgeState | null;
}

/** Whose doing a refusal is, how sure that is, and what would disprove it. */
export interface Attribution {
  readonly disposition: Disposition;
  readonly reason: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** What, if it were seen, would show this to be wrong. */
  readonly disproof: string | null;
}

const isSuspicious = ({ verdict }: Refused): boolean =>
  verdict === 'allowlist_denied' || verdict === 'not_found_ambiguous' || verdict === 'policy_denied';

/** What a log says by itself, before anybody looks at the callee; null when only the callee's list can tell. */
export function withoutCallee(refused: Refused): Attribution | null {
  const { reason, confidence } = refused;
  if (refused.verdict === 'role_denied') {
    return { disposition: 'role', reason, confidence, disproof: 'the same user getting in without a higher role' };
  }
  if (!isSuspicious(refused)) return { disposition: 'unrelated', reason, confidence, disproof: null };
  return null;
}

/**
 * GitLab's sentence speaks of the user's role, but a public or internal callee whose code is for members only says the
 * same to every job of a caller that is not listed. So even then the callee is looked at, where the log names it.
 */
const speaksOfRole = ({ verdict }: Refused): boolean => verdict === 'role_denied';

/**
 * The entry that admitted the caller when its job ended. One that was added later did not: a person may have repaired the
 * access before anybody looked.
 */
export function entryAt({ callee, caller, finishedAt }: Circumstances): AllowlistEntry | null {
  const entries = callee.project.allowlist?.entries ?? [];
  const then = entries.filter(({ createdAt }) => createdAt === null || createdAt <= finishedAt);
  return nearestEntry(then, callerOf(caller.id, caller.path, caller.personal));
}

/**
 * Whose fault a refusal is, from the list's state: GitLab writes the same sentence for a caller that is not listed and
 * for a listed one whose user is no member, and a plain 404 for both, so the log alone never settles it.
 *
 * @returns null when everything speaks for a denial by the allowlist: then the job's user and its earlier runs decide
 */
export function attributeByList(facts: Circumstances): Attribution | null {
  const { refused, callee, edgeState } = facts;
  const { project, enforcedAt } = callee;
  const entry = entryAt(facts);
  const role = (reason: string, disproof: string): Attribution => ({
    disposition: 'role',
    reason,
    confidence: 0.9,
    disproof,
  });
  if (speaksOfRole(refused) && (enforcedAt === null || entry !== null)) return withoutCallee(refused);
  if (enforcedAt === null && project.allowlist?.effective === false) {
    return role(
      `${project.path} lets every job token in: the job's user lacks a role, or what it asked for is not there`,
      `${project.path} having been enforced when the job ran`,
    );
  }
  if (enforcedAt === null) return earlier(`${project.path} was not enforced by this rollout`);
  if (facts.finishedAt < enforcedAt) return earlier('the job ended before the wave');
  if (entry?.defaultPermissions === true) {
    return role(
      `${entry.kind} ${entry.path} is listed: the job's user lacks a role on ${project.path}, or what it asked for is not there`,
      `the entry having been missing at ${isoTime(facts.finishedAt)}`,
    );
  }
  if (entry) {
    return {
      disposition: 'policy',
      reason: `the entry for ${entry.kind} ${entry.path} lacks a permission`,
      confidence: 0.9,
      disproof: 'the entry granting what the log asks for',
    };
  }
  if (project.allowlist === null) return unclear(`the entries of ${project.path} could not be read`);
  if (edgeState === 'rejected' || edgeState === 'replaced') {
    return {
      disposition: 'expected',
      reason: `this access was ${edgeState}`,
      confidence: 0.95,
      disproof: 'a decision that approves it',
    };
  }
  return null;
}

const earlier = (reason: string): Attribution => ({
  disposition: 'earlier',
  reason,
  confidence: 0.95,
  disproof: 'a run of the same job before the wave that got in',
});

/** A refusal that may be a denial, and that nothing settles. */
export const unclear = (reason: string): Attribution => ({
  disposition: 'unclear',
  reason,
  confidence: 0.5,
  disproof: 'a later run of the same job that passes while the list stays as it is',
});

/** What is known beyond the list about a job that looks denied. */
export interface Background {
  /** Access level of the job's user on the callee; null when it cannot be told. */
  readonly userLevel: number | null;
  readonly before: EarlierRuns;
}

const REPORTER = 20;

/** Settles what `attributeByList` left open. Whatever is not explained by something else is a denial. */
export function attributeByBackground(facts: Circumstances, { userLevel, before }: Background): Attribution {
  const { project } = facts.callee;
  const gotIn = before === 'passed' || before === 'flaky';
  // Only a run that got in before the wave outweighs what the sentence says.
  const sentence = speaksOfRole(facts.refused) && !gotIn ? withoutCallee(facts.refused) : null;
  if (sentence) return sentence;
  if (before === 'refused') return earlier('the same job was refused in the same way before the wave');
  if (!gotIn && project.visibility === 'private' && userLevel !== null && userLevel < REPORTER) {
    return {
      disposition: 'role',
      reason: `the job's user has no role on ${project.path} that would let it in, listed or not`,
      confidence: 0.8,
      disproof: `the user being a member of ${project.path} when the job ran, or the same job having passed before`,
    };
  }
  const isOpenNow = project.allowlist?.effective === false;
  if (facts.callee.undone && facts.edgeState === 'approved') {
    return unclear(`the wave that enforced ${project.path} was taken back, and with it the entries of that time`);
  }
  const isKnown = gotIn || facts.edgeState === 'approved';
  if (!isKnown && (userLevel === null || isOpenNow)) {
    return unclear(
      isOpenNow
        ? `${project.path} has been opened again by somebody else, and no run before the wave tells whether the caller got in`
        : `${project.path} does not list this caller, yet neither an earlier run nor its user's role tells that it was let in before`,
    );
  }
  return denied(facts, before, isOpenNow);
}

function denied(facts: Circumstances, before: EarlierRuns, isOpenNow: boolean): Attribution {
  const { refused, callee, caller, edgeState, finishedAt } = facts;
  const { path, allowlist } = callee.project;
  const what = edgeState === 'approved' ? 'approved, yet not listed' : 'never decided on';
  const since = before === 'passed' || before === 'flaky' ? '; the run before the wave passed' : '';
  const now = nearestEntry(allowlist?.entries ?? [], callerOf(caller.id, caller.path, caller.personal));
  const repaired = now ? `; ${now.kind} ${now.path} has been listed since` : isOpenNow ? '; it is open again' : '';
  return {
    disposition: 'denied',
    reason: `${path} is enforced and did not list this caller (${what})${since}${repaired}`,
    confidence: since === '' ? Math.min(0.9, refused.confidence) : Math.max(0.95, refused.confidence),
    disproof: `an entry on ${path} that admitted the caller at ${isoTime(finishedAt)}, or a run that passes while there is none`,
  };
}

/** The callee's name as far as GitLab's sentence gives it: the last path segment. */
export function leafNamed(quote: string | null): string | null {
  const match = quote === null ? null : /not allowed from \S{1,300} to (?!project #)([^\s"]{1,300})/.exec(quote);
  return match?.[1]?.replace(/[.,'"]+$/, '') ?? null;
}
