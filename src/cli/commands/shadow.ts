import type { Command } from 'commander';
import type { Edge } from '../../domain/edge.ts';
import type { PlannedEntry } from '../../domain/plan.ts';
import { isEnforced } from '../../domain/project.ts';
import { printable } from '../../domain/redact.ts';
import { edgeRisk, type Risk } from '../../domain/risk.ts';
import { LOG_BLIND_SPOTS, shadow, type ShadowCallee, type ShadowDenial } from '../../domain/shadow.ts';
import { isoTime } from '../../domain/values.ts';
import type { CliContext } from '../context.ts';
import type { Output } from '../output.ts';
import { currentPlaybook } from '../playbook-file.ts';
import { pathTest } from './edges/list.ts';
import { withRollout } from './edges/lookup.ts';
import { cell, counted, day, middle, paintState } from './edges/text.ts';
import { breakLine } from '../wrap.ts';

interface ShadowFlags {
  readonly callee?: string;
  readonly asIs?: boolean;
}

/** `tidegate shadow`: the report-only mode that GitLab lacks. */
export function registerShadow(program: Command, context: CliContext): void {
  program
    .command('shadow')
    .description('who would be denied if these callees were enforced now')
    .option('--callee <path>', 'only this callee, or path pattern')
    .option('--as-is', 'with the entries that stand today alone, without those that approved edges will get')
    .addHelpText('after', '\nExample:\n  $ tidegate shadow --callee "acme/libs/**"')
    .action(async (flags: ShadowFlags, command: Command) => {
      await withRollout(context, command, async ({ store, clock, row }) => {
        const { loadKnowledge } = await import('../../engine/knowledge.ts');
        const { plannedEntriesOf } = await import('../../engine/shadowing.ts');
        const wanted = flags.callee === undefined ? () => true : await pathTest(store, flags.callee);
        const { playbook } = currentPlaybook(context.cwd, row);
        const knowledge = await loadKnowledge(store, clock.now());
        const { projects, edgesOf } = knowledge;
        const entriesOf = plannedEntriesOf(playbook, knowledge);
        const fineGrained = row.capabilities !== null && row.capabilities.policies.length === 0 ? false : null;
        const isPersonal = (id: Edge['caller']): boolean => projects.get(id)?.personal === true;
        const results = [...projects.values()]
          .filter(({ inScope, path }) => inScope && wanted(path))
          .map((callee): Result => {
            const edges = edgesOf(callee.id);
            const entries = flags.asIs === true ? null : entriesOf(callee);
            const planned = entries?.kind === 'entries' ? entries.add : [];
            const riskOf = (edge: Edge): Risk | null => {
              const caller = projects.get(edge.caller);
              return caller ? edgeRisk({ edge, caller, callee, callers: edges.length }, playbook, clock.now()) : null;
            };
            return {
              ...shadow({ callee, edges, planned, isPersonal, fineGrained }),
              ...{ planned, riskOf, obstacle: entries?.kind === 'impossible' ? entries.detail : null },
            };
          });
        context.out.result({ schemaVersion: 1, ...toJson(results) }, () => render(results, context.out));
      });
    });
}

/** What enforcing one callee would do, with the entries that it would get first. */
interface Result extends ShadowCallee {
  readonly planned: readonly PlannedEntry[];
  /** Why no entries can be planned; the callee would be held back. */
  readonly obstacle: string | null;
  readonly riskOf: (edge: Edge) => Risk | null;
}

const unexpected = ({ denied }: ShadowCallee): readonly ShadowDenial[] =>
  denied.filter(({ expected, certain }) => !expected && certain);
const uncertain = ({ denied }: ShadowCallee): readonly ShadowDenial[] =>
  denied.filter(({ expected, certain }) => !expected && !certain);
const onPurpose = ({ denied }: ShadowCallee): readonly ShadowDenial[] => denied.filter(({ expected }) => expected);

