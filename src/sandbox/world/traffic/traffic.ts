import { judgeRequest } from '../access/instance.ts';
import type { Instance } from '../access/instance.ts';
import type { StoredProject } from '../state/records.ts';
import type { RunIds } from './run-ids.ts';
import { failsByItself, sameOutcome } from './segments.ts';
import type { Timetables } from '../build.ts';
import type { ExtraAttempt, ExtraRun, JobOutcome, PipelinePlan, StoredJob } from './records.ts';
import type { EpochMs } from '../entities.ts';
import type { LiveResult } from './live-run.ts';

const ALL_LOGGED: JobOutcome = { deniedAt: -1, denial: null, unlogged: [] };

/**
 * The jobs of all projects and their past. No run is stored: between two changes every run of a job ends alike, so the past is
 * a short list of segments, and all that GitLab would hold as rows is worked out when somebody asks for it.
 */
export class Traffic {
  readonly jobs: readonly StoredJob[];
  readonly plans: readonly PipelinePlan[];
  readonly extraRuns = new Map<number, ExtraRun>();
  readonly extraPipelines = new Map<number, readonly ExtraRun[]>();
  /** Jobs in progress by id. */
  private readonly liveRuns = new Map<number, Pick<ExtraRun, 'job' | 'pipelineId' | 'at' | 'source'>>();
  readonly extraAttempts: ExtraAttempt[] = [];
  private readonly byCaller = new Map<StoredProject, StoredJob[]>();
  private readonly byCallee = new Map<StoredProject, StoredJob[]>();
  private readonly plansByProject = new Map<StoredProject, PipelinePlan[]>();
  private readonly extraByProject = new Map<StoredProject, ExtraRun[]>();
  private readonly attemptsByCallee = new Map<StoredProject, ExtraAttempt[]>();
  private readonly goodOutcomes = new Map<string, JobOutcome>();
  private readonly touched = new Set<StoredJob>();
  private readonly instance: Instance;

  /** Traffic begins at `beginning`, and runs at that very moment happen; the clock will stand at `start`. */
  constructor(
    instance: Instance,
    { plans, jobs }: Timetables,
    { beginning, start }: { readonly beginning: EpochMs; readonly start: EpochMs },
  ) {
    this.instance = instance;
    this.plans = plans;
    this.jobs = jobs;
    for (const plan of plans) append(this.plansByProject, plan.project, plan);
    for (const job of jobs) {
      append(this.byCaller, job.project, job);
      for (const callee of new Set(job.uses.map((use) => use.callee))) append(this.byCallee, callee, job);
      job.segments.push({ after: beginning - 1, outcome: this.foresee(job) });
      if (job.live) job.segments.push({ after: start, outcome: null });
    }
  }

  jobsOf(project: StoredProject): readonly StoredJob[] {
    return this.byCaller.get(project) ?? [];
  }

  /** All projects with jobs, deleted ones included. */
  callers(): Iterable<readonly [StoredProject, readonly StoredJob[]]> {
    return this.byCaller;
  }

  jobsUsing(callee: StoredProject): readonly StoredJob[] {
    return this.byCallee.get(callee) ?? [];
  }

  plansOf(project: StoredProject): readonly PipelinePlan[] {
    return this.plansByProject.get(project) ?? [];
  }

  /** Oldest first. */
  extraRunsOf(project: StoredProject): readonly ExtraRun[] {
    return this.extraByProject.get(project) ?? [];
  }

  attemptsOn(callee: StoredProject): readonly ExtraAttempt[] {
    return this.attemptsByCallee.get(callee) ?? [];
  }

  /** Something changed that later uses of this callee may feel. */
  touchCallee(callee: StoredProject): void {
    for (const job of this.jobsUsing(callee)) this.touched.add(job);
  }

  touchCaller(caller: StoredProject): void {
    for (const job of this.jobsOf(caller)) this.touched.add(job);
  }

  touchAll(): void {
    for (const job of this.jobs) this.touched.add(job);
  }

