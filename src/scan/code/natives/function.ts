import type { Place } from '../running.ts';
import type { Arguments, Value } from '../values.ts';

/** A function of a library whose value is known; undefined where it is not for what it is given. */
export type NativeFunction = (given: Arguments, place: Place) => Value | undefined;

/** Functions by their full names or the last part of them. */
export type NativeTable = readonly (readonly [name: string, native: NativeFunction])[];

/** The same function under several names, which stand with blanks between them. */
export const under = (names: string, native: NativeFunction): NativeTable =>
  names
    .trim()
    .split(/\s+/u)
    .map((name) => [name, native] as const);

/** The first argument, whether it has a name or not. */
export const first: NativeFunction = ({ positional: [value], named }) => value ?? [...named.values()][0];
