import { RolloutError } from '../../domain/errors.ts';
import { freezeFor, frozenUntil } from '../../domain/plan/freeze.ts';
import type { PlannedCallee, PlannedWave } from '../../domain/plan/plan.ts';
import type { FreezePolicy } from '../../domain/playbook.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { readInventory } from '../inventory/inventory.ts';
import type { WaveCallee, WaveRow } from '../ports.ts';
import { problemOf } from './application.ts';
import { whatMoved } from './bound.ts';
import { applyCallee } from './callee.ts';
import { writeInstanceSwitch } from './instance-switch.ts';
import { intentsByCallee } from './writes.ts';

/** `applied`, with callees that could not be changed; `stale`: GitLab has moved since the plan, and nothing was written. */
export type ApplyResult =
  | { readonly kind: 'applied'; readonly at: EpochMs; readonly failed: number }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }
  | { readonly kind: 'frozen'; readonly until: EpochMs }
  | { readonly kind: 'stale'; readonly moved: readonly string[] };

/**
 * Carries out one wave: every callee is read, compared with the plan, given its entries, read back, enforced, read back.
 * Done again after a crash it goes on where it stopped, because each callee is looked at before anything is written.
 */
export async function applyWave(engine: Engine, wave: WaveRow): Promise<ApplyResult> {
  const planned = await plannedWave(engine, wave);
  const until = frozenUntil(freezeOf(engine, planned), engine.clock.now());
  if (until !== null) return { kind: 'frozen', until };
  if (planned.instanceSwitch) return applySwitch(engine, wave);
  const progress = await engine.store.waveCallees(wave.id);
  if (progress.every(({ before, step }) => before === null && step === 'pending')) {
    const moved = await whatMoved(engine, planned);
    if (moved.length > 0) return { kind: 'stale', moved };
  }
  const { problems, frozen } = await applyCallees(engine, wave, planned, progress);
  if (frozen !== null) return { kind: 'frozen', until: frozen };
  const tolerance = engine.playbook.waves.failureTolerance;
  if (problems.length > tolerance || problems.length === planned.callees.length) return { kind: 'failed', problems };
  return { kind: 'applied', at: engine.clock.now(), failed: problems.length };
}

/** The freezes that hold a wave up; the switch of the instance changes everybody's projects. */
export const freezeOf = (
  { playbook: { freeze } }: Pick<Engine, 'playbook'>,
  { instanceSwitch, callees }: PlannedWave,
): FreezePolicy => (instanceSwitch ? freeze : freezeFor(freeze, callees));

/** The wave of the plan that this row carries out. */
export async function plannedWave(engine: Pick<Engine, 'store'>, wave: WaveRow): Promise<PlannedWave> {
  const planned = await engine.store.planWave(wave.planHash, wave.number);
  if (planned) return planned;
  throw new RolloutError(
    'STORE_CORRUPT',
    `plan ${wave.planHash} has no wave ${wave.number}`,
    'Restore the database from a backup.',
  );
}

/**
 * Works through the callees. No more are under way at once than may still fail: each failure takes one place away, so
 * that even if all that are under way fail, the tolerance is exceeded by one at most. A freeze that begins meanwhile, an
 * outage or an order stops before the next one.
 */
async function applyCallees(
  engine: Engine,
  wave: WaveRow,
  planned: PlannedWave,
  progress: readonly WaveCallee[],
): Promise<{ readonly problems: readonly string[]; readonly frozen: EpochMs | null }> {
  const { concurrency, failureTolerance } = engine.playbook.waves;
  const rows = new Map(progress.map((row) => [row.callee, row]));
  const application = { engine, wave, written: await intentsByCallee(engine, wave.id) };
  const problems = progress.flatMap(({ path, problem, step }) =>
    step === 'failed' && problem !== null ? [`${path}: ${problem}`] : [],
  );
  const freeze = freezeOf(engine, planned);
  const failures: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  const room = (): number => (failures.length > 0 ? 0 : Math.min(concurrency, failureTolerance + 1 - problems.length));
  let done = 0;
  let frozen: EpochMs | null = null;
  const applyOne = async (callee: PlannedCallee, row: WaveCallee): Promise<void> => {
    const problem = await applyCallee(application, callee, row);
    if (problem !== null) problems.push(`${callee.path}: ${problem}`);
    done += 1;
    const { length: total } = planned.callees;
    const requests = engine.forge.requestCount();
    engine.notify.progress({ what: `wave ${wave.number}: enforcing`, done, total, requests });
  };
  for (const callee of planned.callees) {
    const row = rows.get(callee.id);
    if (row?.step !== 'pending' && row?.step !== 'seeded') continue;
    while (underWay.size > 0 && underWay.size >= room()) await Promise.race(underWay);
    frozen ??= frozenUntil(freeze, engine.clock.now());
    if (frozen !== null || room() <= 0) break;
    const run = applyOne(callee, row)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(run));
    underWay.add(run);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return { problems, frozen };
}

/** The switch closes every project that exists by then, also one that was made while the wave waited for approval. */
async function applySwitch(engine: Engine, wave: WaveRow): Promise<ApplyResult> {
  await readInventory(engine);
  const open = (await engine.store.projects({ inScope: true })).filter(
    ({ allowlist }) => (allowlist?.stored ?? allowlist?.effective) !== true,
  );
  if (open.length > 0) return { kind: 'stale', moved: open.slice(0, 5).map(({ path }) => `${path} is not enforced`) };
  if ((await engine.forge.instanceEnforced()) === true) return { kind: 'applied', at: engine.clock.now(), failed: 0 };
  const { done, failure } = await writeInstanceSwitch(engine, wave.id, true);
  if (done) return { kind: 'applied', at: engine.clock.now(), failed: 0 };
  if (failure !== null && problemOf(failure) !== null) return { kind: 'failed', problems: [failure.message] };
  throw new RolloutError('FORGE_UNAVAILABLE', 'the instance switch did not take effect', 'Run tidegate tick again.');
}
