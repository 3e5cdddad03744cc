import type { Expression } from '../../../syntax.ts';
import { isLua, isR } from '../../dialect.ts';
import type { Token } from '../../lexer.ts';
import { targetOf } from '../../targets.ts';
import { argumentsTo, inlineNames } from './arguments.ts';
import { callOf, command, commandFollows, filling, withBlock, withBlocks } from './calls.ts';
import { braceList } from './collections.ts';
import type { Reader } from '../reader.ts';
import { textOf } from './texts.ts';
import { given, givenField, nameOf, NOTHING, textLiteral } from '../values.ts';

/** A value with all the members, keys and calls behind it. */
export function postfix(reader: Reader, start: Expression): Expression {
  let left = start;
  for (;;) {
    const next = part(reader, left);
    if (!next) return left;
    left = next;
  }
}

/** One member, key, call or closure behind an expression; null where there is none. */
function part(reader: Reader, left: Expression): Expression | null {
  const token = reader.peek();
  if (token.kind === 'text' && isLua(reader.dialect) && (left.kind === 'name' || left.kind === 'member'))
    return { kind: 'call', callee: left, given: [given(textOf(reader, reader.next()))], row: token.row };
  if (token.kind !== 'mark')
    return reader.dialect.commands && reader.form(token) === 'block' && token.text === 'do'
      ? withBlock(reader, left)
      : null;
  const { text, row } = token;
  switch (text) {
    case '.':
      if (reader.dialect.arrows) return null;
      return member(reader, left);
    case '?.':
    case '&.':
    case '::':
      return member(reader, left);
    case ':': {
      const behind = reader.lexer.token(reader.lexer.token(token.to).to);
      return isLua(reader.dialect) && (behind.text === '(' || behind.text === '{' || behind.kind === 'text')
        ? member(reader, left)
        : null;
    }
    case '$':
      return isR(reader.dialect) && !token.spaced ? member(reader, left) : null;
    case '->':
      return reader.dialect.arrows ? member(reader, left) : null;
    case '(':
      if (token.spaced && reader.dialect.lines && left.kind !== 'name' && left.kind !== 'member') return null;
      if (left.kind === 'text' || left.kind === 'constant') return null;
      return filling(reader, withBlocks(reader, callOf(reader, left, row)));
    case '[':
      if (token.spaced && (reader.dialect.commands || reader.dialect.lines)) return null;
      return indexed(reader, left);
    case '{':
      return braced(reader, left, token);
    case '!':
      return exclaimed(reader, left, token);
    case '?':
      if (reader.dialect.constants['None'] === undefined) return null;
      reader.next();
      return left;
    case '++':
    case '--':
      if (token.spaced) return null;
      reader.next();
      return stepped(left, text.charAt(0), row);
    case '<': {
      if (token.spaced || !(reader.dialect.typed || reader.dialect.brace === 'function')) return null;
      const behind = reader.behindGeneric(token);
      if (!behind || !/^(?:[({]|::|\.)$/u.test(behind.text)) return null;
      reader.back(behind.from);
      return left;
    }
    default:
      return null;
  }
}

function member(reader: Reader, left: Expression): Expression | null {
  const { row } = reader.next();
  reader.passLineEnds();
  const token = reader.peek();
  if (token.text === '<') {
    const behind = reader.behindGeneric(token);
    if (behind) reader.back(behind.from);
    return left;
  }
  if (token.kind === 'mark') {
    // `Seq("git", …).!` of Scala.
    if (token.text === '!' && reader.dialect.operators['->'] === 'to') {
      while (reader.take('!'));
      return { kind: 'call', callee: { kind: 'member', of: left, name: '!' }, given: [], row };
    }
    if (/^[({[]$/u.test(token.text)) {
      if (token.text === '{' && !reader.dialect.arrows) return null;
      return token.text === '('
        ? { kind: 'call', callee: left, given: reader.free(() => argumentsTo(reader, ')')), row }
        : indexed(reader, left);
    }
    if (reader.dialect.sigils?.test(token.text) === true) {
      const key = reader.expression(16);
      return key.kind === 'name' ? { kind: 'member', of: left, name: key.name } : left;
    }
    return left;
  }
  if (token.kind !== 'word' && token.kind !== 'number' && token.kind !== 'text') return left;
  reader.next();
  const name = token.kind === 'text' ? token.pieces.filter((piece) => typeof piece === 'string').join('') : token.text;
  if (
    /^(?:await|class|unwrap|clone|to_owned|not_nil!)$/u.test(name) &&
    reader.dialect.constants['None'] !== undefined &&
    !reader.is('(')
  )
    return left;
  const member: Expression = { kind: 'member', of: left, name };
  return invoked(reader, member, token);
}

/** `object.method` without brackets is a call where names alone are. */
function invoked(reader: Reader, member: Expression, token: Token): Expression {
  if (!reader.dialect.commands || reader.is('(', '=')) return member;
  // A method of Perl is called, with brackets or without.
  if (reader.dialect.arrows) return { kind: 'call', callee: member, given: [], row: token.row };
  if (reader.dialect.self !== 'self') return member;
  if (/^[A-Z]/u.test(token.text) || /^(?:\+=|-=|\|\|=|&&=|<<)$/u.test(reader.peek().text)) return member;
  if (commandFollows(reader, token)) return command(reader, member, token);
  return withBlocks(reader, { kind: 'call', callee: member, given: [], row: token.row });
}

function indexed(reader: Reader, of: Expression): Expression {
  const open = reader.next();
  const close = open.text === '{' ? '}' : ']';
  return reader.free(() => {
    const word = reader.peek();
    // Keys in braces are texts of their own.
    if (close === '}' && word.kind === 'word' && reader.after(word).text === '}') {
      reader.next();
      reader.next();
      return { kind: 'index', of, key: textLiteral(word.text, word.row) } as const;
    }
    const from = reader.is(':') && reader.dialect.composite ? null : reader.expression();
    if (reader.dialect.composite && reader.take(':')) {
      const to = reader.is(close) ? null : reader.expression();
      reader.take(close);
      return { kind: 'slice', of, from, to } as const;
    }
    while (reader.take(',')) reader.expression();
    reader.take(close);
    // `x[[name]]` of R.
    const key = isR(reader.dialect) && from?.kind === 'list' ? (from.items[0]?.value ?? NOTHING) : (from ?? NOTHING);
    return { kind: 'index', of, key: countedFromZero(reader, key) } as const;
  });
}

/** Lua, R and Julia count from one. */
function countedFromZero({ dialect }: Reader, key: Expression): Expression {
  const fromOne = isLua(dialect) || isR(dialect) || (dialect.bodies === 'end' && dialect.argument === '=');
  return fromOne && key.kind === 'constant' && typeof key.value === 'number' && key.value > 0
    ? { kind: 'constant', value: key.value - 1 }
    : key;
}

function braced(reader: Reader, left: Expression, token: Token): Expression | null {
  if (isLua(reader.dialect) && (left.kind === 'name' || left.kind === 'member'))
    return { kind: 'call', callee: left, given: [given(braceList(reader))], row: token.row };
  if (reader.bodied) return null;
  if (reader.dialect.arrows && reader.dialect.self === '$self') return token.spaced ? null : indexed(reader, left);
  if (reader.dialect.composite && (left.kind === 'name' || left.kind === 'member' || left.kind === 'index')) {
    const set = braceList(reader);
    const items = set.kind === 'list' ? set.items : set.kind === 'record' ? set.fields.map(givenField) : [];
    return { kind: 'call', callee: left.kind === 'index' ? left.of : left, given: items, row: token.row };
  }
  const takesClosure =
    reader.dialect.brace === 'function' || (reader.dialect.commands && reader.dialect.bodies === 'end');
  if (!takesClosure || (left.kind !== 'call' && left.kind !== 'name' && left.kind !== 'member')) return null;
  return withBlock(reader, left);
}

/** `format!(…)`, `value!!`. */
function exclaimed(reader: Reader, left: Expression, token: Token): Expression | null {
  const after = reader.lexer.token(token.to);
  if (after.text === '!' && !after.spaced) {
    reader.next();
    reader.next();
    return left;
  }
  if (reader.dialect.constants['None'] === undefined || left.kind !== 'name' || !/^[([{]$/u.test(after.text))
    return null;
  reader.next();
  const items = reader.free(() => argumentsTo(reader, after.text === '(' ? ')' : after.text === '[' ? ']' : '}'));
  if (left.name === 'vec') return { kind: 'list', items };
  return { kind: 'call', callee: nameOf(`${left.name}!`), given: [...items, ...inlineNames(items)], row: token.row };
}

/** `i++`. */
function stepped(left: Expression, operator: string, row: number): Expression {
  const target = targetOf(left);
  const right: Expression = { kind: 'constant', value: 1 };
  return target ? { kind: 'assignment', target, value: { kind: 'operation', operator, left, right, row } } : left;
}
