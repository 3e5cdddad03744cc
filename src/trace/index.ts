import { Analyser } from './analyser.ts';
import { conclude } from './judging/conclude.ts';
import type { TraceContext } from './context.ts';
import type { Diagnosis } from './judging/diagnosis.ts';
import type { Refusal } from './judging/finding.ts';
import { LineScanner } from './reading/lines.ts';
import { traceAutomaton } from './reading/needles.ts';

export { adviceFor, type Advice } from './judging/advice.ts';
export { edgeAccess } from './naming/access.ts';
export { calleeOfRequest, namedCallees } from './naming/callees.ts';
export type { TraceContext } from './context.ts';
export type { Diagnosis } from './judging/diagnosis.ts';
export type { Refusal } from './judging/finding.ts';

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
  const lines = scanner.end();
  const { cause, others } = conclude(analyser.end());
  if (cause === null) return { ...NO_CAUSE, reason: lines === 0 ? EMPTY : reasonWithoutCause(others), others };
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
  permissions: [],
} as const;

const EMPTY = 'The trace is empty: GitLab writes none for a job that never reached a runner.';

function reasonWithoutCause(others: readonly Refusal[]): string {
  const passed = others.find((refusal) => refusal.verdict !== 'other');
  if (!passed) return 'Nothing in the trace says that another project refused the job token.';
  return `A refusal on line ${passed.line} did not end the job: it went on, and failed of something else.`;
}
