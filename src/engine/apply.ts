import pLimit from 'p-limit';
import { inForce } from '../domain/decision.ts';
import { groupEntryKey } from '../domain/entries.ts';
import { edgeKey } from '../domain/edge.ts';
import { RolloutError } from '../domain/errors.ts';
import { frozenUntil } from '../domain/freeze.ts';
import type { PlannedCallee, PlannedEntry, PlannedWave } from '../domain/plan.ts';
import { targetKey, type AllowlistState } from '../domain/project.ts';
import { differences, missingEntries, proveSeeded } from '../domain/reconcile.ts';
import { epochMs, type EpochMs } from '../domain/values.ts';
import type { Engine } from './context.ts';
import { keepReadings, scopeFilter } from './inventory.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { WaveCallee, WaveRow } from './ports.ts';
import { writeInstanceSwitch, writeToCallee, type ProvenAction } from './writes.ts';

export type ApplyResult =
  | { readonly kind: 'applied'; readonly at: EpochMs; readonly failed: number }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }
  | { readonly kind: 'frozen'; readonly until: EpochMs }
  | { readonly kind: 'stale'; readonly moved: readonly string[] };

/** GitLab tells times of jobs in whole seconds; rounding down keeps a job that was denied in the same second. */
const wholeSecond = (moment: EpochMs): EpochMs => epochMs(Math.floor(moment / 1_000) * 1_000);

/** A problem of one callee that stops that callee, not the wave. */
class CalleeStopped extends Error {}

/**
 * Carries out one wave: every callee is read, compared with the plan, given its entries, read back, enforced, read back.
 * Done again after a crash it goes on where it stopped, because each callee is looked at before anything is written.
 */
export async function applyWave(engine: Engine, wave: WaveRow): Promise<ApplyResult> {
  const until = frozenUntil(engine.playbook.freeze, engine.clock.now());
  if (until !== null) return { kind: 'frozen', until };
  const planned = await plannedWave(engine, wave);
  if (planned.instanceSwitch) return applySwitch(engine, wave);
  const progress = await engine.store.waveCallees(wave.id);
  if (progress.every(({ before, step }) => before === null && step === 'pending')) {
    const moved = await whatMoved(engine, planned);
    if (moved.length > 0) return { kind: 'stale', moved };
  }
  const problems = await applyCallees(engine, wave, planned, progress);
  const tolerance = engine.playbook.waves.failureTolerance;
  if (problems.length > tolerance || problems.length === planned.callees.length) return { kind: 'failed', problems };
  return { kind: 'applied', at: engine.clock.now(), failed: problems.length };
}

/** The wave of the plan that this row carries out. */
export async function plannedWave(engine: Pick<Engine, 'store'>, wave: WaveRow): Promise<PlannedWave> {
  const plan = await engine.store.plan(wave.planHash);
  const planned = plan?.waves.find(({ number }) => number === wave.number);
  if (planned) return planned;
  throw new RolloutError(
    'STORE_CORRUPT',
    `plan ${wave.planHash} has no wave ${wave.number}`,
    'Restore the database from a backup.',
  );
}

/** The plan is bound: before the first write of a wave everything it rests on is compared with what is there now. */
async function whatMoved(engine: Engine, planned: PlannedWave): Promise<readonly string[]> {
  const moved: string[] = [];
  const { count } = await engine.store.inventories();
  for (let start = 0; start < planned.callees.length; start += 50) {
    const chunk = planned.callees.slice(start, start + 50);
    const readings = await engine.forge.projectsById(chunk.map(({ id }) => id));
    // The log is read along: a caller seen since the plan was made is news as well.
    await engine.store.transaction(
      () => keepReadings(engine, readings, scopeFilter(engine.playbook.scope), count),
      await engine.lease.hold(),
    );
    const knowledge = await loadKnowledge(engine.store, engine.clock.now());
    const live = new Map(readings.map(({ project }) => [project.id, project]));
    for (const callee of chunk) {
      const now = live.get(callee.id);
      const words = now?.allowlist
        ? differences(callee.before, now.allowlist, { entries: [], setting: false })
        : [now?.unread ?? 'it is gone, or hidden from the token'];
      const decided = [...withdrawn(callee, knowledge, engine.clock.now()), ...newcomers(callee, knowledge)];
      moved.push(...[...words, ...decided].map((word) => `${callee.path}: ${word}`));
    }
  }
  return moved;
}

