import { RolloutError } from '../../domain/errors.ts';
import { planRollback, type RollbackPlan } from '../../domain/plan/reconcile.ts';
import type { AllowlistState, ProjectRef } from '../../domain/project.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import { samePath } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { waveState } from '../drive/decide.ts';
import type { RolloutStore, WaveCallee, WaveRow } from '../ports.ts';
import { writeInstanceSwitch } from './instance-switch.ts';
import type { Purpose } from './intents.ts';
import { isUnanswered, outlastUnanswered, takeUpLate } from './late.ts';
import { seesAll, settleOpenIntents } from './open-intents.ts';
import { undo } from './undo.ts';
import { intentsByCallee, writeToCallee } from './writes.ts';

/** What taking back a wave did, or, in a rehearsal, would do. */
export interface RollbackResult {
  readonly reopened: number;
  readonly removed: number;
  /** Entries that were put back, or given the permissions they had. */
  readonly restored: number;
  /** People's edits that stay, and whatever could not be restored. */
  readonly kept: readonly string[];
  readonly obstacles: readonly string[];
}

/**
 * Restores the exact earlier state of every callee of a wave, keeping what people changed meanwhile. Restartable: each
 * callee is compared three ways with what GitLab shows now. One that cannot be read or changed does not hold up the rest.
 */
export async function rollbackWave(engine: Engine, wave: WaveRow): Promise<RollbackResult> {
  await outlastUnanswered(engine, wave.id);
  if (wave.kind === 'organisation') return rollbackSwitch(engine, wave);
  const callees = await engine.store.waveCallees(wave.id);
  return overCallees(
    engine,
    wave,
    callees,
    (callee, found) => takeBack(engine, wave, callee, found, 'rollback'),
    async (callee) => {
      await passOver(engine, wave, callee);
      return null;
    },
  );
}

/**
 * Nothing of ours is left of a project that is gone; one that is out of sight is left as it is, for a person to look at.
 *
 * @returns what is to be said of one that is out of sight; null for one that is gone
 */
async function passOver(engine: Engine, wave: WaveRow, { callee, path }: WaveCallee): Promise<string | null> {
  const gone = await seesAll(engine.store);
  await fenced(engine, async () => {
    const change = gone
      ? ({ step: 'rolled-back', problem: null } as const)
      : ({ step: 'kept', problem: OUT_OF_SIGHT } as const);
    await engine.store.saveWaveCallee(wave.id, callee, change);
    const text = `${OUT_OF_SIGHT}; where it was moved, give the token access and run tidegate rollback --project ${path}`;
    if (!gone) await engine.store.putFinding({ at: engine.clock.now(), kind: 'callee-failed', subject: path, text });
  });
  return gone ? null : OUT_OF_SIGHT;
}

/** A project of a wave that stands, as `rollback --project` means it. */
export interface StandingCallee {
  readonly wave: WaveRow;
  readonly callee: WaveCallee;
}

/**
 * The latest wave that changed a project and of which that still stands, as it does where the wave was taken back while
 * the project was out of sight; null when there is none.
 */
export async function standingCallee(store: RolloutStore, path: string): Promise<StandingCallee | null> {
  for (const wave of (await store.waves()).toReversed()) {
    if (waveState(wave.checkpoint).phase === 'stale') continue;
    const callee = (await store.waveCallees(wave.id)).find((row) => samePath(row.path, path) && isStanding(row));
    if (callee) return { wave, callee };
  }
  return null;
}

const isStanding = ({ before, step }: WaveCallee): boolean => before !== null && step !== 'rolled-back';

/**
 * Takes back one project, at once and by itself; its wave goes on without it. It is held from then on, and not planned
 * again until `resume --project` lifts that, whatever becomes of its wave.
 *
 * @param word - who took it back, and why
 */
export async function rollbackProject(
  engine: Engine,
  { wave, callee }: StandingCallee,
  word: string,
): Promise<RollbackResult> {
  await settleOpenIntents(engine);
  await outlastUnanswered(engine, wave.id);
  const result = await overCallees(
    engine,
    wave,
    [callee],
    (row, found) => takeBack(engine, wave, row, found, 'order'),
    (row) => passOver(engine, wave, row),
  );
  const done = result.obstacles.length === 0;
  await fenced(engine, async () => {
    if (done) {
      const set = { step: 'rolled-back', enforcedAt: null, hold: word } as const;
      await engine.store.saveWaveCallee(wave.id, callee.callee, set);
    }
    const body = { wave: wave.number, word, ...result };
    await engine.store.appendLedger([{ kind: 'rollback', subject: callee.path, body }], engine.clock.now());
  });
  return result;
}

/** The same comparison without a single write, for `rollback --dry-run`. */
export async function rehearseRollback(
  engine: Pick<Engine, 'store' | 'forge'>,
  wave: WaveRow,
  only: WaveCallee | null = null,
): Promise<RollbackResult> {
  if (wave.kind === 'organisation') {
    const standing = await switchIsOurs(engine, wave);
    return { reopened: standing ? 1 : 0, removed: 0, restored: 0, kept: [], obstacles: [] };
  }
  const callees = only ? [only] : await engine.store.waveCallees(wave.id);
  return overCallees(engine, wave, callees, (_, { written, live, planFor }) => Promise.resolve(planFor(written, live)));
}

