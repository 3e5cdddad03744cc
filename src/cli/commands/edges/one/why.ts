import type { Command } from 'commander';
import type { KeptEvidence } from '../../../../domain/edges/edge.ts';
import { printable } from '../../../../domain/redact.ts';
import { isoTime, counted } from '../../../../domain/values.ts';
import type { CliContext } from '../../../context.ts';
import type { Output } from '../../../terminal/output.ts';
import { breakLine } from '../../../terminal/wrap.ts';
import { entryText, historyLine, readDossier, type Dossier } from './dossier.ts';
import { lookAtRollout } from '../lookup.ts';
import { findProof, type Proof } from './proof.ts';
import { deciderOf, verdictText } from '../text.ts';

/** `unknown` where the callee was not read; never taken for yes or no. */
export type Answer = 'yes' | 'no' | 'shared-only' | 'unknown';

interface Why {
  readonly answer: Answer;
  /** One paragraph for the auditor. */
  readonly text: string;
  readonly dossier: Dossier;
  readonly proof: Proof;
}

/** `tidegate edges why`: why may this caller reach that callee, or why not. */
export function registerWhy(edges: Command, context: CliContext): void {
  edges
    .command('why')
    .description('why one project may reach another, or may not, and what proves it')
    .argument('<caller>', 'full path or id of the project whose jobs ask')
    .argument('<callee>', 'full path or id of the project they reach')
    .addHelpText('after', '\nExample:\n  $ tidegate edges why acme/apps/web acme/libs/core --json')
    .action(async (caller: string, callee: string, _: unknown, command: Command) => {
      await lookAtRollout(context, command, async ({ store, clock }) => {
        const dossier = await readDossier(store, caller, callee, clock.now());
        const proof = await findProof(store, dossier);
        const why: Why = { ...explain(dossier, proof), dossier, proof };
        context.out.result({ schemaVersion: 1, ...toJson(why) }, () => render(why, context.out));
      });
    });
}

/** The answer as GitLab acts today, and what was decided about it. */
export function explain(dossier: Dossier, proof: Proof): { readonly answer: Answer; readonly text: string } {
  const { answer, because } = access(dossier);
  const head = { yes: 'Yes', no: 'No', 'shared-only': 'Only in part', unknown: 'Not known' }[answer];
  const { caller, callee } = dossier;
  const sentences = [
    `${head}: ${because}`,
    evidence(dossier),
    ...signedOff(dossier),
    ...warnings(dossier, proof, answer),
    decided(dossier),
  ];
  return { answer, text: printable(`${caller.path} -> ${callee.path}. ${sentences.join(' ')}`) };
}

function access({ callee, entry }: Dossier): { readonly answer: Answer; readonly because: string } {
  const { allowlist } = callee;
  if (allowlist === null) {
    return { answer: 'unknown', because: `the allowlist of the callee was not read (${callee.unread ?? 'not yet'}).` };
  }
  const asOf = callee.readAt === null ? '' : ` (as read ${isoTime(callee.readAt)})`;
  if (!allowlist.effective) {
    return {
      answer: 'yes',
      because: `the allowlist of the callee is off, so every project's jobs may reach it${asOf}.`,
    };
  }
  if (entry) return { answer: 'yes', because: `the callee is enforced and ${entryText(entry)} lets it in${asOf}.` };
  if (callee.visibility === 'private') {
    return { answer: 'no', because: `the callee is enforced and none of its entries lets the caller in${asOf}.` };
  }
  const shared = `no entry lets the caller in; as the callee is ${callee.visibility}, jobs reach what it shares with everyone and nothing else${asOf}.`;
  return { answer: 'shared-only', because: shared };
}

function decided({ edge, decision }: Dossier): string {
  if (decision === null) return 'Nobody has decided on this access.';
  const { reason, decidedAt, expiresAt } = decision;
  const owner = decision.owner === null ? '' : ` ${decision.owner} answers for it.`;
  const by = decision.by.kind === 'rule' ? deciderOf(decision) : `${decision.by.name}, a person,`;
  const until = expiresAt === null ? '' : `, until ${isoTime(expiresAt)}`;
  const lapsed =
    edge.state !== 'undecided'
      ? ''
      : decision.question === null
        ? ' That approval has expired.'
        : ` That approval is in question: its risk is ${decision.question.score} by now, more than a rule may approve (${decision.question.because}).`;
  return `It was ${verdictText(decision)}, as decided by ${by} on ${isoTime(decidedAt)}${until}, because: ${reason.replace(/[.\s]+$/, '')}. Known then: ${decision.evidence}.${owner}${lapsed}`;
}

const evidence = ({ edge, seen }: Dossier): string =>
  seen
    ? `Known now: ${edge.sources.join(', ')}, last seen ${isoTime(edge.lastSeen)}.`
    : 'No source has ever seen this access.';

/** An entry of a group lets in more than this caller, which somebody has to have wanted. */
function signedOff({ entry, groupDecision }: Dossier): readonly string[] {
  if (entry?.kind !== 'group') return [];
  if (groupDecision === null) return ['Nobody of this rollout has decided on that group entry.'];
  const { verdict, decidedAt, evidence: known, reason } = groupDecision;
  const by = deciderOf(groupDecision);
  return [`That group entry was ${verdict} by ${by} on ${isoTime(decidedAt)}: ${reason} (${known}).`];
}

