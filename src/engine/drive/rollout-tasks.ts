import { RolloutError } from '../../domain/errors.ts';
import type { PlannedWave } from '../../domain/plan/plan.ts';
import { rhythm } from '../../domain/rhythm.ts';
import type { RolloutContext } from '../../domain/rollout/rollout.machine.ts';
import { counted, type ProjectId } from '../../domain/values.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { Engine } from '../context.ts';
import { changesText } from '../inventory/changes.ts';
import { readInventory } from '../inventory/inventory.ts';
import { applyRules } from '../planning/apply-rules.ts';
import { computePlan, passedWaves } from '../planning/planning.ts';
import type { RolloutStore } from '../ports.ts';
import { admittedFindings, entryFindings, expiredFindings, openFindings, tellDrift, untold } from '../record/drift.ts';
import { holdReopened, reopenedCallees } from '../record/reopened.ts';
import { putFirstTasks, type Advance } from './advance.ts';
import { rolloutState, startWave } from './decide.ts';

/** Reads the organisation, and says what became different since the last time. */
export async function inventoryTask(engine: Engine): Promise<Advance> {
  const { at, changes, first } = await readInventory(engine);
  const { inScope, unread } = await engine.store.countProjects();
  const edges = await engine.store.countEdges();
  engine.notify.note(
    `Inventory: ${counted(inScope, 'project')} in scope, ${counted(edges.undecided + edges.approved + edges.rejected + edges.replaced, 'edge')} known${unread > 0 ? `, ${unread} not read` : ''}.`,
  );
  const different = first ? null : changesText(changes);
  if (different !== null) engine.notify.note(`Since the last inventory: ${different}.`);
  return { rollout: { type: 'INVENTORY_READ', at } };
}

/** Applies the rules of the playbook to undecided edges; findings tell of decisions that have expired. */
export async function rulesTask(engine: Engine): Promise<Advance> {
  const { decisionsRevision } = await engine.store.rollout();
  const { decided, undecided, expired } = await applyRules(engine);
  if (decided > 0 || undecided > 0) {
    engine.notify.note(`Decisions: ${counted(decided, 'edge')} decided by rules, ${undecided} left to a person.`);
  }
  // Our own decisions raise the revision too; only those recorded after this count as news.
  const revision = decided > 0 ? (await engine.store.rollout()).decisionsRevision : decisionsRevision;
  const drift = await untold(engine.store, expiredFindings(expired, engine.clock.now()));
  return {
    rollout: { type: 'RULES_APPLIED', undecided, decisionsRevision: revision },
    rows: () => tellDrift(engine, drift),
  };
}

/**
 * Works out the plan of what is left to do. A plan that stayed the same keeps its approval; the rollout ends when
 * nothing is left.
 */
export async function planTask(engine: Engine): Promise<Advance> {
  const row = await engine.store.rollout();
  const { context } = rolloutState(row.checkpoint);
  const reopened = await reopenedCallees(engine.store);
  await holdReopened(engine);
  const { plan, fresh, unsigned, passed } = await computePlan(engine, context.planHash);
  const left = plan.waves.filter(({ number }) => number > passed);
  const approved = (await engine.store.plans()).find(({ hash }) => hash === plan.hash)?.approvedBy ?? null;
  const needsApproval = engine.playbook.approvals.plan && approved === null;
  const drift = await untold(engine.store, await driftOf(engine, left, context, reopened));
  if (fresh && left.length > 0) {
    const entries = left.reduce((sum, { callees }) => sum + callees.reduce((all, { add }) => all + add.length, 0), 0);
    engine.notify.note(
      `Plan ${plan.hash}: ${counted(left.length, 'wave')}, ${counted(entries, 'entry', 'entries')} to add, widening ${plan.widening}${plan.held.length > 0 ? `, ${counted(plan.held.length, 'project')} held back` : ''}.`,
    );
  }
  return {
    rollout: {
      type: 'PLAN_COMPUTED',
      at: engine.clock.now(),
      hash: plan.hash,
      waves: left.length,
      unsigned,
      held: plan.held.length,
      needsApproval,
    },
    rows: async () => {
      if (fresh) await engine.store.savePlan(plan);
      await tellDrift(engine, drift);
    },
    ledger: fresh
      ? [
          {
            kind: 'plan',
            subject: plan.hash,
            body: { waves: left.length, held: plan.held.length, widening: plan.widening },
          },
        ]
      : [],
  };
}

/**
 * What is not as it was decided once there is nothing left to do: until then the plan itself says it. Where the plan before
 * was done to its end, whatever the new one enforces has come since.
 */
async function driftOf(
  { store, playbook, clock }: Engine,
  left: readonly PlannedWave[],
  { planHash, held }: RolloutContext,
  reopened: ReadonlyMap<ProjectId, number>,
): Promise<readonly Omit<Finding, 'id'>[]> {
  const at = clock.now();
  if (left.length > 0) {
    return held === 0 && (await isDone(store, planHash))
      ? openFindings(
          left.flatMap(({ callees }) => callees),
          reopened,
          at,
        )
      : [];
  }
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  return [
    ...(await admittedFindings(store, projects, at)),
    ...(await entryFindings({ store, playbook }, projects, at)),
  ];
}

/** Have all waves of the plan passed? Of a plan that is not stored nothing is known, so it is not done. */
async function isDone(store: RolloutStore, planHash: string | null): Promise<boolean> {
  const head = planHash === null ? null : await store.planHead(planHash);
  const passed = passedWaves(await store.waves()).length;
  return head !== null && head.waves.every(({ number }) => number <= passed);
}

/**
 * Makes the row of the next wave, with the settings of the playbook that it will be judged by.
 *
 * @throws RolloutError `STORE_CORRUPT` when the database holds no plan for it
 */
export async function startWaveTask(engine: Engine): Promise<Advance> {
  const { store, playbook } = engine;
  const { planHash } = rolloutState((await store.rollout()).checkpoint).context;
  const number = passedWaves(await store.waves()).length + 1;
  const planned = planHash === null ? null : await store.planWave(planHash, number);
  if (planHash === null || !planned)
    throw new RolloutError('STORE_CORRUPT', `no plan for wave ${number}`, 'Restore the database from a backup.');
  const { approvals, gates, onInconclusive } = playbook;
  // Recorded with the wave: what it is judged by does not change while it is under way.
  const settings = {
    needsApproval: approvals.waves === 'each' || (approvals.waves === 'first' && number === 1),
    rollbackOnFailure: playbook.onFailed === 'rollback',
    soakMs: gates.soak,
    sweepEveryMs: rhythm(gates.sweepEvery),
    extensionsLeft: onInconclusive.then === 'extend' ? onInconclusive.extensions : 0,
  };
  const step = startWave(settings);
  // The row and its first task are written with the event that names it: a crash before leaves nothing behind.
  const wave = {
    number,
    planHash,
    kind: planned.kind,
    checkpoint: step.checkpoint,
    startedAt: null,
    endedAt: null,
  };
  const waveId = Math.max(0, ...(await store.waves()).map(({ id }) => id)) + 1;
  return {
    rollout: { type: 'WAVE_STARTED', waveId },
    rows: async () => {
      const id = await store.createWave(wave, planned.callees);
      if (id !== waveId)
        throw new RolloutError('STALE_REVISION', 'another wave was created meanwhile', 'Run tidegate tick again.');
      await putFirstTasks(store, await store.rollout(), id, step);
    },
    ledger: [
      {
        kind: 'wave',
        subject: `wave ${number}`,
        body: { plan: planHash, kind: planned.kind, callees: planned.callees.length, settings },
      },
    ],
  };
}
