import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { recordOrder } from '../../../src/cli/commands/edges/record.ts';
import { changesOf, review, type Review } from '../../../src/cli/commands/edges/review.ts';
import { readSaying } from '../../../src/cli/commands/edges/saying.ts';
import { findTargets } from '../../../src/cli/commands/edges/targets.ts';
import { evidenceLine } from '../../../src/domain/decisions/rules.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, daysAgo, observation, project } from './edges-support.ts';

const CALLEES = 45;
const CALLERS = 30;
/** Of the bench itself. */
const OTHERS = 5;

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEdges);
  const callees = Array.from({ length: CALLEES }, (_, n) => project(100 + n, `acme/many/lib-${n}`));
  const callers = Array.from({ length: CALLERS }, (_, n) => project(200 + n, `acme/many/app-${n}`));
  await bench.store.putProjects([...callees, ...callers], 1);
  await bench.store.putEvidence(
    callees.flatMap(({ id: callee }) =>
      callers.map(({ id: caller }) => observation(caller, callee, { lastSeen: daysAgo((caller + callee) % 20) })),
    ),
  );
});
afterEach(() => bench.close());

const name = ({ caller, callee }: { readonly caller: unknown; readonly callee: unknown }): string =>
  `${String(caller)} -> ${String(callee)}`;

describe('orders for more edges than are read at once', () => {
  it('decide each of them, in the order of the list, with what it rests on', async () => {
    const edges = await bench.store.edges();
    const { decided, decisions } = await bench.json<{
      readonly decided: number;
      readonly decisions: readonly { readonly id: number; readonly caller: string; readonly callee: string }[];
    }>('edges', 'approve', '--all', '--reason', 'ours', '--yes');
    expect(decided).toBe(CALLEES * CALLERS + OTHERS);
    expect(decisions.map(name)).toEqual(edges.map((edge) => `${edge.callerPath} -> ${edge.calleePath}`));
    const made = new Map((await bench.store.edgeDecisions()).map((decision) => [decision.id, decision]));
    const rows = await bench.store.ledger();
    expect(rows.filter(({ kind }) => kind === 'decision')).toHaveLength(decided);
    for (const [index, { id }] of decisions.entries()) {
      const edge = edges[index]!;
      expect(made.get(id)).toMatchObject({ subject: { caller: edge.caller, callee: edge.callee }, reason: 'ours' });
      expect(made.get(id)!.evidence.startsWith(`${evidenceLine(edge)}; risk `)).toBe(true);
    }
  });

  it('say of no more than twenty what they will be', async () => {
    const { stderr } = await bench.run('edges', 'reject', '--filter', 'callee=acme/many/**', '--reason', 'x', '--yes');
    expect(stderr.match(/ -> /g)).toHaveLength(20);
    expect(stderr).toContain(`and ${CALLEES * CALLERS - 20} more`);
  });
});

describe('what happens between the question and the answer', () => {
  const saying = readSaying('approve', { reason: 'ours' }, { policies: [], followed: new Set() }, daysAgo(0));

  /** Everything is shown; then `meanwhile` happens; then what was shown is recorded. */
  async function approveAll(meanwhile: () => Promise<unknown>): Promise<Review> {
    const { store } = bench;
    const named = await findTargets(store, [], { all: true }, saying.at);
    const { decisionsRevision } = await store.rollout();
    const found = await review(named.targets, saying, 'mara');
    await meanwhile();
    await recordOrder(
      { store, clock: { now: () => saying.at, local: () => saying.at } },
      { changes: changesOf(store, found.reviewed, saying, 'mara'), evidence: found.evidence, origin: null },
      { projects: named.projects, playbook: playbookSchema.parse({}) },
      decisionsRevision,
    );
    return found;
  }

  it('an edge that came in meanwhile stays undecided: nobody has seen it', async () => {
    const late = observation(3, 100);
    const { reviewed } = await approveAll(() => bench.store.putEvidence([late]));
    expect(await bench.store.countEdges()).toMatchObject({ undecided: 1, approved: reviewed.length });
    expect(await bench.store.edge(late.caller, late.callee)).toMatchObject({ state: 'undecided' });
  });

  it('an edge that was decided meanwhile stops all of it', async () => {
    const decide = () => bench.run('edges', 'reject', 'acme/many/app-7', 'acme/many/lib-44', '--reason', 'no', '--yes');
    await expect(approveAll(decide)).rejects.toMatchObject({ code: 'STALE_REVISION' });
    expect(await bench.store.countEdges()).toMatchObject({ rejected: 1, approved: 0 });
    expect(await bench.store.edge(projectId(207), projectId(144))).toMatchObject({ state: 'rejected' });
  });
});
