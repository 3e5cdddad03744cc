import type { FunctionDefinition, Statement, Target } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { openParameters } from './parameters.ts';
import { parametersInBody } from './perl-parameters.ts';
import type { PlacedFunction, Reader } from '../reader.ts';
import { skipGenerics, skipResultType } from '../types.ts';
import { extension, giving, nameOf, textLiteral } from '../values.ts';

type Method = FunctionDefinition['method'];

/** A function from its word on, or without one from its name on. */
export function functionFrom(reader: Reader, method: Method): PlacedFunction {
  const { row } = reader.peek();
  const none = { name: '', parameters: [], body: [], decorators: [], method, implicit: false, row, of: null };
  return reader.deeper(() => readFunction(reader, method), none);
}

function readFunction(reader: Reader, method: Method): PlacedFunction {
  const start = reader.peek();
  if (reader.form() === 'function') reader.next();
  let of: string | null = null;
  let name = '';
  // `func (c *Client) Get(…)`, `fun String.shout()`, `function M.get(…)`, `def self.get`.
  // A function without a name may have a word behind its parameters as well: what it gives.
  const behind = start.text === 'func' ? reader.behindBracket(reader.peek()) : null;
  const named = behind?.kind === 'word' && reader.lexer.token(behind.to).text === '(';
  const receiver = named ? readReceiver(reader) : null;
  if (receiver) of = receiver.type;
  skipGenerics(reader);
  if (reader.peek().kind === 'word') name = reader.next().text;
  let kind = method;
  while (reader.is('.', ':', '::') && reader.after(reader.peek()).kind === 'word') {
    const mark = reader.next().text;
    of = name;
    name = reader.next().text;
    kind = mark === ':' ? 'instance' : 'static';
  }
  if (of === reader.dialect.self) of = null;
  else if (of !== null && start.text === 'func') kind = 'instance';
  skipGenerics(reader);
  reader.take('!', '?');
  const made = functionBehindName(reader, name, kind, start);
  if (!receiver || receiver.name === '') return { ...made, of };
  const target: Target = { kind: 'name', name: receiver.name, declares: true };
  const self: Statement = { kind: 'bind', targets: [target], value: nameOf('this'), row: start.row };
  return { ...made, body: [self, ...made.body], of };
}

/** The name and the type of `(c *Client)`. */
function readReceiver(reader: Reader): { readonly name: string; readonly type: string } | null {
  if (!reader.is('(')) return null;
  const words: string[] = [];
  while (!reader.is(')') && reader.peek().kind !== 'end') {
    const token = reader.next();
    if (token.kind === 'word') words.push(token.text);
    // `[T]` of a generic type.
    if (token.text === '[') break;
  }
  while (!reader.is(')') && reader.peek().kind !== 'end') reader.next();
  reader.take(')');
  return {
    name: words.length > 1 ? (words[0] ?? '') : '',
    type: words.length > 1 ? (words[1] ?? '') : (words[0] ?? ''),
  };
}

/** Parameters and body of a function. */
export function functionBehindName(reader: Reader, name: string, method: Method, start: Token): FunctionDefinition {
  const found = reader.is('(') ? reader.parametersIn(')') : openParameters(reader);
  skipResultType(reader);
  const { parameters, body } = parametersInBody(reader, found, bodyOrValue(reader));
  return {
    name,
    parameters,
    body: reader.dialect.implicit ? giving(body) : body,
    decorators: [],
    method,
    implicit: true,
    ...(reader.dialect.bare ? { bare: true } : {}),
    row: start.row,
  };
}

function bodyOrValue(reader: Reader): readonly Statement[] {
  if (reader.is('=', '=>')) {
    const { row } = reader.next();
    reader.passLineEnds();
    if (reader.is('{')) return reader.unbodied(() => reader.block());
    const value = reader.expression();
    reader.take(';');
    return [{ kind: 'return', value: value.kind === 'unknown' ? textLiteral('', row) : value }];
  }
  if (reader.dialect.bodies === 'end') return reader.unbodied(() => reader.body());
  if (reader.dialect.lines && reader.dialect.brace !== 'block') passToBrace(reader);
  if (reader.is('{')) return reader.unbodied(() => reader.block());
  if (reader.is(';')) {
    reader.next();
    return [];
  }
  return [];
}

function passToBrace(reader: Reader): void {
  const place = reader.place;
  reader.passLineEnds();
  if (!reader.is('{')) reader.back(place);
}

/** `f(x) = …` of Julia. */
export function shortFunction(reader: Reader, token: Token, after: Token): readonly Statement[] | null {
  if (reader.dialect.bodies !== 'end' || reader.dialect.argument !== '=' || token.kind !== 'word' || after.text !== '(')
    return null;
  if (reader.behindBracket(after)?.text !== '=') return null;
  const definition = reader.functionFrom(null);
  return [{ kind: 'function', definition: { ...definition, implicit: false } }];
}

/** A function with a name; one without is a value that is called or given at once. */
export function functionStatement(reader: Reader, start: Token): readonly Statement[] {
  const definition = reader.functionFrom(null);
  if (definition.name === '') {
    // A function that is called or given at once.
    return [{ kind: 'expression', value: { kind: 'function', definition }, row: start.row }];
  }
  const of = definition.of;
  if (of !== null) {
    const free: FunctionDefinition = { ...definition, method: 'instance', implicit: true };
    return [
      extension(of, { ...definition }),
      ...(start.text === 'fun' ? [{ kind: 'function', definition: free } as const] : []),
    ];
  }
  return [{ kind: 'function', definition: { ...definition, implicit: false } }];
}
