import type { Expression, FunctionDefinition, Parameter, Statement } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { closureParameters, parameterTarget } from './parameters.ts';
import type { Reader } from '../reader.ts';
import { skipResultType } from '../types.ts';
import { giving } from '../values.ts';

/** `(a, b) -> …`, `x => …`, `|x| …`, `->(x) { … }`. */
export function lambda(reader: Reader): Expression | null {
  const token = reader.peek();
  const { text } = token;
  if (text === '->' && reader.dialect.commands && token.kind === 'mark') {
    reader.next();
    const parameters = reader.is('(') ? reader.parametersIn(')') : [];
    return lambdaOf(reader, parameters, token, reader.is('{') || reader.is('do') ? () => blockBody(reader) : null);
  }
  if ((text === '|' || text === '||') && token.kind === 'mark' && reader.dialect.constants['None'] !== undefined) {
    const parameters = text === '||' ? (reader.next(), []) : reader.parametersIn('|');
    if (reader.is('->')) skipResultType(reader);
    return lambdaOf(reader, parameters, token, null);
  }
  if (
    text === '\\' &&
    token.kind === 'mark' &&
    reader.lexer.token(token.to).text === '(' &&
    reader.dialect.argument === '='
  ) {
    reader.next();
    return lambdaOf(reader, reader.parametersIn(')'), token, null);
  }
  const arrow = reader.dialect.typed || reader.dialect.words['fun'] === 'function' ? /^(?:->|=>)$/u : /^=>$/u;
  if (reader.dialect.arrows || (reader.dialect.commands && !reader.dialect.typed)) return null;
  if (
    token.kind === 'word' &&
    arrow.test(reader.after(token).text) &&
    reader.after(token).kind === 'mark' &&
    reader.dialect.typed
  ) {
    reader.next();
    reader.next();
    return lambdaOf(reader, [{ target: parameterTarget(text), fallback: null, rest: null }], token, null);
  }
  if (text !== '(' || token.kind !== 'mark') return null;
  const behind = reader.behindBracket(token);
  if (!behind || behind.kind !== 'mark' || !arrow.test(behind.text)) return null;
  const parameters = reader.parametersIn(')');
  reader.next();
  return lambdaOf(reader, parameters, token, null);
}

function lambdaOf(
  reader: Reader,
  parameters: readonly Parameter[],
  { row }: Token,
  block: (() => readonly Statement[]) | null,
): Expression {
  reader.passLineEnds();
  const body = block
    ? block()
    : reader.is('{')
      ? reader.unbodied(() => reader.block())
      : [{ kind: 'return', value: reader.expression(3) } as const];
  return {
    kind: 'function',
    definition: { name: '', parameters, body: giving(body), decorators: [], method: null, implicit: false, row },
  };
}

/** `do |x| … end`, `{ |x| … }`, `{ a, b -> … }`. */
export function closure(reader: Reader): FunctionDefinition {
  const { row } = reader.peek();
  const none = { name: '', parameters: [], body: [], decorators: [], method: null, implicit: false, row };
  return reader.deeper(() => readClosure(reader), none);
}

function readClosure(reader: Reader): FunctionDefinition {
  const start = reader.peek();
  return reader.unbodied(() => {
    const end = reader.take('do') ? 'end' : '}';
    if (end === '}') reader.next();
    const parameters = closureParameters(reader);
    const body = reader.statementsTo(end);
    reader.take(end);
    return {
      name: '',
      parameters,
      body: giving(body),
      decorators: [],
      method: null,
      implicit: false,
      row: start.row,
    };
  });
}

function blockBody(reader: Reader): readonly Statement[] {
  return reader.closure().body;
}
