import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutStore } from '../../../../src/engine/ports.ts';
import { at, open, temporaryDirectory } from '../support.ts';

/** A row of the ledger as the file holds it. */
interface Row {
  readonly seq: number;
  readonly at: number;
  readonly local_at: number;
  readonly actor: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
  readonly previous: string;
  readonly hash: string;
}

const ROWS = 7;
const TEXTS = ['actor', 'kind', 'subject', 'body', 'previous', 'hash'] as const;
const MOMENTS = ['at', 'local_at'] as const;

let directory: ReturnType<typeof temporaryDirectory>;
let store: RolloutStore;
let raw: Database.Database;
let rows: readonly Row[];

/** Whoever has the file takes its triggers off and writes what they like into a copy of it. */
beforeAll(async () => {
  directory = temporaryDirectory();
  const [original, copy] = [`${directory.path}/rollout.db`, `${directory.path}/copy.db`];
  const written = await open(original);
  for (let n = 1; n <= ROWS; n += 1) {
    const body = { n, why: `reason ${n % 3}`, list: [1, { z: null, a: 'ü' }] };
    await written.appendLedger(
      [{ kind: n % 2 ? 'intent' : 'outcome', subject: `acme/p${n % 3}`, body }],
      at(n * 1_000),
    );
  }
  written.close();
  copyFileSync(original, copy);
  store = await open(copy);
  raw = new Database(copy);
  raw.pragma('synchronous = off');
  const triggers = raw.prepare<[], string>(`select name from sqlite_master where type = 'trigger'`).pluck().all();
  for (const name of triggers) raw.exec(`drop trigger "${name}"`);
  rows = raw.prepare<[], Row>('select * from ledger order by seq').all();
});
afterAll(() => {
  raw.close();
  store.close();
  directory.remove();
});

function write(forged: readonly Row[]): void {
  const insert = raw.prepare(
    `insert into ledger (seq, at, local_at, actor, kind, subject, body, previous, hash)
      values (@seq, @at, @local_at, @actor, @kind, @subject, @body, @previous, @hash)`,
  );
  raw.transaction(() => {
    raw.exec('delete from ledger');
    for (const row of forged) insert.run(row);
  })();
}

const place = fc.nat(ROWS - 1);
const numbered = (list: readonly Row[]): readonly Row[] => list.map((row, index) => ({ ...row, seq: index + 1 }));

const changedText = fc
  .tuple(place, fc.constantFrom(...TEXTS), fc.oneof(fc.string({ unit: 'grapheme' }), fc.json()), fc.nat(8))
  .map(([index, field, text, way]) =>
    rows.with(index, { ...rows[index]!, [field]: forgery(rows[index]![field], text, way) }),
  );

/** Something unlike anything, or nearly what was there: a blank, a letter's case, a doubled key, a part cut off. */
function forgery(was: string, text: string, way: number): string {
  const near = [`${was} `, was.toUpperCase(), was.slice(1), was.replace('{', '{ '), was.replace('{', '{"n":0,')];
  return near[way] ?? text;
}

const changedMoment = fc
  .tuple(place, fc.constantFrom(...MOMENTS), fc.integer())
  .map(([index, field, moment]) => rows.with(index, { ...rows[index]!, [field]: moment }));

const deleted = fc
  .tuple(fc.nat(ROWS - 2), fc.boolean())
  .map(([index, renumber]) => (renumber ? numbered(rows.toSpliced(index, 1)) : rows.toSpliced(index, 1)));

const inserted = fc.tuple(place, place).map(([index, copied]) => numbered(rows.toSpliced(index, 0, rows[copied]!)));

const insertedOutside = fc
  .tuple(fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: ROWS + 1 })), place)
  .map(([seq, copied]) => [...rows, { ...rows[copied]!, seq }]);

const reordered = fc
  .shuffledSubarray(
    Array.from({ length: ROWS }, (_, index) => index),
    { minLength: ROWS },
  )
  .map((order) => numbered(order.map((index) => rows[index]!)));

/** The same, but for the columns that tie a row to its place. */
const swapped = fc.tuple(place, place).map(([one, other]) => {
  const tied = (row: Row, { seq, previous, hash }: Row): Row => ({ ...row, seq, previous, hash });
  return rows.with(one, tied(rows[other]!, rows[one]!)).with(other, tied(rows[one]!, rows[other]!));
});

const same = (forged: readonly Row[]): boolean => JSON.stringify(forged) === JSON.stringify(rows);

/** The chain made anew over forged rows, as the documentation of the hash lets anybody do. */
function rechained(forged: readonly Row[]): readonly Row[] {
  let previous = '0'.repeat(64);
  return forged.map((row) => {
    const { seq, actor, body, kind, subject } = row;
    const content =
      `{"actor":${actor},"at":${row.at},"body":${body},"kind":${JSON.stringify(kind)},` +
      `"localAt":${row.local_at},"seq":${seq},"subject":${JSON.stringify(subject)}}`;
    const made = { ...row, previous, hash: createHash('sha256').update(`${previous}${content}`).digest('hex') };
    previous = made.hash;
    return made;
  });
}

describe('a ledger that was written into', () => {
  it.each([
    ['a text changed', () => changedText],
    ['a moment changed', () => changedMoment],
    ['a row taken out', () => deleted],
    ['a row put in', () => inserted],
    ['a row put outside', () => insertedOutside],
    ['rows in another order', () => reordered],
    ['the contents of two rows exchanged', () => swapped],
  ])('does not verify with %s', async (_, forgeries) => {
    await fc.assert(
      fc.asyncProperty(forgeries(), async (forged) => {
        fc.pre(!same(forged));
        write(forged);
        expect((await store.verifyLedger()).problem).not.toBeNull();
      }),
      { numRuns: 80 },
    );
  });

  it('verifies as it was', async () => {
    write(rows);
    expect(await store.verifyLedger()).toEqual({ rows: ROWS, last: rows.at(-1)!.hash, problem: null });
    expect(rechained(rows)).toEqual(rows);
  });

  it('shows by its anchor that rows were cut off the end, which nothing else can', async () => {
    const anchor = rows.at(-1)!.hash;
    for (let left = 0; left < ROWS; left += 1) {
      write(rows.slice(0, left));
      expect((await store.verifyLedger()).problem).toBeNull();
      expect((await store.verifyLedger(anchor)).problem).toContain('cut off the end');
    }
  });

  it('shows by its anchor that it was chained anew', async () => {
    const anyMoment = fc
      .tuple(place, fc.nat())
      .map(([index, moment]) => rows.with(index, { ...rows[index]!, at: moment }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyMoment, deleted.map(numbered), inserted, reordered), async (forged) => {
        // What is put behind the anchored row the anchor does not speak of.
        fc.pre(!same(forged.slice(0, ROWS)));
        write(rechained(forged));
        expect((await store.verifyLedger()).problem).toBeNull();
        const { problem } = await store.verifyLedger(rows.at(-1)!.hash);
        expect(problem).toContain('no row has the anchor');
      }),
      { numRuns: 60 },
    );
  });
});
