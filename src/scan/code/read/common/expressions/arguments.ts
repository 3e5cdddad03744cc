import type { Given } from '../../../syntax.ts';
import { sidesOf } from './collections.ts';
import type { Reader } from '../reader.ts';
import { literal, nameOf } from '../values.ts';

/** Arguments from the opening bracket to the closing one. */
export function argumentsTo(reader: Reader, close: string): readonly Given[] {
  reader.next();
  const items: Given[] = [];
  while (!reader.is(close) && reader.peek().kind !== 'end') {
    const before = reader.place;
    items.push(...argument(reader));
    if (reader.take(',', ';')) continue;
    if (reader.is(')', ']', '}') && !reader.is(close)) break;
    // What does not parse is left out.
    if (!reader.is(close) && reader.place === before) reader.next();
  }
  reader.take(close);
  return items;
}

/** One argument: `value`, `name: value`, `*list`; none or several where it spreads. */
export function argument(reader: Reader): readonly Given[] {
  const token = reader.peek(true);
  const after = reader.lexer.token(token.to);
  const colon = after.text === ':' && after.kind === 'mark' && reader.dialect.argument === ':';
  const equals = after.text === '=' && after.kind === 'mark' && reader.dialect.argument === '=';
  if (
    (token.kind === 'word' || token.kind === 'text') &&
    (colon || equals) &&
    !(colon && after.spaced && reader.dialect.commands)
  ) {
    reader.next(true);
    reader.next();
    const name =
      token.kind === 'word' ? token.text : token.pieces.filter((piece) => typeof piece === 'string').join('');
    // `f(name:)` stands for `f(name: name)`.
    const alone = reader.is(',', ')', '}', ']') || reader.peek().kind === 'line';
    return [{ name, value: alone ? nameOf(name) : reader.expression(3), spread: false }];
  }
  const spread = reader.take('*', '**', '...', '..');
  if (reader.is('&') && reader.dialect.commands) reader.next();
  const value = reader.expression(3);
  const suffix = reader.take('...');
  const [key, of] = sidesOf(reader, value) ?? [];
  const name = key?.kind === 'name' && reader.dialect.self === '$self' ? key.name : literal(key);
  if (name !== null && of) return [{ name, value: of, spread: false }];
  return [{ name: null, value, spread: spread || suffix || reader.spreads.has(value) }];
}

/** `format!("{name}")` takes names from around it. */
export const inlineNames = (items: readonly Given[]): readonly Given[] => {
  const template = items.map(({ value }) => literal(value)).find((text) => text !== null) ?? '';
  const given = new Set(items.map(({ name }) => name));
  return [...template.matchAll(/\{([a-z_]\w*)(?::[^{}]*)?\}/gu)].flatMap(([, name = '']) =>
    given.has(name) ? [] : [{ name, value: nameOf(name), spread: false }],
  );
};
