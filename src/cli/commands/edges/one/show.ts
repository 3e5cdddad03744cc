import type { Command } from 'commander';
import type { NarrowingFacts } from '../../../../domain/access/permissions.ts';
import type { KeptEvidence } from '../../../../domain/edges/edge.ts';
import { printable } from '../../../../domain/redact.ts';
import { saferCredentials, type Alternative } from '../../../../domain/decisions/alternatives.ts';
import { replacementSteps } from '../../../../domain/decisions/replacement.ts';
import { edgeRisk, type EdgeFacts, type Risk } from '../../../../domain/decisions/risk.ts';
import { leftToItsAuthor } from '../../../../domain/decisions/decision.ts';
import { ruleBook, type RuleTrial } from '../../../../domain/decisions/rules.ts';
import { LOG_BLIND_SPOTS, unseenBy } from '../../../../domain/access/shadow.ts';
import { isoTime, type EpochMs } from '../../../../domain/values.ts';
import type { Playbook } from '../../../../domain/playbook.ts';
import type { DenialFinding } from '../../../../domain/watch/denial-finding.ts';
import { denialFindings } from '../../../../engine/watch/denials.ts';
import { denialJson, denialLines } from '../../findings.ts';
import type { CliContext, GlobalOptions } from '../../../context.ts';
import { currentPlaybook } from '../../../playbook/file.ts';
import type { Session } from '../../../session/session.ts';
import type { Output } from '../../../terminal/output.ts';
import { breakLine } from '../../../terminal/wrap.ts';
import {
  entryText,
  historyLine,
  narrowestOf,
  nextStep,
  readDossier,
  type Dossier,
  type NarrowestPermissions,
} from './dossier.ts';
import { lookAtRollout, withRollout } from '../lookup.ts';
import { dayOf, factLines, shownFacts, type ShownFact } from './facts.ts';
import { paintState } from '../text.ts';

interface Shown extends Dossier {
  readonly rules: readonly RuleTrial[];
  readonly narrowest: NarrowestPermissions;
  readonly unseen: readonly string[];
  readonly next: string;
  readonly risk: Risk;
  /** What takes requests of its own, read or not. */
  readonly facts: readonly ShownFact[];
  /** Other credentials that are safer than an entry, or needed beside one. */
  readonly alternatives: readonly Alternative[];
  /** In order, where the edge was replaced. */
  readonly steps: readonly string[];
  /** What its jobs were refused so far; at most one, as there is one finding per edge. */
  readonly denials: readonly DenialFinding[];
}

/** `tidegate edges show`: everything on one edge. */
export function registerShow(edges: Command, context: CliContext): void {
  edges
    .command('show')
    .description('one edge: observations, decisions, rules, entry, permissions, next step')
    .argument('<caller>', 'full path or id of the project whose jobs ask')
    .argument('<callee>', 'full path or id of the project they reach')
    .option('--look', 'ask GitLab now for the facts that its risk rests on, and keep them')
    .addHelpText('after', '\nExample:\n  $ tidegate edges show acme/apps/web acme/libs/core --look')
    .action(async (caller: string, callee: string, flags: { readonly look?: boolean }, command: Command) => {
      // What a look brings is kept, which takes a database that can be written.
      const open = flags.look === true ? withRollout : lookAtRollout;
      await open(context, command, async ({ store, clock, row }, globals) => {
        const { narrowingFacts } = await import('../../../../engine/planning/followed.ts');
        const { asRulesSee } = await import('../../../../engine/planning/as-rules-see.ts');
        const { loadFacts } = await import('../../../../engine/planning/facts.ts');
        const now = clock.now();
        const dossier = await readDossier(store, caller, callee, now);
        const playbook = currentPlaybook(context.cwd, row).playbook;
        const edges = await store.edges({ callee: dossier.callee.id });
        const callers = edges.length;
        const { loadGaps } = await import('../../../../engine/planning/gaps.ts');
        const gaps = await loadGaps(store, now);
        const ids = { caller: dossier.caller.id, callee: dossier.callee.id };
        const denials = await denialFindings(store, playbook, now, ids);
        const judged = await asRulesSee(store, dossier.edge);
        if (flags.look === true) await lookNow(context, globals, { store, clock, gitlabUrl: row.gitlabUrl }, dossier);
        const look = (await loadFacts(store, playbook, now)).ofEdge(ids.caller, ids.callee);
        const edge = { edge: judged, caller: dossier.caller, callee: dossier.callee, callers, look };
        const examined = examine(dossier, edge, playbook, await narrowingFacts(store), now);
        const facts = await shownFacts(store, ids, look, examined.risk);
        const ofCallee = gaps.of(dossier.callee, edges).map(({ text }) => text);
        const unseen = [...examined.unseen, ...ofCallee, ...gaps.overall];
        const shown = { ...examined, unseen, denials, facts };
        context.out.result({ schemaVersion: 1, ...toJson(shown) }, () => render(shown, context.out));
      });
    });
}

