import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from '../../../src/cli/terminal/stream.ts';

async function textOf(document: object): Promise<string> {
  let text = '';
  for await (const piece of jsonText(document)) text += piece;
  return text;
}

/** The same value with every list as a stream, and every other member as a function. */
function streamed(value: unknown): unknown {
  if (Array.isArray(value)) return items(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member], at) => [key, at % 2 === 0 ? () => streamed(member) : streamed(member)]),
  );
}

async function* items(list: readonly unknown[]): AsyncGenerator {
  for (const item of list) yield await Promise.resolve(streamed(item));
}

it('writes what JSON.stringify would write, however much of it comes piece by piece', async () => {
  const document = fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(document, async (value) => {
      const expected = `${JSON.stringify({ schemaVersion: 1, ...value }, null, 2)}\n`;
      expect(await textOf(value)).toBe(expected);
      expect(await textOf(streamed(value) as object)).toBe(expected);
    }),
    { numRuns: 200 },
  );
});

it('asks a function when its turn has come, and leaves out what is undefined', async () => {
  let count = 0;
  async function* counting(): AsyncGenerator<number> {
    for (const item of [1, 2]) yield await Promise.resolve((count += item));
  }
  const text = await textOf({ list: counting(), count: () => count, nothing: () => undefined });
  expect(JSON.parse(text)).toEqual({ schemaVersion: 1, list: [1, 3], count: 3 });
});
