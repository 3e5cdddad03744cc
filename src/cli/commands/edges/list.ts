import { Option, type Command } from 'commander';
import type { Decision } from '../../../domain/decision.ts';
import { edgeKey, type Edge, type EdgeState } from '../../../domain/edge.ts';
import { EDGE_STATES, type EdgePredicate } from '../../../domain/edge-filter.ts';
import { edgeRisk, type EdgeFacts, type Risk } from '../../../domain/risk.ts';
import { pathMatcher, ruleBook, type RuleBook } from '../../../domain/rules.ts';
import { isoTime, type EpochMs } from '../../../domain/values.ts';
import type { Knowledge } from '../../../engine/knowledge.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import type { CliContext } from '../../context.ts';
import { currentPlaybook } from '../../playbook-file.ts';
import type { Output } from '../../output.ts';
import { findProject, readFilter, withRollout } from './lookup.ts';
import { cell, counted, day, deciderOf, middle, paintState } from './text.ts';

interface ListFlags {
  readonly state?: EdgeState;
  readonly caller?: string;
  readonly callee?: string;
  readonly filter?: string;
  readonly whatIf?: boolean;
}

/** What the rules of the playbook would do with an edge; `stands` for one that somebody has decided already. */
export interface WhatIf {
  readonly outcome: 'approve' | 'reject' | 'ask' | 'stands' | 'out-of-scope';
  readonly rule: string | null;
  readonly reason: string;
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
    .option('--what-if', 'what the rules of the playbook would decide now; changes nothing')
    .addHelpText(
      'after',
      `${FILTER_HELP}\n\nExample:\n  $ tidegate edges list --state undecided --filter "callee=acme/libs/** seen<30d"`,
    )
    .action(async (flags: ListFlags, command: Command) => {
      await withRollout(context, command, async ({ store, clock, row }) => {
        const { loadKnowledge } = await import('../../../engine/knowledge.ts');
        const now = clock.now();
        const wanted = await selection(store, flags);
        const knowledge = await loadKnowledge(store, now);
        const { playbook } = currentPlaybook(context.cwd, row);
        const rules = flags.whatIf === true ? ruleBook(playbook) : null;
        const risk = (edge: Edge): Risk | null => {
          const facts = factsOf(edge, knowledge);
          return facts && edgeRisk(facts, playbook, now);
        };
        const rows = knowledge.edges
          .map((edge): Row => ({
            edge,
            decision: knowledge.decisions.get(edgeKey(edge.caller, edge.callee)) ?? null,
            whatIf: null,
            risk: null,
          }))
          .filter((found) => wanted(found, now))
          .map((found) => ({
            ...found,
            risk: risk(found.edge),
            whatIf: rules && whatIf(found, rules, knowledge, now),
          }));
        context.out.result({ schemaVersion: 1, edges: rows.map(toJson) }, () => renderList(rows, context.out));
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

function factsOf(edge: Edge, { projects, edgesOf }: Knowledge): EdgeFacts | null {
  const caller = projects.get(edge.caller);
  const callee = projects.get(edge.callee);
  return caller && callee ? { edge, caller, callee, callers: edgesOf(edge.callee).length } : null;
}

function whatIf({ edge, decision }: Row, rules: RuleBook, knowledge: Knowledge, now: EpochMs): WhatIf {
  if (edge.state !== 'undecided') {
    return { outcome: 'stands', rule: null, reason: decision ? `decided by ${deciderOf(decision)}` : 'decided' };
  }
  const facts = factsOf(edge, knowledge);
  if (facts?.callee.inScope !== true) {
    return { outcome: 'out-of-scope', rule: null, reason: 'the callee is not part of this rollout' };
  }
  const matched = rules.explain(facts, now).find(({ matches }) => matches);
  if (!matched) return { outcome: 'ask', rule: null, reason: 'no rule matches' };
  const verdict = rules.propose(facts, now, [])?.verdict;
  const outcome = verdict === undefined ? 'ask' : verdict === 'approved' ? 'approve' : 'reject';
  return { outcome, rule: matched.rule, reason: matched.because };
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
const RISK_WIDTH = 3;
const DAY_WIDTH = 10;

function renderList(rows: readonly Row[], out: Output): string {
  if (rows.length === 0) return 'No edge fits.';
  const width = Math.min(out.columns, 160);
  const callerWidth = width - STATE_WIDTH - ACCESS_WIDTH - RISK_WIDTH - DAY_WIDTH - 10;
  const lines: string[] = [];
  let callee: string | null = null;
  for (const { edge, whatIf: trial, risk } of rows) {
    if (edge.calleePath !== callee) {
      callee = edge.calleePath;
      lines.push(out.paint('bold', middle(callee, width)));
    }
    const access = edge.access.length === 0 ? '-' : edge.access.join(',');
    lines.push(
      `  ${paintState(edge.state, out.paint, STATE_WIDTH)}  ${cell(edge.callerPath, callerWidth)}  ${cell(access, ACCESS_WIDTH)}  ${String(risk?.score ?? '-').padStart(RISK_WIDTH)}  ${day(edge.lastSeen)}`,
    );
    if (trial && trial.outcome !== 'stands') lines.push(out.paint('dim', middle(whatIfText(trial), width)));
  }
  lines.push(summary(rows), 'State, caller, access, risk (0-100), last seen; why: tidegate edges show');
  return lines.join('\n');
}

const whatIfText = ({ outcome, rule, reason }: WhatIf): string =>
  `             would ${outcome === 'ask' ? 'be left to a person' : outcome === 'out-of-scope' ? 'not be looked at' : outcome}: ${rule === null ? '' : `${rule}, `}${reason}`;

function summary(rows: readonly Row[]): string {
  const counts = EDGE_STATES.map((state) => ({ state, n: rows.filter(({ edge }) => edge.state === state).length }));
  const states = counts.filter(({ n }) => n > 0).map(({ state, n }) => `${n} ${state}`);
  return `${counted(rows.length, 'edge')}: ${states.join(', ')}`;
}
