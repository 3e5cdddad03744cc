import { RolloutError } from '../domain/errors.ts';
import { planRollback, type RollbackPlan } from '../domain/reconcile.ts';
import type { Engine } from './context.ts';
import type { WaveCallee, WaveRow } from './ports.ts';
import { writeInstanceSwitch, writeToCallee, type ProvenAction } from './writes.ts';

/** What taking back a wave did, or, in a rehearsal, would do. */
export interface RollbackResult {
  readonly reopened: number;
  readonly removed: number;
  /** People's edits that stay, and whatever could not be restored. */
  readonly kept: readonly string[];
  readonly obstacles: readonly string[];
}

/**
 * Restores the exact earlier state of every callee of a wave, keeping what people changed meanwhile. Restartable: each
 * callee is compared three ways with what GitLab shows now.
 */
export async function rollbackWave(engine: Engine, wave: WaveRow): Promise<RollbackResult> {
  const result = { reopened: 0, removed: 0, kept: [] as string[], obstacles: [] as string[] };
  if (wave.kind === 'organisation') return rollbackSwitch(engine, wave);
  const callees = (await engine.store.waveCallees(wave.id)).filter(
    ({ before, step }) => before !== null && step !== 'rolled-back',
  );
  for (const callee of callees.toReversed()) {
    const plan = await rollbackCallee(engine, wave, callee);
    result.reopened += plan.reopen ? 1 : 0;
    result.removed += plan.remove.length;
    result.kept.push(...plan.kept.map((word) => `${callee.path}: ${word}`));
    if (plan.obstacle !== null) result.obstacles.push(`${callee.path}: ${plan.obstacle}`);
  }
  return result;
}

/** The same comparison without a single write, for `rollback --dry-run`. */
export async function rehearseRollback(
  engine: Pick<Engine, 'store' | 'forge'>,
  wave: WaveRow,
): Promise<RollbackResult> {
  const result = { reopened: 0, removed: 0, kept: [] as string[], obstacles: [] as string[] };
  for (const callee of await engine.store.waveCallees(wave.id)) {
    const plan = await compare(engine, wave, callee);
    if (!plan) continue;
    result.reopened += plan.reopen ? 1 : 0;
    result.removed += plan.remove.length;
    result.kept.push(...plan.kept.map((word) => `${callee.path}: ${word}`));
    if (plan.obstacle !== null) result.obstacles.push(`${callee.path}: ${plan.obstacle}`);
  }
  return result;
}

async function compare(
  { store, forge }: Pick<Engine, 'store' | 'forge'>,
  wave: WaveRow,
  callee: WaveCallee,
): Promise<RollbackPlan | null> {
  if (callee.before === null) return null;
  const ours = (await store.intents(wave.id)).filter((intent) => intent.callee === callee.callee);
  const live = await forge.allowlist({ id: callee.callee, path: callee.path });
  const instance = live.stored === false && live.effective;
  return planRollback(callee.before, ours, instance ? { ...live, stored: false } : live);
}

async function rollbackCallee(engine: Engine, wave: WaveRow, callee: WaveCallee): Promise<RollbackPlan> {
  const ref = { id: callee.callee, path: callee.path };
  const plan = await compare(engine, wave, callee).catch((error: unknown) => {
    if (error instanceof RolloutError && error.code === 'FORGE_NOT_FOUND') {
      return { reopen: false, remove: [], kept: ['the project is gone'], obstacle: null };
    }
    throw error;
  });
  if (!plan) return { reopen: false, remove: [], kept: [], obstacle: null };
  let obstacle = plan.obstacle;
  // Opening first: an allowlist that is on must not lose entries.
  if (plan.reopen && obstacle === null) {
    const { refusals } = await writeToCallee(engine, wave.id, ref, [{ kind: 'reopen' }]);
    obstacle = refusals[0] ?? null;
  }
  const stillEnforced = plan.reopen && obstacle !== null;
  if (plan.remove.length > 0 && !stillEnforced) {
    const removals = plan.remove.map((entry): ProvenAction => ({ kind: 'removeEntry', entry }));
    const { refusals } = await writeToCallee(engine, wave.id, ref, removals);
    obstacle ??= refusals[0] ?? null;
  }
  await engine.store.transaction(
    async () => {
      await engine.store.saveWaveCallee(wave.id, callee.callee, {
        step: obstacle === null ? 'rolled-back' : 'kept',
        problem: obstacle,
      });
      for (const text of plan.kept) {
        await engine.store.putFinding({ at: engine.clock.now(), kind: 'person-edit', subject: callee.path, text });
      }
    },
    await engine.lease.hold(),
  );
  return { ...plan, obstacle, reopen: plan.reopen && !stillEnforced };
}

async function rollbackSwitch(engine: Engine, wave: WaveRow): Promise<RollbackResult> {
  const ours = (await engine.store.intents(wave.id)).some(
    ({ action, outcome }) => action.kind === 'setInstance' && action.enforced && outcome === 'done',
  );
  const on = await engine.forge.instanceEnforced();
  if (!ours || on !== true) return { reopened: 0, removed: 0, kept: [], obstacles: [] };
  const { done, refusal } = await writeInstanceSwitch(engine, wave.id, false);
  return {
    reopened: done ? 1 : 0,
    removed: 0,
    kept: [],
    obstacles: done ? [] : [`the instance: ${refusal ?? 'the switch did not move'}`],
  };
}
