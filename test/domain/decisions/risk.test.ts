import fc from 'fast-check';
import { NOT_LOOKED, privilegedSchedules, type RiskLook } from '../../../src/domain/decisions/facts.ts';
import { describe, expect, it } from 'vitest';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { Project } from '../../../src/domain/project.ts';
import { calleeRisk, edgeRisk, entryRisk, riskText, type EdgeFacts } from '../../../src/domain/decisions/risk.ts';
import { ruleBook } from '../../../src/domain/decisions/rules.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

const DAY = 86_400_000;
/** Nothing is known that would narrow a decision. */
const UNKNOWN = { policies: [], followed: new Set<number>() };
const NOW = epochMs(Date.UTC(2026, 2, 1));
const PLAYBOOK = playbookSchema.parse({});

const project = (id: number, path: string, change: Partial<Project> = {}): Project => ({
  ...{ id: projectId(id), path, visibility: 'internal', archived: false, personal: false, accessLevel: 40 },
  ...{ inScope: true, unread: null, log: { rows: 1, cut: false }, readAt: NOW },
  allowlist: { stored: false, effective: false, entries: [] },
  ...change,
});

const edge = (caller: Project, callee: Project, change: Partial<Edge> = {}): Edge => ({
  ...{ caller: caller.id, callerPath: caller.path, callee: callee.id, calleePath: callee.path },
  ...{
    sources: ['auth-log'],
    access: ['git'],
    needs: null,
    firstSeen: NOW,
    lastSeen: NOW,
    state: 'approved',
    decisionId: 1,
  },
  ...change,
});

interface Case {
  readonly caller?: Partial<Project>;
  readonly callee?: Partial<Project>;
  readonly edge?: Partial<Edge>;
  readonly callers?: number;
}

function facts(change: Case = {}): EdgeFacts {
  const caller = project(1, 'acme/apps/web', change.caller);
  const callee = project(2, 'acme/libs/core', change.callee);
  return { caller, callee, edge: edge(caller, callee, change.edge), callers: change.callers ?? 1 };
}

type Fact = 'personal' | 'archived' | 'open' | 'write' | 'old' | 'denied';
type Flags = Readonly<Record<Fact, boolean>> & { readonly callers: number };

const scored = (change: Case): readonly (readonly [string, number])[] =>
  edgeRisk(facts(change), PLAYBOOK, NOW).reasons.map(({ fact, points }) => [fact, points]);

