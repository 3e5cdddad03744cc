import { Analyser } from './analyser.ts';
import type { Access } from './access.ts';
import { conclude } from './conclude.ts';
import type { TraceContext } from './context.ts';
import type { Refusal } from './finding.ts';
import { LineScanner } from './lines.ts';
import { traceAutomaton } from './needles.ts';
import type { Verdict } from './signatures/row.ts';

export type { Access } from './access.ts';
export { calleeOfRequest, namedCallees } from './callees.ts';
export type { TraceContext } from './context.ts';
export type { Refusal } from './finding.ts';
export type { Verdict } from './signatures/row.ts';

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
  /** Further refusals of the same trace, those that did not end the job marked `nonFatal`. */
  readonly others: readonly Refusal[];
}

/**
 * Reads the trace of a failed job and says whether another project refused it, which one, and why. Memory is bounded whatever
 * the length of the trace or of its lines, and the answer does not depend on how the bytes are split.
 *
 * @param chunks - the raw bytes as the runner sent them, in order
 * @throws TypeError when `gitlabUrl` is no URL; nothing else, whatever the bytes are
 */
export async function diagnose(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  context: TraceContext,
): Promise<Diagnosis> {
  const analyser = new Analyser(context);
  const scanner = new LineScanner(traceAutomaton(analyser.instance), analyser);
  for await (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  const { cause, others } = conclude(analyser.end());
  if (cause === null) return { ...NO_CAUSE, reason: reasonWithoutCause(others), others };
  const { nonFatal: _, ...refusal } = cause;
  return { ...refusal, others };
}

const NO_CAUSE = {
  verdict: 'other',
  callee: null,
  calleeId: null,
  access: null,
  signature: null,
  line: null,
  quote: null,
  confidence: 0.6,
} as const;

function reasonWithoutCause(others: readonly Refusal[]): string {
  const passed = others.find((refusal) => refusal.verdict !== 'other');
  if (!passed) return 'Nothing in the trace says that another project refused the job token.';
  return `A refusal on line ${passed.line} did not end the job: it went on, and failed of something else.`;
}
