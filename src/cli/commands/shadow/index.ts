import type { Command } from 'commander';
import type { Edge } from '../../../domain/edges/edge.ts';
import type { FailureRecord } from '../../../domain/watch/denial.ts';
import { edgeRisk } from '../../../domain/decisions/risk.ts';
import { LOG_BLIND_SPOTS, shadow, shadowServer } from '../../../domain/access/shadow.ts';
import type { Project } from '../../../domain/project.ts';
import type { Gaps } from '../../../engine/planning/gaps.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import type { CliContext } from '../../context.ts';
import { currentPlaybook } from '../../playbook/file.ts';
import type { Session } from '../../session/session.ts';
import { inPieces } from '../../terminal/stream.ts';
import { pathTest } from '../edges/list/list.ts';
import { lookAtRollout } from '../edges/lookup.ts';
import { shadowJson, shadowText, type ShadowResult } from './render.ts';

interface ShadowFlags {
  readonly callee?: string;
  readonly asIs?: boolean;
}

/** `tidegate shadow`: the report-only mode that GitLab lacks. */
export function registerShadow(program: Command, context: CliContext): void {
  program
    .command('shadow')
    .description('who would be denied if these callees were enforced now, and which callees are ready')
    .option('--callee <path>', 'only this callee, or path pattern')
    .option('--as-is', 'with the entries that stand today alone, without those that approved edges will get')
    .addHelpText(
      'after',
      `
A callee is ready when nobody would be denied but on purpose, it was watched for the playbook's
window, and the schedules of its callers have come round.

Example:
  $ tidegate shadow --callee "acme/libs/**"`,
    )
    .action(async (flags: ShadowFlags, command: Command) => {
      await lookAtRollout(context, command, async (session) => {
        const { loadGaps } = await import('../../../engine/planning/gaps.ts');
        const gaps = await loadGaps(session.store, session.clock.now());
        const results = replay(context, session, flags, gaps);
        const { out } = context;
        const text = out.json
          ? shadowJson(results, [...gaps.overall, LOG_BLIND_SPOTS])
          : shadowText(results, gaps.overall, out);
        await out.pieces(inPieces(text));
      });
    });
}

/** Callee by callee: what is known of one is let go with the next. */
async function* replay(
  context: CliContext,
  session: Session,
  flags: ShadowFlags,
  gaps: Gaps,
): AsyncGenerator<ShadowResult> {
  const { byGroupEntry, everyCallee } = await import('../../../engine/planning/knowledge.ts');
  const { loadReadiness } = await import('../../../engine/planning/readiness.ts');
  const { loadFacts } = await import('../../../engine/planning/facts.ts');
  const { plannedEntriesOf } = await import('../../../engine/planning/shadowing.ts');
  const { store, clock, row } = session;
  const now = clock.now();
  const wanted = flags.callee === undefined ? () => true : await pathTest(store, flags.callee);
  const { playbook } = currentPlaybook(context.cwd, row);
  const projects = new Map((await store.outlines()).map((project) => [project.id, project]));
  const entriesOf = plannedEntriesOf(playbook, projects, byGroupEntry(await store.groupEntryDecisions()));
  const readiness = await loadReadiness(store, playbook, now);
  const facts = await loadFacts(store, playbook, now);
  const server = shadowServer(row.capabilities);
  const isPersonal = (id: Edge['caller']): boolean => projects.get(id)?.personal === true;
  const roleGaps = await roleGapsOf(store);
  const callees = [...projects.values()].filter(({ inScope, path }) => inScope && wanted(path));
  for await (const known of everyCallee(store, callees, now)) {
    const { callee, edges } = known;
    const entries = flags.asIs === true ? null : entriesOf(known);
    const planned = entries?.kind === 'entries' ? entries.add : [];
    const replayed = shadow({ callee, edges, planned, isPersonal, server });
    yield {
      ...replayed,
      unseen: [...replayed.unseen, ...gaps.of(callee, edges).map(({ text }) => text)],
      ...{ planned, obstacle: entries?.kind === 'impossible' ? entries.detail : null, now },
      uses: replayed.denied.length === 0 ? new Map() : await store.usesOf(callee.id),
      riskOf: (edge) => {
        const caller = projects.get(edge.caller);
        const look = facts.ofEdge(edge.caller, edge.callee);
        return caller ? edgeRisk({ edge, caller, callee, callers: edges.length, look }, playbook, now) : null;
      },
      readiness: readiness.judge(callee, edges, replayed.denied),
      roleGaps: roleGaps.get(callee.id) ?? [],
    };
  }
}

/** Failed jobs that an entry would not have helped, the latest of each caller: their users lack a role on the callee. */
async function roleGapsOf(store: RolloutStore): Promise<ReadonlyMap<Project['id'], readonly FailureRecord[]>> {
  const latest = new Map<string, FailureRecord>();
  for (const failure of await store.failures({ dispositions: ['role'] })) {
    const key = `${failure.caller}>${failure.callee ?? ''}`;
    if ((latest.get(key)?.finishedAt ?? 0) < failure.finishedAt) latest.set(key, failure);
  }
  const byCallee = new Map<Project['id'], FailureRecord[]>();
  for (const failure of latest.values()) {
    if (failure.callee === null) continue;
    byCallee.set(failure.callee, [...(byCallee.get(failure.callee) ?? []), failure]);
  }
  return byCallee;
}
