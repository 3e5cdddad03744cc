import { afterEach, describe, expect, it } from 'vitest';
import { organisation, SERVERS, type Server } from '../crash/sources-support.ts';
import { Reader, type World } from './support/readings.ts';

/** Each route with each fault by itself takes many minutes. */
const SOAK = process.env['TIDEGATE_SOAK'] === '1';

const open: Reader[] = [];
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.close();
});

async function start(world: World): Promise<Reader> {
  const reader = await Reader.start(world);
  open.push(reader);
  return reader;
}

/** Everything that an inventory and its looks ask, over all servers. */
const ROUTES = [
  '/api/graphql',
  '/api/v4/user',
  '/api/v4/personal_access_tokens/self',
  '/api/v4/application/settings',
  '/api/v4/metadata',
  '/api/v4/projects',
  '/api/v4/groups/*',
  '/api/v4/groups/*/projects',
  '/api/v4/projects/*',
  '/api/v4/projects/*/job_token_scope',
  '/api/v4/projects/*/job_token_scope/allowlist',
  '/api/v4/projects/*/job_token_scope/groups_allowlist',
  '/api/v4/users',
  '/api/v4/projects/*/protected_environments',
  '/api/v4/projects/*/packages',
  '/api/v4/projects/*/members/all',
  '/api/v4/projects/*/pipelines',
  '/api/v4/projects/*/pipelines/*',
  '/api/v4/projects/*/pipelines/*/jobs',
  '/api/v4/projects/*/pipeline_schedules',
  '/api/v4/projects/*/pipeline_schedules/*',
  '/api/v4/projects/*/repository/tree',
  '/api/v4/projects/*/repository/files/**',
  '/api/v4/projects/*/jobs',
  '/api/v4/projects/*/jobs/*/trace',
] as const;

const FAULTS: readonly Readonly<Record<string, unknown>>[] = [
  { what: 'status', status: 500 },
  { what: 'reset_before' },
  { what: 'html_200' },
  { what: 'status', status: 503 },
  { what: 'truncated' },
  { what: 'reset_after' },
  { what: 'rate_limited', retryAfter: 1 },
  { what: 'status', status: 502 },
  { what: 'rate_limited' },
  { what: 'slow', ms: 2_500 },
];

/** A log that is cut off and says so in no way cannot be told from a short one. */
const applies = (route: string, { what }: (typeof FAULTS)[number]): boolean =>
  !route.endsWith('/trace') || (what !== 'truncated' && what !== 'html_200');

const CELLS = ROUTES.flatMap((route) =>
  FAULTS.filter((fault) => applies(route, fault)).map((fault) => ({ route, fault })),
);

interface Scenario extends World {
  readonly name: string;
}

const SCENARIOS: readonly Scenario[] = SERVERS.map((server: Server) => ({
  name: server.name,
  organisation: organisation(server),
  ...(server.restOnly === undefined ? {} : { restOnly: server.restOnly }),
  scope: { groups: ['acme/libs'], projects: ['acme/apps/app-0', 'acme/apps/app-1', 'acme/apps/app-2'] },
}));

/** Each inventory until it comes to its end: what a driver does that is run again. */
async function insist(reader: Reader, times: number): Promise<readonly string[]> {
  const said: string[] = [];
  for (let n = 0; n < times; n += 1) {
    try {
      await reader.inventory();
      return said;
    } catch (error) {
      said.push((error as Error).message);
    }
  }
  throw new Error(`no end after ${times} inventories:\n${said.join('\n')}`);
}

/** What an inventory of a scenario knows that nothing disturbs: read once, as it is the same for every fault. */
const undisturbed = new Map<string, Promise<Reader['knowledge']>>();
function calmly(world: Scenario): Promise<Reader['knowledge']> {
  const read = async (): Promise<Reader['knowledge']> => {
    const calm = await Reader.start(world);
    try {
      await calm.inventory();
      return calm.knowledge;
    } finally {
      await calm.close();
    }
  };
  const known = undisturbed.get(world.name) ?? read();
  undisturbed.set(world.name, known);
  return known;
}

