import type { Expression, Field, Given } from '../../syntax.ts';
import { valueOf } from './outputs.ts';
import type { Reader } from './reader.ts';
import { closure, given, known, name, text } from './reader.ts';
import { canonicalMethod, canonicalType } from './names.ts';
import { quoted, variable } from './texts.ts';

const NUMBER = /(?:0x[\da-f]+|\d+(?:\.\d+)?)(?:[kmgtp]b|[ldn])?(?![\w])/iuy;
const TYPE = /\[\s*([A-Za-z_][\w.+]{0,120})(?:`\d)?\s*(\[[\w.,\s[\]]{0,120}\])?\s*\]/uy;
const MEMBER = /\??\.(?=[\w"'$({])|::(?=[\w"'$])/uy;

/** An operand with its members: `$x.y('z')[0]`, `[uri]::EscapeDataString($p)`, `(Get-Content x | ConvertFrom-Json).id`. */
export function operand(reader: Reader): Expression {
  return reader.deeper(() => postfix(primary(reader), reader), { kind: 'unknown', text: '…' });
}

function primary(reader: Reader): Expression {
  const char = reader.text.charAt(reader.at);
  if (char === '"' || char === "'") return quoted(reader);
  if (char === '$') return variable(reader) ?? (reader.is('$(') ? subExpression(reader) : stray(reader));
  if (char === '@') return collection(reader);
  if (char === '(') return group(reader);
  if (char === '{') return reader.grammar.block(reader);
  if (char === '[') return typeName(reader) ?? stray(reader);
  const number = reader.take(NUMBER)?.[0];
  if (number !== undefined) return { kind: 'constant', value: Number(number.replace(/[a-z]+$/iu, '')) || 0 };
  return stray(reader);
}

/** What nobody reads here is passed, so that reading goes on. */
function stray(reader: Reader): Expression {
  const word = reader.take(/\w+/uy)?.[0];
  if (word === undefined) reader.at += 1;
  return { kind: 'unknown', text: word ?? '…' };
}

function collection(reader: Reader): Expression {
  if (reader.is('@"') || reader.is("@'")) return quoted(reader);
  if (reader.is('@{')) return table(reader);
  if (reader.is('@(')) {
    const row = reader.row();
    reader.at += 2;
    const body = reader.grammar.statements(reader);
    reader.takeMark(')');
    const values = body.flatMap((statement) => (statement.kind === 'expression' ? [statement.value] : []));
    if (values.length === body.length) return known('#all', values, row);
    return known('#all', [valueOf(body, reader.outName(), row, (inner) => closure([], inner, row))], row);
  }
  // `@args`: where it is no argument, it is the value.
  const found = reader.take(/@(\w+)/uy)?.[1];
  return found === undefined ? stray(reader) : name(`$${found.toLowerCase()}`);
}

/** `$( … )`: what the statements give. */
export function subExpression(reader: Reader): Expression {
  const row = reader.row();
  reader.at += 2;
  const body = reader.grammar.statements(reader);
  reader.takeMark(')');
  return valueOf(body, reader.outName(), row, (inner) => closure([], inner, row));
}

/** `( … )`: one pipeline or assignment. */
export function group(reader: Reader): Expression {
  reader.at += 1;
  reader.space();
  const value = reader.grammar.assigned(reader);
  reader.space();
  // What is left was not understood.
  while (!reader.ended && !reader.is(')')) {
    const before = reader.at;
    reader.grammar.statements(reader);
    if (reader.at === before) reader.at += 1;
  }
  reader.takeMark(')');
  return value;
}

/** `@{ key = value; … }`. */
function table(reader: Reader): Expression {
  reader.at += 2;
  const fields: Field[] = [];
  for (;;) {
    reader.between();
    if (reader.ended || reader.takeMark('}')) return { kind: 'record', fields };
    const before = reader.at;
    const row = reader.row();
    const bare = reader.take(/[\w-]+(?=\s*=)/uy)?.[0];
    const key = bare === undefined ? operand(reader) : text(bare, row);
    reader.space();
    if (reader.takeMark('=')) {
      reader.space();
      fields.push({ key, value: reader.grammar.assigned(reader) });
    }
    if (reader.at === before) reader.at += 1;
  }
}

/** `[uri]$x` is `$x`; `[uri]` alone is what its static members belong to. */
function typeName(reader: Reader): Expression | null {
  const found = reader.take(TYPE);
  if (!found) return null;
  const written = found[1] ?? '';
  if (reader.is('::')) return dotted(canonicalType(written));
  const start = reader.at;
  reader.blanks();
  if (reader.peek(/[$"'(@{[\d]|-(?:not|join|split)\b|!/iuy)) {
    const row = reader.row();
    const inner = reader.peek(/[-!]/uy) ? reader.grammar.expression(reader) : operand(reader);
    const list = found[2] !== undefined ? '[]' : '';
    return known('#cast', [text(written.toLowerCase() + list, row), inner], row);
  }
  reader.at = start;
  return text(canonicalType(written), reader.row());
}

const dotted = (path: string): Expression =>
  path
    .split('.')
    .reduce<Expression | null>((of, part) => (of === null ? name(part) : { kind: 'member', of, name: part }), null) ??
  name(path);

function postfix(start: Expression, reader: Reader): Expression {
  let value = start;
  for (;;) {
    const row = reader.row();
    if (reader.peek(/\.\./uy)) return value;
    const mark = reader.take(MEMBER)?.[0];
    if (mark !== undefined) value = member(value, mark === '::', reader);
    else if (reader.is('[')) {
      reader.at += 1;
      reader.space();
      const key = reader.grammar.expression(reader);
      reader.space();
      reader.takeMark(']');
      value = known('#index', [value, key], row);
    } else if (reader.peek(/\+\+|--(?!\w)/uy)) {
      const change = reader.is('++') ? 1 : -1;
      reader.at += 2;
      value = stepped(value, change, row);
    } else return value;
  }
}

/** `$x++`. */
function stepped(value: Expression, change: number, row: number): Expression {
  if (value.kind !== 'name') return value;
  return {
    kind: 'assignment',
    target: { kind: 'name', name: value.name, declares: false },
    value: known('#+', [value, { kind: 'constant', value: change }], row),
  };
}

function member(of: Expression, isStatic: boolean, reader: Reader): Expression {
  const row = reader.row();
  const word = reader.take(/\w+/uy)?.[0];
  const key = word === undefined ? operandWithoutMembers(reader) : text(word, row);
  if (!reader.is('(')) {
    if (isStatic && word !== undefined) return { kind: 'member', of, name: word };
    return known('#member', [of, key], row);
  }
  const values = methodArguments(reader);
  if (isStatic && word !== undefined) {
    // `[X]::new(…)` makes an object as other languages write it: `X(…)`.
    const callee: Expression = /^new$/iu.test(word) ? of : { kind: 'member', of, name: canonicalMethod(word) };
    return { kind: 'call', callee, given: values, row };
  }
  const called = word === undefined ? key : text(canonicalMethod(word), row);
  return { kind: 'call', callee: name('#invoke'), given: [given(of), given(called), ...values], row };
}

const operandWithoutMembers = (reader: Reader): Expression =>
  reader.deeper(() => primary(reader), { kind: 'unknown', text: '…' });

/** `(a, b)` of a method. */
function methodArguments(reader: Reader): readonly Given[] {
  reader.at += 1;
  const values: Given[] = [];
  for (;;) {
    reader.space();
    if (reader.ended || reader.takeMark(')')) return values;
    if (reader.takeMark(',')) continue;
    const before = reader.at;
    values.push(given(reader.grammar.operation(reader)));
    if (reader.at === before) reader.at += 1;
  }
}
