import { RolloutError } from '../../domain/errors.ts';
import type { PlannedCallee } from '../../domain/plan/plan.ts';
import { differences, missingEntries, proveSeeded, type SeededProof } from '../../domain/plan/reconcile.ts';
import { targetKey, type AllowlistState } from '../../domain/project.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import { epochMs, type EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { knowledgeOfCallee } from '../planning/knowledge.ts';
import type { WaveCallee, WaveRow } from '../ports.ts';
import { decisionsFor } from './decided.ts';
import { CalleeStopped, problemOf, type Application } from './application.ts';
import { takeUpLate } from './late.ts';
import { tighten } from './tighten.ts';
import { writeToCallee, type Again, type ProvenAction } from './writes.ts';

/** GitLab tells times of jobs in whole seconds; rounding down keeps a job that was denied in the same second. */
const wholeSecond = (moment: EpochMs): EpochMs => epochMs(Math.floor(moment / 1_000) * 1_000);

/** @returns what stopped this callee; null when it is as planned */
export async function applyCallee(
  application: Application,
  callee: PlannedCallee,
  row: WaveCallee,
): Promise<string | null> {
  const { engine, wave } = application;
  const save = (change: Partial<WaveCallee>) =>
    fenced(engine, () => engine.store.saveWaveCallee(wave.id, callee.id, change));
  try {
    const { live, ours } = await takeSnapshot(application, callee, row);
    const known = { ...application, written: () => ours };
    const seeded = await seed(known, callee, live);
    await save({ step: 'seeded' });
    const enforcedAt = callee.enforce ? await enforce(known, callee, seeded) : await tighten(known, callee, seeded);
    await save({ step: 'enforced', enforcedAt: wholeSecond(enforcedAt), problem: null });
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    await fenced(engine, async () => {
      const at = engine.clock.now();
      await engine.store.saveWaveCallee(wave.id, callee.id, { step: 'failed', problem });
      await engine.store.putFinding({ at, kind: 'callee-failed', subject: callee.path, text: problem });
    });
    return problem;
  }
}

/**
 * Reads the live state, holds it against plan and earlier reading, and keeps it as what a rollback restores.
 *
 * @returns that state, and what was written for the callee so far
 */
async function takeSnapshot(
  { engine, wave, written }: Application,
  callee: PlannedCallee,
  row: WaveCallee,
): Promise<{ readonly live: AllowlistState; readonly ours: readonly WriteIntent[] }> {
  const live = await engine.forge.allowlist(callee);
  const ours = await takeUpLate(engine, wave.id, callee, written(callee.id), live);
  const there = ours.filter(({ outcome }) => outcome === 'done' || outcome === 'already');
  const expected = {
    entries: there.flatMap(({ action }) => ('entry' in action ? [action.entry] : [])),
    setting: there.some(({ action }) => action.kind === 'enforce'),
  };
  const moved = differences(row.before ?? callee.before, live, expected);
  if (moved.length > 0) {
    const proven = proveSeeded(callee, live);
    // Enforced by a run that died before it read back.
    if ('missing' in proven && expected.setting && live.effective)
      return openAgain(engine, wave, callee, proven.missing);
    throw new CalleeStopped(`changed since the plan: ${moved.join('; ')}`);
  }
  if (row.before === null) {
    await fenced(engine, () => engine.store.saveWaveCallee(wave.id, callee.id, { before: live }));
  }
  return { live, ours };
}

/** Adds the planned entries that are missing. Their decisions are looked up now: a wave can be under way for hours. */
async function seed(
  { engine, wave }: Application,
  callee: PlannedCallee,
  live: AllowlistState,
): Promise<AllowlistState> {
  const missing = missingEntries(callee, live);
  if (missing.length === 0) return live;
  const there = new Set(live.entries.map(targetKey));
  const knowledge = await knowledgeOfCallee(engine.store, callee.id, engine.clock.now());
  const actions = missing.map((entry): ProvenAction => {
    if (there.has(targetKey(entry)))
      throw new CalleeStopped(`${entry.kind} ${entry.path} is listed with other permissions than planned`);
    const decisions = decisionsFor(callee, entry, knowledge, engine.clock.now());
    if (decisions === null) throw new CalleeStopped(`the decision for ${entry.kind} ${entry.path} no longer stands`);
    const { kind, id, path, defaultPermissions, policies } = entry;
    return { kind: 'addEntry', entry: { kind, id, path, defaultPermissions, policies }, decisions };
  });
  const result = await writeToCallee(engine, wave.id, callee, actions, 'apply');
  if (result.refusals.length > 0) throw new CalleeStopped(result.refusals.join('; '));
  return result.live;
}

/**
 * Promise 1: no proof, no enforcement. What is missing after the write anyway is answered by opening again at once.
 *
 * @returns the moment from which the list may have refused somebody: that of the intent, also where a crash lies between
 */
async function enforce(
  { engine, wave, written }: Application,
  callee: PlannedCallee,
  seeded: AllowlistState,
): Promise<EpochMs> {
  const proven = proveSeeded(callee, seeded);
  if ('missing' in proven) {
    if (seeded.effective && written(callee.id).some(({ action }) => action.kind === 'enforce')) {
      return openAgain(engine, wave, callee, proven.missing);
    }
    return notSeeded(proven.missing);
  }
  if (seeded.stored === true) {
    const intent = written(callee.id).find(({ action, outcome }) => action.kind === 'enforce' && outcome !== 'absent');
    return intent?.createdAt ?? engine.clock.now();
  }
  const enforcing = (proof: SeededProof) => [{ kind: 'enforce', proof } as const];
  const again: Again = (_, now) => {
    const anew = proveSeeded(callee, now);
    return 'proof' in anew ? enforcing(anew.proof) : [];
  };
  const { live, refusals, at } = await writeToCallee(engine, wave.id, callee, enforcing(proven.proof), 'apply', again);
  if (refusals.length > 0) throw new CalleeStopped(refusals.join('; '));
  const after = proveSeeded(callee, live);
  const on = live.stored ?? live.effective;
  if ('missing' in after) return on ? openAgain(engine, wave, callee, after.missing) : notSeeded(after.missing);
  if (on) return at;
  throw new RolloutError(
    'FORGE_UNAVAILABLE',
    `${callee.path}: enforcing did not take effect`,
    'Run tidegate tick again.',
  );
}

function notSeeded(missing: readonly string[]): never {
  throw new CalleeStopped(`approved entries are missing: ${missing.join(', ')}`);
}

async function openAgain(
  engine: Engine,
  wave: WaveRow,
  callee: PlannedCallee,
  missing: readonly string[],
): Promise<never> {
  await engine.forge.finishing(() => writeToCallee(engine, wave.id, callee, [{ kind: 'reopen' }], 'safety'));
  throw new CalleeStopped(`opened again: while it was enforced somebody removed ${missing.join(', ')}`);
}
