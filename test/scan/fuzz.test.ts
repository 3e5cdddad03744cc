import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelledCase } from './labelled.ts';
import { readCases, scanCase } from './labelled.ts';

/** Real configurations, damaged: whatever a file has become, the scan ends soon, throws nothing and shows no mark. */

const CASES = readCases();
const LIMIT_MS = 3_000;
const PIECES = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\uFEFF',
  '\0',
  '"',
  "'",
  '`',
  '$(',
  '${',
  '<(',
  '$((',
  '}',
  ')',
  '|',
  ' & ',
  '*x',
  '&x ',
  '<<: *x',
  '!reference [a, script]',
  'extends: [a, b]',
  'while true; do ',
  'until false; do ',
  'for ((;;)); do ',
  'done',
  '<<EOF',
  '[[',
  '\\',
  '%',
  '{{',
  '\uE000',
  '#',
];

interface Damage {
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat({ max: 30 }),
  piece: fc.constantFrom(...PIECES),
});

const damaged = (text: string, all: readonly Damage[]): string =>
  all.reduce((before, { at, length, piece }) => {
    const start = Math.floor(at * before.length);
    return before.slice(0, start) + piece + before.slice(start + length);
  }, text);

describe('damaged configurations', () => {
  it('are scanned to an end, without an exception and without a mark in what is shown', () => {
    fc.assert(
      fc.property(fc.nat(CASES.length - 1), fc.array(damage, { maxLength: 4, minLength: 1 }), (index, all) => {
        const one = CASES[index] as LabelledCase;
        const files = Object.fromEntries(Object.entries(one.files).map(([path, text]) => [path, damaged(text, all)]));
        const start = process.cpuUsage();
        const result = scanCase({ ...one, files });
        const { user, system } = process.cpuUsage(start);
        expect((user + system) / 1_000).toBeLessThan(LIMIT_MS);
        expect(result.unresolved.filter(({ why }) => why.includes('could not follow'))).toEqual([]);
        expect(JSON.stringify({ ...result, wanted: [] })).not.toMatch(/[\uE000-\uE1FF]/u);
      }),
      { numRuns: process.env['TIDEGATE_SOAK'] === '1' ? 10_000 : 250 },
    );
  });
});