/** What an auditor must not overlook: access without a decision, or against it, and records that do not fit. */
function warnings({ edge, entry, callee }: Dossier, proof: Proof, answer: Answer): readonly string[] {
  const words: string[] = [];
  const refused = edge.state === 'rejected' || edge.state === 'replaced';
  if (answer === 'yes' && refused && entry) words.push('The entry lets in what was refused.');
  if (answer === 'yes' && edge.state === 'undecided' && entry && callee.allowlist?.effective === true) {
    words.push('The entry stands without a decision of this rollout.');
  }
  if (answer === 'no' && edge.state === 'approved') words.push('It was approved, but its entry is missing.');
  if (proof.decision === 'missing') words.push('WARNING: the ledger has no row for this decision.');
  if (proof.decision === 'altered')
    words.push('WARNING: the decision was altered after it was recorded in the ledger.');
  if (proof.ledgerProblem !== null) words.push(`WARNING: the ledger does not hold: ${proof.ledgerProblem}.`);
  return words;
}

function toJson({ answer, text, dossier, proof }: Why): object {
  const { caller, callee, edge, decision, entry, groupDecision, history } = dossier;
  return {
    caller: caller.path,
    callee: callee.path,
    answer,
    text,
    state: edge.state,
    enforced: callee.allowlist?.effective ?? null,
    decision: decision && {
      ...decision,
      decidedAt: isoTime(decision.decidedAt),
      expiresAt: decision.expiresAt === null ? null : isoTime(decision.expiresAt),
    },
    earlierDecisions: history.filter(({ id }) => id !== decision?.id).map(({ id }) => id),
    entry: entry && { ...entry, createdAt: entry.createdAt === null ? null : isoTime(entry.createdAt) },
    groupDecision: groupDecision && {
      ...groupDecision,
      decidedAt: isoTime(groupDecision.decidedAt),
      expiresAt: groupDecision.expiresAt === null ? null : isoTime(groupDecision.expiresAt),
    },
    evidence: edge.evidence.map(({ source, where, access: kind, times, lastSeen }) => ({
      ...{ source, where, access: kind, times },
      lastSeen: isoTime(lastSeen),
    })),
    proof,
  };
}

/** Observations that are listed; a caller may be seen in hundreds of files. */
const PLACES_SHOWN = 10;

const KINDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  decision: ['decision', 'decisions'],
  decisions: ['batch of decisions of rules', 'batches of decisions of rules'],
  failure: ['failed job', 'failed jobs'],
  intent: ['write to GitLab begun', 'writes to GitLab begun'],
  outcome: ['outcome of a write', 'outcomes of writes'],
};

function kindText({ kind, rows, first, last, lastAt }: Proof['kinds'][number]): string {
  const [one, many] = KINDS[kind] ?? [kind, kind];
  const where = rows === 1 ? `row ${first}, ${lastAt}` : `rows ${first} to ${last}, the last of ${lastAt}`;
  return `${counted(rows, one, many)}: ${where}`;
}

function render({ text, dossier, proof }: Why, { paint, columns }: Output): string {
  const { edge, history, entry, decision } = dossier;
  const earlier = history.filter(({ id }) => id !== decision?.id);
  const lines: string[] = [text, ''];
  const section = (title: string, items: readonly string[]): void => {
    if (items.length > 0) lines.push(paint('bold', title), ...items.map((item) => `  ${item}`));
  };
  const more = edge.evidence.length - PLACES_SHOWN;
  section('Observed', [
    ...edge.evidence.slice(0, PLACES_SHOWN).map(observedText),
    ...(more > 0 ? [`and in ${more} more places (--json)`] : []),
  ]);
  section('Entry', entry ? [entryText(entry)] : []);
  section('In the ledger', [...proof.kinds.map(kindText), ledgerText(proof)]);
  section('Decided before', earlier.map(historyLine));
  section('Decided', [decision ? historyLine(decision) : 'by nobody', ...borneOut(proof)]);
  return lines.flatMap((line) => breakLine(line, columns, line.startsWith('  ') ? 4 : 0)).join('\n');
}

const observedText = ({ source, where, times, firstSeen, lastSeen }: KeptEvidence): string =>
  `${source}: ${printable(where)}, ${isoTime(firstSeen)} to ${isoTime(lastSeen)}${times > 1 ? `, at least ${times} times` : ''}`;

const ledgerText = ({ ledgerProblem, ledgerRows, lastHash }: Proof): string =>
  ledgerProblem === null
    ? `the chain of all ${counted(ledgerRows, 'row')} holds; its last hash is ${lastHash}`
    : `BROKEN: ${printable(ledgerProblem)}`;

function borneOut({ decision, decisionSeq }: Proof): readonly string[] {
  switch (decision) {
    case 'none':
      return [];
    case 'recorded':
      return [`as row ${decisionSeq ?? 0} of the ledger records it`];
    case 'missing':
      return ['the ledger has no row for it'];
    case 'altered':
      return [`row ${decisionSeq ?? 0} of the ledger records it otherwise`];
  }
}
