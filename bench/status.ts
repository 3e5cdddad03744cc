/**
 * `tidegate status` on 100,000 projects with 1,000,000 edges in the middle of a rollout: `npx tsx bench/status.ts [RUNS]`. Whole
 * processes of the built program.
 */
import type { NewDecision } from '../src/domain/decisions/decision.ts';
import type { Edge } from '../src/domain/edges/edge.ts';
import type { Plan, PlannedCallee } from '../src/domain/plan/plan.ts';
import type { AllowlistState, Project } from '../src/domain/project.ts';
import { startWave } from '../src/engine/drive/decide.ts';
import type { RolloutStore } from '../src/engine/ports.ts';
import { batches, EDGES, NOW, observed, preparedDatabase, PROJECTS } from './support/database.ts';
import { builtProgram } from './support/program.ts';
import { medianRun } from './support/process.ts';
import { megabytes, milliseconds, printTable } from './support/table.ts';

const RUNS = Math.min(50, Math.max(1, Number(process.argv[2] ?? 7)));
const SHUT: AllowlistState = { stored: true, effective: true, entries: [] };

const approval = ({ caller, callee }: Edge): NewDecision => ({
  subject: { kind: 'edge', caller, callee },
  verdict: 'approved',
  replacedBy: null,
  owner: null,
  by: { kind: 'rule', name: 'in-use' },
  reason: 'in use',
  permissions: { defaultPermissions: true, policies: [] },
  evidence: 'auth-log',
  decidedAt: NOW,
  expiresAt: null,
});

const planned = ({ id, path }: Project): PlannedCallee => ({
  ...{
    id,
    path,
    before: SHUT,
    add: [],
    relyOn: [],
    remove: [],
    narrow: [],
    enforce: true,
    approvedCallers: 10,
    rejectedCallers: 0,
    risk: 10,
  },
  why: '10 approved callers',
  placed: '',
});

/** Nine edges of ten decided, and three quarters of the projects enforced in waves. */
async function fillHalfWay(store: RolloutStore): Promise<void> {
  const edges = (await store.edges()).filter((_, n) => n % 10 !== 0);
  for (const part of batches(edges, 2_000)) await store.putDecisions(part.map(approval));
  const callees = (await store.projects()).slice(0, (PROJECTS * 3) / 4);
  const waves = [callees.slice(0, 5), callees.slice(5, 10_000), callees.slice(10_000)];
  const kindOf = (index: number) => (index === 0 ? ('pilot' as const) : ('wave' as const));
  const plan: Plan = {
    ...{ hash: 'a'.repeat(16), createdAt: NOW, held: [], widening: 0, noSwitchBecause: null, requests: 300_000 },
    waves: waves.map((members, index) => ({
      ...{ number: index + 1, kind: kindOf(index), instanceSwitch: false, callees: members.map(planned) },
    })),
  };
  await store.savePlan(plan);
  const { checkpoint } = startWave({
    ...{ needsApproval: false, rollbackOnFailure: true, soakMs: 1, sweepEveryMs: 1, extensionsLeft: 0 },
  });
  for (const [index, members] of waves.entries()) {
    const row = {
      number: index + 1,
      planHash: plan.hash,
      kind: kindOf(index),
      checkpoint,
      startedAt: NOW,
      endedAt: null,
    };
    const wave = await store.createWave(row, members);
    await store.transaction(async () => {
      for (const { id } of members) {
        await store.updateAllowlist(id, SHUT, NOW);
        await store.saveWaveCallee(wave, id, { step: 'enforced', before: SHUT, enforcedAt: NOW });
      }
    });
  }
}

const file = await preparedDatabase('half-way', fillHalfWay, await observed());
const program = builtProgram();
const version = await medianRun(RUNS, [program, '--version']);
const text = await medianRun(RUNS, [program, '--db', file, 'status']);
const json = await medianRun(RUNS, [program, '--db', file, 'status', '--json']);
printTable(
  `status of ${PROJECTS} projects, ${EDGES} edges, median of ${RUNS} (goal: 300 ms)`,
  ['', 'time', 'processor', 'memory'],
  [
    ['tidegate --version, to compare', milliseconds(version.ms), milliseconds(version.cpuMs), megabytes(version.peak)],
    ['tidegate status', milliseconds(text.ms), milliseconds(text.cpuMs), megabytes(text.peak)],
    ['tidegate status --json', milliseconds(json.ms), milliseconds(json.cpuMs), megabytes(json.peak)],
  ],
);