/** What one callee shows: our writes to it, its list now, and what such two come to. */
interface Found {
  readonly written: readonly WriteIntent[];
  readonly live: AllowlistState;
  readonly planFor: (written: readonly WriteIntent[], live: AllowlistState) => RollbackPlan;
}

async function takeBack(
  engine: Engine,
  wave: WaveRow,
  callee: WaveCallee,
  { written, live, planFor }: Found,
  purpose: Purpose,
): Promise<RollbackPlan> {
  const ours = await takeUpLate(engine, wave.id, refOf(callee), written, live);
  const done = await undo(
    live,
    (now) => planFor(ours, now),
    (actions, again) => writeToCallee(engine, wave.id, refOf(callee), actions, purpose, again),
  );
  const step = done.obstacle === null ? 'rolled-back' : 'kept';
  await fenced(engine, async () => {
    await engine.store.saveWaveCallee(wave.id, callee.callee, { step, problem: done.obstacle });
    for (const text of done.kept) {
      await engine.store.putFinding({ at: engine.clock.now(), kind: 'person-edit', subject: callee.path, text });
    }
  });
  return done;
}

/**
 * Callees that the wave has looked at and that were not taken back yet, the latest first.
 *
 * @param gone - for one that GitLab does not show; returns what stands in the way, if anything
 */
async function overCallees(
  engine: Pick<Engine, 'store' | 'forge'>,
  wave: WaveRow,
  callees: readonly WaveCallee[],
  carryOut: (callee: WaveCallee, found: Found) => Promise<RollbackPlan>,
  gone: (callee: WaveCallee) => Promise<string | null> = () => Promise.resolve(null),
): Promise<RollbackResult> {
  const result = { reopened: 0, removed: 0, restored: 0, kept: [] as string[], obstacles: [] as string[] };
  const written = await intentsByCallee(engine, wave.id);
  const instance = await engine.forge.instanceEnforced();
  for (const callee of callees.toReversed()) {
    const { before, step } = callee;
    if (before === null || step === 'rolled-back') continue;
    const { id, path } = refOf(callee);
    const plan = await unlessUnreachable(async () => {
      const live = await engine.forge.allowlist({ id, path });
      const planFor: Found['planFor'] = (ours, now) => planRollback(before, ours, now, instance);
      return carryOut(callee, { written: written(id), live, planFor });
    });
    const obstacle = plan.kept.includes(GONE) ? await gone(callee) : plan.obstacle;
    result.reopened += plan.reopen ? 1 : 0;
    result.removed += plan.remove.length;
    result.restored += plan.restore.length + plan.reset.length;
    result.kept.push(...plan.kept.map((word) => `${path}: ${word}`));
    if (obstacle !== null) result.obstacles.push(`${path}: ${obstacle}`);
  }
  return result;
}

const GONE = 'the project is gone, or hidden from the token';
const OUT_OF_SIGHT =
  'not taken back: GitLab shows it to this token no longer, so it was deleted, or moved out of its sight';

const refOf = ({ callee, path }: WaveCallee): ProjectRef => ({ id: callee, path });

/** A project that is gone needs no rollback; one that the token may no longer see is an obstacle, not a success. */
async function unlessUnreachable(work: () => Promise<RollbackPlan>): Promise<RollbackPlan> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    const untouched = { reopen: false, restore: [], reset: [], remove: [] };
    if (error.code === 'FORGE_NOT_FOUND') return { ...untouched, kept: [GONE], obstacle: null };
    if (error.code === 'FORGE_REFUSED') return { ...untouched, kept: [], obstacle: error.message };
    throw error;
  }
}

/** We turned the switch on, or sent that and saw no answer, and it still is. Off counts once it was seen to be off. */
async function switchIsOurs({ store, forge }: Pick<Engine, 'store' | 'forge'>, wave: WaveRow): Promise<boolean> {
  const moves = (await store.intents(wave.id)).flatMap((intent) =>
    intent.action.kind === 'setInstance' &&
    (intent.outcome === 'done' || (intent.action.enforced && isUnanswered(intent)))
      ? [intent.action.enforced]
      : [],
  );
  return moves.at(-1) === true && (await forge.instanceEnforced()) === true;
}

async function rollbackSwitch(engine: Engine, wave: WaveRow): Promise<RollbackResult> {
  if (!(await switchIsOurs(engine, wave))) return { reopened: 0, removed: 0, restored: 0, kept: [], obstacles: [] };
  const { done, failure } = await writeInstanceSwitch(engine, wave.id, false);
  return {
    reopened: done ? 1 : 0,
    removed: 0,
    restored: 0,
    kept: [],
    obstacles: done ? [] : [`the instance: ${failure?.message ?? 'the switch did not move'}`],
  };
}
