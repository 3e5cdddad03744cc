import { afterEach, describe, expect, it } from 'vitest';
import { Reader, type World } from './support/readings.ts';

const SOAK = process.env['TIDEGATE_SOAK'] === '1';

const open: Reader[] = [];
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.close();
});

/** Shapes that one of the two ways might see otherwise: own entries, deep groups, other scripts, archived, personal. */
const organisation = (version: string): object => ({
  ...{ version, enforced: false, start: '2026-03-02T08:00:00Z', history: '3d', seed: 2 },
  groups: ['acme', 'acme/libs', 'acme/apps', 'acme/apps/deep', 'acme/apps/deep/er', 'acme/empty', 'other'],
  users: [
    { name: 'root', admin: true },
    { name: 'bot', memberships: { acme: 'developer' } },
    { name: 'keeper', memberships: { acme: 'maintainer', 'acme/libs': 'owner' } },
    { name: 'reader', memberships: { acme: 'developer', 'acme/libs': 'maintainer' } },
  ],
  projects: [
    {
      path: 'acme/libs/core',
      inboundEnabled: true,
      allowlist: ['acme/apps/web', 'acme/libs/core', 'keeper/own'].map((project) => ({ project })),
    },
    {
      path: 'acme/libs/open',
      inboundEnabled: false,
      visibility: 'public',
      features: { repository: 'private', releases: 'private' },
    },
    {
      path: 'acme/libs/inner',
      inboundEnabled: true,
      visibility: 'internal',
      allowlist: [{ group: 'acme/apps/deep' }, { group: 'other' }],
    },
    { path: 'acme/libs/old', inboundEnabled: false, archived: true },
    { path: 'acme/apps/web', inboundEnabled: false },
    { path: 'acme/apps/deep/er/core', inboundEnabled: true, features: { builds: 'disabled' } },
    { path: 'other/core', inboundEnabled: true },
    { path: 'keeper/own', inboundEnabled: true, allowlist: [{ project: 'acme/apps/web' }] },
    { path: 'reader/own', inboundEnabled: false },
  ],
  jobs: [
    {
      project: 'acme/apps/web',
      name: 'build',
      every: '6h',
      at: '1h',
      user: 'bot',
      uses: [{ callee: 'acme/libs/core', access: 'git' }],
    },
  ],
});

interface Row {
  readonly path: string;
  readonly visibility: string;
  readonly features: string | null;
  readonly stored: number | null;
  readonly effective: number | null;
  readonly entries: string | null;
  readonly unread: string | null;
  readonly log_rows: number | null;
}

interface Entry {
  readonly kind: string;
  readonly id: number;
  readonly path: string;
  readonly defaultPermissions: boolean;
}

/**
 * What both ways can see of a project. REST tells neither the stored setting nor who made an entry, and has no log; GraphQL
 * tells no feature levels, which are read for what is shared.
 */
function common(rows: readonly unknown[]): readonly object[] {
  return (rows as readonly Row[]).map(({ stored: _, log_rows: _log, entries, unread, features, ...row }) => ({
    ...row,
    unread: unread !== null,
    features: row.visibility === 'private' ? null : features,
    entries: entries === null ? null : (JSON.parse(entries) as readonly Entry[]).map(seenByBoth),
  }));
}

const seenByBoth = ({ kind, id, path, defaultPermissions }: Entry): Entry => ({ kind, id, path, defaultPermissions });

async function read(world: World): Promise<readonly Row[]> {
  const reader = await Reader.start(world);
  open.push(reader);
  await reader.inventory();
  return reader.knowledge['projects'] as readonly Row[];
}

const pathsOf = (rows: readonly Row[], choose: (row: Row) => boolean): readonly string[] =>
  rows
    .filter(choose)
    .map(({ path }) => path)
    .sort();

describe.each(SOAK ? ['16.11.0', '17.5.0', '17.6.0', '18.5.0', '19.4.0'] : ['16.11.0', '18.5.0'])(
  'REST alone on %s',
  (version) => {
    it.each([
      ['an administrator', undefined, {}],
      ['a maintainer', 'keeper', {}],
      ['a maintainer of a part', 'reader', {}],
      [
        'an administrator, with groups and a named personal project',
        undefined,
        { groups: ['acme'], projects: ['keeper/own'] },
      ],
    ] as const)('sees what GraphQL sees, read by %s', async (_, user, scope) => {
      const world = { organisation: organisation(version), scope, ...(user === undefined ? {} : { user }) };
      const [graphql, rest] = [await read(world), await read({ ...world, restOnly: true })];
      expect(rest.length).toBeGreaterThan(4);
      // Callers that the log names alone are not there without it.
      const known = new Set(rest.map(({ path }) => path));
      expect(common(rest)).toEqual(common(graphql.filter(({ path }) => known.has(path))));
      expect(rest.every(({ log_rows }) => log_rows === null)).toBe(true);
    });
  },
);

describe('a token without rights on a part', () => {
  it.each([false, true])('leaves that part unread, with REST alone: %s', async (restOnly) => {
    const rows = await read({ organisation: organisation('18.5.0'), user: 'reader', restOnly });
    expect(pathsOf(rows, ({ effective }) => effective !== null)).toEqual([
      ...['acme/libs/core', 'acme/libs/inner', 'acme/libs/old', 'acme/libs/open', 'reader/own'],
    ]);
    for (const { path, entries, unread } of rows.filter(({ effective }) => effective === null)) {
      expect({ path, entries }).toEqual({ path, entries: null });
      if (path.startsWith('acme/apps')) expect(unread).toMatch(/could not/i);
    }
  });
});
