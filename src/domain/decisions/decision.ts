import type { EntryPermissions } from '../project.ts';
import type { EpochMs, ProjectId } from '../values.ts';

/** What was said of an edge, or of a group entry that admits more than what was observed. */
export type DecisionVerdict = 'approved' | 'rejected' | 'replaced';

/** Who decided: a person, or a rule of the playbook by its name. */
export interface DecidedBy {
  readonly kind: 'person' | 'rule';
  readonly name: string;
}

/** The subject of a decision: one caller of one callee, or one group entry of one callee. */
export type DecisionSubject =
  | { readonly kind: 'edge'; readonly callee: ProjectId; readonly caller: ProjectId }
  | {
      readonly kind: 'group-entry';
      readonly callee: ProjectId;
      readonly groupId: number;
      readonly groupPath: string;
      /** Projects that it admitted beyond its callers when it was signed off; null where that was not recorded yet. */
      readonly widening: number | null;
    };

/** What a caller uses in place of its job token once its edge is replaced; `public-read`: nothing, the callee shares it. */
export const REPLACEMENTS = ['deploy-token', 'project-access-token', 'service-account', 'public-read'] as const;

/** What stands in for an access that gets no entry. */
export type Replacement = (typeof REPLACEMENTS)[number];

/** Tells a replacement from any other word; for text of people and files. */
export const isReplacement = (text: string): text is Replacement => (REPLACEMENTS as readonly string[]).includes(text);

/** A decision as it is about to be recorded. */
export interface NewDecision {
  readonly subject: DecisionSubject;
  readonly verdict: DecisionVerdict;
  /** Set exactly where the verdict is `replaced`. */
  readonly replacedBy: Replacement | null;
  readonly by: DecidedBy;
  /** Who answers for the access: a team or a person, asked when it expires or breaks. Null: nobody was named. */
  readonly owner: string | null;
  /** Why; never empty. */
  readonly reason: string;
  readonly permissions: EntryPermissions;
  /** One line of what was known then: `auth log, last seen 2026-03-01`. */
  readonly evidence: string;
  readonly decidedAt: EpochMs;
  readonly expiresAt: EpochMs | null;
}

/** A recorded decision. Rows are never changed: a newer one on the same subject takes its place. */
export interface Decision extends NewDecision {
  readonly id: number;
  /** Set on a rule's approval that facts found later, or a stricter playbook, put above the bar; null while nothing speaks against it. */
  readonly question: DecisionQuestion | null;
}

/** Why a decision counts for nothing until somebody decides anew. */
export interface DecisionQuestion {
  readonly at: EpochMs;
  /** The risk that was found, 0–100. */
  readonly score: number;
  /** The same in words. */
  readonly because: string;
}

/** What an entry grants when nothing is narrowed: all that the job's user may do. */
export const DEFAULT_PERMISSIONS: EntryPermissions = { defaultPermissions: true, policies: [] };

/** How many projects beyond the callers a sign-off covers; null where there is none, or where it does not say. */
export const signedWidening = (decision: Decision | undefined): number | null =>
  decision?.verdict === 'approved' && decision.subject.kind === 'group-entry' ? decision.subject.widening : null;

/** A decision past its expiry, or one in question, no longer allows anything. */
export const inForce = (decision: Pick<Decision, 'expiresAt' | 'question'>, now: EpochMs): boolean =>
  decision.question === null && (decision.expiresAt === null || decision.expiresAt > now);

/**
 * What a person approved until a day is for a person to renew: a rule that did would keep it for longer than was meant.
 *
 * @param expired - the decision on an edge that counts as undecided again; null where nobody ever decided
 */
export const leftToItsAuthor = (expired: Decision | null): boolean => expired?.by.kind === 'person';
