import type { Access } from '../naming/access.ts';
import type { Verdict } from '../signatures/row.ts';
import type { Step } from '../naming/steps.ts';

/** One refusal that the trace shows. */
export interface Refusal {
  readonly verdict: Verdict;
  /** Full path of the project that refused; null where the trace does not settle it. */
  readonly callee: string | null;
  /** Its numeric id, where the trace shows that. */
  readonly calleeId: number | null;
  readonly access: Access | null;
  /** Id of the row of the signature table. */
  readonly signature: string;
  /** 1-based line of the trace. */
  readonly line: number;
  /** The line, redacted, without control characters, at most 300 characters. */
  readonly quote: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reason: string;
  /** Fine-grained permissions that GitLab named as missing, as GraphQL spells them. */
  readonly permissions: readonly string[];
  /** The job went on after it: retried with success, `|| true`, a fallback. */
  readonly nonFatal: boolean;
}

/** A refusal while the trace is still being read. */
export interface Finding extends Omit<Refusal, 'nonFatal'> {
  readonly step: Step;
  /** 2: GitLab's own words; 1: a client's words with an address; 0: words that have harmless causes as well. */
  readonly weight: 0 | 1 | 2;
  /** In a section such as `after_script`, whose failures do not count. */
  readonly side: boolean;
  /** Line of the latest repetition. */
  lastLine: number;
}
