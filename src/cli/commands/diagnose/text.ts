import { adviceFor, type Diagnosis, type Refusal } from '../../../trace/index.ts';
import type { Paint } from '../../terminal/output.ts';
import { breakLine } from '../../terminal/wrap.ts';

/** What the text is written for. */
export interface DiagnosisFrame {
  readonly caller: string;
  readonly gitlabUrl: string;
  /** Width of the terminal. */
  readonly columns: number;
}

const HEADLINES: Readonly<Record<Diagnosis['verdict'], string>> = {
  allowlist_denied: 'Refused by the allowlist',
  policy_denied: 'A permission of the job token is missing',
  role_denied: 'The user behind the job lacks a role',
  token_invalid: 'The credential was not accepted',
  not_found_ambiguous: 'Refused, and the trace cannot say why',
  other: 'No refusal by another project',
};

/** A diagnosis for a person with a broken job: what happened, what to agree on first, what to do, whom to ask. */
export function diagnosisText(diagnosis: Diagnosis, frame: DiagnosisFrame, paint: Paint): string {
  const advice = adviceFor(diagnosis, frame.caller, frame.gitlabUrl);
  const { columns } = frame;
  const text = (line: string): readonly string[] => breakLine(`  ${line}`, columns, 2);
  const list = (lines: readonly string[], mark: (at: number) => string): readonly string[] =>
    lines.flatMap((line, at) => breakLine(`  ${mark(at)}  ${line}`, columns, 4 + mark(at).length));
  const part = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', paint('bold', title), ...lines];
  return [
    ...facts(diagnosis, frame, paint),
    ...part('What is missing', [...text(advice.missing), ...text(diagnosis.reason)]),
    ...part('Before anything is added', advice.confirm === null ? [] : text(advice.confirm)),
    ...part(
      advice.heading,
      list(advice.steps, (at) => `${String(at + 1)}.`),
    ),
    // Commands are for copying, so they are never broken.
    ...part(
      'Where Tidegate keeps the decisions (show, then one of the two)',
      advice.commands.map((command) => `  ${command}`),
    ),
    ...part('Whom to ask', advice.ask === null ? [] : text(advice.ask)),
    ...part(
      'What would disprove this',
      list(advice.disproof, () => '-'),
    ),
  ].join('\n');
}

function facts(diagnosis: Diagnosis, { caller, columns }: DiagnosisFrame, paint: Paint): readonly string[] {
  const { verdict, access, line, quote, confidence } = diagnosis;
  const callee = diagnosis.callee ?? (diagnosis.calleeId === null ? null : `project id ${diagnosis.calleeId}`);
  return [
    paint(verdict === 'other' ? 'green' : 'red', HEADLINES[verdict]),
    `  verdict  ${verdict}, confidence ${confidence}`,
    `  caller   ${caller}`,
    ...(verdict === 'other' ? [] : [`  callee   ${callee ?? 'not settled by the trace'}`]),
    ...(access === null ? [] : [`  access   ${access}`]),
    ...(line === null
      ? []
      : breakLine(`  line     ${line}: ${quote ?? ''}`, columns, 11).map((row) => paint('dim', row))),
    ...diagnosis.others.filter(({ verdict: kind }) => kind !== 'other').flatMap((other) => renderOther(other, columns)),
  ];
}

function renderOther({ verdict, callee, access, line, nonFatal }: Refusal, columns: number): readonly string[] {
  const effect = nonFatal ? 'did not end the job' : 'in the same job';
  const what = `${verdict}, ${callee ?? 'callee not settled'}, ${access ?? 'access unknown'} (${effect})`;
  return breakLine(`  also     line ${line}: ${what}`, columns, 11);
}
