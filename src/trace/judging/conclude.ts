import type { Analysis } from '../analyser.ts';
import type { Finding, Refusal } from './finding.ts';

/** How near two matches must be to tell of one refusal, in lines. */
const SAME_EVENT = 12;

/** The refusal that ended the job, if one did, and the others in the order of the trace. */
export interface Conclusion {
  readonly cause: Refusal | null;
  readonly others: readonly Refusal[];
}

/** Decides which refusal, if any, ended the job. */
export function conclude(analysis: Analysis): Conclusion {
  const findings = withoutEchoes(analysis.findings);
  const fatal = fatalOnes(findings, analysis);
  const cause = strongest(fatal);
  const refusals = findings.map((finding) => ({ finding, refusal: refusalOf(finding, !fatal.includes(finding)) }));
  return {
    cause: refusals.find(({ finding }) => finding === cause)?.refusal ?? null,
    others: refusals.filter(({ finding }) => finding !== cause).map(({ refusal }) => refusal),
  };
}

/** One refusal often leaves several lines: the client's status goes when GitLab's own sentence is near it. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => {
    const near = findings.filter((known) => known !== finding && known.step === finding.step && isNear(known, finding));
    if (near.some((known) => known.weight > finding.weight)) return false;
    // Of two lines of equal weight with one meaning, the one that names the project stays.
    return !near.some(
      (known) =>
        known.weight === finding.weight &&
        known.verdict === finding.verdict &&
        (known.callee === finding.callee
          ? known.line < finding.line && known.access === finding.access
          : known.callee !== null && finding.callee === null && finding.calleeId === null),
    );
  });
}

function isNear(a: Finding, b: Finding): boolean {
  if (a.weight === 0 || b.weight === 0) return true;
  return a.line <= b.lastLine + SAME_EVENT && b.line <= a.lastLine + SAME_EVENT;
}

function fatalOnes(findings: readonly Finding[], { last, succeeded, timedOut }: Analysis): readonly Finding[] {
  if (succeeded) return [];
  const main = findings.filter(
    (finding) => !finding.side && !isOutlived(finding) && !isMadeUpFor(finding) && !(timedOut && isWarning(finding)),
  );
  const inLast = main.filter((finding) => finding.step === last);
  if (inLast.length > 0) {
    // A command that ends the job by a kept failure code speaks for all that were kept.
    return inLast;
  }
  if (last.consequence) return survivors(main, ['none', 'recorded', 'swallowed']);
  if (last.ownFailureAt !== null) return [];
  return [
    ...survivors(main, ['none', 'recorded']),
    ...survivors(main, ['swallowed']).filter(({ step }) => looksFor(last.command, step.command)),
  ];
}

/** Refusals that a later step may suffer from. Those before the script began were overcome. */
function survivors(
  findings: readonly Finding[],
  tolerances: readonly Finding['step']['tolerance'][],
): readonly Finding[] {
  return findings.filter(({ step }) => step.command !== '' && tolerances.includes(step.tolerance));
}

// A command that does no more than look at files or open them.
const LOOKS = /^(?:test|\[\[?|ls|stat|file|cat|head|unzip|7z|tar|gunzip|cd|mv|cp|source|\.)\s[^;&|]*$/;
// It is repeated until it succeeds: what it was to bring is there.
const REPEATS = /^(?:until|while)\s/;

/** Whether a command looks at a file that an earlier one was to bring: its failure comes of the earlier one's, swallowed or not. */
function looksFor(command: string, earlier: string): boolean {
  if (!LOOKS.test(command) || REPEATS.test(earlier)) return false;
  const operands = command
    .slice(0, 600)
    .split(/[\s"';&|]+/)
    .slice(1, 12);
  return operands
    .map((operand) => operand.replace(/^(?:\.\/)+|\/+$/g, ''))
    .some((name) => /^\w[\w./-]+$/.test(name) && /[a-z]/i.test(name) && hasWord(earlier, name));
}

/** Whether a text holds a name that is not the middle of a longer one. */
function hasWord(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!/[\w-]/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + name.length] ?? ' ')) return true;
  }
  return false;
}

/** The program itself says, on the line of the refusal, that it does without. */
const isMadeUpFor = ({ quote }: Finding): boolean =>
  /[([,;] ?(?:ignor(?:ed|ing)|non-?fatal|skipp(?:ed|ing)|continuing|falling back|best effort)\b/i.test(quote);

const isWarning = ({ quote }: Finding): boolean => /^\[?warn(?:ing)?\b/i.test(quote);

/** The step went on after it and failed at its own work. */
function isOutlived(finding: Finding): boolean {
  const { testFailureAt, ownFailureAt } = finding.step;
  // What the program itself calls a warning is outlived by any failure of its own work.
  const mild = finding.weight < 2 && isWarning(finding);
  const failedAt = mild ? ownFailureAt : testFailureAt;
  return failedAt !== null && failedAt > finding.lastLine;
}

/** GitLab's own words first, then what concerns access at all, then the first in the trace. */
function strongest(findings: readonly Finding[]): Finding | null {
  const rank = (finding: Finding): number => (finding.verdict === 'other' ? 0 : 3) + finding.weight;
  return [...findings].sort((a, b) => rank(b) - rank(a) || a.line - b.line)[0] ?? null;
}

function refusalOf(finding: Finding, nonFatal: boolean): Refusal {
  const { verdict, callee, calleeId, access, signature, line, quote, confidence, reason, permissions } = finding;
  return { verdict, callee, calleeId, access, signature, line, quote, confidence, reason, permissions, nonFatal };
}
