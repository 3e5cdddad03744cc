import { describe, expect, it } from 'vitest';
import { compare, readCases, scanCase } from './labelled.ts';

describe('labelled configurations of real habits', () => {
  const cases = readCases();

  it('holds at least 60 cases, each under its own name', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it.each(cases.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const none = { missed: [], invented: [], policies: [], misplaced: [], unnamed: [] };
    expect(compare(one, scanCase(one))).toEqual(none);
  });
});
