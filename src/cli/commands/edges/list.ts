import { Option, type Command } from 'commander';
import type { Decision } from '../../../domain/decisions/decision.ts';
import { edgeKey, type Edge, type EdgeState } from '../../../domain/edges/edge.ts';
import { EDGE_STATES, type EdgePredicate } from '../../../domain/edges/edge-filter.ts';
import { printable } from '../../../domain/redact.ts';
import type { Risk } from '../../../domain/decisions/risk.ts';
import { pathMatcher } from '../../../domain/decisions/rules.ts';
import { isoTime } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import type { CliContext } from '../../context.ts';
import type { Output } from '../../output.ts';
import { breakLine } from '../../wrap.ts';
import { findProject, readFilter, withRollout } from './lookup.ts';
import { cell, counted, day, deciderOf, middle, paintState } from './text.ts';
import { playbookOnTrial, riskOf, tallyLines, Trial, whatIfText, type WhatIf } from './what-if.ts';

interface ListFlags {
  readonly state?: EdgeState;
  readonly caller?: string;
  readonly callee?: string;
  readonly filter?: string;
  readonly whatIf?: string | true;
}

interface Row {
  readonly edge: Edge;
  readonly decision: Decision | null;
  readonly whatIf: WhatIf | null;
  /** Null where one of the two projects is not known any more. */
  readonly risk: Risk | null;
}

export const FILTER_HELP = `
EXPR: terms separated by spaces, all must hold; a value with spaces stands in double quotes.
  caller=GLOB   path: * stays within a segment, ** crosses them; so callee=GLOB
  state=GLOB    undecided, approved, rejected, replaced
  source=GLOB   auth-log, scan, trace, import, denial
  access=GLOB   git, npm, artifacts and so on
  by=GLOB       a person or a rule; also person:mara, rule:same-team
  owner=GLOB    who answers for it; owner!=* where nobody is named
  replacement=GLOB  what replaces the access
  seen<30d      last seen less than that ago; seen>90d: more
With != instead of = a term holds where it would not.`;

/** `tidegate edges list`. */
export function registerList(edges: Command, context: CliContext): void {
  edges
    .command('list')
    .description('the edges that are known, by callee')
    .addOption(new Option('--state <state>', 'only those in this state').choices(EDGE_STATES))
    .option('--callee <path>', 'only those of this callee, or path pattern')
    .option('--caller <path>', 'only those of this caller, or path pattern')
    .option('--filter <expr>', 'only those that fit an expression')
    .option('--what-if [playbook]', 'what the rules would decide, of the playbook or of a changed one; changes nothing')
    .addHelpText(
      'after',
      `${FILTER_HELP}\n\nExample:\n  $ tidegate edges list --state undecided --filter "callee=acme/libs/** seen<30d"
  $ tidegate edges list --what-if tidegate.new.yaml`,
    )
    .action(async (flags: ListFlags, command: Command) => {
      await withRollout(context, command, async ({ store, clock, row }) => {
        const { loadKnowledge } = await import('../../../engine/planning/knowledge.ts');
        const { asRulesSee } = await import('../../../engine/planning/apply-rules.ts');
        const now = clock.now();
        const wanted = await selection(store, flags);
        const knowledge = await loadKnowledge(store, now);
        const file = typeof flags.whatIf === 'string' ? flags.whatIf : null;
        const playbook = playbookOnTrial(context.cwd, row, file);
        const trial = flags.whatIf === undefined ? null : new Trial(playbook, knowledge, now);
        const found = knowledge.edges
          .map((edge): Row => ({
            edge,
            decision: knowledge.decisions.get(edgeKey(edge.caller, edge.callee)) ?? null,
            whatIf: null,
            risk: null,
          }))
          .filter((one) => wanted(one, now));
        const rows: Row[] = [];
        for (const one of found) {
          const whatIf = trial && trial.try(await asRulesSee(store, one.edge), one.decision);
          rows.push({ ...one, risk: riskOf(one.edge, knowledge, playbook, now), whatIf });
        }
        const rules = trial === null ? {} : { rules: trial.tally() };
        context.out.result({ schemaVersion: 1, edges: rows.map(toJson), ...rules }, () =>
          [
            ...renderList(rows, knowledge.edges.length, context.out),
            ...(trial ? renderTrial(trial, rows, context.out) : []),
          ].join('\n'),
        );
      });
    });
}

/** All conditions of the command line as one predicate. */
async function selection(store: RolloutStore, flags: ListFlags): Promise<EdgePredicate> {
  const tests: EdgePredicate[] = [];
  const { state, caller, callee, filter } = flags;
  if (state !== undefined) tests.push(({ edge }) => edge.state === state);
  if (caller !== undefined) {
    const matches = await pathTest(store, caller);
    tests.push(({ edge }) => matches(edge.callerPath));
  }
  if (callee !== undefined) {
    const matches = await pathTest(store, callee);
    tests.push(({ edge }) => matches(edge.calleePath));
  }
  if (filter !== undefined) tests.push(readFilter(filter).matches);
  return (subject, now) => tests.every((test) => test(subject, now));
}

