import type { Directory } from './directory.ts';
import type { RunIds } from './run-ids.ts';
import type { Runs } from './runs.ts';
import type { Traffic } from './traffic.ts';
import type { StoredJob } from './traffic-records.ts';
import type { EpochMs, JobRun, LiveResult, World } from './world.ts';

interface Rooms {
  readonly directory: Directory;
  readonly traffic: Traffic;
  readonly jobIds: RunIds;
  readonly pipelineIds: RunIds;
  readonly runs: Runs;
}

/** Runs that somebody asks for, outside every schedule: a job, a whole pipeline, or a job whose work is done elsewhere. */
export class RunsByHand {
  private readonly rooms: Rooms;

  constructor(rooms: Rooms) {
    this.rooms = rooms;
  }

  private jobNamed(projectPath: string, name: string): StoredJob | 'project_not_found' | 'no_such_job' {
    const found = this.rooms.directory.findProject(projectPath);
    if (found === null) return 'project_not_found';
    return this.rooms.traffic.jobsOf(found.project).find((job) => job.name === name) ?? 'no_such_job';
  }

  runJob(projectPath: string, name: string, now: EpochMs): ReturnType<World['runJob']> {
    const { traffic, jobIds, pipelineIds, runs } = this.rooms;
    const job = this.jobNamed(projectPath, name);
    if (typeof job === 'string') return { ok: false, refusal: job };
    const [run] = traffic.runNow([job], now, jobIds, pipelineIds);
    const detail = run === undefined ? null : runs.jobById(run.jobId, now);
    return detail === null ? { ok: false, refusal: 'no_such_job' } : { ok: true, job: detail.run };
  }

  runPipeline(projectPath: string, now: EpochMs): ReturnType<World['runPipeline']> {
    const { directory, traffic, jobIds, pipelineIds, runs } = this.rooms;
    const found = directory.findProject(projectPath);
    if (found === null) return { ok: false, refusal: 'project_not_found' };
    const [run] = traffic.runNow(traffic.jobsOf(found.project), now, jobIds, pipelineIds);
    const pipeline = run === undefined ? null : runs.pipelineById(run.pipelineId, now);
    return pipeline === null ? { ok: false, refusal: 'no_such_job' } : { ok: true, pipeline };
  }

  hasScript(projectPath: string, name: string): boolean {
    const job = this.jobNamed(projectPath, name);
    return typeof job !== 'string' && job.script !== null;
  }

  begin(projectPath: string, name: string, now: EpochMs): ReturnType<World['beginRun']> {
    const { traffic, jobIds, pipelineIds } = this.rooms;
    const job = this.jobNamed(projectPath, name);
    if (typeof job === 'string') return { ok: false, refusal: job };
    const begun = traffic.begin(job, now, jobIds, pipelineIds);
    if (begun === null) return { ok: false, refusal: 'no_such_job' };
    const { project, user, script, timeoutMs } = job;
    return { ok: true, run: { ...begun, project, name, user, at: now, script, timeoutMs } };
  }

  end(jobId: number, result: LiveResult, now: EpochMs): JobRun | null {
    const run = this.rooms.traffic.end(jobId, result);
    return run === null ? null : (this.rooms.runs.jobById(jobId, now)?.run ?? null);
  }
}
