import type { DenialFinding } from '../../domain/watch/denial-finding.ts';
import { isoTime } from '../../domain/values.ts';
import { plain, plainOrNull } from '../text.ts';
import type { ReportDenial } from './types.ts';

/** Refused accesses as a report shows them: one per edge, open ones first. */
export function reportDenials(denials: readonly DenialFinding[]): readonly ReportDenial[] {
  return denials.map((finding) => ({
    caller: plain(finding.callerPath),
    callee: plainOrNull(finding.calleePath),
    state: finding.state,
    resolvedBy: plainOrNull(finding.resolvedBy),
    disposition: finding.disposition,
    count: finding.count,
    first: isoTime(finding.first),
    last: isoTime(finding.last),
    jobs: finding.jobs.map(({ name, count }) => ({ name: plain(name), count })),
    owners: finding.owners.map(plain),
    reason: plain(finding.reason),
    quote: plainOrNull(finding.quote),
    line: finding.line,
    confidence: finding.confidence,
    disproof: plainOrNull(finding.disproof),
    suggestion: finding.suggestion && {
      decision: finding.suggestion.decision,
      reason: plain(finding.suggestion.reason),
    },
  }));
}

/** What became of it, or what to do about it, in one cell. */
export function denialOutcome({ state, resolvedBy, suggestion }: ReportDenial): string {
  if (state === 'expected') return 'expected: the access was rejected';
  if (resolvedBy !== null) return `resolved: ${resolvedBy}`;
  return suggestion === null ? 'open' : `open; ${suggestion.decision}: ${suggestion.reason}`;
}
