import { projectId } from '../../src/domain/values.ts';
import type { ReportInput } from '../../src/report/model/input.ts';
import {
  allowlist,
  at,
  callee,
  decision,
  edge,
  entry,
  failure,
  input,
  intent,
  plan,
  planned,
  project,
  wave,
} from './rows.ts';

/**
 * A rollout in the middle: a pilot that passed, a wave that failed on a quarterly job and was rolled back, the same wave
 * again under way; one caller rejected, one edge undecided, one project that cannot be read.
 */
export function story(): ReportInput {
  const web = project(1, 'acme/apps/web');
  const shop = project(2, 'acme/apps/shop');
  const reports = project(3, 'acme/finance/reports');
  const lab = project(4, 'acme/lab/scraper');
  const core = project(10, 'acme/libs/core', {
    allowlist: allowlist(true, [entry('group', 77, 'acme/apps'), entry('project', 3, 'acme/finance/reports')]),
  });
  const tools = project(11, 'acme/libs/tools', { allowlist: allowlist(true, [entry('project', 1, 'acme/apps/web')]) });
  const legacy = project(12, 'acme/legacy', { visibility: 'internal', log: { rows: 1_000, cut: true } });
  const vault = project(13, 'acme/vault', { allowlist: null, unread: 'FORGE_REFUSED: 403', log: null });
  const edges = [
    edge(web, core, { access: ['git', 'registry-pull'], sources: ['auth-log', 'scan'], lastUsed: at(31) }),
    edge(shop, core, { lastUsed: at(28) }),
    edge(reports, core, { sources: ['denial'], firstSeen: at(24), lastSeen: at(24), lastUsed: null }),
    edge(lab, core, { state: 'rejected', lastUsed: at(10) }),
    edge(web, tools, { lastUsed: at(18) }),
    edge(shop, legacy, { state: 'undecided', decisionId: null, access: [] }),
  ];
  const addGroup = {
    ...entry('group', 77, 'acme/apps'),
    callers: [{ id: projectId(1), path: 'acme/apps/web' }],
    widening: 4,
  };
  const first = (id: number): ReportInput['plans'][number] =>
    plan({
      hash: String(id).repeat(64),
      waves: [
        { number: 1, kind: 'pilot', instanceSwitch: false, callees: [planned(tools)] },
        {
          number: 2,
          kind: 'wave',
          instanceSwitch: false,
          callees: [
            planned(core, { add: [addGroup], approvedCallers: 3, rejectedCallers: 1, risk: 12, why: 'risk 12: hub' }),
          ],
        },
      ],
      held: [{ id: legacy.id, path: legacy.path, reason: 'undecided', detail: '1 caller is undecided' }],
      noSwitchBecause: 'projects are held back',
    });
  const sweep = (day: number, callerJobs: number, unread: readonly string[] = []) => ({
    since: at(day),
    until: at(day + 1),
    projects: 12,
    callerJobs,
    allJobs: callerJobs * 6,
    unread,
  });
  return input({
    projects: [web, shop, reports, lab, core, tools, legacy, vault],
    edges,
    decisions: [
      decision(1, edges[0]!),
      decision(2, edges[1]!),
      decision(3, edges[2]!, {
        by: { kind: 'person', name: 'mara' },
        reason: 'Quarterly closing needs the figures',
        expiresAt: at(400),
      }),
      decision(4, edges[3]!, {
        verdict: 'rejected',
        by: { kind: 'person', name: 'mara' },
        reason: 'No business with the core library',
      }),
      decision(5, edges[4]!, { expiresAt: at(39) }),
    ],
    groupDecisions: [
      {
        ...decision(6, edges[0]!, { by: { kind: 'person', name: 'jo' }, reason: 'More callers than entries fit' }),
        subject: { kind: 'group-entry', callee: core.id, groupId: 77, groupPath: 'acme/apps', widening: 4 },
      },
    ],
    plans: [first(1), first(2)],
    waves: [
      wave(1, {
        planHash: '1'.repeat(64),
        callees: [callee(tools, 'enforced', at(15.2))],
        intents: [
          intent(1, 1, tools, { kind: 'addEntry', entry: entry('project', 1, 'acme/apps/web'), decisions: [5] }),
        ],
        sweeps: [sweep(15, 40), sweep(16, 35)],
        judgement: {
          at: at(22),
          verdict: 'passed',
          reasons: ['75 jobs ran, 20 asked for', '1 of 1 due edges used again', 'no unexpected denial'],
          seen: null,
        },
      }),
      wave(2, {
        planHash: '1'.repeat(64),
        startedAt: at(22),
        endedAt: at(24.5),
        soakUntil: at(29),
        phase: 'rolledBack',
        verdict: 'failed',
        callees: [callee(core, 'rolled-back', at(22.3))],
        intents: [
          intent(2, 2, core, { kind: 'addEntry', entry: addGroup, decisions: [6] }),
          intent(3, 2, core, { kind: 'enforce' }),
          intent(4, 2, core, { kind: 'reopen' }),
          intent(5, 2, core, { kind: 'removeEntry', entry: addGroup }),
        ],
        sweeps: [sweep(22, 60), sweep(23, 44)],
        judgement: {
          at: at(24),
          verdict: 'failed',
          reasons: ['1 denials of undecided edges, 0 tolerated'],
          seen: null,
        },
      }),
      wave(2, {
        id: 3,
        planHash: '2'.repeat(64),
        startedAt: at(26),
        endedAt: null,
        soakUntil: at(33.2),
        phase: 'soaking',
        verdict: null,
        callees: [callee(core, 'enforced', at(26.2))],
        intents: [intent(6, 3, core, { kind: 'addEntry', entry: addGroup, decisions: [6] })],
        sweeps: [sweep(26, 60), sweep(27, 52, ['acme/vault: 403'])],
      }),
    ],
    failures: [
      failure(812, reports, core),
      failure(813, lab, core, { disposition: 'expected', edgeState: 'rejected', finishedAt: at(23) }),
      failure(814, lab, core, { disposition: 'expected', edgeState: 'rejected', finishedAt: at(28), waveId: 3 }),
      failure(815, web, core, {
        disposition: 'unrelated',
        callee: null,
        calleePath: null,
        access: null,
        edgeState: null,
        quote: 'FAIL src/cart.test.ts',
        reason: 'its own tests',
        waveId: 3,
      }),
      failure(816, shop, core, {
        disposition: 'role',
        edgeState: 'approved',
        reason: 'the user of the job is a guest there',
        waveId: null,
      }),
    ],
    findings: [
      {
        id: 1,
        at: at(24),
        kind: 'denial',
        subject: 'acme/finance/reports -> acme/libs/core',
        text: 'quarterly-report (812) was denied',
      },
      {
        id: 2,
        at: at(24.4),
        kind: 'person-edit',
        subject: 'acme/libs/core',
        text: 'entry project acme/finance/reports: added by a person',
      },
    ],
  });
}
