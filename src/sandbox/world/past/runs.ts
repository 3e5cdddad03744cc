import { isJobImage } from '../traces/image.ts';
import type { StoredProject } from '../state/records.ts';
import type { RunIds } from '../traffic/run-ids.ts';
import { failedRunTimes, failsByItself, outcomeAt, runFails, runTimes } from '../traffic/segments.ts';
import { countRuns, isRunTime } from '../traffic/timetable.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { DetailedRun, ExtraRun, JobOutcome, PipelinePlan, StoredJob } from '../traffic/records.ts';
import type { EpochMs } from '../entities.ts';
import type { FailureReason, JobQuery, JobRun, PipelineQuery, PipelineRun } from '../traffic/run-rows.ts';

/** Jobs and pipelines as GitLab would list them, worked out from the traffic's segments. */
export class Runs {
  private readonly traffic: Traffic;
  private readonly jobIds: RunIds;
  private readonly pipelineIds: RunIds;
  private readonly beginning: EpochMs;

  constructor(traffic: Traffic, jobIds: RunIds, pipelineIds: RunIds, beginning: EpochMs) {
    this.traffic = traffic;
    this.jobIds = jobIds;
    this.pipelineIds = pipelineIds;
    this.beginning = beginning;
  }

  *jobs(project: StoredProject, now: EpochMs, query: JobQuery): Generator<JobRun> {
    const until = query.belowId === undefined ? now : Math.min(now, this.jobIds.read(query.belowId).at);
    const sources = this.traffic.jobsOf(project).map((job) => this.scheduledJobs(job, until, query.status));
    const extra = newestFirst(this.traffic.extraRunsOf(project), (run) => this.extraJob(run).run);
    for (const run of merge([...sources, extra])) {
      if (query.belowId !== undefined && run.id >= query.belowId) continue;
      if (query.pipelineId !== undefined && run.pipelineId < query.pipelineId) return;
      if (query.status !== undefined && run.status !== query.status) continue;
      if (query.pipelineId === undefined || run.pipelineId === query.pipelineId) yield run;
    }
  }

  private *scheduledJobs(job: StoredJob, until: EpochMs, status: JobQuery['status']): Generator<JobRun> {
    const times = status === 'failed' ? failedRunTimes(job, until) : runTimes(job, until);
    for (const at of times) {
      const found = this.scheduledJob(job, at);
      if (found !== null) yield found.run;
    }
  }

  /** Any run by its id; null where there was none, or its project is gone. */
  jobById(id: number, now: EpochMs): DetailedRun | null {
    const extra = this.traffic.extraRuns.get(id);
    if (extra !== undefined) return extra.job.project.deleted ? null : this.extraJob(extra);
    const { slot, at } = this.jobIds.read(id);
    const job = this.traffic.jobs[slot];
    if (job === undefined || at > now || job.project.deleted || !isRunTime(job, at)) return null;
    return this.scheduledJob(job, at);
  }

  private scheduledJob(job: StoredJob, at: EpochMs): DetailedRun | null {
    const outcome = outcomeAt(job.segments, at);
    if (outcome === null) return null;
    const id = this.jobIds.scheduled(job.slot, at);
    const pipelineId = this.pipelineIds.scheduled(job.plan.slot, at);
    const run = toJobRun(job, { id, pipelineId, at }, outcome, failsByItself(job, at));
    return { job, outcome, live: null, run };
  }

  private extraJob({ job, jobId, pipelineId, at, outcome, ownFailure, live }: ExtraRun): DetailedRun {
    const run = toJobRun(job, { id: jobId, pipelineId, at }, outcome, ownFailure);
    return { job, outcome, live, run: live === null ? run : { ...run, failureReason: live.failureReason } };
  }

  *pipelines(project: StoredProject, now: EpochMs, query: PipelineQuery): Generator<PipelineRun> {
    let until = query.before === undefined ? now : Math.min(now, query.before - 1);
    if (query.belowId !== undefined) until = Math.min(until, this.pipelineIds.read(query.belowId).at);
    const sources = this.traffic.plansOf(project).map((plan) => this.scheduledPipelines(plan, until));
    const firsts = this.traffic.extraRunsOf(project).filter(({ first }) => first);
    const extra = newestFirst(firsts, ({ pipelineId }) => this.extraPipeline(pipelineId));
    for (const run of merge([...sources, extra])) {
      if (query.after !== undefined && run.at <= query.after) return;
      if (run.at > until || (query.belowId !== undefined && run.id >= query.belowId)) continue;
      if (query.status === undefined || run.status === query.status) yield run;
    }
  }