/** Asks GitLab for the facts of both projects and keeps them, so that rules and lists know them from now on as well. */
async function lookNow(
  context: CliContext,
  globals: GlobalOptions,
  { store, clock, gitlabUrl }: Pick<Session, 'store' | 'clock'> & { readonly gitlabUrl: string },
  { caller, callee }: Pick<Dossier, 'caller' | 'callee'>,
): Promise<void> {
  const { connect } = await import('../../../session/connection.ts');
  const { lookAtEdge } = await import('../../../../engine/survey/facts.ts');
  const { forge } = await connect(context, globals, gitlabUrl);
  const commit = (work: () => Promise<void>): Promise<void> => store.transaction(work);
  await lookAtEdge({ forge, store, clock, secrets: [], commit }, caller, callee);
}

/**
 * @param judged - the edge as rules look at it, where what was refused has no part
 */
function examine(
  dossier: Dossier,
  judged: EdgeFacts,
  playbook: Playbook,
  narrowing: NarrowingFacts,
  now: EpochMs,
): Omit<Shown, 'denials' | 'facts'> {
  const rules = ruleBook(playbook);
  const facts = { ...judged, edge: dossier.edge };
  // A pair that nobody has seen is no edge, and no rule looks at it.
  const trials = dossier.seen ? rules.explain(judged, now) : [];
  const renewable = !(dossier.edge.state === 'undecided' && leftToItsAuthor(dossier.decision));
  const proposed = dossier.seen && renewable ? rules.propose(judged, now, narrowing) : null;
  const proposal = proposed === null ? null : `Rule ${proposed.by.name} makes it ${proposed.verdict}`;
  return {
    ...dossier,
    rules: trials,
    narrowest: narrowestOf(dossier.edge, narrowing),
    unseen: [...unseenBy(dossier.callee), LOG_BLIND_SPOTS],
    next: nextStep(dossier, proposal),
    risk: edgeRisk(facts, playbook, now),
    alternatives: dossier.edge.state === 'replaced' ? [] : saferCredentials(facts),
    steps: stepsOf(dossier),
  };
}

/** What is to be done for an edge that another credential replaces. */
function stepsOf({ edge, caller, callee, decision }: Dossier): readonly string[] {
  const by = edge.state === 'replaced' ? decision?.replacedBy : null;
  return by ? replacementSteps(by, { edge, caller, callee }) : [];
}

function toJson(shown: Shown): object {
  const { caller, callee, edge, seen, history, entry, rules, narrowest, unseen, next, risk, facts, alternatives } =
    shown;
  return {
    caller: { id: caller.id, path: caller.path },
    callee: {
      id: callee.id,
      path: callee.path,
      inScope: callee.inScope,
      enforced: callee.allowlist?.effective ?? null,
      visibility: callee.visibility,
    },
    seen,
    state: edge.state,
    access: edge.access,
    evidence: edge.evidence.map(({ source, access, policies, where, firstSeen, lastSeen, times, certainty }) => ({
      ...{ source, access, policies, where, certainty, times },
      firstSeen: isoTime(firstSeen),
      lastSeen: isoTime(lastSeen),
    })),
    decisions: history.map(
      ({ id, verdict, replacedBy, by, owner, reason, permissions, evidence, decidedAt, expiresAt, question }) => ({
        ...{ id, verdict, replacedBy, by, owner, reason, permissions, evidence },
        decidedAt: isoTime(decidedAt),
        expiresAt: expiresAt === null ? null : isoTime(expiresAt),
        inForce: id === edge.decisionId && edge.state === verdict,
        question: question && { ...question, at: isoTime(question.at) },
      }),
    ),
    rules,
    entry: entry && {
      ...entry,
      createdAt: entry.createdAt === null ? null : isoTime(entry.createdAt),
    },
    narrowest,
    unseen,
    risk: { ...risk, facts },
    alternatives,
    steps: shown.steps,
    denials: shown.denials.map(denialJson),
    next,
  };
}

