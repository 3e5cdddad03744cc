import { describe, expect, it } from 'vitest';
import { shadow, shadowServer } from '../../../src/domain/access/shadow.ts';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import type { AllowlistEntry, Project } from '../../../src/domain/project.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

const CALLER = projectId(2);
const ENTRY: AllowlistEntry = {
  ...{ kind: 'project', id: CALLER, path: 'acme/web', defaultPermissions: false, policies: ['READ_PACKAGES'] },
  ...{ autopopulated: false, addedBy: null, createdAt: null },
};
const CALLEE: Project = {
  ...{ id: projectId(1), path: 'acme/core', visibility: 'private', archived: false, personal: false },
  ...{ accessLevel: 50, inScope: true, unread: null, log: null, readAt: epochMs(0) },
  allowlist: { stored: false, effective: false, entries: [ENTRY] },
};

const edge = (access: readonly string[], sources: readonly Edge['sources'][number][]): Edge => ({
  ...{ caller: CALLER, callerPath: 'acme/web', callee: CALLEE.id, calleePath: CALLEE.path },
  ...{ access, sources, needs: null, firstSeen: epochMs(0), lastSeen: epochMs(0), state: 'approved', decisionId: 1 },
});

const denied = (one: Edge, entry: Partial<AllowlistEntry> = {}) =>
  shadow({
    callee: { ...CALLEE, allowlist: { stored: false, effective: false, entries: [{ ...ENTRY, ...entry }] } },
    ...{ edges: [one], planned: [], isPersonal: () => false },
    server: shadowServer({ version: '18.5.0', policies: ['READ_PACKAGES'] }),
  }).denied.map(({ certain, because }) => ({ certain, because }));

describe('an entry narrower than what is known of its caller', () => {
  it.each([
    ['a kind that no permission is known for', ['npm', 'cargo'], ['trace']],
    ['a use of no kind at all', [], ['import']],
    ['what the log does not tell', ['npm'], ['trace', 'auth-log']],
  ] as const)('leaves %s open', (_, access, sources) => {
    const hangs = { certain: false, because: 'it hangs on what the job does there, which the evidence does not tell' };
    expect(denied(edge(access, sources))).toEqual([hangs]);
  });

  it('may lack what its jobs write, as far as the evidence tells', () => {
    const lacks = 'the project entry acme/web lacks ADMIN_PACKAGES, which its jobs may need';
    expect(denied({ ...edge(['npm'], ['trace']), needs: ['ADMIN_PACKAGES'] })).toEqual([
      { certain: false, because: lacks },
    ]);
    expect(denied(edge(['npm'], ['trace']))).toEqual([{ certain: false, because: lacks }]);
  });

  it('lacks nothing with default permissions', () => {
    const write = { ...edge(['npm'], ['trace']), needs: ['ADMIN_PACKAGES'] };
    expect(denied(write, { defaultPermissions: true, policies: [] })).toEqual([]);
  });

  it('admits what it grants, as far as it is known to be all', () => {
    expect(denied({ ...edge(['npm'], ['trace']), needs: ['READ_PACKAGES'] })).toEqual([]);
  });
});
