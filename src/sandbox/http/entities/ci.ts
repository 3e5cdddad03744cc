import { createHash } from 'node:crypto';
import type { JobRun, Member, PipelineRun, PipelineSchedule, Project, World } from '../../world/world.ts';
import { projectUrl, time, userBasic } from './basics.ts';

const INSTANCE_RUNNER = {
  id: 1,
  description: 'shared runner',
  ip_address: null,
  active: true,
  paused: false,
  is_shared: true,
  runner_type: 'instance_type',
  name: 'gitlab-runner',
  online: true,
  status: 'online',
} as const;

/** A commit id that stays the same for a pipeline and differs between pipelines. */
export function shaOf(pipelineId: number): string {
  return createHash('sha1').update(`pipeline ${pipelineId}`).digest('hex');
}

/** The address of a job's page. */
export function jobUrl(world: World, job: JobRun): string {
  return `${projectUrl(world, job.project)}/-/jobs/${job.id}`;
}

/** The address of a pipeline's page. */
export function pipelineUrl(world: World, project: Project, pipelineId: number): string {
  return `${projectUrl(world, project)}/-/pipelines/${pipelineId}`;
}

function commitOf(world: World, job: JobRun): Record<string, unknown> {
  const id = shaOf(job.pipelineId);
  return {
    id,
    short_id: id.slice(0, 8),
    created_at: time(job.at),
    parent_ids: [],
    title: 'Update',
    message: 'Update',
    author_name: job.user.username,
    author_email: `${job.user.username}@example.com`,
    authored_date: time(job.at),
    committer_name: job.user.username,
    committer_email: `${job.user.username}@example.com`,
    committed_date: time(job.at),
    web_url: `${projectUrl(world, job.project)}/-/commit/${id}`,
  };
}

/** `Ci::Job` */
export function jobEntity(world: World, job: JobRun): Record<string, unknown> {
  const pipeline = world.pipelineById(job.pipelineId);
  return {
    id: job.id,
    status: job.status,
    stage: 'test',
    name: job.name,
    ref: job.project.defaultBranch,
    tag: false,
    coverage: null,
    allow_failure: job.allowFailure,
    created_at: time(job.at),
    started_at: time(job.at),
    finished_at: time(job.at),
    erased_at: null,
    duration: 0,
    queued_duration: 0,
    user: userBasic(world, job.user),
    commit: commitOf(world, job),
    pipeline: {
      id: job.pipelineId,
      iid: pipeline?.iid ?? null,
      project_id: job.project.id,
      sha: shaOf(job.pipelineId),
      ref: job.project.defaultBranch,
      status: pipeline?.status ?? job.status,
      source: pipeline?.source ?? 'push',
      created_at: time(job.at),
      updated_at: time(job.at),
      web_url: pipelineUrl(world, job.project, job.pipelineId),
    },
    ...(job.failureReason === null ? {} : { failure_reason: job.failureReason }),
    web_url: jobUrl(world, job),
    project: { ci_job_token_scope_enabled: false },
    source: pipeline?.source ?? 'push',
    artifacts: [],
    runner: INSTANCE_RUNNER,
    runner_manager: null,
    artifacts_expire_at: null,
    archived: false,
    tag_list: [],
  };
}

/** `Ci::PipelineBasic` */
export function pipelineBasic(world: World, pipeline: PipelineRun): Record<string, unknown> {
  return {
    id: pipeline.id,
    iid: pipeline.iid,
    project_id: pipeline.project.id,
    sha: shaOf(pipeline.id),
    ref: pipeline.project.defaultBranch,
    status: pipeline.status,
    source: pipeline.source,
    created_at: time(pipeline.at),
    updated_at: time(pipeline.at),
    web_url: pipelineUrl(world, pipeline.project, pipeline.id),
    name: null,
  };
}

/** `Ci::Pipeline` */
export function pipelineDetails(world: World, pipeline: PipelineRun): Record<string, unknown> {
  const label = pipeline.status === 'success' ? (pipeline.warnings ? 'passed with warnings' : 'passed') : 'failed';
  return {
    ...pipelineBasic(world, pipeline),
    before_sha: '0'.repeat(40),
    tag: false,
    yaml_errors: null,
    user: userBasic(world, pipeline.user),
    started_at: time(pipeline.at),
    finished_at: time(pipeline.at),
    committed_at: null,
    duration: 0,
    queued_duration: 0,
    coverage: null,
    archived: false,
    detailed_status: {
      text: pipeline.warnings ? 'Warning' : label,
      label,
      group: pipeline.warnings ? 'success-with-warnings' : pipeline.status,
      tooltip: label,
      has_details: true,
      details_path: `/${pipeline.project.fullPath}/-/pipelines/${pipeline.id}`,
      illustration: null,
      favicon: null,
    },
  };
}

/** `Ci::PipelineSchedule` */
export function scheduleEntity(world: World, schedule: PipelineSchedule): Record<string, unknown> {
  return {
    id: schedule.id,
    description: schedule.description,
    ref: `refs/heads/${schedule.project.defaultBranch}`,
    cron: schedule.cron,
    cron_timezone: 'UTC',
    next_run_at: time(schedule.nextRunAt),
    active: schedule.active,
    created_at: time(schedule.createdAt),
    updated_at: time(schedule.createdAt),
    owner: userBasic(world, schedule.owner),
  };
}

/** `Ci::PipelineScheduleDetails`: the last pipeline shows here only. */
export function scheduleDetails(world: World, schedule: PipelineSchedule): Record<string, unknown> {
  const last = schedule.lastPipelineId === null ? null : world.pipelineById(schedule.lastPipelineId);
  return {
    ...scheduleEntity(world, schedule),
    last_pipeline:
      last === null ? null : { id: last.id, sha: shaOf(last.id), ref: last.project.defaultBranch, status: last.status },
    variables: [],
  };
}

/** `Member` */
export function memberEntity(world: World, member: Member): Record<string, unknown> {
  return {
    ...userBasic(world, member.user),
    access_level: member.accessLevel,
    created_at: time(member.user.createdAt),
    expires_at: null,
    membership_state: 'active',
  };
}
