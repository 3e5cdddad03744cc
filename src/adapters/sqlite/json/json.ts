import type { z } from 'zod';
import { RolloutError } from '../../../domain/errors.ts';

/** Where a text was read, for the message when it makes no sense. */
export interface Cell {
  readonly table: string;
  readonly row: string | number;
}

/** Short texts that many rows share (`[]`, `["auth-log"]`) are parsed once; the result is shared, as it is readonly. */
const SHARED_LENGTH = 200;
const SHARED_TEXTS = 1_000;

/** A reader of one JSON column; `cell` may be worked out once it is needed, as of a million rows none may be. */
export type JsonReader<T> = (text: string, cell: Cell | (() => Cell)) => T;

/**
 * Makes the reader of a JSON column: parsed, checked, and never taken for granted.
 *
 * @returns a reader that throws RolloutError `STORE_CORRUPT` naming table and row
 */
export function jsonReader<T>(schema: z.ZodType<T>): JsonReader<T> {
  const shared = new Map<string, T>();
  return (text, cell) => {
    const known = shared.get(text);
    if (known !== undefined) return known;
    const value = parse(schema, text, typeof cell === 'function' ? cell() : cell);
    if (text.length <= SHARED_LENGTH && shared.size < SHARED_TEXTS) shared.set(text, value);
    return value;
  };
}

function parse<T>(schema: z.ZodType<T>, text: string, { table, row }: Cell): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw corrupt(table, row, 'is no JSON', error);
  }
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw corrupt(table, row, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, result.error);
}

function corrupt(table: string, row: string | number, what: string, cause: unknown): RolloutError {
  return new RolloutError(
    'STORE_CORRUPT',
    `Table ${table}, row ${row} cannot be read: ${what}.`,
    'Restore the database from a backup; it was changed by something other than tidegate.',
    { cause },
  );
}
