import type { Expression, Statement } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { functionBehindName } from './functions.ts';
import type { Reader } from '../reader.ts';
import { skipBracket } from '../skips.ts';
import { skipTypeBefore } from '../types.ts';

/** `Type name = …`, `Type name(…) {`; null for something else. `inside` is the class around it. */
export function typed(reader: Reader, inside: string | null): readonly Statement[] | null {
  const place = reader.place;
  const first = reader.peek();
  if (first.kind !== 'word' || reader.form(first) !== undefined) return null;
  if (inside !== null && reader.lexer.token(first.to).text === '(') {
    const made = method(reader, first, inside);
    if (made) return made;
    reader.back(place);
  }
  if (!skipTypeBefore(reader)) {
    reader.back(place);
    return null;
  }
  const name = reader.peek();
  const after = reader.lexer.token(name.to);
  if (name.kind === 'word' && reader.form(name) === undefined) {
    if (after.text === '(' || after.text === '<') {
      const made = method(reader, name, inside);
      if (made) return made;
    } else if (/^[=;,]$/u.test(after.text) || (after.kind === 'line' && reader.dialect.lines && inside !== null)) {
      return typedNames(reader, name.row);
    } else if (after.text === '{' || after.text === '=>') return property(reader, name);
  }
  reader.back(place);
  return null;
}

/** `Type a = 1, b = 2`. */
function typedNames(reader: Reader, row: number): readonly Statement[] {
  const found: Statement[] = [];
  do {
    const name = reader.next().text;
    const value: Expression = reader.take('=') ? reader.expression() : { kind: 'constant', value: null };
    found.push({ kind: 'bind', targets: [{ kind: 'name', name, declares: true }], value, row });
  } while (reader.take(',') && reader.peek().kind === 'word');
  return found;
}

/** `string Url => …`, `string Url { get; set; } = …`. */
function property(reader: Reader, name: Token): readonly Statement[] {
  reader.next();
  if (reader.is('=>')) {
    const definition = functionBehindName(reader, name.text, 'property', name);
    return [{ kind: 'function', definition }];
  }
  skipBracket(reader);
  const value: Expression = reader.take('=') ? reader.expression() : { kind: 'constant', value: null };
  return [{ kind: 'bind', targets: [{ kind: 'name', name: name.text, declares: true }], value, row: name.row }];
}

/** `name(…) {`; null, with nothing read, where it is something else. `inside` is the class around it. */
export function method(reader: Reader, name: Token, inside: string | null): readonly Statement[] | null {
  const place = reader.place;
  reader.next();
  if (reader.is('<')) {
    const generic = reader.behindGeneric(reader.peek());
    if (generic) reader.back(generic.from);
  }
  const behind = reader.is('(') ? reader.behindBracket(reader.peek()) : null;
  let next = behind;
  while (next?.kind === 'line') next = reader.lexer.token(next.to);
  // Without a body, or behind a colon, it is a method only within a class.
  const begins = inside === null ? /^(?:\{|throws|where|=>)$/u : /^(?:\{|throws|where|=>|:|;)$/u;
  if (!behind || !next || !begins.test(next.text)) {
    reader.back(place);
    return null;
  }
  const definition = functionBehindName(reader, name.text, inside === null ? null : 'instance', name);
  return [{ kind: 'function', definition: inside === null ? { ...definition, implicit: false } : definition }];
}
