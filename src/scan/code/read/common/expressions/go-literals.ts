import type { Expression } from '../../../syntax.ts';
import { argumentsTo } from './arguments.ts';
import { braceList } from './collections.ts';
import type { Reader } from '../reader.ts';
import { skipGoType } from '../types.ts';
import { givenField, nameOf, NOTHING } from '../values.ts';

/** `[]Type{…}`, `[]byte(text)`. */
export function sliceLiteral(reader: Reader): Expression {
  const open = reader.peek();
  const type = reader.behindBracket(open);
  if (!type) return reader.unknown(reader.next().from);
  reader.back(type.from);
  const element = type.kind === 'word' && reader.lexer.token(type.to).text === '{' ? type.text : null;
  skipGoType(reader);
  if (reader.is('(')) return reader.free(() => argumentsTo(reader, ')'))[0]?.value ?? NOTHING;
  if (!reader.is('{')) return { kind: 'list', items: [] };
  const made = braceList(reader);
  // Elements leave out the type that the list has.
  if (made.kind !== 'list' || element === null || element === 'struct')
    return made.kind === 'list' ? made : { kind: 'list', items: [] };
  return { kind: 'list', items: made.items.map((item) => ({ ...item, value: elementOf(element, item.value) })) };
}

/** `map[Key]Value{…}`. */
export function mapLiteral(reader: Reader): Expression {
  reader.next();
  reader.back(reader.behindBracket(reader.peek())?.from ?? reader.peek().to);
  const type = reader.peek();
  const element = type.kind === 'word' && reader.lexer.token(type.to).text === '{' ? type.text : null;
  skipGoType(reader);
  const made = reader.is('{') ? braceList(reader) : NOTHING;
  if (made.kind !== 'record') return { kind: 'record', fields: [] };
  if (element === null || element === 'struct') return made;
  return {
    kind: 'record',
    fields: made.fields.map((field) => ({ ...field, value: elementOf(element, field.value) })),
  };
}

/** An element without its type: `{ID: 1}`, `{1, "a"}`. */
const elementOf = (type: string, value: Expression): Expression => {
  if (value.kind === 'record')
    return { kind: 'call', callee: nameOf(type), given: value.fields.map(givenField), row: 0 };
  return value.kind === 'list' ? { kind: 'call', callee: nameOf(type), given: value.items, row: 0 } : value;
};
