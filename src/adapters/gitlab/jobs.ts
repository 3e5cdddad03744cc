import type { Job } from '../../domain/watch/job.ts';
import { isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Identity } from '../../engine/ports.ts';
import type { GitlabClient } from './http/client.ts';
import { forgeError, HttpFailure, isFailure } from './http/errors.ts';
import { RestJob, RestMember, RestNamedMember, RestPipeline, RestUser } from './graphql/schema.ts';

const PAGE = 100;
/** 20,000 failed jobs of one project: beyond that somebody has to look at a shorter time. */
const MAX_FAILED_PAGES = 200;
/** 1,000 finished jobs back; a job that is rarer than that has no earlier run worth comparing with. */
const MAX_EARLIER_PAGES = 10;

/** So many pages are walked before the pipelines of the time are asked for. */
const PAGES_BEFORE_JUMP = 3;
const PIPELINES_COMPARED = 5;
const MAINTAINER = 40;
const MAX_OWNERS = 5;

const STATUSES: ReadonlySet<string> = new Set(['success', 'failed', 'canceled', 'running']);

/**
 * Failed jobs that finished at or after a moment. GitLab lists jobs by id, that is by creation, without a filter for time; a
 * job created earlier may finish later, so the walk goes on until a whole page lies before the moment. What it does not reach
 * even then, as a job that waited for months to be started by hand, is found through its pipeline.
 */
export async function failedJobs(
  client: GitlabClient,
  project: ProjectId,
  since: EpochMs,
  pipelines: readonly number[],
): Promise<readonly Job[]> {
  const operation = `read the failed jobs of project ${project}`;
  const found = new Map<number, Job>();
  const keep = (jobs: readonly RestJob[]): void => {
    for (const job of jobs) found.set(job.id, toJob(job, project));
  };
  let pages = 0;
  let all = true;
  for await (const { items, more } of jobPages(client, operation, project, ['failed'])) {
    const recent = items.filter((job) => endOf(job) >= since);
    keep(recent);
    pages += 1;
    all = !more;
    if (recent.length === 0) break;
    if (pages === MAX_FAILED_PAGES && more) {
      const hint = 'Sweep more often, or look at this project by hand.';
      throw forgeError(new HttpFailure('unreadable', `more than ${pages * PAGE} since then`, { hint }), operation);
    }
  }
  const reached = new Set([...found.values()].map(({ pipeline }) => pipeline));
  for (const pipeline of all ? [] : pipelines.filter((id) => !reached.has(id))) {
    const search = new URLSearchParams({ per_page: `${PAGE}`, include_retried: 'true', 'scope[]': 'failed' });
    const endpoint = `projects/${project}/pipelines/${pipeline}/jobs`;
    for await (const { items } of client.pages(operation, endpoint, search, RestJob)) {
      keep(items.filter((job) => endOf(job) >= since));
    }
  }
  return [...found.values()].sort((a, b) => (b.finishedAt ?? since) - (a.finishedAt ?? since) || b.id - a.id);
}

/** One job; null when it does not exist or cannot be seen. */
export function jobById(client: GitlabClient, project: ProjectId, id: number): Promise<Job | null> {
  return client.readOr(null, `read job ${id} of project ${project}`, async () =>
    toJob(RestJob.parse((await client.transport.json('GET', `api/v4/projects/${project}/jobs/${id}`)).body), project),
  );
}

/**
 * Finished runs of a job before a moment, newest first; looks back over a bounded number of jobs. In a busy project the moment
 * may lie thousands of jobs back: then the pipelines that ended just before it are asked, which GitLab can find by time.
 */
export async function earlierRuns(
  client: GitlabClient,
  project: ProjectId,
  name: string,
  before: EpochMs,
  limit: number,
): Promise<readonly Job[]> {
  const operation = `read earlier runs of job ${name} of project ${project}`;
  const found = new Map<number, Job>();
  const keep = (jobs: readonly RestJob[]): void => {
    for (const job of jobs) {
      const isRun = job.status === 'success' || job.status === 'failed';
      if (isRun && job.name === name && job.finished_at != null && job.finished_at < before) {
        found.set(job.id, toJob(job, project));
      }
    }
  };
  let pages = 0;
  for await (const { items, more } of jobPages(client, operation, project, ['success', 'failed'])) {
    keep(items);
    pages += 1;
    if (found.size >= limit || pages === MAX_EARLIER_PAGES) break;
    if (pages !== PAGES_BEFORE_JUMP || !more) continue;
    for (const jobs of await jobsOfPipelinesBefore(client, operation, project, before)) keep(jobs);
    if (found.size > 0) break;
  }
  return [...found.values()].sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || b.id - a.id).slice(0, limit);
}

async function jobsOfPipelinesBefore(
  client: GitlabClient,
  operation: string,
  project: ProjectId,
  before: EpochMs,
): Promise<readonly (readonly RestJob[])[]> {
  const endpoint = `projects/${project}/pipelines`;
  const search = new URLSearchParams({ updated_before: isoTime(before), per_page: `${PIPELINES_COMPARED}` });
  const pipelines = await client.pages(operation, endpoint, search, RestPipeline).next();
  return Promise.all(
    (pipelines.done === true ? [] : pipelines.value.items).map(async ({ id }) => {
      const jobs = new URLSearchParams({ per_page: `${PAGE}` });
      const page = await client.pages(operation, `${endpoint}/${id}/jobs`, jobs, RestJob).next();
      return page.done === true ? [] : page.value.items;
    }),
  );
}