/** Planned entries whose decisions no longer stand. */
function withdrawn(callee: PlannedCallee, knowledge: Knowledge, now: EpochMs): readonly string[] {
  return callee.add
    .filter((entry) => decisionsFor(callee, entry, knowledge, now) === null)
    .map(({ kind, path }) => `the decision for ${kind} ${path} no longer stands`);
}

/** Callers that nobody has decided on: enforcing would break them knowingly. */
const newcomers = (callee: PlannedCallee, { edgesOf }: Knowledge): readonly string[] =>
  edgesOf(callee.id)
    .filter(({ state }) => state === 'undecided')
    .map(({ callerPath }) => `${callerPath} was seen and nobody has decided on it`);

/** The decisions that allow an entry now; null when one of them is missing, withdrawn or expired. */
function decisionsFor(
  callee: PlannedCallee,
  entry: PlannedEntry,
  knowledge: Knowledge,
  now: EpochMs,
): readonly [number, ...number[]] | null {
  const ids: number[] = [];
  if (entry.kind === 'group') {
    const signed = knowledge.groupDecisions.get(groupEntryKey(callee.id, entry.id));
    if (signed?.verdict !== 'approved') return null;
    ids.push(signed.id);
  }
  for (const caller of entry.callers) {
    const decision = knowledge.decisions.get(edgeKey(caller.id, callee.id));
    if (decision?.verdict !== 'approved' || !inForce(decision, now)) return null;
    ids.push(decision.id);
  }
  const [first, ...rest] = ids;
  return first === undefined ? null : [first, ...rest];
}

/**
 * Works through the callees. No more are under way at once than may still fail, so that even if all of those fail the
 * tolerance is exceeded by one at most.
 */
async function applyCallees(
  engine: Engine,
  wave: WaveRow,
  planned: PlannedWave,
  progress: readonly WaveCallee[],
): Promise<readonly string[]> {
  const { concurrency, failureTolerance } = engine.playbook.waves;
  const rows = new Map(progress.map((row) => [row.callee, row]));
  const knowledge = await loadKnowledge(engine.store, engine.clock.now());
  const problems = progress.flatMap(({ path, problem, step }) =>
    step === 'failed' && problem !== null ? [`${path}: ${problem}`] : [],
  );
  const limit = pLimit({ concurrency: Math.min(concurrency, failureTolerance + 1), rejectOnClear: true });
  let done = 0;
  const runs = planned.callees.map((callee) =>
    limit(async () => {
      const row = rows.get(callee.id);
      if (row?.step !== 'pending' && row?.step !== 'seeded') return;
      if (problems.length > failureTolerance) return;
      const problem = await applyCallee(engine, wave, callee, row, knowledge);
      if (problem !== null) problems.push(`${callee.path}: ${problem}`);
      done += 1;
      engine.notify.progress({
        what: `wave ${wave.number}: enforcing`,
        done,
        total: planned.callees.length,
        requests: engine.forge.requestCount(),
      });
    }),
  );
  const failure = (await Promise.allSettled(runs)).find((run) => run.status === 'rejected');
  if (failure) throw failure.reason;
  return problems;
}

/** @returns what stopped this callee; null when it is as planned */
async function applyCallee(
  engine: Engine,
  wave: WaveRow,
  callee: PlannedCallee,
  row: WaveCallee,
  knowledge: Knowledge,
): Promise<string | null> {
  try {
    const before = await takeSnapshot(engine, wave, callee, row);
    const seeded = await seed(engine, wave, callee, before.live, knowledge);
    await engine.store.saveWaveCallee(wave.id, callee.id, { step: 'seeded' });
    if (callee.enforce) await enforce(engine, wave, callee, seeded);
    await engine.store.saveWaveCallee(wave.id, callee.id, {
      step: 'enforced',
      enforcedAt: wholeSecond(engine.clock.now()),
      problem: null,
    });
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    await engine.store.transaction(
      async () => {
        await engine.store.saveWaveCallee(wave.id, callee.id, { step: 'failed', problem });
        await engine.store.putFinding({
          at: engine.clock.now(),
          kind: 'callee-failed',
          subject: callee.path,
          text: problem,
        });
      },
      await engine.lease.hold(),
    );
    return problem;
  }
}

