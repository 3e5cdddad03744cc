import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { circlesOf } from '../../../src/domain/plan/circles.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import { projectId } from '../../../src/domain/values.ts';
import { arrangeWaves, type Arrangement, type Candidate } from '../../../src/domain/plan/waves.ts';

const candidate = (id: number, risk: number, callers: readonly number[], enforce = true): Candidate => ({
  callers: callers.map(projectId),
  access: [`kind ${id % 3}`],
  callee: {
    ...{ id: projectId(id), path: `acme/p${id}`, before: { stored: false, effective: false, entries: [] } },
    ...{
      add: [],
      relyOn: [],
      remove: [],
      narrow: [],
      enforce,
      approvedCallers: callers.length,
      rejectedCallers: 0,
      risk,
      why: '',
      placed: '',
    },
  },
});

/** Callers are other callees as often as not, so that circles come up. */
const callers = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });
const input = fc.record({
  callees: fc
    .array(fc.tuple(fc.nat({ max: 9 }), callers, fc.boolean()), { maxLength: 30 })
    .map((rows) => rows.map(([risk, from, enforce], index) => candidate(index + 1, risk, from, enforce))),
  sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom('1%', '25%', '100%')), {
    minLength: 1,
    maxLength: 3,
  }),
  pilot: fc.record({ size: fc.integer({ min: 1, max: 6 }), projects: fc.constantFrom([], ['acme/p1*']) }),
  order: fc.constantFrom('risk' as const, 'path' as const),
  maxCallers: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  passed: fc.nat({ max: 3 }),
});

type Facts = typeof input extends fc.Arbitrary<infer T> ? T : never;

const arrange = ({ callees, sizes, pilot, order, maxCallers, passed }: Facts): Arrangement =>
  arrangeWaves({
    policy: playbookSchema.parse({ waves: { sizes, pilot, order, maxCallers } }).waves,
    callees,
    total: callees.length,
    passed,
  });

const waveOf = ({ waves }: Arrangement): ReadonlyMap<number, number> =>
  new Map(waves.flatMap(({ number, callees }) => callees.map(({ id }) => [id, number] as const)));

