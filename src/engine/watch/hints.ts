import pLimit from 'p-limit';
import { judge } from '../../domain/watch/gate.ts';
import { isUnreadable } from '../../domain/errors.ts';
import type { Job } from '../../domain/watch/job.ts';
import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { rolloutState, waveState } from '../drive/decide.ts';
import { Examiner } from './examine.ts';
import { Investigation } from './investigation.ts';
import { lookAtJobs, meetStrangers, type FailedJob } from './look.ts';
import { observe } from './observe.ts';
import type { JobHint, JudgedSweep, WaveRow } from '../ports.ts';
import { watchedCallers, type SweepResult } from './watch.ts';

/** Jobs looked at in one go; the rest waits for the next look. */
const LOT = 500;
/** A hint may arrive before GitLab shows the job's end; after so many looks the sweep is left to find it. */
const MAX_LOOKS = 5;
const READS_AT_ONCE = 6;

/** A soaking wave that cannot pass any more, by what was just seen. */
export interface BrokenWave {
  readonly wave: WaveRow;
  readonly result: SweepResult;
}

/**
 * Looks at the jobs that GitLab told of: each is read through the API, as nothing a hint says is believed, and judged as a
 * sweep would judge it.
 *
 * @returns the soaking wave where it has failed by this; null otherwise, or when nobody told of anything
 */
export async function lookAtHints(engine: Engine): Promise<BrokenWave | null> {
  const hints = await engine.store.hints(LOT);
  if (hints.length === 0) return null;
  const now = engine.clock.now();
  let investigation = await Investigation.open(engine.store, now);
  const strangers = hints.map(({ project }) => ({ project, path: null }));
  if (await meetStrangers(engine, investigation, strangers))
    investigation = await Investigation.open(engine.store, now);
  const wave = await soakingWave(engine);
  const watched = wave && (await watchedCallers(engine, wave));
  const { failed, over, early } = await readHinted(engine, investigation, hints);
  const isOver = async (): Promise<boolean> => wave !== null && (await brokenBy(engine, wave, now)) !== null;
  const { unread } = await lookAtJobs(engine, new Examiner(engine, investigation, watched), failed, isOver);
  const again = new Set([...early, ...unread.map(({ jobId }) => jobId)]);
  await fenced(engine, async () => {
    const known = await engine.store.knownFailures(hints.map(({ jobId }) => jobId));
    const tired = hints.filter(({ jobId, attempts }) => again.has(jobId) && attempts + 1 >= MAX_LOOKS);
    await engine.store.dropHints([...over, ...known, ...tired.map(({ jobId }) => jobId)]);
    for (const jobId of again) await engine.store.postponeHint(jobId);
  });
  const result = wave && (await brokenBy(engine, wave, now));
  return wave && result ? { wave, result: await keepJudgement(engine, wave, result) } : null;
}

async function soakingWave({ store }: Engine): Promise<WaveRow | null> {
  const { waveId } = rolloutState((await store.rollout()).checkpoint).context;
  const wave = (await store.waves()).find(({ id }) => id === waveId);
  return wave && waveState(wave.checkpoint).phase === 'soaking' ? wave : null;
}

interface Hinted {
  readonly failed: readonly FailedJob[];
  /** Not failed, or not there: nothing to look at. */
  readonly over: readonly number[];
  readonly early: readonly number[];
}

async function readHinted(engine: Engine, { projects }: Investigation, hints: readonly JobHint[]): Promise<Hinted> {
  const limit = pLimit(READS_AT_ONCE);
  const failed: FailedJob[] = [];
  const over: number[] = [];
  const early: number[] = [];
  const read = async ({ project, jobId }: JobHint): Promise<void> => {
    const caller = projects.get(project);
    const job = caller ? await jobOrNull(engine, project, jobId) : null;
    if (!caller || !job || ENDED_WELL.has(job.status)) over.push(jobId);
    else if (job.status === 'failed') failed.push({ caller, job });
    else early.push(jobId);
  };
  await Promise.all(hints.map((hint) => limit(() => read(hint))));
  return { failed, over, early };
}

const ENDED_WELL: ReadonlySet<Job['status']> = new Set<Job['status']>(['success', 'canceled']);

async function jobOrNull({ forge }: Engine, project: JobHint['project'], id: number): Promise<Job | null> {
  try {
    return await forge.job(project, id);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}

/** What the wave is judged as in the middle of its soak; null while it may still pass. */
async function brokenBy(engine: Engine, wave: WaveRow, at: EpochMs): Promise<SweepResult | null> {
  const { seen } = await observe(engine, wave, false, false);
  const judgement = judge(seen, engine.playbook.gates);
  return judgement.verdict === 'failed' ? { at, ...judgement, seen, waitsFor: [] } : null;
}

/** Beside the latest sweep, so that the numbers of a verdict are always in one place. A wave without any gets an empty one. */
async function keepJudgement(engine: Engine, wave: WaveRow, { at, ...broken }: SweepResult): Promise<SweepResult> {
  const { store } = engine;
  const { seen } = await observe(engine, wave, false);
  const judged: JudgedSweep = { ...broken, seen };
  const began = wave.startedAt ?? at;
  await fenced(engine, async () => {
    const last = (await store.sweeps(wave.id)).at(-1);
    const nothing = { since: began, until: began, projects: 0, callerJobs: 0, allJobs: 0, unread: [], whole: false };
    await store.judgeSweep(last?.id ?? (await store.putSweep({ waveId: wave.id, ...nothing })), judged);
  });
  return { at, ...judged };
}