describe('the risk of an edge', () => {
  it('is 0 for a young read of an internal callee by its own organisation', () => {
    expect(edgeRisk(facts(), PLAYBOOK, NOW)).toMatchObject({ score: 0, reasons: [] });
  });

  it.each<[string, Case, readonly (readonly [string, number])[]]>([
    ['a write', { edge: { access: ['git', 'trigger-api'] } }, [['writes', 25]]],
    ['Terraform state', { edge: { access: ['terraform-state'] } }, [['secrets', 20]]],
    ['an unknown kind of access', { edge: { access: [] } }, [['unknownAccess', 5]]],
    ['another root group', { caller: { path: 'Partners/x' } }, [['crossRoot', 20]]],
    ['a root group spelled otherwise: nothing', { caller: { path: 'ACME/x' } }, []],
    ['a personal namespace, not twice', { caller: { path: 'mara/x', personal: true } }, [['personalCaller', 30]]],
    ['a public caller', { caller: { visibility: 'public' } }, [['publicCaller', 15]]],
    ['a private callee', { callee: { visibility: 'private' } }, [['privateCallee', 5]]],
    ['an archived callee', { callee: { archived: true } }, [['archived', 10]]],
    ['age', { edge: { lastSeen: epochMs(NOW - 91 * DAY) } }, [['stale', 15]]],
    ['no age up to half of maxAge', { edge: { lastSeen: epochMs(NOW - 90 * DAY) } }, []],
    ['a denial alone', { edge: { sources: ['denial'] } }, [['deniedOnly', 30]]],
    ['a denial beside the log: nothing', { edge: { sources: ['auth-log', 'denial'] } }, []],
    ['half a hub', { callers: 100 }, [['hub', 5]]],
    ['more than a hub, no more than its weight', { callers: 900 }, [['hub', 10]]],
  ])('counts %s', (_, change, expected) => {
    expect(scored(change)).toEqual(expected);
  });

  it('never counts an unread fact as zero in silence: it is named, with what the score might be', () => {
    const { score, unread, atMost } = edgeRisk(facts({ callers: 100 }), PLAYBOOK, NOW);
    expect(unread).toEqual([
      ...['protectedEnvironments', 'packages', 'terraformStates', 'pushers', 'forks', 'privilegedSchedules'],
    ]);
    expect([score, atMost]).toEqual([5, 5 + 15 + 5 + 10 + 10 + 5 + 15]);
    const indifferent = playbookSchema.parse({ risk: { weights: { forks: 0, packages: 0 } } });
    expect(edgeRisk(facts(), indifferent, NOW).unread).toEqual([
      'protectedEnvironments',
      'terraformStates',
      'pushers',
      'privilegedSchedules',
    ]);
  });

  it('counts what was looked up, in part where it holds in part, and leaves the rest unread', () => {
    const look = {
      ...NOT_LOOKED,
      protectedEnvironments: 2,
      packages: 0,
      terraformStates: 1,
      pushers: 10,
      privilegedSchedules: 1,
    };
    const { reasons, unread, score, atMost } = edgeRisk({ ...facts(), look }, PLAYBOOK, NOW);
    expect(reasons.map(({ fact, points }) => [fact, points])).toEqual([
      ['privilegedSchedules', 15],
      ['protectedEnvironments', 15],
      ['terraformStates', 10],
      ['pushers', 2],
    ]);
    expect([unread, score, atMost]).toEqual([['forks'], 42, 47]);
  });

  it('adds up, and is explained by what it adds up', () => {
    const risk = edgeRisk(facts({ caller: { path: 'mara/x', personal: true }, edge: { access: [] } }), PLAYBOOK, NOW);
    expect(risk.score).toBe(35);
    expect(riskText(risk)).toBe('the caller is in a personal namespace (30), the kind of access is not known (5)');
  });

  it('takes the weights of the playbook, and drops facts without weight', () => {
    const playbook = playbookSchema.parse({ risk: { weights: { writes: 90, secrets: 0 } } });
    const found = edgeRisk(facts({ edge: { access: ['git-push', 'terraform-state'] } }), playbook, NOW);
    expect(found.reasons.map(({ fact }) => fact)).toEqual(['writes']);
    expect(found.score).toBe(90);
  });

  it('grows with what is looked up: a further count lowers no score, and what is read stays between score and at most', () => {
    const names = Object.keys(NOT_LOOKED) as (keyof RiskLook)[];
    const count = fc.option(fc.nat(200), { nil: null });
    const looks = fc.record(
      Object.fromEntries(names.map((name) => [name, count])) as Record<keyof RiskLook, typeof count>,
    );
    const risk = (look: RiskLook) => edgeRisk({ ...facts(), look }, PLAYBOOK, NOW);
    fc.assert(
      fc.property(looks, fc.constantFrom(...names), fc.nat(200), (look, name, more) => {
        const before = risk(look);
        const worse = risk({ ...look, [name]: (look[name] ?? 0) + more });
        expect(worse.score).toBeGreaterThanOrEqual(before.score);
        expect(before.score).toBeLessThanOrEqual(before.atMost);
        // Reading what was unread moves the score within what was said before.
        if (look[name] === null) {
          expect(worse.score).toBeLessThanOrEqual(before.atMost);
          expect(worse.atMost).toBeLessThanOrEqual(before.atMost);
        }
        const unread = names.filter((one) => look[one] === null);
        expect([...before.unread].sort()).toEqual([...unread].sort());
      }),
    );
  });

  it('of a callee grows with what it guards, whenever that was read, and unread counts for nothing', () => {
    const callee = project(2, 'acme/libs/core');
    const score = (look: Partial<RiskLook>) => calleeRisk(callee, [], PLAYBOOK, { ...NOT_LOOKED, ...look }).score;
    expect([score({}), score({ protectedEnvironments: 0 })]).toEqual([15, 15]);
    expect([score({ protectedEnvironments: 3 }), score({ packages: 1, terraformStates: 1 })]).toEqual([30, 30]);
    expect(score({ pushers: 90, forks: 9, privilegedSchedules: 9 })).toBe(15);
  });

  it('stays within 0 and 100, and no further fact lowers it', () => {
    const flags = fc.record({
      personal: fc.boolean(),
      archived: fc.boolean(),
      open: fc.boolean(),
      write: fc.boolean(),
      old: fc.boolean(),
      denied: fc.boolean(),
      callers: fc.nat(2_000),
    });
    const score = (f: Flags) =>
      edgeRisk(
        facts({
          caller: { personal: f.personal, visibility: f.open ? 'public' : 'private' },
          callee: { archived: f.archived },
          edge: {
            access: f.write ? ['git', 'git-push'] : ['git'],
            lastSeen: epochMs(f.old ? NOW - 150 * DAY : NOW),
            sources: f.denied ? ['denial'] : ['scan'],
          },
          callers: f.callers,
        }),
        PLAYBOOK,
        NOW,
      ).score;
    fc.assert(
      fc.property(
        flags,
        fc.constantFrom<Fact>('personal', 'archived', 'open', 'write', 'old', 'denied'),
        (some: Flags, fact: Fact) => {
          const found = score(some);
          expect(found).toBeGreaterThanOrEqual(0);
          expect(found).toBeLessThanOrEqual(100);
          expect(score({ ...some, [fact]: true })).toBeGreaterThanOrEqual(found);
        },
      ),
    );
  });
});

