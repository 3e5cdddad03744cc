import type { Job } from '../../domain/job.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Identity } from '../../engine/ports.ts';
import type { GitlabClient } from './client.ts';
import { forgeError, HttpFailure, isFailure } from './errors.ts';
import { RestJob, RestMember, RestUser } from './schema.ts';

const PAGE = 100;
/** 20,000 failed jobs of one project: beyond that somebody has to look at a shorter time. */
const MAX_FAILED_PAGES = 200;
/** 1,000 finished jobs back; a job that is rarer than that has no earlier run worth comparing with. */
const MAX_EARLIER_PAGES = 10;

const STATUSES: ReadonlySet<string> = new Set(['success', 'failed', 'canceled', 'running']);

/**
 * Failed jobs that finished at or after a moment. GitLab lists jobs by id, that is by creation, without a filter for time; a
 * job created earlier may finish later, so the walk goes on until a whole page lies before the moment.
 */
export async function failedJobs(client: GitlabClient, project: ProjectId, since: EpochMs): Promise<readonly Job[]> {
  const operation = `read the failed jobs of project ${project}`;
  const found: Job[] = [];
  let pages = 0;
  for await (const { items, more } of jobPages(client, operation, project, ['failed'])) {
    const recent = items.filter((job) => endOf(job) >= since);
    found.push(...recent.map((job) => toJob(job, project)));
    pages += 1;
    if (recent.length === 0) break;
    if (pages === MAX_FAILED_PAGES && more) {
      const hint = 'Sweep more often, or look at this project by hand.';
      throw forgeError(new HttpFailure('unreadable', `more than ${pages * PAGE} since then`, { hint }), operation);
    }
  }
  return found.sort((a, b) => (b.finishedAt ?? since) - (a.finishedAt ?? since) || b.id - a.id);
}

/** Finished runs of a job before a moment, newest first; looks back over a bounded number of jobs. */
export async function earlierRuns(
  client: GitlabClient,
  project: ProjectId,
  name: string,
  before: EpochMs,
  limit: number,
): Promise<readonly Job[]> {
  const operation = `read earlier runs of job ${name} of project ${project}`;
  const found: Job[] = [];
  let pages = 0;
  for await (const { items } of jobPages(client, operation, project, ['success', 'failed'])) {
    const runs = items.filter((job) => job.name === name && job.finished_at != null && job.finished_at < before);
    found.push(...runs.map((job) => toJob(job, project)));
    pages += 1;
    if (found.length >= limit || pages === MAX_EARLIER_PAGES) break;
  }
  return found.sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || b.id - a.id).slice(0, limit);
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
      const step = await client.write(operation, () => iterator.next());
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
  readonly #identity: () => Promise<Identity>;
  readonly #administrators = new Map<number, boolean>();

  constructor(client: GitlabClient, identity: () => Promise<Identity>) {
    this.#client = client;
    this.#identity = identity;
  }

  /** 0 for no member, 50 for an administrator of the instance, null where it cannot be told. */
  async level(project: ProjectId, userId: number): Promise<number | null> {
    const level = await this.#memberLevel(project, userId);
    if (level !== null && level >= 50) return level;
    return (await this.#isAdministrator(userId)) ? 50 : level;
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
