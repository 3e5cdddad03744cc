import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/decisions/decision.ts';
import { edgeKey, type Edge } from '../../../src/domain/edges/edge.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { AllowlistEntry, Project } from '../../../src/domain/project.ts';
import { tightenedEntries, type TightenContext } from '../../../src/domain/plan/tighten.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { approval, observation, project } from '../../adapters/sqlite/support.ts';

const DAY = 86_400_000;
const NOW = epochMs(1_000 * DAY);
const CALLEE = projectId(1);

const entry = (kind: 'project' | 'group', id: number, path: string, change: Partial<AllowlistEntry> = {}) => ({
  ...{ kind, id, path, defaultPermissions: true, policies: [], addedBy: 'pat', createdAt: epochMs(NOW - 400 * DAY) },
  ...change,
});
const WEB = entry('project', 2, 'acme/apps/web');
const OLD = entry('project', 3, 'acme/old');
const APPS = entry('group', 70, 'acme/apps');

const edge = (caller: number, callerPath: string, state: Edge['state'] = 'approved'): Edge => ({
  ...{
    caller: projectId(caller),
    callerPath,
    callee: CALLEE,
    calleePath: 'acme/p1',
    sources: ['auth-log'],
    access: [],
  },
  ...{ needs: null, firstSeen: NOW, lastSeen: observation(2, 1).lastSeen, state, decisionId: 1 },
});
const WEB_EDGE = edge(2, 'acme/apps/web');
const SHOP_EDGE = edge(4, 'acme/apps/shop');
const narrow = (caller: number): Decision => ({
  ...approval(caller, 1, { permissions: { defaultPermissions: false, policies: ['READ_JOBS'] } }),
  id: caller,
  question: null,
});

interface Case {
  readonly entries: readonly AllowlistEntry[];
  readonly edges: readonly Edge[];
  readonly tighten?: object;
  readonly callee?: Partial<Project>;
  readonly decisions?: readonly Decision[];
  readonly signed?: boolean;
  readonly limits?: object;
  /** Callers fit under an entry for their group alone, by this id. */
  readonly under?: number;
}

function tighten({
  entries,
  edges,
  tighten: policy,
  callee,
  decisions = [],
  signed = false,
  limits = {},
  under,
}: Case) {
  const live = { stored: true, effective: true, entries };
  const context: TightenContext = {
    playbook: playbookSchema.parse({ tighten: { prune: true, split: true, narrow: true, ...policy }, limits }),
    decisions: new Map(decisions.map((one) => [edgeKey(projectId(one.id), CALLEE), one])),
    groupDecisions: new Map(signed ? [[`1:70`, { ...approval(2, 1), id: 9, question: null }]] : []),
    isPersonal: () => false,
    fit: (_, callers) =>
      under === undefined || callers.length === 0
        ? { kind: 'fits', projects: callers.map(({ caller }) => caller), groups: [] }
        : { kind: 'fits', projects: [], groups: [{ id: under, path: 'acme/apps', widening: 0 }] },
    now: NOW,
  };
  const facts = project(1, { allowlist: live, ...callee });
  const approved = edges.filter(({ state }) => state === 'approved');
  const refused = edges.filter(({ state }) => state !== 'approved');
  const found = tightenedEntries({ callee: facts, live, approved, refused }, context);
  if (found.kind === 'impossible') return found.detail;
  const names = (list: readonly { readonly kind: string; readonly path: string }[], sign: string) =>
    list.map(({ kind, path }) => `${sign}${kind} ${path}`);
  return [...names(found.add, '+'), ...names(found.remove, '-'), ...names(found.narrow, '~')];
}

describe('a list that is enforced already', () => {
  it.each<[string, Case, readonly string[]]>([
    ['loses an entry that nobody was seen to use', { entries: [WEB, OLD], edges: [WEB_EDGE] }, ['-project acme/old']],
    ['keeps it unless told to prune', { entries: [OLD], edges: [], tighten: { prune: false } }, []],
    ['keeps one that is young', { entries: [{ ...OLD, createdAt: epochMs(NOW - DAY) }], edges: [] }, []],
    ['keeps one of unknown age', { entries: [{ ...OLD, createdAt: null }], edges: [] }, []],
    ['keeps what a cut log cannot clear', { entries: [OLD], edges: [], callee: { log: { rows: 9, cut: true } } }, []],
    ['keeps what an unread log cannot clear', { entries: [OLD], edges: [], callee: { log: null } }, []],
    ['keeps its entry for itself', { entries: [entry('project', 1, 'acme/p1')], edges: [] }, []],
    [
      'loses the entry of a caller that was refused, however young',
      { entries: [{ ...WEB, createdAt: NOW }], edges: [edge(2, 'acme/apps/web', 'rejected')] },
      ['-project acme/apps/web'],
    ],
    [
      'has a group entry split into those it was used by',
      { entries: [APPS], edges: [WEB_EDGE, SHOP_EDGE] },
      ['+project acme/apps/web', '+project acme/apps/shop', '-group acme/apps'],
    ],
    [
      'has a group entry split around a caller that was refused',
      { entries: [APPS], edges: [WEB_EDGE, edge(4, 'acme/apps/shop', 'rejected')] },
      ['+project acme/apps/web', '-group acme/apps'],
    ],
    ['keeps a group entry that somebody signed off', { entries: [APPS], edges: [WEB_EDGE], signed: true }, []],
    ['keeps a group entry unless told to split', { entries: [APPS], edges: [WEB_EDGE], tighten: { split: false } }, []],
    [
      'keeps a group entry where no room is left for what comes, and is still pruned',
      { entries: [APPS, OLD], edges: [WEB_EDGE, SHOP_EDGE], limits: { projectEntries: 2 } },
      ['-project acme/old'],
    ],
    [
      'keeps a group entry whose callers fit under it alone, and is still pruned',
      { entries: [APPS, OLD], edges: [WEB_EDGE, SHOP_EDGE], under: 70 },
      ['-project acme/old'],
    ],
    [
      'keeps a group entry where another group would be one too many for a moment',
      { entries: [APPS, OLD], edges: [WEB_EDGE], under: 71, limits: { groupEntries: 1 } },
      ['-project acme/old'],
    ],
    [
      'loses a group entry that a nearer entry makes needless',
      { entries: [APPS, WEB], edges: [WEB_EDGE] },
      ['-group acme/apps'],
    ],
    [
      'has default permissions narrowed to what was decided',
      { entries: [WEB], edges: [WEB_EDGE], decisions: [narrow(2)] },
      ['~project acme/apps/web'],
    ],
    [
      'keeps default permissions that one of the callers of a group was decided with',
      { entries: [APPS], edges: [WEB_EDGE, SHOP_EDGE], decisions: [narrow(2)], tighten: { split: false } },
      [],
    ],
    ['is repaired before it is tightened', { entries: [OLD], edges: [WEB_EDGE] }, ['+project acme/apps/web']],
  ])('%s', (_, facts, expected) => {
    expect(tighten(facts)).toEqual(expected);
  });
});