/** The latest successful jobs, one of each name; looks at one page. */
export async function succeededJobs(client: GitlabClient, project: ProjectId): Promise<readonly Job[]> {
  const operation = `read the successful jobs of project ${project}`;
  const page = await jobPages(client, operation, project, ['success']).next();
  if (page.done === true) return [];
  const byName = new Map<string, RestJob>();
  for (const job of page.value.items) if (!byName.has(job.name)) byName.set(job.name, job);
  return [...byName.values()].map((job) => toJob(job, project));
}

function jobPages(
  client: GitlabClient,
  operation: string,
  project: ProjectId,
  statuses: readonly string[],
): ReturnType<typeof client.pages<RestJob>> {
  // Keyset pages exist in this order only; they stay right while new jobs arrive.
  const search = new URLSearchParams({ pagination: 'keyset', order_by: 'id', sort: 'desc', per_page: `${PAGE}` });
  for (const status of statuses) search.append('scope[]', status);
  return client.pages(operation, `projects/${project}/jobs`, search, RestJob);
}

/** A job that never ran has no end of its own; it failed when it was made or a little later. */
const endOf = (job: RestJob): number => job.finished_at ?? job.started_at ?? job.created_at ?? Infinity;

function toJob(job: RestJob, project: ProjectId): Job {
  return {
    id: job.id,
    project,
    name: job.name,
    status: STATUSES.has(job.status) ? (job.status as Job['status']) : 'other',
    finishedAt: job.finished_at ?? null,
    startedAt: job.started_at ?? null,
    failureReason: job.failure_reason ?? null,
    allowFailure: job.allow_failure ?? false,
    user: job.user ? { id: job.user.id, username: job.user.username } : null,
    webUrl: job.web_url ?? null,
    pipeline: job.pipeline?.id ?? null,
  };
}

/** The log of a job as it streams in; empty where there is none (erased, or not written yet). */
export async function trace(client: GitlabClient, project: ProjectId, job: number): Promise<AsyncIterable<Uint8Array>> {
  const operation = `read the log of job ${job} of project ${project}`;
  const chunks = await client.readOr(null, operation, () =>
    client.transport.stream(`api/v4/projects/${project}/jobs/${job}/trace`),
  );
  return relay(client, chunks, operation);
}

/** A stream that breaks off cannot be taken up again; it fails in the words of the port. */
async function* relay(
  client: GitlabClient,
  chunks: AsyncIterable<Uint8Array> | null,
  operation: string,
): AsyncGenerator<Uint8Array> {
  if (chunks === null) return;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await client.once(operation, () => iterator.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Looks up access levels; remembers who is an administrator, which only administrators are told. */
export class Members {
  readonly #client: GitlabClient;
  readonly #identity: () => Promise<Pick<Identity, 'userId' | 'admin'>>;
  readonly #administrators = new Map<number, boolean>();

  constructor(client: GitlabClient, identity: () => Promise<Pick<Identity, 'userId' | 'admin'>>) {
    this.#client = client;
    this.#identity = identity;
  }

  /** 0 for no member, 50 for an administrator of the instance, null where it cannot be told. */
  async level(project: ProjectId, userId: number): Promise<number | null> {
    const level = await this.#memberLevel(project, userId);
    if (level !== null && level >= 50) return level;
    return (await this.#isAdministrator(userId)) ? 50 : level;
  }

  /**
   * Who may change the project's allowlist, owners first. Members of the project itself are nearer to it than those of a
   * group far above, who are named only where there is nobody else.
   */
  async owners(project: ProjectId): Promise<readonly string[]> {
    for (const list of ['members', 'members/all']) {
      const search = new URLSearchParams({ per_page: `${PAGE}` });
      const operation = `read the members of project ${project}`;
      const first = await this.#client.pages(operation, `projects/${project}/${list}`, search, RestNamedMember).next();
      const able = (first.done === true ? [] : [...first.value.items])
        .filter(({ access_level, state }) => access_level >= MAINTAINER && state !== 'blocked')
        .sort((a, b) => b.access_level - a.access_level || a.username.localeCompare(b.username));
      if (able.length > 0) return able.slice(0, MAX_OWNERS).map(({ username }) => username);
    }
    return [];
  }

  async #memberLevel(project: ProjectId, userId: number): Promise<number | null> {
    return this.#client.read(`read the role of user ${userId} on project ${project}`, async () => {
      try {
        const member = await this.#client.members.show(project, userId, { includeInherited: true });
        return RestMember.parse(member).access_level;
      } catch (error) {
        if (isFailure(error, 'refused')) return null;
        if (!isFailure(error, 'missing')) throw error;
        // "Project Not Found" says nothing about the user.
        return /project not found/i.test(error.message) ? null : 0;
      }
    });
  }

  async #isAdministrator(userId: number): Promise<boolean> {
    const known = this.#administrators.get(userId);
    if (known !== undefined) return known;
    const self = await this.#identity();
    if (self.userId === userId || !self.admin) return self.userId === userId && self.admin;
    const user = await this.#client.readOr(null, `read user ${userId}`, async () =>
      RestUser.parse(await this.#client.users.show(userId)),
    );
    const admin = user?.is_admin ?? false;
    this.#administrators.set(userId, admin);
    return admin;
  }
}
