import { authLogOf } from './auth-log.ts';
import type { Clock } from '../clock.ts';
import type { Directory } from '../state/directory.ts';
import type { EpochMs } from '../entities.ts';
import { instanceJobs } from './instance-jobs.ts';
import type {
  AuthLogRow,
  JobQuery,
  JobRun,
  PipelineQuery,
  PipelineRun,
  PipelineSchedule,
  TruthEdge,
} from '../traffic/run-rows.ts';
import type { Runs } from './runs.ts';
import { schedulesOf } from './schedules.ts';
import { traceOf } from '../traces/traces.ts';
import type { Traffic } from '../traffic/traffic.ts';
import { truthOf } from './truth.ts';

/** What has happened up to now: jobs, pipelines, logs, and who reached whom. */
export interface Past {
  /** Rows of the callee's authentication log, by caller id; a row shows 5 minutes after the access. */
  authLog(projectId: number): readonly AuthLogRow[];
  /** Newest first, made while they are read: take only what is needed. */
  jobs(projectId: number, query?: JobQuery): Iterable<JobRun>;
  /** The same for all projects together. */
  instanceJobs(query?: JobQuery): Iterable<JobRun>;
  jobById(jobId: number): JobRun | null;
  pipelines(projectId: number, query?: PipelineQuery): Iterable<PipelineRun>;
  pipelineById(pipelineId: number): PipelineRun | null;
  schedules(projectId: number): readonly PipelineSchedule[];
  /** The job's log in chunks, or null for an unknown job. */
  trace(jobId: number): Iterable<string> | null;
  /** What a finished job left behind by path; null where the job or its artifacts are not there. */
  artifacts(jobId: number): Readonly<Record<string, string>> | null;
  truth(): Iterable<TruthEdge>;
}

interface Rooms {
  readonly directory: Directory;
  readonly traffic: Traffic;
  readonly runs: Runs;
  readonly beginning: EpochMs;
  readonly clock: Clock;
  /** Address that traces show. */
  readonly externalUrl: () => string;
}

/** What can be read of everything up to the simulated present; rows are made while they are read. */
export function pastOf(rooms: Rooms): Past {
  const { directory, traffic, runs, clock, externalUrl } = rooms;
  const authLog = logReader(rooms);
  return {
    authLog,
    jobs: (projectId, query = {}) => {
      const project = directory.project(projectId);
      return project === null ? [] : runs.jobs(project, clock.now(), query);
    },
    instanceJobs: (query = {}) => instanceJobs(rooms, clock.now(), query),
    jobById: (jobId) => runs.jobById(jobId, clock.now())?.run ?? null,
    pipelines: (projectId, query = {}) => {
      const project = directory.project(projectId);
      return project === null ? [] : runs.pipelines(project, clock.now(), query);
    },
    pipelineById: (pipelineId) => runs.pipelineById(pipelineId, clock.now()),
    schedules: (projectId) => {
      const project = directory.project(projectId);
      return project === null ? [] : schedulesOf(rooms, project, clock.now());
    },
    trace: (jobId) => {
      const run = runs.jobById(jobId, clock.now());
      if (run === null) return null;
      return run.live === null ? traceOf(run, externalUrl()) : [run.live.trace];
    },
    artifacts: (jobId) => {
      const found = runs.jobById(jobId, clock.now());
      return found?.run.status === 'success' ? found.job.artifacts : null;
    },
    truth: () => truthOf(traffic, clock.now()),
  };
}

/**
 * Keeps the logs read at this moment: pages of one log are asked for one by one, and what happens now shows five minutes
 * later, so only the clock and a deletion change a log.
 */
function logReader({ directory, traffic, clock }: Rooms): Past['authLog'] {
  const held = new Map<number, readonly AuthLogRow[]>();
  let readAt: EpochMs | null = null;
  let projects = 0;
  return (projectId) => {
    const project = directory.project(projectId);
    if (project === null) return [];
    if (readAt !== clock.now() || projects !== directory.projects().length) held.clear();
    readAt = clock.now();
    projects = directory.projects().length;
    let rows = held.get(projectId);
    if (rows === undefined) {
      rows = authLogOf(traffic, project, clock.now());
      held.set(projectId, rows);
    }
    return rows;
  };
}
