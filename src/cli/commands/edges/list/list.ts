import { Option, type Command } from 'commander';
import { edgeRisk } from '../../../../domain/decisions/risk.ts';
import { pathMatcher } from '../../../../domain/path-pattern.ts';
import { EDGE_STATES, type EdgePredicate } from '../../../../domain/edges/edge-filter.ts';
import { edgeKey, type EdgeState } from '../../../../domain/edges/edge.ts';
import type { Playbook } from '../../../../domain/playbook.ts';
import type { ProjectOutline } from '../../../../domain/project.ts';
import { printable } from '../../../../domain/redact.ts';
import { isoTime, type EpochMs, type ProjectId } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';
import type { CliContext } from '../../../context.ts';
import { inPieces, jsonText, mapped } from '../../../terminal/stream.ts';
import { ListText, overviewOf, windowed, type Row, type Window } from './text.ts';
import { findProject, readFilter, usage, lookAtRollout } from '../lookup.ts';
import { playbookOnTrial, Trial } from './what-if.ts';

interface ListFlags {
  readonly state?: EdgeState;
  readonly caller?: string;
  readonly callee?: string;
  readonly filter?: string;
  readonly whatIf?: string | true;
  readonly limit?: string;
  readonly offset?: string;
  readonly outside?: boolean;
}

/** The filter language, for the help of every command that takes one. */
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
    .option('--limit <n>', 'show at most so many; all are counted')
    .option('--offset <n>', 'leave out so many before')
    .option('--outside', 'also those of callees outside of the scope, on which nothing waits')
    .option('--what-if [playbook]', 'what the rules would decide, of the playbook or of a changed one; changes nothing')
    .addHelpText(
      'after',
      `${FILTER_HELP}\n\nExample:\n  $ tidegate edges list --state undecided --filter "callee=acme/libs/** seen<30d"
  $ tidegate edges list --what-if tidegate.new.yaml`,
    )
    .action(async (flags: ListFlags, command: Command) => {
      await lookAtRollout(context, command, async ({ store, clock, row }) => {
        const window = windowOf(flags);
        const projects = new Map((await store.outlines()).map((project) => [project.id, project]));
        const wanted = await selection(store, flags);
        const playbook = playbookOnTrial(context.cwd, row, typeof flags.whatIf === 'string' ? flags.whatIf : null);
        const now = clock.now();
        // Walked anew where it is needed twice: a million rows are not to be kept.
        let outside = 0;
        const counted = (): void => void (outside += 1);
        const skipped = flags.outside === true ? null : counted;
        const walk = (trial: Trial | null): AsyncGenerator<Row> => {
          outside = 0;
          return matching({ store, projects, playbook, trial, now, skipped }, wanted);
        };
        const fresh = (): Trial | null => (flags.whatIf === undefined ? null : new Trial(playbook, projects, now));
        const { out } = context;
        if (out.json) {
          const trial = fresh();
          let total = 0;
          const counting = windowed(walk(trial), window, () => (total += 1));
          const edges = mapped(counting, toJson);
          await out.pieces(
            inPieces(jsonText({ edges, total: () => total, outside: () => outside, rules: () => trial?.tally() })),
          );
          return;
        }
        const trial = fresh();
        const overview = await overviewOf(walk(trial), window, await edgesKnown(store));
        const text = new ListText({ ...overview, outside }, window, out);
        await out.pieces(inPieces(text.lines(windowed(walk(fresh()), window), trial)));
      });
    });
}

async function edgesKnown(store: RolloutStore): Promise<number> {
  return Object.values(await store.countEdges()).reduce((sum, count) => sum + count, 0);
}

function windowOf({ limit, offset }: ListFlags): Window {
  return { offset: readCount('--offset', offset) ?? 0, limit: readCount('--limit', limit) ?? Infinity };
}

function readCount(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usage(`${option}: "${printable(text)}" is no whole number`, `Write ${option} 100.`);
}

interface Walk {
  readonly store: RolloutStore;
  readonly projects: ReadonlyMap<ProjectId, ProjectOutline>;
  readonly playbook: Playbook;
  readonly trial: Trial | null;
  readonly now: EpochMs;
  /** Called for each wanted edge of a callee outside of the scope, which is then left out; null: none is. */
  readonly skipped: (() => void) | null;
}

/** The edges that are wanted, in order of callee, then caller. */
async function* matching(
  { store, projects, playbook, trial, now, skipped }: Walk,
  wanted: EdgePredicate,
): AsyncGenerator<Row> {
  const [{ everyCallee }, { asRulesSee }, { loadFacts }] = await Promise.all([
    import('../../../../engine/planning/knowledge.ts'),
    import('../../../../engine/planning/as-rules-see.ts'),
    import('../../../../engine/planning/facts.ts'),
  ]);
  const facts = await loadFacts(store, playbook, now);
  for await (const { callee, edges, decisions } of everyCallee(store, [...projects.values()], now)) {
    for (const edge of edges) {
      const decision = decisions.get(edgeKey(edge.caller, edge.callee)) ?? null;
      if (!wanted({ edge, decision }, now)) continue;
      if (!callee.inScope && skipped !== null) {
        skipped();
        continue;
      }
      const caller = projects.get(edge.caller);
      const known = { callers: edges.length, look: facts.ofEdge(edge.caller, edge.callee) };
      const risk = caller ? edgeRisk({ edge, caller, callee, ...known }, playbook, now) : null;
      const whatIf = trial && trial.try(await asRulesSee(store, edge), decision, known);
      yield { edge, decision, risk, whatIf, inScope: callee.inScope };
    }
  }
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
