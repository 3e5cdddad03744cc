import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { ACCESS_KINDS } from '../../../src/domain/access/permissions.ts';
import { playbookSchema, type Playbook } from '../../../src/domain/playbook.ts';
import type { Project } from '../../../src/domain/project.ts';
import { edgeRisk, type EdgeFacts } from '../../../src/domain/decisions/risk.ts';
import { deadRules } from '../../../src/domain/decisions/rule-check.ts';
import { ruleBook } from '../../../src/domain/decisions/rules.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

/*
 * Whatever a playbook says and whatever is known of an edge: what no rule may approve stays with a person. Fails when
 * `barredFromRules` loses one of its three conditions, or when `deadRules` names a rule that some edge reaches.
 */

const DAY = 86_400_000;
/** Nothing is known that would narrow a decision. */
const UNKNOWN = { policies: [], followed: new Set<number>() };
const NOW = epochMs(Date.UTC(2026, 5, 1));
const RUNS = { numRuns: 800 };

const path = fc
  .tuple(
    fc.constantFrom('acme', 'Acme', 'partners', 'mara'),
    fc.constantFrom('apps', 'libs'),
    fc.constantFrom('a', 'b'),
  )
  .map((parts) => parts.join('/'));
const glob = fc.oneof(
  path,
  fc.constantFrom('**', '*/**', 'acme/**', 'acme/libs/**', 'acme/libs/*', 'partners/**', 'ACME/apps/**', '*/libs/a'),
);
const some = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...all], { minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 1 });
const kinds = some(['git', 'npm', 'git-push', 'release', 'terraform-state', 'secure-files'] as const);

