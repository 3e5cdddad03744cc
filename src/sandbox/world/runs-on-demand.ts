import type { Clock } from './clock.ts';
import type { Directory } from './state/directory.ts';
import type { EpochMs, Project } from './entities.ts';
import type { LiveResult, LiveRun } from './traffic/live-run.ts';
import type { RunIds } from './traffic/run-ids.ts';
import type { JobRun, PipelineRun } from './traffic/run-rows.ts';
import type { Runs } from './past/runs.ts';
import { countRuns, lastRun, runTime } from './traffic/timetable.ts';
import { isRunning, type Traffic } from './traffic/traffic.ts';
import type { StoredJob } from './traffic/records.ts';
import type { Refusal } from './state/writes.ts';

interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

/** Runs that somebody asks for, outside every schedule: a job, a whole pipeline, or a job whose work is done elsewhere. */
export interface RunsOnDemand {
  /** Runs a job of the organisation now. */
  runJob(projectPath: string, name: string): { readonly ok: true; readonly job: JobRun } | Refused;
  /** Runs all jobs of a project now, in one pipeline. */
  runPipeline(projectPath: string): { readonly ok: true; readonly pipeline: PipelineRun } | Refused;
  /** Whether the organisation file gives this job a script. */
  hasScript(projectPath: string, name: string): boolean;
  /**
   * Starts a job whose work somebody else does, with its token; its `uses` play no part.
   *
   * @param source - what started its pipeline, default `api`
   */
  beginRun(
    projectPath: string,
    name: string,
    source?: PipelineRun['source'],
  ): { readonly ok: true; readonly run: LiveRun } | Refused;
  /** Scheduled runs of jobs with scripts after the present moment up to another one, in order; at most `limit` of them. */
  scriptsDue(until: EpochMs, limit: number): readonly DueScript[];
  /** Ends a job in progress: from now on it is in the lists. Null for a job that is not in progress. */
  endRun(jobId: number, result: LiveResult): JobRun | null;
}

/** A moment at which a job's script is to run. */
export interface DueScript {
  readonly project: Project;
  readonly name: string;
  readonly at: EpochMs;
  readonly source: PipelineRun['source'];
}

interface Rooms {
  readonly directory: Directory;
  readonly traffic: Traffic;
  readonly jobIds: RunIds;
  readonly pipelineIds: RunIds;
  readonly runs: Runs;
  readonly clock: Clock;
}

/** Runs that somebody asks for, beside those of the timetables. */
export function runsOnDemand({ directory, traffic, jobIds, pipelineIds, runs, clock }: Rooms): RunsOnDemand {
  const jobNamed = (projectPath: string, name: string): StoredJob | Refusal => {
    const found = directory.findProject(projectPath);
    if (found === null) return 'project_not_found';
    return traffic.jobsOf(found.project).find((job) => job.name === name) ?? 'no_such_job';
  };
  return {
    runJob: (projectPath, name) => {
      const job = jobNamed(projectPath, name);
      if (typeof job === 'string') return refused(job);
      const [run] = traffic.runNow([job], clock.now(), jobIds, pipelineIds);
      const detail = run === undefined ? null : runs.jobById(run.jobId, clock.now());
      return detail === null ? refused('no_such_job') : { ok: true, job: detail.run };
    },
    runPipeline: (projectPath) => {
      const found = directory.findProject(projectPath);
      if (found === null) return refused('project_not_found');
      const [run] = traffic.runNow(traffic.jobsOf(found.project), clock.now(), jobIds, pipelineIds);
      const pipeline = run === undefined ? null : runs.pipelineById(run.pipelineId, clock.now());
      return pipeline === null ? refused('no_such_job') : { ok: true, pipeline };
    },
    hasScript: (projectPath, name) => {
      const job = jobNamed(projectPath, name);
      return typeof job !== 'string' && job.script !== null;
    },
    scriptsDue: (until, limit) => scriptsDue(traffic, clock.now(), until, limit),
    beginRun: (projectPath, name, source = 'api') => {
      const job = jobNamed(projectPath, name);
      if (typeof job === 'string') return refused(job);
      const begun = traffic.begin(job, source, clock.now(), jobIds, pipelineIds);
      if (begun === null) return refused('no_such_job');
      const { project, user, script, variables, timeoutMs } = job;
      return {
        ok: true,
        run: { ...begun, project, name, user, at: clock.now(), source, script, variables, timeoutMs },
      };
    },
    endRun: (jobId, result) => {
      const run = traffic.end(jobId, result);
      return run === null ? null : (runs.jobById(jobId, clock.now())?.run ?? null);
    },
  };
}

function scriptsDue(traffic: Traffic, now: EpochMs, until: EpochMs, limit: number): readonly DueScript[] {
  const due = traffic.jobs.flatMap((job): DueScript[] => {
    if (!job.live || !isRunning(job)) return [];
    const first = lastRun(job, now) + 1;
    const count = Math.min(limit, countRuns(job, { after: now, until }));
    const source = job.plan.scheduled ? 'schedule' : 'push';
    return Array.from({ length: count }, (_, index) => ({
      project: job.project,
      name: job.name,
      at: runTime(job, first + index),
      source,
    }));
  });
  return due.sort((left, right) => left.at - right.at).slice(0, limit);
}

function refused(refusal: Refusal): Refused {
  return { ok: false, refusal };
}
