import type { Command } from 'commander';
import { inForce, type Decision } from '../../domain/decision.ts';
import { edgeKey, type Edge } from '../../domain/edge.ts';
import type { PlannedEntry } from '../../domain/plan.ts';
import { isEnforced } from '../../domain/project.ts';
import { printable } from '../../domain/redact.ts';
import { shadow, type ShadowCallee, type ShadowDenial } from '../../domain/shadow.ts';
import { isoTime } from '../../domain/values.ts';
import type { Knowledge } from '../../engine/knowledge.ts';
import type { CliContext } from '../context.ts';
import type { Output } from '../output.ts';
import { pathTest } from './edges/list.ts';
import { withRollout } from './edges/lookup.ts';
import { cell, counted, day, middle, paintState } from './edges/text.ts';

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
      await withRollout(context, command, async ({ store, clock }) => {
        const { loadKnowledge } = await import('../../engine/knowledge.ts');
        const wanted = flags.callee === undefined ? () => true : await pathTest(store, flags.callee);
        const knowledge = await loadKnowledge(store, clock.now());
        const results = [...knowledge.projects.values()]
          .filter(({ inScope, path }) => inScope && wanted(path))
          .map((callee) => {
            const edges = knowledge.edgesOf(callee.id);
            const seeded = flags.asIs === true ? [] : plannedFor(edges, knowledge.decisions, clock.now());
            return shadow(callee, edges, seeded, (id) => knowledge.projects.get(id)?.personal === true);
          });
        context.out.result({ schemaVersion: 1, ...toJson(results) }, () => render(results, context.out));
      });
    });
}

/** Promise 1: an approved caller has its entry before its callee is enforced. */
function plannedFor(
  edges: readonly Edge[],
  decisions: Knowledge['decisions'],
  now: Parameters<typeof inForce>[1],
): readonly PlannedEntry[] {
  const permissionsOf = (decision: Decision | undefined): Pick<PlannedEntry, 'defaultPermissions' | 'policies'> =>
    decision && inForce(decision, now) ? decision.permissions : { defaultPermissions: true, policies: [] };
  return edges
    .filter(({ state }) => state === 'approved')
    .map((edge) => ({
      kind: 'project',
      id: edge.caller,
      path: edge.callerPath,
      ...permissionsOf(decisions.get(edgeKey(edge.caller, edge.callee))),
      callers: [{ id: edge.caller, path: edge.callerPath }],
      widening: 0,
    }));
}

const unexpected = ({ denied }: ShadowCallee): readonly ShadowDenial[] => denied.filter(({ expected }) => !expected);
const onPurpose = ({ denied }: ShadowCallee): readonly ShadowDenial[] => denied.filter(({ expected }) => expected);

function toJson(results: readonly ShadowCallee[]): object {
  const sum = (size: (result: ShadowCallee) => number): number => results.reduce((total, one) => total + size(one), 0);
  return {
    summary: {
      callees: results.length,
      admitted: sum(({ admitted }) => admitted),
      denied: sum((one) => unexpected(one).length),
      deniedOnPurpose: sum((one) => onPurpose(one).length),
      incomplete: results.filter(({ unseen }) => unseen.length > 0).length,
    },
    callees: results.map((result) => ({
      callee: result.callee.path,
      enforced: isEnforced(result.callee),
      admitted: result.admitted,
      denied: result.denied.map(({ edge, expected }) => ({
        caller: edge.callerPath,
        state: edge.state,
        expected,
        access: edge.access,
        sources: edge.sources,
        firstSeen: isoTime(edge.firstSeen),
        lastSeen: isoTime(edge.lastSeen),
      })),
      unseen: result.unseen,
    })),
  };
}

function render(results: readonly ShadowCallee[], out: Output): string {
  const lines = results
    .filter(({ denied, unseen }) => denied.length > 0 || unseen.length > 0)
    .flatMap((result) => [
      `${out.paint('bold', middle(result.callee.path, out.columns - 24))}${isEnforced(result.callee) === true ? ' (enforced already)' : ''}`,
      ...unexpected(result).map((denial) => denialLine(denial, out)),
      ...onPurpose(result).map((denial) => denialLine(denial, out)),
      ...result.unseen.map((word) => `  ${out.paint('yellow', 'not seen')}   ${printable(word)}`),
    ]);
  const denied = results.flatMap(unexpected).length;
  const expected = results.flatMap(onPurpose).length;
  const verdict =
    denied === 0 ? out.paint('green', 'nobody would be denied') : out.paint('red', `${denied} would be denied`);
  lines.push(`${counted(results.length, 'callee')}: ${verdict}, and ${expected} on purpose`);
  const incomplete = results.filter(({ unseen }) => unseen.length > 0).length;
  if (incomplete > 0) lines.push(`The evidence on ${counted(incomplete, 'callee')} is incomplete: see "not seen".`);
  return lines.join('\n');
}

function denialLine({ edge, expected }: ShadowDenial, out: Output): string {
  const word = expected ? paintState(edge.state, out.paint, 9) : out.paint('red', 'DENIED'.padEnd(9));
  const access = edge.access.length === 0 ? '-' : edge.access.join(',');
  const width = Math.min(out.columns, 160) - 9 - 18 - 10 - 8;
  return `  ${word}  ${cell(edge.callerPath, width)}  ${cell(access, 18)}  ${day(edge.lastSeen)}`;
}