describe('the risk of an entry', () => {
  const low = { score: 5, reasons: [], unread: [], atMost: 5 };
  const high = {
    score: 30,
    reasons: [{ fact: 'deniedOnly' as const, points: 30, because: 'x' }],
    unread: [],
    atMost: 30,
  };
  const group = { kind: 'group' as const, path: 'acme/apps', defaultPermissions: true };
  const callers = [1, 2, 3].map((id) => ({ id: projectId(id), path: `acme/apps/${id}` }));

  it('is that of its riskiest caller for a project', () => {
    const own = { ...group, kind: 'project' as const, callers: callers.slice(0, 1), widening: 0 };
    expect(entryRisk(own, [low, high], PLAYBOOK)).toEqual(high);
  });

  it('adds for a group what comes along: more with wide permissions, more with the share never seen', () => {
    expect(entryRisk({ ...group, callers, widening: 0 }, [low], PLAYBOOK).score).toBe(5 + 10 + 15);
    expect(entryRisk({ ...group, callers, widening: 0, defaultPermissions: false }, [low], PLAYBOOK).score).toBe(15);
    expect(entryRisk({ ...group, callers, widening: 9 }, [low, high], PLAYBOOK).score).toBe(30 + 10 + 15 + 19);
  });
});

describe('the risk of a callee, which orders waves', () => {
  const callee = project(2, 'acme/libs/core', { visibility: 'private' });
  const approved = (count: number, root = 'acme', change: Partial<Edge> = {}): readonly Edge[] =>
    Array.from({ length: count }, (_, n) => edge(project(10 + n, `${root}/apps/a${n}`), callee, change));
  const score = (edges: readonly Edge[], change: Partial<Project> = {}): number =>
    calleeRisk({ ...callee, ...change }, edges, PLAYBOOK).score;

  it('is 0 where nobody calls, and grows with the callers up to their weight', () => {
    expect([0, 1, 10, 100, 1_000, 5_000].map((count) => score(approved(count)))).toEqual([0, 5, 17, 33, 50, 50]);
  });

  it('grows with what the evidence may have missed and with who was not asked', () => {
    const base = score(approved(3));
    expect(score(approved(3, 'partners'))).toBe(base + 15);
    expect(score(approved(3), { visibility: 'public' })).toBe(base + 15);
    expect(score(approved(3), { log: { rows: 1_000, cut: true } })).toBe(base + 10);
    expect(score(approved(3), { log: null })).toBe(base + 10);
    expect(score(approved(3, 'acme', { access: ['terraform-state'] }))).toBe(base + 10);
  });
});

describe("the playbook's bar", () => {
  const rules = (maxForRules: number) => {
    const all = [
      { name: 'all', then: 'approve', reason: 'seen' },
      { name: 'rest', then: 'reject', reason: 'too much' },
    ];
    return ruleBook(playbookSchema.parse({ risk: { maxForRules }, decisions: { rules: all } }));
  };
  const risky = facts({ caller: { path: 'mara/x', personal: true } });

  it('lets a rule approve an edge at the bar, and not above it', () => {
    expect(rules(30).propose(risky, NOW, UNKNOWN)).toMatchObject({ verdict: 'approved', by: { name: 'all' } });
    const [all] = rules(29).explain(risky, NOW);
    expect(all).toEqual({
      rule: 'all',
      matches: false,
      barred: true,
      because: "risk 30 is above the playbook's bar of 29: the caller is in a personal namespace (30)",
    });
  });

  it('stops approvals alone: a later rule may still reject', () => {
    expect(rules(0).propose(risky, NOW, UNKNOWN)).toMatchObject({ verdict: 'rejected', by: { name: 'rest' } });
  });
});

describe('privileged schedules', () => {
  const nobody: ReadonlySet<number> = new Set();
  it.each<[string, Partial<Parameters<typeof privilegedSchedules>[0]>, number | null]>([
    ['no schedule', { owners: [] }, 0],
    ['schedules that were not read', { owners: null }, null],
    ['a maintainer and somebody else', { owners: [1, 2], maintainers: new Set([1]) }, 1],
    ['an administrator', { owners: [5, 5], administrators: new Set([5]) }, 2],
    ['somebody, while maintainers are not all known', { owners: [2], maintainersKnown: false }, null],
    [
      'a maintainer, while others are not known',
      { owners: [1], maintainers: new Set([1]), maintainersKnown: false },
      1,
    ],
    ['nobody that GitLab names', { owners: [null] }, null],
  ])('of %s', (_, change, expected) => {
    const facts = { owners: [], maintainers: nobody, maintainersKnown: true, administrators: nobody };
    expect(privilegedSchedules({ ...facts, ...change })).toBe(expected);
  });
});
