import type { NewDecision } from '../domain/decision.ts';
import { ruleBook } from '../domain/rules.ts';
import type { Edge } from '../domain/edge.ts';
import { epochMs } from '../domain/values.ts';
import type { Engine } from './context.ts';
import type { RolloutStore } from './ports.ts';
import { loadKnowledge } from './knowledge.ts';

const BATCH = 500;

/**
 * Lets the playbook's rules decide the edges that nobody has decided. People's decisions are never touched.
 *
 * @returns how many edges of callees in scope still wait for a person
 */
export async function applyRules(engine: Engine): Promise<{ readonly decided: number; readonly undecided: number }> {
  const { store, clock, playbook } = engine;
  const now = clock.now();
  const { capabilities } = await store.rollout();
  const { projects, edges, edgesOf } = await loadKnowledge(store, now, 'deviating');
  const rules = ruleBook(playbook);
  const made: NewDecision[] = [];
  let undecided = 0;
  for (const edge of edges) {
    const caller = projects.get(edge.caller);
    const callee = projects.get(edge.callee);
    if (edge.state !== 'undecided' || !caller || callee?.inScope !== true) continue;
    const decision = rules.propose(
      { edge: await withoutDenials(store, edge), caller, callee, callers: edgesOf(callee.id).length },
      now,
      capabilities?.policies ?? [],
    );
    if (decision) made.push(decision);
    else undecided += 1;
  }
  for (let start = 0; start < made.length; start += BATCH) {
    const batch = made.slice(start, start + BATCH);
    await store.transaction(
      async () => {
        const ids = await store.putDecisions(batch);
        await store.appendLedger(
          batch.map((decision, index) => ({
            kind: 'decision',
            subject: subjectOf(decision, projects),
            body: { id: ids[index], ...decision },
          })),
          now,
        );
      },
      await engine.lease.hold(),
    );
  }
  return { decided: made.length, undecided };
}

/**
 * The edge as its other evidence shows it: a denial of yesterday makes an access of last year no younger, and widens no
 * permissions. An edge known from a denial alone stays as it is, and no rule may approve it.
 */
async function withoutDenials(store: RolloutStore, edge: Edge): Promise<Edge> {
  if (!edge.sources.includes('denial') || edge.sources.length === 1) return edge;
  const detail = await store.edge(edge.caller, edge.callee);
  const seen = (detail?.evidence ?? []).filter(({ source }) => source !== 'denial');
  return {
    ...edge,
    access: [...new Set(seen.flatMap(({ access }) => access ?? []))].sort(),
    firstSeen: epochMs(Math.min(...seen.map(({ firstSeen }) => firstSeen))),
    lastSeen: epochMs(Math.max(...seen.map(({ lastSeen }) => lastSeen))),
  };
}

type Paths = Awaited<ReturnType<typeof loadKnowledge>>['projects'];

/** How a decision's subject is called in the ledger. */
export function subjectOf({ subject }: Pick<NewDecision, 'subject'>, projects: Paths): string {
  const callee = projects.get(subject.callee)?.path ?? `project ${subject.callee}`;
  const caller =
    subject.kind === 'edge'
      ? (projects.get(subject.caller)?.path ?? `project ${subject.caller}`)
      : `group ${subject.groupPath}`;
  return `${caller} -> ${callee}`;
}
