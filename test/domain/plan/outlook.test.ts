import { expect, it } from 'vitest';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { addExposure, noExposure, planOutlook, type Exposure } from '../../../src/domain/plan/outlook.ts';
import type { PlannedCallee } from '../../../src/domain/plan/plan.ts';
import { WaveCount, type WaveDigest } from '../../../src/domain/plan/wave-digest.ts';
import { playbookSchema, type Playbook } from '../../../src/domain/playbook.ts';
import { epochMs, isoTime, projectId } from '../../../src/domain/values.ts';

const DAY = 86_400_000;
/** A Monday. */
const NOW = epochMs(Date.UTC(2026, 2, 2, 8));

const callee = (id: number, risk: number): PlannedCallee => ({
  ...{ id: projectId(id), path: `acme/p${id}`, before: { stored: false, effective: false, entries: [] } },
  ...{
    add: [],
    relyOn: [],
    remove: [],
    narrow: [],
    enforce: true,
    approvedCallers: 1,
    rejectedCallers: 0,
    risk,
    why: 'x',
    placed: '',
  },
});
function digest({ freeze }: Playbook, number: number, ...callees: PlannedCallee[]): WaveDigest {
  const count = new WaveCount({ number, kind: 'wave', instanceSwitch: false }, freeze);
  for (const one of callees) count.add(one);
  return count.digest();
}
const edge = (caller: number, id: number, daysAgo: number, state: Edge['state'] = 'approved'): Edge => ({
  ...{ caller: projectId(caller), callerPath: `acme/c${caller}`, callee: projectId(id), calleePath: `acme/p${id}` },
  ...{
    sources: ['auth-log'],
    access: [],
    needs: null,
    firstSeen: NOW,
    lastSeen: epochMs(NOW - daysAgo * DAY),
    state,
    decisionId: 1,
  },
});

it('counts what each wave exposes and puts one soak after the other, outside observation and freezes', () => {
  const edges = [edge(1, 11, 1), edge(1, 12, 30), edge(2, 12, 1), edge(3, 12, 1, 'rejected'), edge(4, 13, 1)];
  const exposed = (...callees: number[]): Exposure => {
    const exposure = noExposure();
    for (const id of callees) {
      const known = edges.filter((one) => one.callee === projectId(id));
      addExposure(exposure, known, new Map([[projectId(1), 5]]), { now: NOW, ms: 7 * DAY });
    }
    return exposure;
  };
  const playbook = playbookSchema.parse({
    observe: { window: '2d' },
    gates: { soak: '7d' },
    freeze: { windows: [{ days: ['tue'] }] },
  });
  const outlook = planOutlook({
    waves: [digest(playbook, 2, callee(11, 5), callee(12, 40)), digest(playbook, 3, callee(13, 0))],
    playbook,
    exposures: new Map([
      [2, exposed(11, 12)],
      [3, exposed(13)],
    ]),
    now: NOW,
    observedSince: epochMs(NOW - DAY),
  });
  expect(
    outlook.map(({ startsAt, endsAt, ...rest }) => ({ ...rest, from: isoTime(startsAt), to: isoTime(endsAt) })),
  ).toEqual([
    {
      ...{ number: 2, callersExposed: 2, unproven: 1, jobsPerWeek: 10, requests: 8 },
      // Observed until Tuesday morning, frozen until midnight.
      ...{ from: '2026-03-04T00:00:00Z', to: '2026-03-11T00:00:00Z' },
      riskiest: [
        { path: 'acme/p12', risk: 40, why: 'x' },
        { path: 'acme/p11', risk: 5, why: 'x' },
      ],
    },
    {
      ...{ number: 3, callersExposed: 1, unproven: 0, jobsPerWeek: 0, requests: 4 },
      ...{ from: '2026-03-11T00:00:00Z', to: '2026-03-18T00:00:00Z' },
      riskiest: [{ path: 'acme/p13', risk: 0, why: 'x' }],
    },
  ]);
});

it.each([
  ['all', 3],
  ['losing', 0],
  ['off', 0],
])('counts the time that owners are given: %s', (issues, days) => {
  const playbook = playbookSchema.parse({ observe: { window: '1d' }, notices: { issues, lead: '3d' } });
  const [outlook] = planOutlook({
    ...{ waves: [digest(playbook, 1, callee(11, 5))], playbook, exposures: new Map() },
    ...{ now: NOW, observedSince: epochMs(NOW - 2 * DAY) },
  });
  expect(outlook?.startsAt).toBe(NOW + days * DAY);
});