function toJson(results: readonly Result[]): object {
  const sum = (size: (result: Result) => number): number => results.reduce((total, one) => total + size(one), 0);
  return {
    summary: {
      callees: results.length,
      admitted: sum(({ admitted }) => admitted),
      denied: sum((one) => unexpected(one).length),
      uncertain: sum((one) => uncertain(one).length),
      deniedOnPurpose: sum((one) => onPurpose(one).length),
      incomplete: results.filter(({ unseen }) => unseen.length > 0).length,
    },
    callees: results.map((result) => ({
      callee: result.callee.path,
      enforced: isEnforced(result.callee),
      admitted: result.admitted,
      denied: result.denied.map(({ edge, expected, certain, because }) => ({
        caller: edge.callerPath,
        state: edge.state,
        expected,
        certain,
        because,
        risk: result.riskOf(edge),
        access: edge.access,
        sources: edge.sources,
        firstSeen: isoTime(edge.firstSeen),
        lastSeen: isoTime(edge.lastSeen),
      })),
      planned: result.planned.map(({ kind, path, defaultPermissions, policies, widening }) => ({
        ...{ kind, path, defaultPermissions, policies, widening },
      })),
      obstacle: result.obstacle,
      unseen: result.unseen,
    })),
  };
}

function render(results: readonly Result[], out: Output): string {
  const lines = results
    .filter(({ denied, unseen, obstacle }) => denied.length > 0 || unseen.length > 0 || obstacle !== null)
    .flatMap((result) => [
      `${out.paint('bold', middle(result.callee.path, out.columns - 24))}${isEnforced(result.callee) === true ? ' (enforced already)' : ''}`,
      ...(result.obstacle === null ? [] : [`  ${out.paint('yellow', 'held back')}  ${printable(result.obstacle)}`]),
      ...[...unexpected(result), ...uncertain(result), ...onPurpose(result)].flatMap((denial) =>
        denialLines(denial, result.riskOf(denial.edge), out),
      ),
      ...result.unseen.map((word) => `  ${out.paint('yellow', 'not seen')}   ${printable(word)}`),
    ]);
  const denied = results.flatMap(unexpected).length;
  const expected = results.flatMap(onPurpose).length;
  const verdict =
    denied === 0 ? out.paint('green', 'nobody would be denied') : out.paint('red', `${denied} would be denied`);
  lines.push(`${counted(results.length, 'callee')}: ${verdict}, and ${expected} on purpose`);
  const doubtful = results.flatMap(uncertain).length;
  if (doubtful > 0) lines.push(`${counted(doubtful, 'edge')} may be denied: it hangs on what could not be read.`);
  const incomplete = results.filter(({ unseen }) => unseen.length > 0).length;
  if (incomplete > 0) lines.push(`The evidence on ${counted(incomplete, 'callee')} is incomplete: see "not seen".`);
  lines.push(...breakLine(`Not proof: ${LOG_BLIND_SPOTS}.`, out.columns, 2));
  return lines.join('\n');
}

function denialLines({ edge, expected, certain, because }: ShadowDenial, risk: Risk | null, out: Output): string[] {
  const tone = certain ? out.paint('red', 'DENIED'.padEnd(9)) : out.paint('yellow', 'maybe'.padEnd(9));
  const word = expected ? paintState(edge.state, out.paint, 9) : tone;
  const access = edge.access.length === 0 ? '-' : edge.access.join(',');
  const width = Math.min(out.columns, 160) - 9 - 16 - 3 - 10 - 10;
  const score = String(risk?.score ?? '-').padStart(3);
  const line = `  ${word}  ${cell(edge.callerPath, width)}  ${cell(access, 16)}  ${score}  ${day(edge.lastSeen)}`;
  // That no entry lets it in is what most of them have in common; only what differs is worth a line.
  const plain = certain && because === 'no entry lets it in';
  return plain ? [line] : [line, out.paint('dim', middle(`             ${because}`, Math.min(out.columns, 160)))];
}