function render(shown: Shown, { paint, columns }: Output): string {
  const { caller, callee, edge, seen, history, entry, rules, narrowest, unseen, next, risk, facts, alternatives } =
    shown;
  const state = seen || history.length > 0 ? paintState(edge.state, paint) : 'never seen';
  const lines = [`${paint('bold', `${printable(caller.path)} -> ${printable(callee.path)}`)}: ${state}`];
  const section = (title: string, items: readonly string[], none: string): void => {
    lines.push(paint('bold', title), ...(items.length > 0 ? items : [none]).map((item) => `  ${printable(item)}`));
  };
  section('Observations', edge.evidence.map(evidenceText), 'none');
  section('Not seen', unseen, '');
  section('Decisions', history.map(historyLine), 'none');
  section('Rules', rules.map(trialText), seen ? 'the playbook has none' : 'they look at observed edges only');
  section('Entry today', entry ? [entryText(entry)] : [], noEntry(shown));
  section('Narrowest permissions', narrowestText(narrowest), '');
  section(
    `Risk ${risk.score} of 100${risk.atMost > risk.score ? `, at most ${risk.atMost}` : ''}`,
    [
      ...risk.reasons.map(
        ({ fact, points, because }) => `${String(points).padStart(3)}  ${because}${dayOf(facts, fact)}`,
      ),
      ...factLines(facts),
    ],
    'nothing known speaks against it',
  );
  for (const { credential, why, steps } of alternatives) {
    const title = credential === 'none' ? 'No entry needed' : `Another way: ${credential.replaceAll('-', ' ')}`;
    section(title, [`${why}.`, ...steps.map((step, index) => `${index + 1}. ${step}`)], '');
  }
  if (shown.steps.length > 0) {
    const steps = shown.steps.map((step, index) => `${index + 1}. ${step}`);
    section(`Steps: ${shown.decision?.replacedBy?.replaceAll('-', ' ') ?? ''}`, steps, '');
  }
  if (shown.denials.length > 0) {
    lines.push(
      paint('bold', 'Refused'),
      ...shown.denials.flatMap((one) => denialLines(one, paint)).map((line) => `  ${line}`),
    );
  }
  section('Next', [next], '');
  return lines.flatMap((line) => breakLine(line, columns, /^ {2,}/.test(line) ? 4 : 0)).join('\n');
}

function narrowestText({ permissions, obstacles, enoughForSeen }: NarrowestPermissions): readonly string[] {
  const enough = obstacles.length > 0 && enoughForSeen.length > 0;
  return [
    permissions,
    ...obstacles.map((why) => `because ${why}`),
    ...(enough ? [`enough for what was seen, were it all: --permissions ${enoughForSeen.join(',')}`] : []),
  ];
}

function noEntry({ callee }: Shown): string {
  if (callee.allowlist === null) return 'not known: the allowlist was not read';
  return callee.allowlist.effective
    ? 'none: its jobs are refused, except for what the callee shares with everyone'
    : 'none, and none is needed yet: the callee is open';
}

function evidenceText({
  source,
  access,
  policies,
  where,
  firstSeen,
  lastSeen,
  times,
  certainty,
}: KeptEvidence): string {
  const kind =
    access === null ? '' : `, ${access}${policies !== null && policies.length > 0 ? ` (${policies.join(', ')})` : ''}`;
  const often = times > 1 ? `, at least ${times} times` : '';
  return `${source}: ${where}${kind}, ${isoTime(firstSeen)} to ${isoTime(lastSeen)}${often}${certainty === 'likely' ? ' (likely)' : ''}`;
}

const trialText = ({ rule, matches, barred, because }: RuleTrial): string =>
  `${matches ? 'matches' : barred ? 'stopped' : 'no     '}  ${rule}: ${because}`;
