import type { Expression, Field, Given } from '../../../syntax.ts';
import type { Reader } from '../reader.ts';
import { given, nameOf, NOTHING, textLiteral } from '../values.ts';

/** `key => value`, told from other lists of two by `sidesOf`. */
export function pairOf(reader: Reader, key: Expression, value: Expression): Expression {
  const pair: Expression = { kind: 'list', items: [given(key), given(value)] };
  reader.pairs.add(pair);
  return pair;
}

/** The sides of `key => value`. */
export function sidesOf(reader: Reader, value: Expression): readonly [key: Expression, value: Expression] | null {
  if (value.kind !== 'list' || !reader.pairs.has(value)) return null;
  const [left, right] = value.items;
  return left && right ? [left.value, right.value] : null;
}

/** Items in brackets are a list, or a record where some have keys. */
export function collected(reader: Reader, items: readonly Given[], row: number): Expression {
  if (items.every(({ name, value }) => name === null && sidesOf(reader, value) === null))
    return { kind: 'list', items };
  const fields = items.map(({ name, value, spread }, index): Field => {
    if (name !== null) return { key: textLiteral(name, row), value };
    const sides = sidesOf(reader, value);
    if (sides) return { key: sides[0], value: sides[1] };
    return { key: spread ? null : textLiteral(String(index), row), value };
  });
  return { kind: 'record', fields };
}

/** `{ a = 1, ["b"] = 2, "c" }`, `{ "a" => 1, b: 2 }`, `{ {"k", "v"} }`. */
export function braceList(reader: Reader): Expression {
  return reader.deeper(() => readBraceList(reader), NOTHING);
}

function readBraceList(reader: Reader): Expression {
  const { row } = reader.next();
  const fields: Field[] = [];
  const items: Given[] = [];
  reader.free(() => {
    while (!reader.is('}') && reader.peek().kind !== 'end') {
      const before = reader.place;
      braceItem(reader, fields, items);
      if (!reader.take(',', ';') && !reader.is('}') && reader.place === before) reader.next();
    }
    reader.take('}');
  });
  if (fields.length === 0 && items.length > 0 && !items.some(({ value }) => sidesOf(reader, value)))
    return { kind: 'list', items };
  const rest = collected(reader, items, row);
  return { kind: 'record', fields: [...fields, ...(rest.kind === 'record' ? rest.fields : positions(items, row))] };
}

function braceItem(reader: Reader, fields: Field[], items: Given[]): void {
  const token = reader.peek();
  const after = reader.after(token);
  if (token.kind === 'word' && /^[=:]$/u.test(after.text) && after.kind === 'mark') {
    reader.next();
    reader.next();
    fields.push({
      key: textLiteral(token.text, token.row),
      value: reader.is(',', '}') ? nameOf(token.text) : reader.expression(4),
    });
    return;
  }
  // `Self { base, http }` of Rust.
  if (token.kind === 'word' && /^[,}]$/u.test(after.text) && reader.dialect.constants['None'] !== undefined) {
    reader.next();
    fields.push({ key: textLiteral(token.text, token.row), value: nameOf(token.text) });
    return;
  }
  if (token.text === '[' && token.kind === 'mark' && reader.behindBracket(token)?.text === '=') {
    reader.next();
    const key = reader.expression();
    reader.take(']');
    reader.take('=');
    fields.push({ key, value: reader.expression(4) });
    return;
  }
  if (token.text === '{' && token.kind === 'mark') {
    const inner = braceList(reader);
    const [key, value] = inner.kind === 'list' && inner.items.length === 2 && reader.dialect.typed ? inner.items : [];
    items.push(given(key && value ? pairOf(reader, key.value, value.value) : inner));
    return;
  }
  const spread = reader.take('**', '...', '..', '%');
  const value = reader.expression(4);
  if (!spread && reader.take(':')) fields.push({ key: value, value: reader.expression(4) });
  else items.push({ name: null, value, spread });
}

const positions = (items: readonly Given[], row: number): readonly Field[] =>
  items.map(({ value, spread }, index) => ({ key: spread ? null : textLiteral(String(index), row), value }));
