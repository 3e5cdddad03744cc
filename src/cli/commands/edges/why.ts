import type { Command } from 'commander';
import { printable } from '../../../domain/redact.ts';
import { isoTime } from '../../../domain/values.ts';
import type { CliContext } from '../../context.ts';
import type { Paint } from '../../output.ts';
import { entryText, historyLine, readDossier, type Dossier } from './dossier.ts';
import { withRollout } from './lookup.ts';
import { findProof, type Proof } from './proof.ts';
import { deciderOf, verdictText } from './text.ts';

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
      await withRollout(context, command, async ({ store, clock }) => {
        const dossier = await readDossier(store, caller, callee, clock.now());
        const proof = await findProof(store, dossier);
        const why: Why = { ...explain(dossier, proof), dossier, proof };
        context.out.result({ schemaVersion: 1, ...toJson(why) }, () => render(why, context.out.paint));
      });
    });
}

/** The answer as GitLab acts today, and what was decided about it. */
export function explain(dossier: Dossier, proof: Proof): { readonly answer: Answer; readonly text: string } {
  const { answer, because } = access(dossier);
  const head = { yes: 'Yes', no: 'No', 'shared-only': 'Only in part', unknown: 'Not known' }[answer];
  const { caller, callee } = dossier;
  const sentences = [`${head}: ${because}`, decided(dossier), evidence(dossier), ...warnings(dossier, proof, answer)];
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
  const expired = edge.state === 'undecided' ? ' That approval has expired.' : '';
  return `It was ${verdictText(decision)}, as decided by ${by} on ${isoTime(decidedAt)}${until}, because: ${reason}. Known then: ${decision.evidence}.${owner}${expired}`;
}

const evidence = ({ edge, seen }: Dossier): string =>
  seen
    ? `Known now: ${edge.sources.join(', ')}, last seen ${isoTime(edge.lastSeen)}.`
    : 'No source has ever seen this access.';

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
  const { caller, callee, edge, decision, entry, history } = dossier;
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
    evidence: edge.evidence.map(({ source, where, access: kind, lastSeen }) => ({
      ...{ source, where, access: kind },
      lastSeen: isoTime(lastSeen),
    })),
    proof,
  };
}

function render({ text, dossier, proof }: Why, paint: Paint): string {
  const { edge, history, entry } = dossier;
  const chain = [
    ...edge.evidence.map(({ source, where, lastSeen }) => `evidence  ${source}: ${where}, last ${isoTime(lastSeen)}`),
    ...history.map((decision) => `decision  ${historyLine(decision)}`),
    ...(entry ? [`entry     ${entryText(entry)}`] : []),
    ...proof.rows.map(({ seq, kind, subject }) => `ledger    row ${seq}: ${kind}, ${subject}`),
  ];
  const intact =
    proof.ledgerProblem === null
      ? `ledger    ${proof.ledgerRows} rows, the chain holds; last hash ${proof.lastHash}`
      : paint('red', `ledger    broken: ${printable(proof.ledgerProblem)}`);
  return [text, '', ...chain.map((line) => `  ${printable(line)}`), `  ${intact}`].join('\n');
}