  /** Lets the changes made up to now act on all later runs; to be called before the clock moves. */
  settle(now: EpochMs): void {
    for (const job of this.touched) {
      if (job.live) continue;
      const outcome = this.foresee(job);
      if (!sameOutcome(job.segments.at(-1)?.outcome ?? null, outcome)) job.segments.push({ after: now, outcome });
    }
    this.touched.clear();
  }

  /** How a run would end in the present state; null: the job does not run. */
  foresee(job: StoredJob): JobOutcome | null {
    if (!isRunning(job)) return null;
    const { project, user, uses } = job;
    let unlogged: number[] | null = null;
    for (let position = 0; position < uses.length; position++) {
      const use = uses[position];
      if (use === undefined) continue;
      const verdict = judgeRequest(this.instance, {
        caller: project,
        user,
        callee: use.callee,
        access: use.access,
        policies: null,
      });
      if (!verdict.allowed) return { deniedAt: position, denial: verdict, unlogged: unlogged ?? [] };
      if (!verdict.logged) (unlogged ??= []).push(position);
    }
    return unlogged === null ? ALL_LOGGED : this.letIn(unlogged);
  }

  /** Jobs that end well share their outcomes: there are hundreds of thousands of jobs and few ways to end well. */
  private letIn(unlogged: readonly number[]): JobOutcome {
    const key = unlogged.join();
    let outcome = this.goodOutcomes.get(key);
    if (outcome === undefined) {
      outcome = { ...ALL_LOGGED, unlogged };
      this.goodOutcomes.set(key, outcome);
    }
    return outcome;
  }

  /** Runs jobs of one project in one pipeline. Empty: none of them runs in the present state. */
  runNow(jobs: readonly StoredJob[], now: EpochMs, jobIds: RunIds, pipelineIds: RunIds): readonly ExtraRun[] {
    const outcomes = jobs.flatMap((job) => {
      const outcome = this.foresee(job);
      return outcome === null ? [] : [{ job, outcome }];
    });
    if (outcomes.length === 0) return [];
    const pipelineId = pipelineIds.extra(now);
    const runs = outcomes.map(({ job, outcome }, position): ExtraRun => {
      const ownFailure = outcome.deniedAt < 0 && failsByItself(job, now);
      const jobId = jobIds.extra(now);
      const source = 'api';
      return { jobId, pipelineId, job, at: now, outcome, ownFailure, source, first: position === 0, live: null };
    });
    this.addExtra(pipelineId, runs);
    return runs;
  }

  /** Starts a job whose work is done elsewhere; null where no job of the project runs. */
  begin(
    job: StoredJob,
    source: ExtraRun['source'],
    now: EpochMs,
    jobIds: RunIds,
    pipelineIds: RunIds,
  ): { readonly id: number; readonly pipelineId: number } | null {
    if (!isRunning(job)) return null;
    const begun = { job, pipelineId: pipelineIds.extra(now), at: now, source };
    const id = jobIds.extra(now);
    this.liveRuns.set(id, begun);
    return { id, pipelineId: begun.pipelineId };
  }

  end(jobId: number, live: LiveResult): ExtraRun | null {
    const begun = this.liveRuns.get(jobId);
    if (begun === undefined) return null;
    this.liveRuns.delete(jobId);
    const ownFailure = live.failureReason !== null;
    const run: ExtraRun = { ...begun, jobId, outcome: ALL_LOGGED, ownFailure, first: true, live };
    this.addExtra(run.pipelineId, [run]);
    return run;
  }

  private addExtra(pipelineId: number, runs: readonly ExtraRun[]): void {
    this.extraPipelines.set(pipelineId, runs);
    for (const run of runs) {
      this.extraRuns.set(run.jobId, run);
      append(this.extraByProject, run.job.project, run);
      // Jobs in progress may end in another order than they began.
      this.extraByProject.get(run.job.project)?.sort((left, right) => left.jobId - right.jobId);
    }
  }

  record(attempt: ExtraAttempt): void {
    this.extraAttempts.push(attempt);
    append(this.attemptsByCallee, attempt.callee, attempt);
  }
}

/** Jobs of archived and deleted projects do not. */
export function isRunning({ project }: StoredJob): boolean {
  return !project.archived && !project.deleted;
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
