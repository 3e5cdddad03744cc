import { describe, expect, it } from 'vitest';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { Project } from '../../../src/domain/project.ts';
import { readinessJudge, type ReadinessInput } from '../../../src/domain/access/readiness.ts';
import type { ShadowDenial } from '../../../src/domain/access/shadow.ts';
import { epochMs, isoTime, projectId } from '../../../src/domain/values.ts';

const DAY = 86_400_000;
const NOW = epochMs(Date.UTC(2026, 5, 1));
const ago = (days: number) => epochMs(NOW - days * DAY);
const CALLER = projectId(1);

const edge: Edge = {
  ...{ caller: CALLER, callerPath: 'acme/apps/web', callee: projectId(2), calleePath: 'acme/libs/core' },
  ...{ sources: ['auth-log'], access: [], needs: null, firstSeen: ago(30), lastSeen: ago(1) },
  ...{ state: 'approved', decisionId: 1 },
};
const callee: Project = {
  ...{ id: projectId(2), path: 'acme/libs/core', visibility: 'private', archived: false, personal: false },
  ...{ accessLevel: 40, inScope: true, allowlist: { stored: false, effective: false, entries: [] }, unread: null },
  ...{ log: { rows: 1, cut: false }, readAt: NOW },
};
const denial = (change: Partial<ShadowDenial>): ShadowDenial => ({
  ...{ edge, expected: false, certain: true, because: 'no entry lets it in' },
  ...change,
});

interface Case {
  /** Days since the first inventory. */
  readonly observed?: number | null;
  /** Days between two runs, and days since the last one. */
  readonly schedules?: readonly (readonly [every: number, last: number | null])[];
  readonly playbook?: object;
  readonly denials?: readonly ShadowDenial[];
  readonly callee?: Partial<Project>;
  readonly schedulesRead?: boolean;
}

function judged({ observed = 30, schedules = [], playbook = {}, denials = [], schedulesRead = true, ...more }: Case) {
  const input: ReadinessInput = {
    playbook: playbookSchema.parse({ observe: { window: '14d' }, ...playbook }),
    observedSince: observed === null ? null : ago(observed),
    now: NOW,
    schedulesRead: new Set(schedulesRead ? [CALLER] : []),
    schedules: new Map([
      [
        CALLER,
        schedules.map(([every, last], id) => ({
          ...{ id, cron: '0 0 1 * *', owner: null, everyMs: every * DAY },
          ...{ lastRunAt: last === null ? null : ago(last), nextRunAt: null },
        })),
      ],
    ]),
  };
  const { hindrances, notWaitedFor, schedulesUnread } = readinessJudge(input).judge(
    { ...callee, ...more.callee },
    [edge],
    denials,
  );
  return { why: hindrances.map(({ text }) => text), notWaitedFor, schedulesUnread };
}

const web = (every: string, until: number): string =>
  `acme/apps/web has a job every ${every}: watched until ${isoTime(epochMs(NOW + until * DAY))}`;

describe('a callee is ready', () => {
  it.each<[string, Case, readonly string[]]>([
    ['once it was watched for the window and nobody would be denied', {}, []],
    ['not before the window is over', { observed: 10 }, [`watched until ${isoTime(epochMs(NOW + 4 * DAY))}`]],
    ['not before the first inventory', { observed: null }, ['there is no inventory yet']],
    ['not while it is unread', { callee: { allowlist: null, unread: 'no rights' } }, ['not read: no rights']],
    ['not while somebody would be denied', { denials: [denial({})] }, ['1 caller would be denied']],
    [
      'not while somebody may be denied',
      { denials: [denial({ certain: false }), denial({})] },
      ['1 caller would be denied, 1 caller may be denied'],
    ],
    ['whoever is refused on purpose', { denials: [denial({ expected: true })] }, []],
    ['not before a monthly schedule has come round', { observed: 20, schedules: [[31, 25]] }, [web('31d', 11)]],
    ['once that schedule has run while it was watched', { observed: 20, schedules: [[31, 3]] }, []],
    ['once as long has passed, whatever GitLab says of its last run', { observed: 40, schedules: [[31, null]] }, []],
    ['not before the rarest of several', { observed: 20, schedules: [[31, 25], [92, 30]] }, [web('92d', 72)]], // prettier-ignore
    ['whatever comes round within the window', { observed: 15, schedules: [[7, 20]] }, []],
    [
      'not before a schedule that the playbook names, however rare',
      { playbook: { evidence: { schedules: [{ callers: 'acme/**', every: '400d' }] } } },
      [web('400d', 370)],
    ],
    ['without a schedule that the playbook names for others', { playbook: { evidence: { schedules: [{ callers: 'x/**', every: '90d' }] } } }, []], // prettier-ignore
  ])('%s', (_, change, expected) => {
    expect(judged(change).why).toEqual(expected);
  });

  it('names schedules that are too rare to be waited for', () => {
    expect(judged({ schedules: [[365, 100]] })).toMatchObject({
      why: [],
      notWaitedFor: ['acme/apps/web has a job every 365d'],
    });
    const patient = { observe: { window: '14d', rarestSchedule: '400d' } };
    expect(judged({ schedules: [[365, 100]], playbook: patient }).why).toEqual([web('365d', 335)]);
  });

  it('counts callers whose schedules were not read', () => {
    expect(judged({ schedulesRead: false }).schedulesUnread).toBe(1);
  });
});
