import type { Expression, Parameter, Target } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import type { Reader } from '../reader.ts';
import { skipGenerics, skipTypeTo } from '../types.ts';

/** The name that a parameter binds. */
export function parameterTarget(name: string): Target {
  return { kind: 'name', name, declares: true };
}

/** `def f a, b`. */
export function openParameters(reader: Reader): readonly Parameter[] {
  if (
    reader.dialect.bodies !== 'end' ||
    reader.peek().kind !== 'word' ||
    !reader.peek().spaced ||
    reader.form() !== undefined
  )
    return [];
  const found: Parameter[] = [];
  while (reader.peek().kind === 'word' || reader.is('*', '&', '**')) {
    reader.take('*', '&', '**');
    found.push({
      target: parameterTarget(reader.next().text),
      fallback: reader.take('=') ? reader.expression(4) : null,
      rest: null,
    });
    if (!reader.take(',')) break;
  }
  return found;
}

/** Parameters up to the closing bracket. */
export function parametersIn(reader: Reader, close: string): readonly Parameter[] {
  return reader.deeper(() => readParameters(reader, close), []);
}

function readParameters(reader: Reader, close: string): readonly Parameter[] {
  reader.next();
  const found: Parameter[] = [];
  reader.free(() => {
    while (!reader.is(close) && reader.peek().kind !== 'end') {
      const before = reader.place;
      const made = parameter(reader, close);
      if (made) found.push(made);
      if (!reader.take(',', ';') && reader.place === before) reader.next();
    }
    reader.take(close);
  });
  return found;
}

function parameter(reader: Reader, close: string): Parameter | null {
  const words: string[] = [];
  let rest: Parameter['rest'] = null;
  let fallback: Expression | null = null;
  if (reader.is('vararg', 'params')) rest = 'list';
  for (let count = 0; count < 60 && !reader.is(',', ';', close) && reader.peek().kind !== 'end'; count += 1) {
    const token = reader.peek();
    if (token.kind === 'word') words.push(reader.next().text);
    else if (token.text === '=' || token.text === ':=') {
      reader.next();
      fallback = reader.expression(4);
    } else if (token.text === ':' || token.text === '::') {
      reader.next();
      if (reader.dialect.commands && reader.dialect.bodies === 'end') {
        fallback = reader.is(',', close) ? null : reader.expression(4);
      } else if (words.length > 0) {
        skipTypeTo(reader, close);
      }
    } else if (/^(?:\*\*|%)$/u.test(token.text)) {
      rest = 'record';
      reader.next();
    } else if (/^(?:\*|\.\.\.|@)$/u.test(token.text) && !(token.text === '*' && words.length > 0)) {
      if (token.text !== '*' || reader.dialect.commands) rest = 'list';
      reader.next();
    } else if (token.text === '(' || token.text === '[' || token.text === '{') {
      const behind = reader.behindBracket(token);
      if (token.text === '(' && words.length === 0 && behind && /^(?:,|\||->)$/u.test(behind.text)) {
        const inner = reader.parametersIn(')').map(({ target }) => target);
        return { target: { kind: 'items', items: inner }, fallback: null, rest: null };
      }
      if (behind) reader.back(behind.from);
      else reader.next();
    } else if (token.text === '<' && reader.behindGeneric(token)) skipGenerics(reader);
    else reader.next();
  }
  const useful = words.filter(
    (word) =>
      !reader.dialect.modifiers.has(word) && reader.form({ ...reader.peek(), kind: 'word', text: word }) !== 'declare',
  );
  const name = reader.dialect.named === 'first' ? useful[0] : useful.at(-1);
  if (name === undefined) return null;
  if (words.some((word) => /^(?:private|public|protected)$/u.test(word))) reader.promoted.add(name);
  return { target: parameterTarget(name), fallback, rest };
}

/** Parameters of a block: `|a, b|`, `a, b ->`, or the `it` that a language gives it. */
export function closureParameters(reader: Reader): readonly Parameter[] {
  const own: readonly Parameter[] = [{ target: parameterTarget('it'), fallback: null, rest: null }];
  if (reader.is('||')) {
    reader.next();
    return [];
  }
  if (reader.is('|')) return reader.parametersIn('|');
  // `{ a, (b, c) -> …`: an arrow in the first line.
  let token = reader.peek();
  while (token.kind === 'line') token = reader.lexer.token(token.to);
  const first = token;
  for (
    let count = 0;
    count < 40 && token.kind !== 'line' && token.kind !== 'end' && !/^[{};]$/u.test(token.text);
    count += 1
  ) {
    if (/^(?:->|=>)$/u.test(token.text) && reader.dialect.brace === 'function')
      return arrowParameters(reader, first, token);
    token = reader.lexer.token(token.to);
  }
  if (reader.dialect.commands && reader.dialect.bodies === 'end' && reader.dialect.self !== 'self')
    return doParameters(reader);
  return reader.dialect.brace === 'function' ? own : [];
}

/** `do x, y`. */
function doParameters(reader: Reader): readonly Parameter[] {
  const found: Parameter[] = [];
  while (reader.peek().kind === 'word') {
    found.push({ target: parameterTarget(reader.next().text), fallback: null, rest: null });
    if (!reader.take(',')) break;
  }
  return found;
}

function arrowParameters(reader: Reader, first: Token, arrow: Token): readonly Parameter[] {
  reader.back(first.from);
  const found: Parameter[] = [];
  while (reader.place < arrow.from && reader.peek().from < arrow.from) {
    const before = reader.place;
    const made = parameter(reader, '->');
    if (made) found.push(made);
    if (!reader.take(',') && reader.place === before) reader.next();
  }
  reader.take('->', '=>');
  return found;
}
