import { describe, expect, it } from 'vitest';
import { smallWorld } from './small-organisation.ts';

/**
 * GitLab's rule as a table: each line is a setting of the callee and what FACTS (sections a, e, h, i) says happens. The expected column
 * was written from that text; the caller is always `acme/apps/web`, the callee `acme/libs/core` (101).
 */
interface Line {
  readonly says: string;
  readonly callee?: Readonly<Record<string, unknown>>;
  readonly enforced?: boolean;
  readonly version?: string;
  readonly role?: string | null;
  readonly access: string;
  readonly expected: string;
}

const A1 = 'Authentication by CI/CD job token not allowed from web to core.';
const LISTED = { allowlist: [{ project: 'acme/apps/web' }] };
const NARROW = { policiesEnabled: true, allowlist: [{ project: 'acme/apps/web', policies: ['READ_PACKAGES'] }] };
const CLOSED = { inboundEnabled: true };
const PUBLIC = { visibility: 'public' };

const LINES: readonly Line[] = [
  // a: effective setting and entries
  { says: 'open callee lets everyone in', access: 'git', expected: 'in, logged' },
  { says: 'strict private callee, no entry', callee: CLOSED, access: 'git', expected: `allowlist 403 ${A1}` },
  { says: 'enforcement makes an open callee strict', enforced: true, access: 'git', expected: `allowlist 403 ${A1}` },
  { says: 'project entry admits', callee: { ...CLOSED, ...LISTED }, access: 'git', expected: 'in, logged' },
  {
    says: 'group entry of the parent admits',
    callee: { ...CLOSED, allowlist: [{ group: 'acme/apps' }] },
    access: 'git',
    expected: 'in, logged',
  },
  {
    says: 'group entry of any ancestor admits',
    callee: { ...CLOSED, allowlist: [{ group: 'acme' }] },
    access: 'git',
    expected: 'in, logged',
  },
  {
    says: 'entry of another group does not',
    callee: { ...CLOSED, allowlist: [{ group: 'acme/libs' }] },
    access: 'git',
    expected: `allowlist 403 ${A1}`,
  },
  // a: public and internal callees
  {
    says: 'public code stays open, unlisted and unlogged',
    callee: { ...CLOSED, ...PUBLIC },
    access: 'git',
    expected: 'in',
  },
  { says: 'internal code too', callee: { ...CLOSED, visibility: 'internal' }, access: 'git', expected: 'in' },
  {
    says: 'not before 17.0',
    callee: { ...CLOSED, ...PUBLIC },
    version: '16.11.0',
    access: 'git',
    expected: 'allowlist 403 You are not allowed to download code from this project.',
  },
  { says: 'public packages stay open', callee: { ...CLOSED, ...PUBLIC }, access: 'npm', expected: 'in' },
  {
    says: 'public image pulls stay open',
    callee: { ...CLOSED, ...PUBLIC },
    access: 'container-registry',
    expected: 'in',
  },
  {
    says: 'Terraform state is no public feature',
    callee: { ...CLOSED, ...PUBLIC },
    access: 'terraform-state',
    expected: 'allowlist 403 403 Forbidden',
  },
  {
    says: 'a members-only feature needs the entry',
    callee: { ...CLOSED, ...PUBLIC, features: { package_registry: 'private' } },
    access: 'npm',
    expected: 'allowlist 403 403 Forbidden',
  },
  {
    says: '… and the membership',
    callee: { ...CLOSED, ...PUBLIC, ...LISTED, features: { package_registry: 'private' } },
    role: null,
    access: 'npm',
    expected: 'role 403 403 Forbidden',
  },
  {
    says: '… and works with both',
    callee: { ...CLOSED, ...PUBLIC, ...LISTED, features: { package_registry: 'private' } },
    access: 'npm',
    expected: 'in, logged',
  },
  {
    says: 'artifacts follow the CI/CD visibility',
    callee: { ...CLOSED, ...PUBLIC, features: { builds: 'private' } },
    access: 'artifacts',
    expected: 'allowlist 403 403 Forbidden',
  },
  // a: an entry gives no permission
  {
    says: 'git: admitted, user no member',
    callee: { ...CLOSED, ...LISTED },
    role: null,
    access: 'git',
    expected: 'role 403 Insufficient permissions to pull from the repository of project core.',
  },
  {
    says: 'git: a guest reads no code',
    callee: { ...CLOSED, ...LISTED },
    role: 'guest',
    access: 'git',
    expected: 'role 403 You are not allowed to download code from this project.',
  },
  {
    says: 'git: a reporter does',
    callee: { ...CLOSED, ...LISTED },
    role: 'reporter',
    access: 'git',
    expected: 'in, logged',
  },
  {
    says: 'REST: no member looks like a missing entry',
    callee: { ...CLOSED, ...LISTED },
    role: null,
    access: 'release',
    expected: `role 403 403 Forbidden - ${A1}`,
  },
  {
    says: 'packages: a guest is refused bare',
    callee: { ...CLOSED, ...LISTED },
    role: 'guest',
    access: 'npm',
    expected: 'role 403 403 Forbidden',
  },
  {
    says: 'packages: no member sees no project',
    callee: { ...CLOSED, ...LISTED },
    role: null,
    access: 'npm',
    expected: 'role 404 404 Project Not Found',
  },
  {
    says: 'trigger: a reporter may not create pipelines',
    role: 'reporter',
    access: 'trigger-api',
    expected: 'role 400 Insufficient permissions to create a new pipeline',
  },
  // a, h: fine-grained permissions
  { says: 'a listed permission suffices', callee: { ...CLOSED, ...NARROW }, access: 'npm', expected: 'in, logged' },
  {
    says: 'a missing one is named',
    callee: { ...CLOSED, ...NARROW },
    access: 'release',
    expected:
      'policy 403 403 Forbidden - Insufficient permissions to access this resource in project core. The following token permission is required: read_releases.',
  },
  {
    says: 'ADMIN grants READ',
    callee: {
      ...CLOSED,
      policiesEnabled: true,
      allowlist: [{ project: 'acme/apps/web', policies: ['ADMIN_RELEASES'] }],
    },
    access: 'release',
    expected: 'in, logged',
  },
  {
    says: 'an endpoint without permission is refused',
    callee: { ...CLOSED, ...NARROW },
    access: 'nuget',
    expected: 'policy 403 403 Forbidden - This action is unauthorized for CI/CD job tokens.',
  },
  {
    says: 'not while the callee has them off',
    callee: { ...CLOSED, ...NARROW, policiesEnabled: false },
    access: 'release',
    expected: 'in, logged',
  },
  {
    says: 'not while the list is off',
    callee: { ...NARROW, inboundEnabled: false },
    access: 'release',
    expected: 'in, logged',
  },
  {
    says: 'image pulls are not controlled',
    callee: { ...CLOSED, ...NARROW },
    access: 'container-registry',
    expected: 'in, logged',
  },
  {
    says: 'the nearest entry wins over a wide group',
    callee: {
      ...CLOSED,
      policiesEnabled: true,
      allowlist: [{ group: 'acme' }, { project: 'acme/apps/web', policies: [] }],
    },
    access: 'npm',
    expected:
      'policy 403 403 Forbidden - Insufficient permissions to access this resource in project core. The following token permission is required: read_packages.',
  },
  {
    says: 'a near group wins over a far one',
    callee: { ...CLOSED, policiesEnabled: true, allowlist: [{ group: 'acme', policies: [] }, { group: 'acme/apps' }] },
    access: 'npm',
    expected: 'in, logged',
  },
  {
    says: 'policies hide that the entry is missing',
    callee: { ...CLOSED, policiesEnabled: true },
    access: 'npm',
    expected:
      'allowlist 403 403 Forbidden - Insufficient permissions to access this resource in project core. The following token permission is required: read_packages.',
  },
  // i: how each protocol says it
  { says: 'REST names both', callee: CLOSED, access: 'release', expected: `allowlist 403 403 Forbidden - ${A1}` },
  { says: 'npm says nothing', callee: CLOSED, access: 'npm', expected: 'allowlist 404 404 Project Not Found' },
  { says: 'LFS', callee: CLOSED, access: 'lfs', expected: 'allowlist 404 Not found.' },
  {
    says: 'registry',
    callee: CLOSED,
    access: 'container-registry',
    expected: 'allowlist 403 requested access to the resource is denied',
  },
  { says: 'trigger', callee: CLOSED, access: 'trigger-api', expected: 'allowlist 404 404 Not Found' },
  { says: 'needed artifacts', callee: CLOSED, access: 'needs-project', expected: 'allowlist 403 403 Forbidden' },
  {
    says: 'push to another project',
    callee: { ...CLOSED, ...LISTED },
    access: 'git-push',
    expected: 'impossible 403 You are not allowed to upload code.',
  },
  {
    says: 'older git: not found',
    callee: CLOSED,
    version: '17.1.0',
    access: 'git',
    expected:
      "allowlist 404 The project you were looking for could not be found or you don't have permission to view it.",
  },
  {
    says: 'older REST: not found',
    callee: CLOSED,
    version: '17.1.0',
    access: 'release',
    expected: 'allowlist 404 404 Project Not Found',
  },
  {
    says: 'newer servers name the id',
    callee: CLOSED,
    version: '19.4.0',
    access: 'git',
    expected: 'allowlist 403 Authentication by CI/CD job token not allowed from web to project #101.',
  },
  // e: holes in the log
  { says: 'redirected downloads leave no row', access: 'generic', expected: 'in' },
  { says: 'artifacts are redirected too', access: 'artifacts', expected: 'in' },
  {
    says: 'open public code is not logged',
    callee: { ...PUBLIC, inboundEnabled: false },
    access: 'git',
    expected: 'in',
  },
  {
    says: 'open public packages are',
    callee: { ...PUBLIC, inboundEnabled: false },
    access: 'npm',
    expected: 'in, logged',
  },
];

