import { describe, expect, it } from 'vitest';
import { DEFAULT_PERMISSIONS, type Decision } from '../../../src/domain/decisions/decision.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { DecisionsAgainst } from '../../../src/engine/record/decisions-against-ledger.ts';
import { stopwatch } from '../../processor-time.ts';

const decision = (id: number, subject: Decision['subject'], reason = 'x'): Decision => ({
  ...{ id, subject, verdict: 'approved', replacedBy: null, by: { kind: 'person', name: 'mara' }, owner: null, reason },
  ...{ permissions: DEFAULT_PERMISSIONS, evidence: 'log', decidedAt: epochMs(1), expiresAt: null, question: null },
});
const edge = (id: number): Decision =>
  decision(id, { kind: 'edge', caller: projectId(id + 1_000_000), callee: projectId(1 + (id % 5_000)) });
const group = (id: number): Decision =>
  decision(id, { kind: 'group-entry', callee: projectId(id), groupId: 7, groupPath: 'acme', widening: 3 });

const rowOf = ({ question: _, ...body }: Decision): Record<string, unknown> => ({ ...body });
const listed = ({ question: _, id: _id, ...body }: Decision): unknown => body;

function against(stored: ReadonlyMap<number, Decision>): DecisionsAgainst {
  return new DecisionsAgainst({ decision: (id) => Promise.resolve(stored.get(id) ?? null) });
}
const kept = (...decisions: readonly Decision[]): ReadonlyMap<number, Decision> =>
  new Map(decisions.map((one) => [one.id, one]));

describe('decisions against the ledger', () => {
  it('bears out what single rows, batches and sign-offs speak for, in whatever order they come', async () => {
    const check = against(kept(edge(1), edge(2), edge(3), edge(4), group(5), edge(6), edge(7)));
    await check.one(rowOf(edge(7)));
    check.batch(2, 3);
    await check.one(rowOf(edge(1)));
    check.signOff(listed(group(5)));
    await check.one(rowOf(edge(6)));
    expect(await check.faults()).toEqual([]);
  });

  it('names each fault in the order of the decisions', async () => {
    const check = against(kept(edge(1), edge(2), group(4), edge(5), edge(7), edge(8)));
    await check.one({ ...rowOf(edge(5)), reason: 'another' });
    await check.one(rowOf(edge(3)));
    await check.one(rowOf(edge(1)));
    check.signOff(listed({ ...group(4), reason: 'another' }));
    check.signOff(listed(group(9)));
    check.batch(7, 1);
    expect(await check.faults()).toEqual([
      'decision 2 is in no row of the ledger',
      'decision 3 is in the ledger and not stored',
      'decision 4 is in no row of the ledger',
      'decision 5 is not what the ledger recorded',
      'decision 8 is in no row of the ledger',
    ]);
  });

  it('is not blinded by a row that tells no id', async () => {
    const check = against(kept(edge(1), edge(2)));
    await check.one({ reason: 'x' });
    expect(await check.faults()).toEqual(expect.arrayContaining(['decision 2 is in no row of the ledger']));
  });

  it('takes as many decisions of a person as there are edges', async () => {
    const stored = new Map(Array.from({ length: 200_000 }, (_, n) => [n + 1, edge(n + 1)]));
    const check = against(stored);
    for (const one of stored.values()) await check.one({ id: one.id });
    expect(await check.faults()).toEqual([]);
  });

  it('takes time for the sign-offs, and not for each by all others', async () => {
    const signed = Array.from({ length: 20_000 }, (_, n) => group(n + 1));
    const check = against(kept(...signed));
    const spent = stopwatch();
    for (const one of signed) check.signOff(listed(one));
    expect(await check.faults()).toEqual([]);
    expect(spent()).toBeLessThan(5_000);
  });
});
