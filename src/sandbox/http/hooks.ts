import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import type { JobRun } from '../world/world.ts';
import { shaOf } from './entities/ci.ts';
import type { Routes, SandboxEnv, Stand } from './env.ts';

const TIMEOUT_MS = 10_000;
/** Events on their way at the same time. */
const AT_ONCE = 8;

const hookBody = z.strictObject({ url: z.url({ protocol: /^https?$/ }), token: z.string().default('') });

interface Hook {
  readonly id: number;
  readonly url: string;
  readonly token: string;
}

/**
 * Job webhooks of the whole organisation, as webhooks of all its top-level groups would send them: for every job that ends,
 * by the clock or by hand. Addresses on this machine alone, as a stand-in has no business elsewhere.
 */
export class Hooks {
  readonly #stand: Pick<Stand, 'world'>;
  readonly #hooks: Hook[] = [];
  /** Ids of jobs that were told of and ended in the latest moment that was told of. */
  #told = new Set<number>();
  #until: number;
  #sending: Promise<void> = Promise.resolve();

  constructor(stand: Pick<Stand, 'world'>) {
    this.#stand = stand;
    this.#until = stand.world.now();
  }

  add(url: string, token: string): Hook {
    // Only what ends from now on is news to the first listener.
    if (this.#hooks.length === 0) this.#skip();
    const hook = { id: this.#hooks.length + 1, url, token };
    this.#hooks.push(hook);
    return hook;
  }

  /** Sends what has ended since the last call, in the background and in order of time. */
  tell(): void {
    if (this.#hooks.length === 0) return;
    const news = this.#ended();
    this.#sending = this.#sending.then(() => this.#send(news));
  }

  #skip(): void {
    this.#ended();
  }

  #ended(): readonly JobRun[] {
    const { world } = this.#stand;
    const now = world.now();
    const news: JobRun[] = [];
    for (const project of world.projects()) {
      for (const job of world.jobs(project.id)) {
        if (job.at < this.#until) break;
        if (!this.#told.has(job.id)) news.push(job);
      }
    }
    const before = now === this.#until ? this.#told : new Set<number>();
    this.#told = new Set([...before, ...news.filter(({ at }) => at === now).map(({ id }) => id)]);
    this.#until = now;
    return news.sort((a, b) => a.at - b.at || a.id - b.id);
  }

  async #send(news: readonly JobRun[]): Promise<void> {
    for (let start = 0; start < news.length; start += AT_ONCE) {
      const lot = news.slice(start, start + AT_ONCE);
      await Promise.all(lot.flatMap((job) => this.#hooks.map((hook) => this.#deliver(hook, job))));
    }
  }

  /** GitLab tries again; a listener that is away learns of the job from its next sweep here. */
  async #deliver({ url, token }: Hook, job: JobRun): Promise<void> {
    const id = randomUUID();
    const headers = {
      'content-type': 'application/json',
      'user-agent': `GitLab/${this.#stand.world.version}`,
      'x-gitlab-event': 'Job Hook',
      'x-gitlab-token': token,
      'x-gitlab-instance': this.#stand.world.externalUrl(),
      'x-gitlab-event-uuid': id,
      'idempotency-key': id,
    };
    const body = JSON.stringify(jobEvent(job));
    await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
      .then((response) => response.body?.cancel())
      .catch(() => undefined);
  }
}

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events, the fields that the world knows. */
function jobEvent(job: JobRun): object {
  const at = new Date(job.at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
  const { project, user } = job;
  return {
    object_kind: 'build',
    ...{ ref: project.defaultBranch, tag: false, before_sha: '0'.repeat(40), sha: shaOf(job.pipelineId) },
    ...{ retries_count: 0, build_id: job.id, build_name: job.name, build_stage: 'test', build_status: job.status },
    ...{ build_created_at: at, build_started_at: at, build_finished_at: at, build_duration: 0 },
    ...{ build_allow_failure: job.allowFailure, build_failure_reason: job.failureReason ?? 'unknown_failure' },
    ...{ pipeline_id: job.pipelineId, project_id: project.id, project_name: project.fullPath.replaceAll('/', ' / ') },
    user: { id: user.id, name: user.username, username: user.username, email: '[REDACTED]' },
    project: { id: project.id, path_with_namespace: project.fullPath, default_branch: project.defaultBranch },
    environment: null,
  };
}

/** `POST /-/sandbox/hooks {"url","token"}`; every later control call that lets jobs end tells of them. */
export function hookRoutes(stand: Pick<Stand, 'world'>): Routes {
  const hooks = new Hooks(stand);
  const routes = new Hono<SandboxEnv>();
  routes.post('/hooks', async (call) => {
    const body = hookBody.safeParse(await call.req.json().catch(() => null));
    if (!body.success) return call.json({ error: z.prettifyError(body.error) }, 400);
    const { hostname } = new URL(body.data.url);
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
      return call.json({ error: 'url must be on this machine' }, 400);
    }
    return call.json({ id: hooks.add(body.data.url, body.data.token).id }, 201);
  });
  routes.use('*', async (call, next) => {
    await next();
    if (call.req.method === 'POST') hooks.tell();
  });
  return routes;
}
