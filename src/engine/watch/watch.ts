import pLimit from 'p-limit';
import { judge, type Judgement } from '../../domain/watch/gate.ts';
import type { Job } from '../../domain/watch/job.ts';
import { SCOPE_BLIND_SPOT } from '../../domain/access/shadow.ts';
import { epochMs, isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import { OVERLAP_MS, planSweep, readActivity, type Activity } from './activity.ts';
import { openedCallees, refreshCallees, whoDecides } from './callees.ts';
import { fenced, type Engine } from '../context.ts';
import { Examiner, type Watched } from './examine.ts';
import { Investigation } from './investigation.ts';
import { edgesInto } from '../planning/knowledge.ts';
import { lookAtJobs, meetStrangers, Patience, type FailedJob } from './look.ts';
import { observe } from './observe.ts';
import { followSetBack } from './set-back.ts';
import type { JudgedSweep, RolloutStore, SweepRow, WaveRow } from '../ports.ts';

/** What a wave is judged as, at that moment. */
export interface SweepResult extends JudgedSweep {
  readonly at: EpochMs;
}

const LISTS_AT_ONCE = 6;

/**
 * Looks at everything that ran since the last look: changed pipelines first, failed jobs only of projects that had any, logs
 * only of failed jobs that nobody has judged. Then judges the wave.
 */
export async function sweepWave(engine: Engine, row: WaveRow, soakUntil: EpochMs): Promise<SweepResult> {
  const { store, clock } = engine;
  // Taken before the first reading: whatever happens while we read belongs to the next sweep.
  const until = clock.now();
  const wave = await followSetBack(engine, row, until);
  const complete = until >= soakUntil;
  const sweeps = await store.sweeps(wave.id);
  const earlier = sweeps.length > 0 ? null : await lastSweepBefore(store, wave);
  let investigation = await Investigation.open(store, until);
  const watched = await watchedCallers(engine, wave);
  const { inScope } = await store.countProjects();
  const size = { callers: watched.callers.size, inScope };
  const plan = planSweep(engine, wave, sweeps, earlier, { until, last: complete, ...size });
  const activity = await readActivity(engine, investigation.projects, wave, watched.callers, plan);
  const unseen = unseenCallers(investigation, activity);
  if (await meetStrangers(engine, investigation, activity.suspects.values())) {
    investigation = await Investigation.open(store, until);
  }
  const from = epochMs(Math.min(plan.lookFrom, plan.whole ? plan.wholeSince : plan.since) - OVERLAP_MS);
  const found = await failedJobsOf(engine, investigation, activity, from);
  const examiner = new Examiner(engine, investigation, watched);
  const looked = await lookAtJobs(engine, examiner, found.failed, () => cannotPass(engine, wave), complete);
  const unread = [...unseen, ...found.unread, ...looked.unread.map(({ line }) => line)];
  if (looked.left > 0) unread.push(`${looked.left} failed jobs were not looked at, as the wave had failed already`);
  await settleOpen(engine, examiner, wave, until);
  // The log moves on when an edge is used; what could not be read of it matters to the verdict alone.
  const hidden =
    plan.whole && (complete || sweeps.length > 0) ? await refreshCallees(engine, wave, plan.wholeSince) : [];
  const sweep = { since: plan.since, until, whole: plan.whole, ...activity.counts };
  return judgeSweep(engine, wave, { ...sweep, unread: complete ? [...unread, ...hidden] : unread }, complete);
}

/** Stores the sweep, judges the wave by it and all before, and stores that with every number. */
async function judgeSweep(
  engine: Engine,
  wave: WaveRow,
  row: Omit<SweepRow, 'id' | 'waveId' | 'judged'>,
  complete: boolean,
): Promise<SweepResult> {
  const { store, playbook } = engine;
  const id = await fenced(engine, () => store.putSweep({ ...row, waveId: wave.id }));
  const { seen, waitsFor } = await observe(engine, wave, complete);
  const judgement = qualified(judge(seen, playbook.gates), playbook.scope);
  const reasons = [
    ...judgement.reasons,
    ...(waitsFor.length === 0 ? [] : [`waits for ${waitsFor.slice(0, 5).join('; ')}`]),
    ...(await openedCallees(store, wave)).slice(0, 5).map(({ path }) => `${path}: ${whoDecides(wave, path)}`),
  ];
  const judged = {
    ...judgement,
    reasons: judgement.verdict === 'inconclusive' ? reasons : judgement.reasons,
    seen,
    waitsFor,
  };
  await fenced(engine, () => store.judgeSweep(id, judged));
  return { at: row.until, ...judged };
}

/** Judges the wave by what is known at this moment: has it failed already? */
export async function cannotPass(engine: Engine, wave: WaveRow): Promise<boolean> {
  const { seen } = await observe(engine, wave, false, false);
  return judge(seen, engine.playbook.gates).verdict === 'failed';
}

/** Promise 7: a pass says what it could not have seen. */
function qualified(judgement: Judgement, { groups, projects }: Engine['playbook']['scope']): Judgement {
  if (judgement.verdict !== 'passed' || groups.length + projects.length === 0) return judgement;
  return { ...judgement, reasons: [...judgement.reasons, `not seen: ${SCOPE_BLIND_SPOT}`] };
}

/** Between two waves nobody looks; the first sweep of a wave begins where the last one of an earlier wave ended. */
async function lastSweepBefore(store: RolloutStore, wave: WaveRow): Promise<EpochMs | null> {
  for (const { id } of (await store.waves()).filter(({ id: other }) => other < wave.id).toReversed()) {
    const last = (await store.sweeps(id)).at(-1);
    if (last) return last.until;
  }
  return null;
}

/** Callers of the wave's callees whose accesses were approved. */
export async function watchedCallers(engine: Engine, wave: WaveRow): Promise<Watched> {
  const callees = (await engine.store.waveCallees(wave.id)).map(({ callee }) => callee);
  const edges = [...(await edgesInto(engine.store, callees, engine.clock.now())).values()].flat();
  return {
    waveId: wave.id,
    startedAt: wave.startedAt ?? engine.clock.now(),
    callers: new Set(edges.flatMap(({ caller, state }) => (state === 'approved' ? [caller] : []))),
  };
}

/** A caller that an inventory has read and that is nowhere now was deleted; one that nobody ever read is unread. */
function unseenCallers({ projects }: Investigation, { unseen }: Activity): string[] {
  return unseen.flatMap((id) => {
    const project = projects.get(id);
    return project?.readAt != null && project.unread === null
      ? []
      : [`${project?.path ?? id}: it is hidden from the token`];
  });
}

async function failedJobsOf(
  engine: Engine,
  { projects }: Investigation,
  { suspects }: Activity,
  since: EpochMs,
): Promise<{ readonly failed: readonly FailedJob[]; readonly unread: readonly string[] }> {
  const limit = pLimit(LISTS_AT_ONCE);
  const patience = new Patience();
  const unread: string[] = [];
  const list = async (project: ProjectId, pipelines: readonly number[]): Promise<readonly FailedJob[]> => {
    engine.signal.throwIfAborted();
    const caller = projects.get(project);
    try {
      const jobs: readonly Job[] = await engine.forge.failedJobs(project, since, pipelines);
      patience.answered();
      if (caller || jobs.length === 0) return jobs.flatMap((job) => (caller ? [{ caller, job }] : []));
      unread.push(`${project}: it is hidden from the token`);
    } catch (error) {
      unread.push(`${caller?.path ?? project}: ${patience.reasonOf(error)}`);
    }
    return [];
  };
  const lists = await Promise.all(
    [...suspects.values()].map(({ project, pipelines }) => limit(() => list(project, pipelines))),
  );
  return { failed: lists.flat(), unread };
}

/** What could not be told is asked again: a later run that passed shows that no list stood in the way. */
async function settleOpen(engine: Engine, { facts }: Examiner, wave: WaveRow, now: EpochMs): Promise<void> {
  const open = await engine.store.failures({ waveId: wave.id, dispositions: ['unclear', 'unread'] });
  for (const { jobId, caller, jobName, finishedAt } of open) {
    const passed = await facts.passedAfter(caller, jobName, finishedAt, now);
    if (!passed) continue;
    const reason = `the same job passed at ${isoTime(passed.finishedAt ?? now)}: nothing keeps it out`;
    const change = { disposition: 'unrelated' as const, reason, confidence: 0.85 };
    await fenced(engine, () => engine.store.settleFailure(jobId, change));
  }
}
