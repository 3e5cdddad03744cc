import { RolloutError } from '../domain/errors.ts';
import { planRollback, type RollbackPlan } from '../domain/reconcile.ts';
import type { ProjectRef } from '../domain/project.ts';
import { fenced, type Engine } from './context.ts';
import type { WaveCallee, WaveRow } from './ports.ts';
import { intentsByCallee, writeInstanceSwitch, writeToCallee, type ProvenAction } from './writes.ts';

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
 * callee is compared three ways with what GitLab shows now. One that cannot be read or changed does not hold up the rest.
 */
export async function rollbackWave(engine: Engine, wave: WaveRow): Promise<RollbackResult> {
  if (wave.kind === 'organisation') return rollbackSwitch(engine, wave);
  return overCallees(engine, wave, (callee, plan) => rollbackCallee(engine, wave, callee, plan));
}

/** The same comparison without a single write, for `rollback --dry-run`. */
export async function rehearseRollback(
  engine: Pick<Engine, 'store' | 'forge'>,
  wave: WaveRow,
): Promise<RollbackResult> {
  if (wave.kind === 'organisation') {
    const standing = await switchIsOurs(engine, wave);
    return { reopened: standing ? 1 : 0, removed: 0, kept: [], obstacles: [] };
  }
  return overCallees(engine, wave, (_, plan) => Promise.resolve(plan));
}

/** Callees that the wave has looked at and that were not taken back yet, the latest first. */
async function overCallees(
  engine: Pick<Engine, 'store' | 'forge'>,
  wave: WaveRow,
  carryOut: (callee: WaveCallee, plan: RollbackPlan) => Promise<RollbackPlan>,
): Promise<RollbackResult> {
  const result = { reopened: 0, removed: 0, kept: [] as string[], obstacles: [] as string[] };
  const written = await intentsByCallee(engine, wave.id);
  const instance = await engine.forge.instanceEnforced();
  for (const callee of (await engine.store.waveCallees(wave.id)).toReversed()) {
    if (callee.before === null || callee.step === 'rolled-back') continue;
    const { id, path } = refOf(callee);
    const { before } = callee;
    const plan = await unlessUnreachable(async () => {
      const live = await engine.forge.allowlist({ id, path });
      return carryOut(callee, planRollback(before, written(id), live, instance));
    });
    result.reopened += plan.reopen ? 1 : 0;
    result.removed += plan.remove.length;
    result.kept.push(...plan.kept.map((word) => `${path}: ${word}`));
    if (plan.obstacle !== null) result.obstacles.push(`${path}: ${plan.obstacle}`);
  }
  return result;
}

const refOf = ({ callee, path }: WaveCallee): ProjectRef => ({ id: callee, path });

/** A project that is gone needs no rollback; one that the token may no longer see is an obstacle, not a success. */
async function unlessUnreachable(work: () => Promise<RollbackPlan>): Promise<RollbackPlan> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    const untouched = { reopen: false, remove: [] };
    if (error.code === 'FORGE_NOT_FOUND') return { ...untouched, kept: ['the project is gone'], obstacle: null };
    if (error.code === 'FORGE_REFUSED') return { ...untouched, kept: [], obstacle: error.message };
    throw error;
  }
}

async function rollbackCallee(
  engine: Engine,
  wave: WaveRow,
  callee: WaveCallee,
  plan: RollbackPlan,
): Promise<RollbackPlan> {
  const ref = refOf(callee);
  let { obstacle } = plan;
  // Opening first: an allowlist that is on must not lose entries.
  if (plan.reopen) {
    const { refusals, live } = await writeToCallee(engine, wave.id, ref, [{ kind: 'reopen' }], 'rollback');
    obstacle = refusals[0] ?? (live.effective ? 'it is still enforced after its setting was turned off' : null);
  }
  const open = plan.reopen && obstacle === null;
  const remove = plan.reopen && !open ? [] : plan.remove;
  if (remove.length > 0) {
    const removals = remove.map((entry): ProvenAction => ({ kind: 'removeEntry', entry }));
    const { refusals } = await writeToCallee(engine, wave.id, ref, removals, 'rollback');
    obstacle ??= refusals[0] ?? null;
  }
  const step = obstacle === null ? 'rolled-back' : 'kept';
  await fenced(engine, async () => {
    await engine.store.saveWaveCallee(wave.id, callee.callee, { step, problem: obstacle });
    for (const text of plan.kept) {
      await engine.store.putFinding({ at: engine.clock.now(), kind: 'person-edit', subject: callee.path, text });
    }
  });
  return { ...plan, obstacle, reopen: open, remove };
}

/** We turned the switch on, and it still is. */
async function switchIsOurs({ store, forge }: Pick<Engine, 'store' | 'forge'>, wave: WaveRow): Promise<boolean> {
  const moves = (await store.intents(wave.id)).flatMap(({ action, outcome }) =>
    action.kind === 'setInstance' && outcome === 'done' ? [action.enforced] : [],
  );
  return moves.at(-1) === true && (await forge.instanceEnforced()) === true;
}

async function rollbackSwitch(engine: Engine, wave: WaveRow): Promise<RollbackResult> {
  if (!(await switchIsOurs(engine, wave))) return { reopened: 0, removed: 0, kept: [], obstacles: [] };
  const { done, refusal } = await writeInstanceSwitch(engine, wave.id, false);
  return {
    reopened: done ? 1 : 0,
    removed: 0,
    kept: [],
    obstacles: done ? [] : [`the instance: ${refusal ?? 'the switch did not move'}`],
  };
}
