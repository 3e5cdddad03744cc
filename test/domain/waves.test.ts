import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PlannedCallee } from '../../src/domain/plan.ts';
import { playbookSchema } from '../../src/domain/playbook.ts';
import { projectId } from '../../src/domain/values.ts';
import { arrangeWaves } from '../../src/domain/waves.ts';

const callee = (id: number, risk: number, approvedCallers: number, enforce: boolean): PlannedCallee => ({
  ...{ id: projectId(id), path: `acme/p${id}`, before: { stored: false, effective: false, entries: [] } },
  ...{ add: [], relyOn: [], enforce, approvedCallers, rejectedCallers: 0, risk, why: '' },
});

const input = fc.record({
  callees: fc
    .array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 }), fc.boolean()), { maxLength: 60 })
    .map((rows) => rows.map(([risk, callers, enforce], index) => callee(index + 1, risk, callers, enforce))),
  sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom('1%', '25%', '100%')), {
    minLength: 1,
    maxLength: 3,
  }),
  pilot: fc.record({ size: fc.integer({ min: 1, max: 6 }), projects: fc.constantFrom([], ['acme/p1*']) }),
  order: fc.constantFrom('risk' as const, 'path' as const),
  passed: fc.nat({ max: 3 }),
});

const arrange = ({ callees, sizes, pilot, order, passed }: typeof input extends fc.Arbitrary<infer T> ? T : never) =>
  arrangeWaves({
    policy: playbookSchema.parse({ waves: { sizes, pilot, order } }).waves,
    callees,
    accessOf: ({ id }) => [`kind ${id % 3}`],
    total: callees.length,
    passed,
  });

// Fails when a pilot is not taken out of the rest.
it('puts every callee into exactly one wave, numbered without a gap', () => {
  fc.assert(
    fc.property(input, (facts) => {
      const waves = arrange(facts);
      const placed = waves.flatMap(({ callees }) => callees.map(({ id }) => id));
      expect([...placed].sort((a, b) => a - b)).toEqual(facts.callees.map(({ id }) => id));
      expect(waves.map(({ number }) => number)).toEqual(waves.map((_, index) => facts.passed + index + 1));
      expect(waves.every(({ callees }) => callees.length > 0)).toBe(true);
    }),
  );
});

it('makes the same waves of the same callees, in whatever order they come', () => {
  fc.assert(
    fc.property(input, (facts) => {
      expect(arrange({ ...facts, callees: facts.callees.toReversed() })).toEqual(arrange(facts));
    }),
  );
});
