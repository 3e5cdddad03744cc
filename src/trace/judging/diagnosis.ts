import type { Access } from '../naming/access.ts';
import type { Refusal } from './finding.ts';
import type { Verdict } from '../signatures/row.ts';

/** Why a job failed, as far as access to other projects is concerned. */
export interface Diagnosis {
  readonly verdict: Verdict;
  /** Full path of the project that refused; null where the trace does not settle it, and for `other` mostly. */
  readonly callee: string | null;
  /** Its numeric id, where the trace shows that: it may be known although the path is not. */
  readonly calleeId: number | null;
  readonly access: Access | null;
  /** Id of the row of the signature table; null when no refusal ended the job. */
  readonly signature: string | null;
  /** 1-based line of the trace; null as above. */
  readonly line: number | null;
  /** That line, redacted and without control characters, at most 300 characters. */
  readonly quote: string | null;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reason: string;
  /** Fine-grained permissions that GitLab named as missing, as GraphQL spells them; mostly none. */
  readonly permissions: readonly string[];
  /** Further refusals of the same trace, those that did not end the job marked `nonFatal`. */
  readonly others: readonly Refusal[];
}
