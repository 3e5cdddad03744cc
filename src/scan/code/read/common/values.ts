import type { Expression, Field, FunctionDefinition, Given, Statement } from '../../syntax.ts';

/** What stands where no value could be read. */
export const NOTHING: Expression = { kind: 'constant', value: null };

/** A condition that could not be read. */
export const UNKNOWN: Expression = { kind: 'unknown', text: 'condition' };

/** A name as a value. */
export const nameOf = (name: string): Expression => ({ kind: 'name', name });

/** A text without holes; `row` is its line, from 0. */
export const textLiteral = (text: string, row: number): Expression => ({ kind: 'text', parts: [text], row });

/** The text of a literal without holes. */
export const literal = (value: Expression | undefined): string | null =>
  value?.kind === 'text' && value.parts.every((part) => typeof part === 'string') ? value.parts.join('') : null;

/** An argument or item by its place. */
export const given = (value: Expression): Given => ({ name: null, value, spread: false });

/** A field of a record as an argument by name. */
export const givenField = ({ key, value }: Field): Given => ({
  name: literal(key ?? undefined),
  value,
  spread: key === null,
});

/** The value of the last statement is what a function gives. */
export function giving(body: readonly Statement[]): readonly Statement[] {
  const last = body.at(-1);
  if (!last) return body;
  const before = body.slice(0, -1);
  switch (last.kind) {
    case 'expression':
      return [...before, { kind: 'return', value: last.value }];
    case 'if':
      return [...before, { ...last, then: giving(last.then), otherwise: giving(last.otherwise) }];
    case 'ways':
      return [...before, { kind: 'ways', ways: last.ways.map(giving) }];
    case 'block':
      return [...before, { kind: 'block', body: giving(last.body) }];
    default:
      return body;
  }
}

/** A method that stands outside of its class. */
export const extension = (of: string, method: FunctionDefinition): Statement => ({
  kind: 'bind',
  targets: [{ kind: 'place', of: nameOf(of), key: textLiteral(method.name, method.row) }],
  value: { kind: 'function', definition: method },
  row: method.row,
});
