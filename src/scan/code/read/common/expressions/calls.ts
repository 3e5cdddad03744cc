import type { Expression, Given, Target } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { argument, argumentsTo, inlineNames } from './arguments.ts';
import { braceList } from './collections.ts';
import type { Reader } from '../reader.ts';
import { given, givenField, nameOf, textLiteral } from '../values.ts';

/** Functions that fill what they are given a reference to. */
const FILLS = /^(?:\w*Unmarshal\w*|Decode\w*|\w*VarP?|Scan\w*|ReadInConfig|UnmarshalKey|Execute|Fprintf?)$/u;

/** `system "git", "clone"`: arguments without brackets. */
export function commandFollows(reader: Reader, token: Token): boolean {
  const next = reader.lexer.token(token.to, true);
  if (!next.spaced || reader.knownNames.has(token.text)) return false;
  if (next.kind === 'text' || next.kind === 'number') return true;
  if (next.kind === 'word')
    return reader.form(next) === undefined
      ? !/^(?:and|or|not|in|is|to|as|x|eq|ne|lt|gt|le|ge|cmp|then|do|instanceof|xor)$/u.test(next.text)
      : reader.form(next) === 'function';
  const tight = !reader.lexer.token(next.to).spaced;
  if (next.text === '[') return true;
  if (reader.dialect.sigils?.test(next.text) === true && tight) return !/[%&]/u.test(next.text) || next.spaced;
  return /^(?:::|:|\*|\*\*|&|-|->|\\)$/u.test(next.text) && tight && reader.dialect.self === 'self';
}

/** A call whose arguments stand without brackets, from the first of them on. */
export function command(reader: Reader, callee: Expression, token: Token): Expression {
  const items: Given[] = [];
  do {
    reader.passLineEnds();
    items.push(...argument(reader));
  } while (reader.take(','));
  return withBlocks(reader, { kind: 'call', callee, given: items, row: token.row });
}

/** `new Type<A>(…) { Field = value }`. */
export function creation(reader: Reader): Expression {
  const { row } = reader.next();
  let callee: Expression = nameOf('Object');
  if (reader.peek().kind === 'word') {
    callee = nameOf(reader.next().text.replace(/^\\/u, '').replaceAll('\\', '.'));
    while (reader.is('.', '::') && reader.after(reader.peek()).kind === 'word') {
      reader.next();
      callee = { kind: 'member', of: callee, name: reader.next().text };
    }
  }
  const generic = reader.is('<') ? reader.behindGeneric(reader.peek()) : null;
  if (generic) reader.back(generic.from);
  reader.take('?');
  if (reader.is('[')) {
    reader.inside(() => argumentsTo(reader, ']'));
    while (reader.is('[')) reader.inside(() => argumentsTo(reader, ']'));
    return reader.is('{') ? braceList(reader) : { kind: 'list', items: [] };
  }
  const items = reader.is('(') ? reader.free(() => argumentsTo(reader, ')')) : [];
  const type = callee.kind === 'name' ? callee.name : callee.kind === 'member' ? callee.name : '';
  if (reader.is('{') && reader.dialect.argument === ':' && reader.dialect.brace === 'record') {
    const set = braceList(reader);
    if (/Dictionary|Headers|Hashtable/u.test(type) || type === 'Object') return set;
    if (set.kind === 'list') return items.length > 0 ? { kind: 'call', callee, given: items, row } : set;
    const named = set.kind === 'record' ? set.fields.map(givenField) : [];
    return { kind: 'call', callee, given: [...items, ...named], row };
  }
  if (reader.is('{')) reader.closure();
  return { kind: 'call', callee, given: items, row };
}

/** `json.Unmarshal(data, &config)`: the call gives what it fills. */
export function filling(reader: Reader, call: Expression): Expression {
  if (call.kind === 'call' && call.callee.kind === 'name' && call.callee.name === 'GetOptions') return options(call);
  if (call.kind !== 'call' || call.callee.kind !== 'member' || !FILLS.test(call.callee.name)) return call;
  const filled = call.given.find(({ value }) => reader.references.has(value))?.value;
  if (filled?.kind !== 'name') return call;
  const target: Target = { kind: 'name', name: filled.name, declares: false };
  const made: Expression = { kind: 'assignment', target, value: call };
  const outcome: Expression = { kind: 'unknown', text: 'outcome' };
  return {
    kind: 'index',
    of: { kind: 'list', items: [given(made), given(outcome)] },
    key: { kind: 'constant', value: 1 },
  };
}

/** `GetOptions('name=s' => \$name)` of Perl gives each variable its option. */
const options = ({ given: pairs, row }: Extract<Expression, { kind: 'call' }>): Expression => ({
  kind: 'list',
  items: pairs.flatMap(({ name, value }) => {
    if (name === null || value.kind !== 'name') return [];
    const target: Target = { kind: 'name', name: value.name, declares: false };
    const option: Expression = {
      kind: 'call',
      callee: nameOf('#option'),
      given: [given(textLiteral(name, row)), given(value)],
      row,
    };
    return [given({ kind: 'assignment', target, value: option })];
  }),
});

/** The call of `left` with the arguments in the brackets that follow. */
export function callOf(reader: Reader, left: Expression, row: number): Extract<Expression, { kind: 'call' }> {
  const items = reader.free(() => argumentsTo(reader, ')'));
  const name = left.kind === 'name' || left.kind === 'member' ? left.name : '';
  // Templates of R take names from around them.
  const inline = /^(?:str_)?glue$/u.test(name) ? inlineNames(items) : [];
  return { kind: 'call', callee: called(left), given: [...items, ...inline], row };
}

/** A function in braces behind a call is its last argument. */
export function withBlock(reader: Reader, left: Expression): Expression | null {
  if (left.kind !== 'call' && left.kind !== 'name' && left.kind !== 'member') return null;
  if (reader.bodied) return null;
  const { row } = reader.peek();
  const block = given({ kind: 'function', definition: reader.closure() });
  return left.kind === 'call'
    ? { ...left, given: [...left.given, block] }
    : { kind: 'call', callee: left, given: [block], row };
}

/** A call with the block behind it, if there is one. */
export function withBlocks(reader: Reader, call: Extract<Expression, { kind: 'call' }>): Expression {
  if (reader.bodied) return call;
  const block = reader.dialect.commands && (reader.is('do') || (reader.is('{') && reader.dialect.bodies === 'end'));
  return block && reader.form() !== undefined
    ? (withBlock(reader, call) ?? call)
    : block && reader.is('{')
      ? (withBlock(reader, call) ?? call)
      : call;
}

export const called = (left: Expression): Expression =>
  left.kind === 'call' && left.given.length === 0 && left.callee.kind === 'name' ? left.callee : left;