/** A pattern as it is; a plain path has to be known, so that a typing error does not look like "no edges". */
export async function pathTest(store: RolloutStore, word: string): Promise<(path: string) => boolean> {
  if (/[*?[{]/.test(word)) return pathMatcher(word);
  const { path } = await findProject(store, word);
  return (other) => other.toLowerCase() === path.toLowerCase();
}

function toJson({ edge, decision, whatIf: trial, risk }: Row): object {
  return {
    caller: edge.callerPath,
    callee: edge.calleePath,
    state: edge.state,
    access: edge.access,
    sources: edge.sources,
    firstSeen: isoTime(edge.firstSeen),
    lastSeen: isoTime(edge.lastSeen),
    risk,
    decision: decision && {
      by: decision.by,
      owner: decision.owner,
      replacedBy: decision.replacedBy,
      reason: decision.reason,
      expiresAt: decision.expiresAt === null ? null : isoTime(decision.expiresAt),
    },
    ...(trial ? { whatIf: trial } : {}),
  };
}

const STATE_WIDTH = 9;
const ACCESS_WIDTH = 16;
const RISK_WIDTH = 4;
const DAY_WIDTH = 10;

function renderList(rows: readonly Row[], known: number, out: Output): readonly string[] {
  if (known === 0) return ['No edge is known yet: `tidegate inventory` reads who reaches whom.'];
  if (rows.length === 0) return [`None of the ${counted(known, 'known edge')} fits.`];
  const { width, callerWidth, accessWidth } = widths(rows, out.tableColumns);
  const line = (state: string, caller: string, access: string, risk: string, seen: string): string =>
    `  ${state}  ${cell(caller, callerWidth)}  ${cell(access, accessWidth)}  ${risk.padStart(RISK_WIDTH)}  ${seen}`;
  const lines = [out.paint('dim', line('state'.padEnd(STATE_WIDTH), 'caller', 'access', 'risk', 'last seen'))];
  let callee: string | null = null;
  for (const { edge, decision, whatIf: trial, risk } of rows) {
    if (edge.calleePath !== callee) {
      callee = edge.calleePath;
      lines.push(out.paint('bold', middle(callee, width)));
    }
    const access = accessText(edge);
    const state = paintState(edge.state, out.paint, STATE_WIDTH);
    lines.push(line(state, edge.callerPath, access, String(risk?.score ?? '-'), day(edge.lastSeen)));
    if (edge.state === 'undecided' && decision !== null) lines.push(note(expiredText(decision), out));
    if (trial && (trial.outcome !== 'stands' || trial.differs)) lines.push(note(whatIfText(trial), out));
  }
  return [...lines, summary(rows)];
}

const accessText = ({ access }: Edge): string => (access.length === 0 ? '-' : access.join(','));

/** Columns of the table: on a terminal as wide as it is, elsewhere as wide as what stands in them. */
function widths(
  rows: readonly Row[],
  columns: number | null,
): { readonly width: number; readonly callerWidth: number; readonly accessWidth: number } {
  const fixed = STATE_WIDTH + RISK_WIDTH + DAY_WIDTH + 10;
  if (columns !== null)
    return { width: columns, callerWidth: columns - fixed - ACCESS_WIDTH, accessWidth: ACCESS_WIDTH };
  const longest = (texts: readonly string[], least: number): number =>
    texts.reduce((most, text) => Math.max(most, printable(text).length), least);
  const callerWidth = longest(
    rows.map(({ edge }) => edge.callerPath),
    'caller'.length,
  );
  const accessWidth = longest(
    rows.map(({ edge }) => accessText(edge)),
    'access'.length,
  );
  return { width: Infinity, callerWidth, accessWidth };
}

const note = (text: string, out: Output): string =>
  out.paint('dim', breakLine(`             ${printable(text)}`, Math.min(out.columns, 160), 13).join('\n'));

/** An edge that was approved until a moment that has passed waits again, and should not look as if nobody knew it. */
const expiredText = (decision: Decision): string =>
  `approved by ${deciderOf(decision)} until ${day(decision.expiresAt ?? decision.decidedAt)}${decision.owner === null ? '' : `; ask ${decision.owner}`}`;

function renderTrial(trial: Trial, rows: readonly Row[], out: Output): readonly string[] {
  const lines = tallyLines(
    trial.tally(),
    rows.flatMap(({ whatIf: one }) => one ?? []),
  );
  return ['With these rules:', ...lines.flatMap((text) => breakLine(text, out.columns, 4))];
}

function summary(rows: readonly Row[]): string {
  const counts = EDGE_STATES.map((state) => ({ state, n: rows.filter(({ edge }) => edge.state === state).length }));
  const states = counts.filter(({ n }) => n > 0).map(({ state, n }) => `${n} ${state}`);
  return `${counted(rows.length, 'edge')}: ${states.join(', ')}`;
}