describe.each(SCENARIOS)('faults that pass: $name', (world) => {
  it('leave the same evidence, whichever of them meets whichever route', { timeout: 300_000 }, async () => {
    // The first call of each route and the fourth meet a fault each; every fault meets some route.
    const faults = ROUTES.flatMap((route, index) =>
      [1, 4].flatMap((call, turn) => {
        const fitting = FAULTS.filter((fault) => applies(route, fault));
        return [{ ...fitting[(index + turn * 5) % fitting.length], when: { route, call } }];
      }),
    );
    const disturbed = await start({ ...world, faults });
    await insist(disturbed, 3);
    expect(disturbed.knowledge).toEqual(await calmly(world));
  });

  it.for(SOAK ? CELLS : CELLS.slice(0, 1))(
    '$route meets $fault',
    { timeout: 300_000 },
    async ({ route, fault }, { skip }) => {
      skip(!SOAK, 'set TIDEGATE_SOAK=1 to run it');
      const disturbed = await start({ ...world, faults: [{ ...fault, when: { route, every: 3 } }] });
      await insist(disturbed, 5);
      expect(disturbed.knowledge).toEqual(await calmly(world));
    },
  );
});

interface Row {
  readonly id: number;
  readonly path: string;
  readonly unread: string | null;
  readonly entries: string | null;
}
interface Look {
  readonly project: number;
  readonly kind: string;
  readonly problem: string | null;
}

describe.each(SCENARIOS)('a fault that stays with one project: $name', ({ restOnly = false, name, ...world }) => {
  it('leaves that project unread and says why, and none of the others', { timeout: 300_000 }, async () => {
    const plain = { ...world, restOnly };
    const calm = await start(plain);
    await calm.inventory();
    const victim = (calm.knowledge['projects'] as readonly Row[]).find(({ path }) => path === 'acme/libs/lib-1');
    const route = `/api/v4/projects/${victim?.id}/**`;
    const reader = await start({ ...plain, faults: [{ what: 'html_200', when: { route } }] });
    await reader.inventory();
    const looks = reader.knowledge['surveys'] as readonly Look[];
    const problems = looks.filter(({ problem }) => problem !== null);
    expect(problems.filter(({ project }) => project !== victim?.id)).toEqual([]);
    expect(problems.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['scan', 'traces']));
    const rows = reader.knowledge['projects'] as readonly Row[];
    const unread = rows.filter((row) => row.unread !== null).map(({ path, entries }) => ({ path, entries }));
    // Its settings and entries come with GraphQL where that has them.
    const byRest = restOnly || name.includes('REST');
    expect(unread).toEqual(byRest ? [{ path: 'acme/libs/lib-1', entries: null }] : []);
    const others = (list: readonly unknown[] | undefined) =>
      (list as readonly Row[]).filter(({ id }) => id !== victim?.id);
    expect(others(rows)).toEqual(others(calm.knowledge['projects']));
  });
});

describe('a token that expires half-way', () => {
  it('ends the inventory with that, and a new one goes on to the same evidence', { timeout: 120_000 }, async () => {
    const [world] = SCENARIOS as [Scenario];
    const calm = await start(world);
    await calm.inventory();
    const reader = await start({ ...world, faults: [{ what: 'expired_token', when: { call: 30 } }] });
    await expect(reader.inventory()).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    await reader.useTokenOf('root');
    await reader.inventory();
    expect(reader.knowledge).toEqual(calm.knowledge);
  });
});

describe.each(SOAK ? SCENARIOS : SCENARIOS.slice(0, 1))('people who work while it is read: $name', (world) => {
  it.each([
    ['move', { what: 'project_moved', project: 'acme/libs/lib-2', to: 'acme/libs/moved' }],
    ['delete', { what: 'project_deleted', project: 'acme/libs/lib-2' }],
  ] as const)('may %s a project, and all others are read', { timeout: 300_000 }, async (_, fault) => {
    const calm = await start(world);
    await calm.inventory();
    for (const call of SOAK ? [6, 8, 11, 14, 40] : [8, 14]) {
      const reader = await start({ ...world, faults: [{ ...fault, when: { call } }] });
      await insist(reader, 2);
      const pathsOf = (one: Reader): readonly string[] =>
        (one.knowledge['projects'] as readonly Row[])
          .filter(({ unread, path }) => unread === null && !/lib-2|moved/.test(path))
          .map(({ path }) => path);
      expect(pathsOf(reader)).toEqual(pathsOf(calm));
    }
  });
});