function judge({ callee = {}, enforced = false, version = '18.5.0', role = 'developer', access }: Line): string {
  const world = smallWorld({
    version,
    enforced,
    users: [{ name: 'ci-bot', memberships: role === null ? {} : { 'acme/libs/core': role } }],
    projects: [
      { path: 'acme/libs/core', id: 101, inboundEnabled: false, ...callee },
      { path: 'acme/apps/web', id: 201 },
    ],
    jobs: [
      {
        project: 'acme/apps/web',
        name: 'use',
        every: '1h',
        user: 'ci-bot',
        uses: [{ callee: 'acme/libs/core', access }],
      },
    ],
  });
  const verdict = world.judge({
    caller: 201,
    user: world.userByName('ci-bot')?.id ?? 0,
    callee: 101,
    access: access as 'git',
  });
  if (verdict.allowed) return verdict.logged ? 'in, logged' : 'in';
  return `${verdict.cause} ${String(verdict.status)} ${verdict.text}`;
}

describe("GitLab's rule for job tokens", () => {
  it.each(LINES)('$says ($access)', (line) => {
    expect(judge(line)).toBe(line.expected);
  });

  it('never asks for an entry, nor logs, where a job reaches its own project', () => {
    const world = smallWorld({ enforced: true });
    expect(world.judge({ caller: 201, user: 3, callee: 201, access: 'git' })).toEqual({ allowed: true, logged: false });
  });

  it('admits a project of a personal namespace by its own entry alone', () => {
    const world = smallWorld({ enforced: true });
    const attempt = { caller: 301, user: 2, callee: 101, access: 'git' } as const;
    expect(world.judge(attempt)).toMatchObject({ allowed: false, cause: 'allowlist' });
    world.addEntry(101, { kind: 'project', targetId: 301, addedBy: null });
    expect(world.judge(attempt)).toEqual({ allowed: true, logged: true });
  });
});
