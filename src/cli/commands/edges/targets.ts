import { Readable } from 'node:stream';
import { inForce, type Decision } from '../../../domain/decisions/decision.ts';
import { edgeKey, type Edge } from '../../../domain/edges/edge.ts';
import type { ProjectOutline } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import { findProject, readFilter, usage } from './lookup.ts';

/** An edge that a person is about to decide, with the decision that stands on it now. */
export interface Target {
  readonly edge: Edge;
  readonly decision: Decision | null;
}

/** Which edges an order names. */
export interface TargetFlags {
  readonly filter?: string;
  readonly all?: boolean;
}

/** The edges that an order is about, and their projects. */
export interface Targets {
  /** In the order of callees; a million of them are not to be kept. */
  readonly targets: AsyncIterable<Target>;
  readonly projects: ReadonlyMap<ProjectId, ProjectOutline>;
}

/**
 * The edges that an order names: one by its two projects, or several by `--filter` or `--all`. Orders for several take
 * undecided edges only, unless the filter speaks of the state: a broad pattern must not overturn what was decided.
 *
 * @throws RolloutError `USAGE` for unclear orders and unknown projects
 */
export async function findTargets(
  store: RolloutStore,
  words: readonly (string | undefined)[],
  flags: TargetFlags,
  now: EpochMs,
): Promise<Targets> {
  const [caller, callee] = words;
  const ways = [caller !== undefined, flags.filter !== undefined, flags.all === true].filter(Boolean).length;
  if (ways !== 1) {
    throw usage(
      ways === 0 ? 'which edges?' : 'name the edges in one way only',
      'Write CALLER CALLEE, or --filter EXPR, or --all for every undecided edge.',
    );
  }
  if (caller === undefined) return severalTargets(store, flags.filter ?? null, now);
  if (callee === undefined) {
    throw usage(`${printable(caller)} may reach what?`, 'Write the caller first, then the callee.');
  }
  return oneTarget(store, caller, callee, now);
}

async function severalTargets(store: RolloutStore, expression: string | null, now: EpochMs): Promise<Targets> {
  const { everyCallee } = await import('../../../engine/planning/knowledge.ts');
  const filter = expression === null ? null : readFilter(expression);
  const anyState = filter?.keys.has('state') === true;
  const all = await store.outlines();
  // What a rollout does not govern is decided on purpose, edge by edge.
  const callees = all.filter(({ inScope }) => inScope);
  async function* targets(): AsyncGenerator<Target> {
    for await (const { edges, decisions } of everyCallee(store, callees, now)) {
      for (const edge of edges) {
        const target = { edge, decision: decisions.get(edgeKey(edge.caller, edge.callee)) ?? null };
        if (!anyState && edge.state !== 'undecided') continue;
        if (filter === null || filter.matches(target, now)) yield target;
      }
    }
  }
  return { targets: targets(), projects: new Map(all.map((project) => [project.id, project])) };
}

async function oneTarget(store: RolloutStore, callerWord: string, calleeWord: string, now: EpochMs): Promise<Targets> {
  const caller = await findProject(store, callerWord);
  const callee = await findProject(store, calleeWord);
  if (caller.id === callee.id) {
    throw usage(`${printable(caller.path)} always reaches itself`, 'Name two projects.');
  }
  const projects = new Map([caller, callee].map((project) => [project.id, project]));
  const known = await store.edge(caller.id, callee.id);
  const decision = known?.decisionId == null ? null : await store.decision(known.decisionId);
  const edge: Edge = known ?? unseenEdge(caller, callee, now);
  const target = { edge: withExpiry(edge, decision, now), decision };
  return { targets: Readable.from([target]), projects };
}

/** An edge that only a person speaks of: no source, no access, no decision. */
export const unseenEdge = (caller: ProjectOutline, callee: ProjectOutline, now: EpochMs): Edge => ({
  caller: caller.id,
  callerPath: caller.path,
  callee: callee.id,
  calleePath: callee.path,
  sources: [],
  access: [],
  needs: null,
  firstSeen: now,
  lastSeen: now,
  state: 'undecided',
  decisionId: null,
});

/** As planning sees it: an approval past its expiry counts as undecided. */
export function withExpiry(edge: Edge, decision: Decision | null, now: EpochMs): Edge {
  const lapsed = decision !== null && !inForce(decision, now);
  return edge.state === 'approved' && lapsed ? { ...edge, state: 'undecided' } : edge;
}
