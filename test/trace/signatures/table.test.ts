import { describe, expect, it } from 'vitest';
import { createInstance } from '../../../src/trace/naming/instance.ts';
import { traceAutomaton } from '../../../src/trace/reading/needles.ts';
import { BARE_STATUS } from '../../../src/trace/signatures/http.ts';
import { SIGNATURES } from '../../../src/trace/signatures/table.ts';
import { mentionsIn } from '../../../src/trace/naming/target.ts';
import { read } from '../trace-builder.ts';
import { stopwatch } from '../../processor-time.ts';

const rows = [...SIGNATURES, BARE_STATUS];

describe('the table of signatures', () => {
  it('names each row once', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it.each(SIGNATURES)('$id is the first row that its own example opens', ({ id, example }) => {
    const first = SIGNATURES.find(
      ({ words, pattern }) => words.some((part) => example.includes(part)) && pattern.test(example),
    );
    expect(first?.id).toBe(id);
  });

  it.each(rows)('$id says where it is from', ({ client, versions, source }) => {
    for (const text of [client, versions, source]) expect(text).not.toBe('');
  });

  it('fits the automaton, with the words of every language', () => {
    expect(() => traceAutomaton(createInstance('https://gitlab.example.com/gitlab', null))).not.toThrow();
  });
});

// Pieces of the patterns themselves: what a run of them costs shows whether a pattern looks back.
const BAIT = [
  ...rows.flatMap(({ words, example }) => [...words, example]),
  ...[
    'https://gitlab.example.com/',
    '//',
    "'https://a/'",
    'remote: ',
    '[Remote: ',
    'from/to ',
    ' - GET ',
    '\\"',
    '%2F',
  ],
];
const LONG = 4_096;
const repeated = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

describe('no line makes a pattern run away', () => {
  it.each(rows)('$id', ({ pattern }) => {
    const elapsed = stopwatch();
    for (const bait of BAIT) {
      pattern.test(repeated(bait, LONG));
      pattern.test(`${bait}${' '.repeat(LONG)}${bait}`);
    }
    // Milliseconds where it is linear, many seconds where it is not.
    expect(elapsed()).toBeLessThan(2_000);
  });

  it('nor the search for addresses', () => {
    const locator = { instance: createInstance('https://gitlab.example.com/gitlab', null), callerPath: 'a/b' };
    const elapsed = stopwatch();
    for (const bait of BAIT) mentionsIn(repeated(bait, LONG), locator);
    expect(elapsed()).toBeLessThan(4_000);
  });

  it('nor a trace of refusals alone', async () => {
    const line =
      "fatal: unable to access 'https://git.corp.test/tools/sdk.git/': The requested URL returned error: 403\n";
    const elapsed = stopwatch();
    await read(line.repeat(20_000));
    expect(elapsed()).toBeLessThan(8_000);
  });
});
