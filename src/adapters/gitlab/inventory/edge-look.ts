import { z } from 'zod';
import type { RiskLook } from '../../../domain/decisions/risk.ts';
import type { ProjectId } from '../../../domain/values.ts';
import type { GitlabClient } from '../http/client.ts';
import { isForgeError } from '../http/errors.ts';
import { readAll } from '../http/rest-lists.ts';

const DEVELOPER = 30;
const MAINTAINER = 40;
/** Owners of schedules that are looked up at most: the first who is privileged settles it. */
const MOST_OWNERS = 10;

const Forked = z.object({ forks_count: z.number().int().nonnegative().optional() });
const Item = z.object({ id: z.number() });
const Member = z.object({ access_level: z.number(), state: z.string().optional() });
const Owned = z.object({ active: z.boolean().nullish(), owner: z.object({ id: z.number() }).nullish() });

/**
 * What an inventory leaves out because it takes requests of its own: about six for one edge. What the token may not read, or
 * this edition of GitLab does not have, is null.
 *
 * @param levelOf - access level of a user on a project; null where it cannot be told
 */
export async function edgeLook(
  client: GitlabClient,
  caller: ProjectId,
  callee: ProjectId,
  levelOf: (project: ProjectId, userId: number) => Promise<number | null>,
): Promise<RiskLook> {
  const page = () => new URLSearchParams({ per_page: '100' });
  const list = <T>(what: string, path: string, item: z.ZodType<T>): Promise<readonly T[] | null> =>
    orNull(() => readAll(client, `read the ${what} of project ${path.split('/')[1] ?? ''}`, path, page(), item));
  const environments = await list('protected environments', `projects/${callee}/protected_environments`, z.unknown());
  const members = await list('members', `projects/${caller}/members/all`, Member);
  const schedules = await list('schedules', `projects/${caller}/pipeline_schedules`, Owned);
  return {
    protectedEnvironments: environments?.length ?? null,
    packages: await firstPage(client, `projects/${callee}/packages`),
    pushers:
      members?.filter(({ access_level, state }) => access_level >= DEVELOPER && state !== 'blocked').length ?? null,
    forks: await orNull(() =>
      client.read(`read project ${caller}`, async () => {
        const { body } = await client.transport.json('GET', `api/v4/projects/${caller}`);
        return Forked.parse(body).forks_count ?? null;
      }),
    ),
    privilegedSchedules: schedules === null ? null : await privileged(schedules, callee, levelOf),
  };
}

/** What is refused or missing is unread; an outage is not. */
async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND')) return null;
    throw error;
  }
}

/** One page is enough: whether there are any is what counts. */
async function firstPage(client: GitlabClient, path: string): Promise<number | null> {
  return orNull(async () => {
    const first = await client.pages('read the packages', path, new URLSearchParams({ per_page: '20' }), Item).next();
    return first.done === true ? 0 : first.value.items.length;
  });
}

async function privileged(
  schedules: readonly z.infer<typeof Owned>[],
  callee: ProjectId,
  levelOf: (project: ProjectId, userId: number) => Promise<number | null>,
): Promise<number | null> {
  const active = schedules.filter((schedule) => schedule.active !== false);
  const owners = [...new Set(active.flatMap(({ owner }) => owner?.id ?? []))];
  const levels = await Promise.all(owners.slice(0, MOST_OWNERS).map((owner) => levelOf(callee, owner)));
  const able = new Set(owners.filter((_, index) => (levels[index] ?? 0) >= MAINTAINER));
  const unknown = owners.length > MOST_OWNERS || levels.includes(null) || active.some(({ owner }) => !owner);
  if (able.size === 0 && unknown) return null;
  return active.filter(({ owner }) => owner && able.has(owner.id)).length;
}
