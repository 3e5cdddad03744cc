import { judgeRequest } from './instance.ts';
import type { Instance } from './instance.ts';
import type { StoredProject } from './records.ts';
import type { RunIds } from './run-ids.ts';
import { failsByItself, sameOutcome } from './segments.ts';
import type { ExtraAttempt, ExtraRun, JobOutcome, PipelinePlan, StoredJob } from './traffic-records.ts';
import type { EpochMs } from './world.ts';

const ALL_LOGGED: JobOutcome = { deniedAt: -1, denial: null, unlogged: [] };

/**
 * The jobs of all projects and their past. No run is stored: between two changes every run of a job ends alike, so the past is
 * a short list of segments, and all that GitLab would hold as rows is worked out when somebody asks for it.
 */
export class Traffic {
  readonly jobs: readonly StoredJob[];
  readonly plans: readonly PipelinePlan[];
  readonly extraRuns = new Map<number, ExtraRun>();
  readonly extraPipelines = new Map<number, ExtraRun>();
  readonly extraAttempts: ExtraAttempt[] = [];
  private readonly byCaller = new Map<StoredProject, StoredJob[]>();
  private readonly byCallee = new Map<StoredProject, StoredJob[]>();
  private readonly plansByProject = new Map<StoredProject, PipelinePlan[]>();
  private readonly extraByProject = new Map<StoredProject, ExtraRun[]>();
  private readonly attemptsByCallee = new Map<StoredProject, ExtraAttempt[]>();
  private readonly goodOutcomes = new Map<string, JobOutcome>();
  private readonly touched = new Set<StoredJob>();
  private readonly instance: Instance;

  /** @param beginning - first moment of traffic; runs at that very moment happen */
  constructor(instance: Instance, plans: readonly PipelinePlan[], jobs: readonly StoredJob[], beginning: EpochMs) {
    this.instance = instance;
    this.plans = plans;
    this.jobs = jobs;
    for (const plan of plans) append(this.plansByProject, plan.project, plan);
    for (const job of jobs) {
      append(this.byCaller, job.project, job);
      for (const callee of new Set(job.uses.map((use) => use.callee))) append(this.byCallee, callee, job);
      job.segments.push({ after: beginning - 1, outcome: this.foresee(job) });
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
      const outcome = this.foresee(job);
      if (!sameOutcome(job.segments.at(-1)?.outcome ?? null, outcome)) job.segments.push({ after: now, outcome });
    }
    this.touched.clear();
  }

  /** How a run would end in the present state; null: the job does not run. */
  foresee({ project, user, uses }: StoredJob): JobOutcome | null {
    if (project.archived || project.deleted) return null;
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

  runNow(job: StoredJob, now: EpochMs, jobIds: RunIds, pipelineIds: RunIds): ExtraRun | null {
    const outcome = this.foresee(job);
    if (outcome === null) return null;
    const ownFailure = outcome.deniedAt < 0 && failsByItself(job, now);
    const run: ExtraRun = {
      jobId: jobIds.extra(now),
      pipelineId: pipelineIds.extra(now),
      job,
      at: now,
      outcome,
      ownFailure,
    };
    this.extraRuns.set(run.jobId, run);
    this.extraPipelines.set(run.pipelineId, run);
    append(this.extraByProject, job.project, run);
    return run;
  }

  record(attempt: ExtraAttempt): void {
    this.extraAttempts.push(attempt);
    append(this.attemptsByCallee, attempt.callee, attempt);
  }
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
