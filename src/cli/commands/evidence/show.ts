import type { Command } from 'commander';
import { printable } from '../../../domain/redact.ts';
import { LOG_BLIND_SPOTS } from '../../../domain/access/shadow.ts';
import { counted, isoTime } from '../../../domain/values.ts';
import type { CliContext } from '../../context.ts';
import { lookAtRollout } from '../edges/lookup.ts';

const KINDS = ['facts', 'environments', 'schedules', 'scan', 'traces'] as const;
const NAMES = {
  facts: 'risk facts',
  environments: 'protected environments',
  schedules: 'pipeline schedules',
  scan: 'CI files',
  traces: 'logs of successful jobs',
} as const;
const SHOWN = 20;

/** `tidegate evidence show`: what the evidence is made of, and what it could not see. */
export function registerEvidenceShow(evidence: Command, context: CliContext): void {
  evidence
    .command('show')
    .description('what the evidence is made of, what could not be read, and what no source could name')
    .addHelpText('after', '\nExample:\n  $ tidegate evidence show --json')
    .action(async (_: unknown, command: Command) => {
      await lookAtRollout(context, command, async ({ store, clock }) => {
        const { loadGaps } = await import('../../../engine/planning/gaps.ts');
        const { overall } = await loadGaps(store, clock.now());
        const looks = await Promise.all(KINDS.map(async (kind) => ({ kind, ...(await store.countSurveys(kind)) })));
        const problems = (await store.surveys()).filter(({ problem }) => problem !== null);
        const paths = new Map(
          (await store.projectsById(problems.map(({ project }) => project))).map(({ id, path }) => [id, path]),
        );
        const open = await store.unresolved();
        const callers = new Map(
          (await store.projectsById([...new Set(open.map(({ caller }) => caller))])).map(({ id, path }) => [id, path]),
        );
        const oldest = await store.oldestLogRow();
        const imports = await store.imports();
        const result = {
          schemaVersion: 1,
          logSince: oldest === null ? null : isoTime(oldest),
          looks: looks.map(({ kind, all, done, problems: failed }) => ({
            kind,
            projects: all,
            done,
            incomplete: failed,
          })),
          incomplete: problems.map(({ project, kind, problem }) => ({
            project: paths.get(project) ?? null,
            kind,
            problem,
          })),
          unresolved: open.map(({ caller, where, access, expression, why, source }) => ({
            ...{ caller: callers.get(caller) ?? null, source, where, access, expression, why },
          })),
          imports: imports.map(({ at, ...row }) => ({ ...row, at: isoTime(at) })),
          unseen: [...overall, LOG_BLIND_SPOTS],
        };
        context.out.result(result, () => render(result));
      });
    });
}

interface Shown {
  readonly logSince: string | null;
  readonly looks: readonly {
    readonly kind: (typeof KINDS)[number];
    readonly projects: number;
    readonly done: number;
    readonly incomplete: number;
  }[];
  readonly incomplete: readonly {
    readonly project: string | null;
    readonly kind: string;
    readonly problem: string | null;
  }[];
  readonly unresolved: readonly {
    readonly caller: string | null;
    readonly where: string;
    readonly access: string;
    readonly expression: string;
    readonly why: string;
  }[];
  readonly imports: readonly {
    readonly file: string;
    readonly kind: string;
    readonly at: string;
    readonly observations: number;
    readonly skipped: number;
    readonly unread: number;
  }[];
}

function render({ logSince, looks, incomplete, unresolved, imports }: Shown): string {
  const some = (lines: readonly string[]): readonly string[] =>
    lines.length > SHOWN ? [...lines.slice(0, SHOWN), `  and ${lines.length - SHOWN} more (--json lists all)`] : lines;
  return [
    logSince === null ? 'No authentication log was read.' : `GitLab's log is known to reach back to ${logSince}.`,
    ...looks.map(
      ({ kind, projects, done, incomplete: failed }) =>
        `${NAMES[kind]}: ${done} of ${counted(projects, 'project')} looked at${failed > 0 ? `, ${failed} not to the end` : ''}`,
    ),
    ...imports.map(
      ({ file, kind, at, observations, skipped, unread }) =>
        `imported ${at}: ${printable(file)} (${kind}), ${counted(observations, 'observation')}${skipped > 0 ? `, ${counted(skipped, 'row')} skipped` : ''}${unread > 0 ? `, ${counted(unread, 'line')} not read` : ''}`,
    ),
    ...(incomplete.length > 0 ? ['Not read to the end:'] : []),
    ...some(
      incomplete.map(({ project, kind, problem }) => `  ${printable(`${project ?? '?'}: ${kind}: ${problem ?? ''}`)}`),
    ),
    ...(unresolved.length > 0 ? [`Named by no source (${unresolved.length}):`] : []),
    ...some(
      unresolved.map(
        ({ caller, where, access, expression, why }) =>
          `  ${printable(`${caller ?? '?'}: ${where}: ${access} ${expression}: ${why}`)}`,
      ),
    ),
    `Not proof: ${LOG_BLIND_SPOTS}.`,
  ].join('\n');
}
