import { describe, expect, it } from 'vitest';
import { createForge } from '../../../src/adapters/gitlab/index.ts';
import type { SeededProof } from '../../../src/domain/plan/reconcile.ts';
import { projectId } from '../../../src/domain/values.ts';
import { parseQuirks, startSandbox } from '../../../src/sandbox/index.ts';
import { freely } from './stub.ts';

/**
 * What GitLab does in some release or other, and in which is not known for certain: the client has to cope with both forms, whatever
 * the version says. Each line is one form; the rest of the server is as the version has it.
 */
const FORMS = [
  'duplicate-texts=older',
  'duplicate-texts=newer',
  'remove-direction=inbound',
  'remove-direction=outbound',
  'self-entries=allowed',
  'self-entries=refused',
  'switch-off-under-enforcement=allowed',
  'switch-off-under-enforcement=refused',
  'auth-log-limit=1',
  'auth-log-limit=none',
  'allowlist-page-size=2',
  'allowlist-page-size=200',
  'trace-range=honoured',
];
const VERSIONS = ['16.11.0', '17.2.0', '17.6.0', '17.9.0', '18.0.0', '18.5.0', '18.11.0', '19.0.0', '19.4.0'];

const names = ['a', 'b', 'c', 'd', 'e'];
const ORGANISATION = {
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '2d',
  users: [
    { name: 'root', admin: true },
    { name: 'dev', memberships: { acme: 'developer' } },
  ],
  projects: [
    {
      path: 'acme/libs/core',
      id: 1,
      inboundEnabled: false,
      allowlist: [{ project: 'acme/libs/core' }, ...names.map((name) => ({ project: `acme/apps/${name}` }))],
    },
    ...names.map((name, index) => ({ path: `acme/apps/${name}`, id: 10 + index })),
    { path: 'acme/new/web', id: 20 },
  ],
  jobs: ['acme/new/web', 'acme/apps/a'].map((project) => ({
    project,
    name: 'build',
    every: '6h',
    user: 'dev',
    uses: [{ callee: 'acme/libs/core', access: 'npm' }],
  })),
};
const CORE = { id: projectId(1), path: 'acme/libs/core' };
const ENTRY = { kind: 'project', id: 20, path: 'acme/new/web' } as const;

/** The life of one entry and one setting, each step twice, ending where it began. */
async function live(version: string, quirks: readonly string[]): Promise<void> {
  const { http, world } = parseQuirks(quirks);
  const text = JSON.stringify({ ...ORGANISATION, version });
  const gitlab = await startSandbox({ organisation: { kind: 'text', text }, quirks: http, worldQuirks: world });
  try {
    const { forge } = createForge({ url: gitlab.url, token: () => gitlab.token, maxRpm: null, concurrency: 4 });
    const before = await forge.allowlist(CORE);
    // However pages are cut, every entry is there, the callee's own one too.
    expect(before.entries.map(({ path }) => path).sort()).toEqual(
      expect.arrayContaining(names.map((name) => `acme/apps/${name}`)),
    );
    expect(before).toMatchObject({ stored: false, effective: false });
    const wanted = { ...ENTRY, defaultPermissions: true, policies: [] };
    for (let twice = 0; twice < 2; twice += 1) await forge.addEntry(CORE, wanted, freely);
    for (let twice = 0; twice < 2; twice += 1) await forge.enforce(CORE, { callee: CORE.id } as SeededProof, freely);
    const enforced = await forge.allowlist(CORE);
    expect(enforced).toMatchObject({ stored: true, effective: true });
    expect(enforced.entries.map(({ path }) => path)).toContain(ENTRY.path);
    await forge.reopen(CORE, freely);
    for (let twice = 0; twice < 2; twice += 1) await forge.removeEntry(CORE, ENTRY, freely);
    const byPath = (state: typeof before) => [...state.entries].sort((a, b) => (a.path < b.path ? -1 : 1));
    const after = await forge.allowlist(CORE);
    expect({ ...after, entries: byPath(after) }).toEqual({ ...before, entries: byPath(before) });
  } finally {
    await gitlab.close();
  }
}

describe('both forms of what is not known for certain', () => {
  it.each(FORMS)('%s', (form) => live('18.5.0', [form]));
  it.each(FORMS.slice(0, 4))('%s, on an older server', (form) => live('17.2.0', [form]));
});

describe('every version in its usual form', () => {
  it.each(VERSIONS)('%s', (version) => live(version, []));
});
