import { expect, it } from 'vitest';
import { frozenUntil } from '../../../src/domain/plan/freeze.ts';
import { arrangeWaves, type Candidate } from '../../../src/domain/plan/waves.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

const candidate = (id: number, access: string): Candidate => ({
  ...{ callers: [projectId(100 + id)], access: [access] },
  callee: {
    ...{ id: projectId(id), path: `acme/p${id}`, before: { stored: false, effective: false, entries: [] }, add: [] },
    ...{ relyOn: [], remove: [], narrow: [], enforce: true, approvedCallers: 1, rejectedCallers: 0 },
    ...{ risk: id, why: '', placed: '' },
  },
});

it('the pilot shows another kind of access before a second callee of the same kind', () => {
  const { waves } = arrangeWaves({
    policy: playbookSchema.parse({ waves: { pilot: { size: 2 } } }).waves,
    callees: [candidate(1, 'git'), candidate(2, 'git'), candidate(3, 'npm')],
    ...{ total: 3, passed: 0 },
  });
  expect(waves[0]?.callees.map(({ id }) => id)).toEqual([1, 3]);
});

it('a freeze that began within the quarter ends where its window does, not before it began', () => {
  const windows = [{ from: '2026-03-02T10:10', to: '2026-03-02T12:00', reason: 'release' }];
  const { freeze } = playbookSchema.parse({ freeze: { timeZone: 'UTC', windows } });
  expect(frozenUntil(freeze, epochMs(Date.UTC(2026, 2, 2, 10, 12)))).toBe(Date.UTC(2026, 2, 2, 12));
});
