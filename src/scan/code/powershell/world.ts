import { unknown, withoutLikely } from '../../marks.ts';
import type { Outside, Place, Running } from '../running.ts';
import type { Arguments, ClassValue, FunctionValue, NativeValue, Value } from '../values.ts';
import type { Scope } from '../values.ts';
import { isObject, isText, native, several, textOf } from '../values.ts';

/** A word of the evaluator's part for PowerShell; undefined where what it is given makes no sense. */
export type Word = (given: Arguments, world: Outside, place: Place) => Value | undefined;

/** Words by their names. */
export type WordTable = readonly (readonly [name: string, word: Word])[];

/** Rows of words, checked to be such. */
export const words = (rows: WordTable): WordTable => rows;

/** A place as the evaluator takes it: in the scope of the file. */
export const hereOf = ({ module }: Place): Running => ({ scope: module.scope, module, returned: [] });

/** The scope of the whole program, in which the environment is kept. */
export function outermost(scope: Scope): Scope {
  let found = scope;
  while (found.outer) found = found.outer;
  return found;
}

/** The function of the program by this name. */
export const functionNamed = (name: string, { module }: Place): Value | undefined =>
  module.scope.get(`function:${name.toLowerCase()}`);

/** The class of the program by this name, in any case. */
export function classNamed(name: string, { module }: Place): ClassValue | undefined {
  const wanted = name.toLowerCase();
  for (let scope: Scope | null = module.scope; scope; scope = scope.outer)
    for (const [key, value] of scope.names) if (isObject(value, 'class') && key.toLowerCase() === wanted) return value;
  return undefined;
}

/**
 * Runs a block in the scope that it was written in, as `ForEach-Object` does: what it sets stays. `$_` is the item.
 */
export function inPlace(block: FunctionValue, item: Value, { evaluator, row }: Place): Value {
  const { scope, module, definition } = block;
  // A block with parameters, or one that stands for a function, has a scope of its own.
  const own = definition.name !== '' || definition.parameters.some(({ option }) => option !== undefined);
  if (own) return evaluator.call(block, { positional: [item], named: new Map() }, row, { scope, module, returned: [] });
  const before = scope.names.get('$_');
  scope.names.set('$_', item);
  const returned: Value[] = [];
  evaluator.run(definition.body, { scope, module, returned });
  if (before === undefined) scope.names.delete('$_');
  else scope.names.set('$_', before);
  return returned.length === 0 ? null : several(returned);
}

/** A path as the checkout has it. */
export const pathOf = (value: Value): string =>
  withoutLikely(textOf(value))
    .replaceAll('\\', '/')
    .replace(/^FileSystem::|^file:\/\//iu, '');

/** The words of a list, or the one word. */
export const itemsOf = (value: Value | undefined): readonly Value[] =>
  value === undefined || value === null ? [] : isObject(value, 'list') ? value.items : [value];

/** What a program prints that nobody knows. */
export function output(text: string): NativeValue {
  const made = native('#output');
  made.fields.set('text', unknown(text));
  return made;
}

/** Whether a value is what a program has printed. */
export const isOutput = (value: Value): boolean => isObject(value, 'native') && value.name === '#output';

/** The text of a parameter as it was written, `-Name`; null for a value. */
export function parameterOf(value: Value): string | null {
  if (!isObject(value, 'native') || !/^#parameter:?$/u.test(value.name)) return null;
  const text = value.fields.get('text');
  return isText(text) ? text : null;
}