/** Failures that belong to one callee; outages, a lost lease and defects stop the driver instead. */
function problemOf(error: unknown): string | null {
  if (error instanceof CalleeStopped) return error.message;
  if (error instanceof RolloutError && (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND'))
    return error.message;
  return null;
}

/** Reads the live state, holds it against plan and earlier reading, and keeps it as what a rollback restores. */
async function takeSnapshot(
  engine: Engine,
  wave: WaveRow,
  callee: PlannedCallee,
  row: WaveCallee,
): Promise<{ readonly live: AllowlistState }> {
  const live = await engine.forge.allowlist(callee);
  const ours = (await engine.store.intents(wave.id)).filter(
    (intent) => intent.callee === callee.id && intent.outcome === 'done',
  );
  const written = {
    entries: ours.flatMap(({ action }) => (action.kind === 'addEntry' ? [action.entry] : [])),
    setting: ours.some(({ action }) => action.kind === 'enforce'),
  };
  const moved = differences(row.before ?? callee.before, live, written);
  if (moved.length > 0) throw new CalleeStopped(`changed since the plan: ${moved.join('; ')}`);
  if (row.before === null) await engine.store.saveWaveCallee(wave.id, callee.id, { before: live });
  return { live };
}

async function seed(
  engine: Engine,
  wave: WaveRow,
  callee: PlannedCallee,
  live: AllowlistState,
  knowledge: Knowledge,
): Promise<AllowlistState> {
  const missing = missingEntries(callee, live);
  if (missing.length === 0) return live;
  const there = new Set(live.entries.map(targetKey));
  const actions = missing.map((entry): ProvenAction => {
    if (there.has(targetKey(entry)))
      throw new CalleeStopped(`${entry.kind} ${entry.path} is listed with other permissions than planned`);
    const decisions = decisionsFor(callee, entry, knowledge, engine.clock.now());
    if (decisions === null) throw new CalleeStopped(`the decision for ${entry.kind} ${entry.path} no longer stands`);
    const { kind, id, path, defaultPermissions, policies } = entry;
    return { kind: 'addEntry', entry: { kind, id, path, defaultPermissions, policies }, decisions };
  });
  const result = await writeToCallee(engine, wave.id, callee, actions);
  if (result.refusals.length > 0) throw new CalleeStopped(result.refusals.join('; '));
  return result.live;
}

/** Promise 1: no proof, no enforcement. What is missing after the write anyway is answered by opening again at once. */
async function enforce(engine: Engine, wave: WaveRow, callee: PlannedCallee, seeded: AllowlistState): Promise<void> {
  const proven = proveSeeded(callee, seeded);
  if ('missing' in proven) throw new CalleeStopped(`approved entries are missing: ${proven.missing.join(', ')}`);
  if (seeded.stored === true) return;
  const { live, refusals } = await writeToCallee(engine, wave.id, callee, [{ kind: 'enforce', proof: proven.proof }]);
  if (refusals.length > 0) throw new CalleeStopped(refusals.join('; '));
  const after = proveSeeded(callee, live);
  if ('missing' in after) {
    await writeToCallee(engine, wave.id, callee, [{ kind: 'reopen' }]);
    throw new CalleeStopped(`opened again: while it was enforced somebody removed ${after.missing.join(', ')}`);
  }
  if (!(live.stored ?? live.effective)) {
    throw new RolloutError(
      'FORGE_UNAVAILABLE',
      `${callee.path}: enforcing did not take effect`,
      'Run tidegate tick again.',
    );
  }
}

async function applySwitch(engine: Engine, wave: WaveRow): Promise<ApplyResult> {
  const open = (await engine.store.projects({ inScope: true })).filter(
    ({ allowlist }) => (allowlist?.stored ?? allowlist?.effective) !== true,
  );
  if (open.length > 0) return { kind: 'stale', moved: open.slice(0, 5).map(({ path }) => `${path} is not enforced`) };
  if ((await engine.forge.instanceEnforced()) === true) return { kind: 'applied', at: engine.clock.now(), failed: 0 };
  const { done, refusal } = await writeInstanceSwitch(engine, wave.id, true);
  if (done) return { kind: 'applied', at: engine.clock.now(), failed: 0 };
  if (refusal !== null) return { kind: 'failed', problems: [refusal] };
  throw new RolloutError('FORGE_UNAVAILABLE', 'the instance switch did not take effect', 'Run tidegate tick again.');
}
