import { describe, expect, it } from 'vitest';
import {
  attributeByBackground,
  attributeByList,
  type Background,
  type Circumstances,
} from '../../../src/domain/watch/attribution.ts';
import type { AllowlistEntry } from '../../../src/domain/project.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

const ENFORCED_AT = epochMs(1_000_000);

const entry = (kind: 'project' | 'group', id: number, path: string, policies?: readonly string[]): AllowlistEntry => ({
  kind,
  id,
  path,
  defaultPermissions: policies === undefined,
  policies: policies ?? [],
  addedBy: null,
  createdAt: null,
});

interface Case {
  readonly verdict?: Circumstances['refused']['verdict'];
  readonly entries?: readonly AllowlistEntry[];
  readonly enforcedAt?: number | null;
  readonly effective?: boolean;
  readonly undone?: boolean;
  readonly finishedAt?: number;
  readonly edgeState?: Circumstances['edgeState'];
  readonly visibility?: 'private' | 'internal' | 'public';
}

function facts(given: Case): Circumstances {
  const { enforcedAt = ENFORCED_AT, effective = true } = given;
  return {
    refused: { verdict: given.verdict ?? 'allowlist_denied', reason: 'what the log says', confidence: 0.9 },
    finishedAt: epochMs(given.finishedAt ?? ENFORCED_AT + 60_000),
    caller: { id: 7, path: 'acme/apps/web', personal: false },
    callee: {
      project: {
        id: projectId(1),
        path: 'acme/libs/core',
        visibility: given.visibility ?? 'private',
        archived: false,
        personal: false,
        inScope: true,
        accessLevel: 50,
        allowlist: { stored: effective, effective, entries: given.entries ?? [] },
        unread: null,
        log: null,
        readAt: ENFORCED_AT,
      },
      enforcedAt: enforcedAt === null ? null : epochMs(enforcedAt),
      undone: given.undone ?? false,
    },
    edgeState: given.edgeState ?? null,
  };
}

describe('a refusal, held against the list of the callee', () => {
  it.each<{ name: string; given: Case; disposition: string | null }>([
    { name: 'the callee is open', given: { effective: false, enforcedAt: null }, disposition: 'role' },
    { name: 'somebody opened it again', given: { effective: false }, disposition: null },
    {
      name: 'the caller was listed only after the job',
      given: { entries: [{ ...entry('project', 7, 'acme/apps/web'), createdAt: epochMs(ENFORCED_AT + 120_000) }] },
      disposition: null,
    },
    { name: 'somebody else enforced it', given: { enforcedAt: null }, disposition: 'earlier' },
    { name: 'the job ended before the wave', given: { finishedAt: 1 }, disposition: 'earlier' },
    { name: 'the caller is listed', given: { entries: [entry('project', 7, 'acme/apps/web')] }, disposition: 'role' },
    { name: 'a group of it is listed', given: { entries: [entry('group', 3, 'acme/apps')] }, disposition: 'role' },
    {
      name: 'it is listed narrowly',
      given: { entries: [entry('project', 7, 'acme/apps/web', [])] },
      disposition: 'policy',
    },
    { name: 'the access was rejected', given: { edgeState: 'rejected' }, disposition: 'expected' },
    { name: 'the access was replaced', given: { edgeState: 'replaced' }, disposition: 'expected' },
    { name: 'nothing explains it', given: {}, disposition: null },
    {
      name: 'GitLab speaks of a role and the caller is listed',
      given: { verdict: 'role_denied', entries: [entry('group', 3, 'acme')] },
      disposition: 'role',
    },
    {
      name: 'GitLab speaks of a role and nobody enforced',
      given: { verdict: 'role_denied', enforcedAt: null },
      disposition: 'role',
    },
    {
      name: 'GitLab speaks of a role, yet the caller is not listed',
      given: { verdict: 'role_denied', visibility: 'internal' },
      disposition: null,
    },
  ])('is $disposition when $name', ({ given, disposition }) => {
    expect(attributeByList(facts(given))?.disposition ?? null).toBe(disposition);
  });
});

describe('a refusal that the list does not explain', () => {
  it.each<{ name: string; given: Case; known: Background; disposition: string }>([
    { name: 'the run before passed', given: {}, known: { userLevel: 0, before: 'passed' }, disposition: 'denied' },
    {
      name: 'it was refused before too',
      given: {},
      known: { userLevel: 30, before: 'refused' },
      disposition: 'earlier',
    },
    { name: 'its user has no role', given: {}, known: { userLevel: 10, before: 'none' }, disposition: 'role' },
    { name: 'its user has a role', given: {}, known: { userLevel: 30, before: 'none' }, disposition: 'denied' },
    {
      name: 'nobody can tell the role',
      given: {},
      known: { userLevel: null, before: 'failed' },
      disposition: 'unclear',
    },
    {
      name: 'nobody can tell the role of an approved caller',
      given: { edgeState: 'approved' },
      known: { userLevel: null, before: 'none' },
      disposition: 'denied',
    },
    { name: 'some runs before passed', given: {}, known: { userLevel: 0, before: 'flaky' }, disposition: 'denied' },
    {
      name: 'it was opened again, and nothing tells of before',
      given: { effective: false },
      known: { userLevel: 30, before: 'none' },
      disposition: 'unclear',
    },
    {
      name: 'the entries of that time went with the wave',
      given: { effective: false, undone: true, edgeState: 'approved' },
      known: { userLevel: 30, before: 'passed' },
      disposition: 'unclear',
    },
    // "You are not allowed to download code" of an internal project whose code is for members only.
    {
      name: 'GitLab speaks of a role, yet the run before passed',
      given: { verdict: 'role_denied', visibility: 'internal' },
      known: { userLevel: 30, before: 'passed' },
      disposition: 'denied',
    },
    {
      name: 'GitLab speaks of a role and no run before says otherwise',
      given: { verdict: 'role_denied', visibility: 'internal' },
      known: { userLevel: 30, before: 'failed' },
      disposition: 'role',
    },
  ])('is $disposition when $name', ({ given, known, disposition }) => {
    expect(attributeByBackground(facts(given), known).disposition).toBe(disposition);
  });
});