// Most conditions away: rules with all seven match next to nothing.
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const when = fc
  .record({
    callers: maybe(glob),
    callees: maybe(glob),
    sameGroup: seldom(fc.integer({ min: 1, max: 3 })),
    crossRoot: seldom(fc.boolean()),
    seenWithin: seldom(fc.constantFrom('1d', '30d', '400d')),
    access: seldom(kinds),
    callerVisibility: seldom(some(['private', 'internal', 'public'] as const)),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

const rules = fc
  .array(fc.record({ when, then: fc.constantFrom('approve', 'approve', 'reject', 'ask') }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((list) => list.map((rule, index) => ({ ...rule, name: `rule ${index}`, reason: 'because' })));

const playbook: fc.Arbitrary<Playbook> = fc
  .record({
    rules,
    maxForRules: fc.constantFrom(0, 5, 20, 50, 100),
    weights: fc.record({
      crossRoot: fc.nat(100),
      publicCaller: fc.nat(100),
      writes: fc.nat(100),
      personalCaller: fc.nat(100),
    }),
    maxAge: fc.constantFrom('10d', '180d'),
    sources: some(['auth-log', 'scan', 'trace', 'import'] as const),
    groups: fc.constantFrom<string[]>([], ['acme'], ['acme/libs', 'partners']),
    exclude: fc.constantFrom<string[]>([], ['acme/libs/**'], ['**/a']),
  })
  .map(({ rules: list, maxForRules, weights, maxAge, sources, groups, exclude }) =>
    playbookSchema.parse({
      decisions: { rules: list },
      risk: { maxForRules, weights },
      evidence: { maxAge, sources },
      scope: { groups, exclude },
    }),
  );

const project = (id: number): fc.Arbitrary<Project> =>
  fc
    .record({ path, visibility: fc.constantFrom('private', 'internal', 'public', 'unknown'), archived: fc.boolean() })
    .map((drawn): Project => ({
      ...{ id: projectId(id), accessLevel: 40, inScope: true, unread: null, log: null, readAt: NOW },
      ...{ allowlist: null, personal: drawn.path.startsWith('mara') },
      ...(drawn as Pick<Project, 'path' | 'visibility' | 'archived'>),
    }));

const facts: fc.Arbitrary<EdgeFacts> = fc
  .record({
    caller: project(1),
    callee: project(2),
    sources: some(['auth-log', 'scan', 'trace', 'import', 'denial'] as const),
    access: fc.subarray([...ACCESS_KINDS], { maxLength: 2 }),
    days: fc.constantFrom(0, 0, 5, 20, 100, 300),
    callers: fc.nat(300),
  })
  .map(({ caller, callee, sources, access, days, callers }) => {
    const lastSeen = epochMs(NOW - days * DAY);
    const edge: Edge = {
      ...{ caller: caller.id, callerPath: caller.path, callee: callee.id, calleePath: callee.path },
      ...{ sources, access, needs: null, firstSeen: lastSeen, lastSeen, state: 'undecided', decisionId: null },
    };
    return { edge, caller, callee, callers };
  });

describe('rules of any playbook, on any edge', () => {
  it('never approve what is above the bar, too old, or known from a denial alone; and never anything but an edge', () => {
    let approved = 0;
    fc.assert(
      fc.property(playbook, facts, (book, known) => {
        const decision = ruleBook(book).propose(known, NOW, UNKNOWN);
        if (decision?.verdict !== 'approved') return;
        approved += 1;
        expect(decision.subject).toEqual({ kind: 'edge', caller: known.edge.caller, callee: known.edge.callee });
        expect(edgeRisk(known, book, NOW).score).toBeLessThanOrEqual(book.risk.maxForRules);
        expect(known.edge.sources.some((source) => source !== 'denial' && book.evidence.sources.includes(source))).toBe(
          true,
        );
        expect(NOW - known.edge.lastSeen).toBeLessThanOrEqual(book.evidence.maxAge);
        expect(decision.by).toEqual({ kind: 'rule', name: expect.stringMatching(/^rule /) as string });
      }),
      RUNS,
    );
    expect(approved).toBeGreaterThan(RUNS.numRuns / 50);
  });

  it('decide by the first that matches, and explain each other', () => {
    fc.assert(
      fc.property(playbook, facts, (book, known) => {
        const trials = ruleBook(book).explain(known, NOW);
        expect(trials.map(({ rule }) => rule)).toEqual(book.decisions.rules.map(({ name }) => name));
        for (const { because } of trials) expect(because).not.toBe('');
        const first = trials.find(({ matches }) => matches)?.rule ?? null;
        const then = book.decisions.rules.find(({ name }) => name === first)?.then ?? 'ask';
        const verdict = ruleBook(book).propose(known, NOW, UNKNOWN)?.verdict ?? null;
        expect(verdict).toBe(then === 'approve' ? 'approved' : then === 'reject' ? 'rejected' : null);
      }),
      RUNS,
    );
  });

  it('match nothing where they are said to be dead', () => {
    let dead = 0;
    fc.assert(
      fc.property(playbook, fc.array(facts, { minLength: 5, maxLength: 20 }), (book, edges) => {
        const named = new Set(deadRules(book).map(({ rule }) => rule));
        dead += named.size;
        if (named.size === 0) return;
        const inScope = edges.filter(({ callee }) => isIn(book, callee.path));
        const first = inScope.map(
          (known) =>
            ruleBook(book)
              .explain(known, NOW)
              .find(({ matches }) => matches)?.rule,
        );
        expect(first.filter((rule) => rule !== undefined && named.has(rule))).toEqual([]);
      }),
      RUNS,
    );
    expect(dead).toBeGreaterThan(RUNS.numRuns / 10);
  });
});

/** The scopes that are drawn above, restated by hand. */
function isIn({ scope }: Playbook, callee: string): boolean {
  const lower = callee.toLowerCase();
  const within = scope.groups.length === 0 || scope.groups.some((group) => lower.startsWith(`${group}/`));
  const out = scope.exclude.some((pattern) =>
    pattern === '**/a' ? lower.endsWith('/a') : lower.startsWith('acme/libs/'),
  );
  return within && !out;
}

describe('a rule that can never match', () => {
  const check = (rules: readonly object[], more: object = {}): readonly (readonly [string, string])[] =>
    deadRules(
      playbookSchema.parse({
        ...more,
        decisions: {
          rules: rules.map((rule, index) => ({ name: `r${index}`, reason: 'x', then: 'approve', ...rule })),
        },
      }),
    ).map(({ rule, because }) => [rule, because]);

  it.each<[string, readonly object[], object, readonly (readonly [string, string])[]]>([
    [
      'contradicts itself',
      [{ when: { crossRoot: true, sameGroup: 1 } }],
      {},
      [['r0', '`crossRoot: true` and `sameGroup: 1` exclude each other']],
    ],
    [
      'asks for shared groups of paths that part earlier',
      [{ when: { callers: 'acme/apps/**', callees: 'acme/libs/**', sameGroup: 2 } }],
      {},
      [['r0', 'acme/apps/** and acme/libs/** share 1 group, and `sameGroup` asks for 2']],
    ],
    [
      'asks for one root of two',
      [{ when: { callers: 'acme/**', callees: 'partners/**', crossRoot: false } }],
      {},
      [['r0', '`crossRoot: false`, and acme/** and partners/** are in different root groups']],
    ],
    [
      'speaks of callees outside of the scope',
      [{ when: { callees: 'partners/**' } }],
      { scope: { groups: ['acme'] } },
      [['r0', 'partners/** is outside of `scope`']],
    ],
    [
      'speaks of callees that are excluded',
      [{ when: { callees: 'acme/lab/toys/**' } }],
      { scope: { exclude: ['acme/lab/**'] } },
      [['r0', '`scope.exclude` leaves acme/lab/** out']],
    ],
    [
      'would approve only what is above the bar',
      [{ when: { crossRoot: true, access: ['git-push'] } }],
      { risk: { maxForRules: 40 } },
      [['r0', 'what it matches has a risk of 45 at least, and `risk.maxForRules` is 40']],
    ],
    [
      'comes after one that takes all',
      [{ when: { sameGroup: 1 } }, { when: { sameGroup: 2, seenWithin: '30d' } }],
      {},
      [['r1', 'the rule r0 before it matches all that it would']],
    ],
    ['rejects what an approval before it may have left, which is alive', [{}, { then: 'reject' }], {}, []],
    [
      'comes after an `ask` for all',
      [{ then: 'ask' }, { then: 'reject' }],
      {},
      [['r1', 'the rule r0 before it matches all that it would']],
    ],
    ['is one of the shipped kind, which are alive', [{ when: { sameGroup: 2 } }, { when: { sameGroup: 1 } }], {}, []],
  ])('%s', (_, list, more, expected) => {
    expect(check(list, more)).toEqual(expected);
  });
});
