import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/decisions/decision.ts';
import { parseEdgeFilter } from '../../../src/domain/edges/edge-filter.ts';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

const DAY = 86_400_000;
const NOW = epochMs(1_800_000_000_000);

const edge: Edge = {
  caller: projectId(1),
  callerPath: 'Acme/Apps/web',
  callee: projectId(2),
  calleePath: 'acme/libs/core',
  sources: ['auth-log', 'scan'],
  access: ['git', 'npm'],
  needs: null,
  firstSeen: epochMs(NOW - 60 * DAY),
  lastSeen: epochMs(NOW - 10 * DAY),
  state: 'approved',
  decisionId: 1,
};
const decision = { by: { kind: 'rule', name: 'same team' } } as Decision;

function fits(expression: string): boolean {
  const parsed = parseEdgeFilter(expression);
  if (parsed.kind === 'problem') throw new Error(parsed.message);
  return parsed.matches({ edge, decision }, NOW);
}

describe('parseEdgeFilter', () => {
  it.each([
    ['caller=acme/apps/*', true],
    ['caller=acme/*', false],
    ['caller=acme/**', true],
    ['callee=ACME/libs/core', true],
    ['callee!=acme/libs/**', false],
    ['state=approved', true],
    ['state={undecided,approved}', true],
    ['state!=approved', false],
    ['source=scan', true],
    ['source!=scan', false],
    ['source!=denial', true],
    ['access=np*', true],
    ['access=git-push', false],
    ['by="same team"', true],
    ['by="rule:same*"', true],
    ['by=person:*', false],
    ['by!=person:*', true],
    ['seen<30d', true],
    ['seen<10d', false],
    ['seen>9d', true],
    ['seen>10d', false],
    ['caller=acme/** state=approved seen<30d', true],
    ['caller=acme/** state=rejected seen<30d', false],
  ])('%s -> %s', (expression, expected) => {
    expect(fits(expression)).toBe(expected);
  });

  it.each([
    ['', 'empty', null],
    ['   ', 'empty', null],
    ['acme/libs', 'no term', null],
    ['calle=acme/**', 'no key "calle"', 'calle'],
    ['state=aproved', 'no state "aproved"', 'aproved'],
    ['state!=aproved', 'no state "aproved"', 'aproved'],
    ['access=gitt', 'no access "gitt"', 'gitt'],
    ['caller=', '1 to 500', null],
    [`caller=${'a'.repeat(501)}`, '1 to 500', null],
    ['seen=30d', '< or >', null],
    ['seen<30', 'no duration', null],
    ['caller<acme', '= or !=', null],
  ])('refuses %s', (expression, message, word) => {
    expect(parseEdgeFilter(expression)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining(message),
      word,
    });
  });

  it('says which keys were named, so that a bulk order knows whether the state was meant', () => {
    expect(parseEdgeFilter('caller=a/** seen<3d')).toMatchObject({ keys: new Set(['caller', 'seen']) });
  });

  it('has no decision to match where there is none', () => {
    const parsed = parseEdgeFilter('by=*');
    expect(parsed.kind === 'filter' && parsed.matches({ edge, decision: null }, NOW)).toBe(false);
  });
});