  private *scheduledPipelines(plan: PipelinePlan, until: EpochMs): Generator<PipelineRun> {
    const [first] = plan.jobs;
    // All jobs of a plan stand still together, so one of them tells when the pipeline ran.
    if (first === undefined) return;
    for (const at of runTimes(first, until)) yield this.scheduledPipeline(plan, at);
  }

  pipelineById(id: number, now: EpochMs): PipelineRun | null {
    const [extra] = this.traffic.extraPipelines.get(id) ?? [];
    if (extra !== undefined) return extra.job.project.deleted ? null : this.extraPipeline(id);
    const { slot, at } = this.pipelineIds.read(id);
    const plan = this.traffic.plans[slot];
    if (plan === undefined || at > now || plan.project.deleted || !isRunTime(plan, at)) return null;
    return outcomeAt(plan.jobs[0]?.segments ?? [], at) === null ? null : this.scheduledPipeline(plan, at);
  }

  private scheduledPipeline(plan: PipelinePlan, at: EpochMs): PipelineRun {
    const failed = plan.jobs.filter((job) => {
      const outcome = outcomeAt(job.segments, at);
      return outcome !== null && runFails(job, outcome, at);
    });
    const id = this.pipelineIds.scheduled(plan.slot, at);
    const source = plan.scheduled ? 'schedule' : 'push';
    return this.toPipelineRun(plan, { id, at, source }, plan.jobs.length, failed);
  }

  private extraPipeline(id: number): PipelineRun {
    const runs = this.traffic.extraPipelines.get(id) ?? [];
    const [first] = runs;
    if (first === undefined) throw new RangeError(`no pipeline ${String(id)}`);
    const failed = runs.filter(({ outcome, ownFailure }) => outcome.deniedAt >= 0 || ownFailure).map(({ job }) => job);
    return this.toPipelineRun(first.job.plan, { id, at: first.at, source: first.source }, runs.length, failed);
  }

  private toPipelineRun(
    { project, user }: PipelinePlan,
    facts: Pick<PipelineRun, 'id' | 'at' | 'source'>,
    totalJobs: number,
    failed: readonly StoredJob[],
  ): PipelineRun {
    const fatal = failed.some(({ allowFailure }) => !allowFailure);
    return {
      ...facts,
      iid: this.pipelineNumber(project, facts),
      project,
      user,
      status: fatal ? 'failed' : 'success',
      totalJobs,
      failedJobs: failed.length,
      warnings: !fatal && failed.length > 0,
    };
  }

  /** Pipelines of the project up to and including this one. */
  private pipelineNumber(project: StoredProject, { id, at }: Pick<PipelineRun, 'id' | 'at'>): number {
    let count = this.traffic.extraRunsOf(project).filter((run) => run.first && run.pipelineId <= id).length;
    for (const plan of this.traffic.plansOf(project)) {
      const includesThisMoment = !isRunTime(plan, at) || this.pipelineIds.scheduled(plan.slot, at) <= id;
      count += countRuns(plan, { after: this.beginning - 1, until: includesThisMoment ? at : at - 1 });
    }
    return count;
  }

  lastPipelineId(plan: PipelinePlan, now: EpochMs): number | null {
    for (const { id } of this.scheduledPipelines(plan, now)) return id;
    return null;
  }
}

function toJobRun(
  job: StoredJob,
  facts: Pick<JobRun, 'id' | 'pipelineId' | 'at'>,
  { deniedAt }: JobOutcome,
  ownFailure: boolean,
): JobRun {
  const { project, name, user, allowFailure } = job;
  const failed = deniedAt >= 0 || ownFailure;
  // A job whose own image is refused never starts its script.
  const reason: FailureReason = isJobImage(job, deniedAt) ? 'runner_system_failure' : 'script_failure';
  return {
    ...facts,
    project,
    name,
    user,
    allowFailure,
    status: failed ? 'failed' : 'success',
    failureReason: failed ? reason : null,
  };
}

function* newestFirst<Run>(runs: readonly ExtraRun[], view: (run: ExtraRun) => Run): Generator<Run> {
  for (let index = runs.length - 1; index >= 0; index--) {
    const run = runs[index];
    if (run !== undefined) yield view(run);
  }
}

/** Merges lists that fall by id into one that does. */
function* merge<Run extends { readonly id: number }>(sources: readonly Generator<Run>[]): Generator<Run> {
  const heads = sources.flatMap((source) => {
    const head = source.next();
    return head.done === true ? [] : [{ source, run: head.value }];
  });
  while (heads.length > 0) {
    const newest = heads.reduce((best, head) => (head.run.id > best.run.id ? head : best));
    yield newest.run;
    const next = newest.source.next();
    if (next.done === true) heads.splice(heads.indexOf(newest), 1);
    else newest.run = next.value;
  }
}