describe('waves', () => {
  // Fails when a pilot is not taken out of the rest.
  it('hold every callee exactly once, numbered without a gap', () => {
    fc.assert(
      fc.property(input, (facts) => {
        const { waves, tooWide } = arrange(facts);
        const placed = [...waves.flatMap(({ callees }) => callees), ...tooWide].map(({ id }) => id);
        expect(placed.sort((a, b) => a - b)).toEqual(facts.callees.map(({ callee }) => callee.id));
        expect(waves.map(({ number }) => number)).toEqual(waves.map((_, index) => facts.passed + index + 1));
        expect(waves.every(({ callees }) => callees.length > 0)).toBe(true);
        expect(waves.flatMap(({ callees }) => callees).every((callee) => callee.placed !== '')).toBe(true);
      }),
    );
  });

  it('are the same for the same callees, in whatever order they come', () => {
    fc.assert(
      fc.property(input, (facts) => {
        expect(arrange({ ...facts, callees: facts.callees.toReversed() })).toEqual(arrange(facts));
      }),
    );
  });

  // Fails when the callers of a block are not added up with those of the wave.
  it('never expose more callers than the playbook allows', () => {
    fc.assert(
      fc.property(input, (facts) => {
        const callersOf = new Map(facts.callees.map(({ callee, callers: from }) => [callee.id, from]));
        const { waves, tooWide } = arrange(facts);
        for (const { callees } of waves) {
          const exposed = new Set(
            callees.filter(({ enforce }) => enforce).flatMap(({ id }) => callersOf.get(id) ?? []),
          );
          expect(exposed.size).toBeLessThanOrEqual(facts.maxCallers ?? Infinity);
        }
        for (const { id } of tooWide) expect(callersOf.get(id)?.length).toBeGreaterThan(facts.maxCallers ?? Infinity);
      }),
    );
  });

  it('hold named pilots to that as well', () => {
    const callees = [candidate(1, 0, [21]), candidate(10, 0, [22, 23])];
    const waves = { sizes: ['100%'], pilot: { size: 2, projects: ['acme/p1*'] }, maxCallers: 2 };
    const policy = playbookSchema.parse({ waves }).waves;
    const arrangement = arrangeWaves({ policy, callees, total: 2, passed: 0 });
    expect([...waveOf(arrangement)]).toEqual([
      [1, 1],
      [10, 2],
    ]);
  });

  it('keep callees together that call each other in a circle, at the place of the riskiest', () => {
    const chain = [candidate(1, 1, []), candidate(2, 2, [9]), candidate(3, 3, [4]), candidate(4, 8, [3])];
    const single = [candidate(5, 4, [8]), candidate(6, 5, [8]), candidate(7, 9, [8])];
    const arrangement = arrangeWaves({
      policy: playbookSchema.parse({ waves: { sizes: [2], pilot: { size: 1, projects: ['acme/p2'] } } }).waves,
      ...{ callees: [...chain, ...single], total: 7, passed: 0 },
    });
    const numbers = waveOf(arrangement);
    expect(numbers.get(3)).toBe(numbers.get(4));
    expect(numbers.get(3)).toBeGreaterThan(numbers.get(6) ?? 99);
    const placed = arrangement.waves.flatMap(({ callees }) => callees).find(({ id }) => id === 3)?.placed;
    expect(placed).toContain('together with acme/p4');
  });

  it('split a circle that no wave has room for, its riskiest callees last', () => {
    const circle = [candidate(1, 5, [3]), candidate(2, 7, [1]), candidate(3, 6, [2])];
    const { waves } = arrangeWaves({
      policy: playbookSchema.parse({ waves: { sizes: [2] } }).waves,
      ...{ callees: circle, total: 3, passed: 1 },
    });
    expect(waves.map(({ callees }) => callees.map(({ id }) => id))).toEqual([[1, 3], [2]]);
  });

  it('say that others stand in for the pilots that the playbook names, when none of those can change', () => {
    const { waves } = arrangeWaves({
      policy: playbookSchema.parse({ waves: { pilot: { projects: ['acme/held'] } } }).waves,
      ...{ callees: [candidate(1, 1, [2])], total: 2, passed: 0 },
    });
    expect(waves[0]?.callees[0]?.placed).toContain('no pilot that the playbook names can change now');
  });

  it('hold back what exposes too many by itself, and say so', () => {
    const { waves, tooWide } = arrangeWaves({
      policy: playbookSchema.parse({ waves: { maxCallers: 2 } }).waves,
      ...{ callees: [candidate(1, 1, [2, 3, 4]), candidate(2, 1, [3])], total: 2, passed: 0 },
    });
    expect(waves.map(({ callees }) => callees.map(({ id }) => id))).toEqual([[2]]);
    expect(tooWide).toMatchObject([
      { id: 1, reason: 'too-many-callers', detail: expect.stringContaining('3 callers') },
    ]);
  });
});

describe('circles', () => {
  it('are the nodes that reach each other, as a search from every node finds them', () => {
    const graph = fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 3 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(graph, (neighbours) => {
        const circles = circlesOf(neighbours);
        const reached = neighbours.map((_, node) => reachable(neighbours, node));
        for (const a of neighbours.keys()) {
          for (const b of neighbours.keys()) {
            const together = reached[a]?.has(b) === true && reached[b]?.has(a) === true;
            expect(circles[a] === circles[b]).toBe(a === b || together);
          }
        }
      }),
    );
  });

  it('are found in a chain of 100,000', () => {
    const size = 100_000;
    const chain = Array.from({ length: size }, (_, node) => [(node + 1) % size]);
    expect(new Set(circlesOf(chain)).size).toBe(1);
  });
});

function reachable(neighbours: readonly (readonly number[])[], from: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [...(neighbours[from] ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(neighbours[node] ?? []));
  }
  return seen;
}
