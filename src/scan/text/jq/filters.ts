import { percentEncoded } from '../encode.ts';
import type { Filter, Json } from './values.ts';
import { NotUnderstood, isList, limited, shown, truthy } from './values.ts';

/** One field of an object that a query makes. */
export interface Field {
  readonly key: Filter;
  readonly value: Filter;
}

/** `left // right`, `left or right`, `left and right`. */
export function alternative(operator: string, left: Filter, right: Filter): Filter {
  return (input, scope) => {
    const values = left(input, scope);
    if (operator === '//') {
      const kept = values.filter(truthy);
      return kept.length > 0 ? kept : right(input, scope);
    }
    const first = truthy(values[0] ?? null);
    if (operator === 'or' ? first : !first) return [first];
    return right(input, scope).map(truthy);
  };
}

/** Objects of every combination of what their fields can be. */
export function objects(fields: readonly Field[]): Filter {
  return (input, scope) =>
    fields.reduce<readonly Json[]>(
      (found, { key, value }) =>
        limited(
          found.flatMap((object) =>
            value(input, scope).map((one) => ({
              ...(object as Record<string, Json>),
              [shown(key(input, scope)[0] ?? '')]: one,
            })),
          ),
        ),
      [{}],
    );
}

/** `left == right` and its relatives; texts and numbers have an order. */
export function compared(left: Json, operator: string, right: Json): boolean {
  if (operator === '==' || operator === '!=')
    return (JSON.stringify(left) === JSON.stringify(right)) === (operator === '==');
  if (typeof left !== typeof right || left === null || right === null) throw new NotUnderstood();
  if (operator.includes('=') && left === right) return true;
  return operator.startsWith('<') ? left < right : left > right;
}

/** `@uri`, `@tsv` and their relatives. */
export function formatted(word: string): Filter {
  const cells = (input: Json, separator: string): Json[] => [
    isList(input) ? input.map(shown).join(separator) : shown(input),
  ];
  switch (word) {
    case '@uri':
      return (input) => [percentEncoded(shown(input))];
    case '@tsv':
      return (input) => cells(input, '\t');
    case '@csv':
      return (input) => cells(input, ',');
    case '@sh':
      return (input) => cells(input, ' ');
    case '@text':
    case '@json':
      return (input) => [shown(input)];
    default:
      throw new NotUnderstood();
  }
}

/** `$name`. */
export const variable =
  (name: string): Filter =>
  (_, scope) => {
    const value = scope.get(name);
    if (value === undefined) throw new NotUnderstood();
    return [value];
  };

/** The text of a string literal. */
export function literal(word: string): string {
  try {
    return String(JSON.parse(word.replace(/\\(?!["\\/bfnrtu])/gu, '\\\\')));
  } catch {
    return word.slice(1, -1);
  }
}
