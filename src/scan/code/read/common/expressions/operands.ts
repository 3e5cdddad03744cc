import type { Expression } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { POWERS } from '../../operators.ts';
import { argumentsTo } from './arguments.ts';
import { command, commandFollows, creation } from './calls.ts';
import { braceList, collected } from './collections.ts';
import { mapLiteral, sliceLiteral } from './go-literals.ts';
import type { Reader } from '../reader.ts';
import { textOf } from './texts.ts';
import { nameOf, NOTHING, textLiteral } from '../values.ts';

const PREFIXES = new Set([
  '-',
  '+',
  '&',
  '*',
  '~',
  '@',
  '\\',
  '++',
  '--',
  '^',
  '&&',
  '...',
  '..',
  '**',
  '%',
  '$',
  '<-',
]);

/** Words in front of a value that change nothing here. */
const WORD_PREFIXES = new Set([
  'await',
  'ref',
  'out',
  'mut',
  'move',
  'async',
  'my',
  'our',
  'local',
  'unsafe',
  'lambda',
  'proc',
  'box',
  'go',
  'defer',
  'const',
  'val',
  'var',
  'let',
  'clone',
]);

/** Statements of PHP that print what follows them. */
const PRINTING = /^(?:echo|print)$/u;

/** A value without the operators behind it. */
export function operand(reader: Reader): Expression {
  reader.passLineEnds();
  const token = reader.peek(true);
  switch (token.kind) {
    case 'text':
      return textOf(reader, reader.next(true));
    case 'number':
      return {
        kind: 'constant',
        value: Number(
          reader
            .next()
            .text.replaceAll('_', '')
            .replace(/[a-zA-Z]+$/u, ''),
        ),
      };
    case 'word':
      return wordOperand(reader, token);
    case 'mark':
      return markOperand(reader, token);
    default:
      return NOTHING;
  }
}

/** Forms of statements that have a value, or that leave for somewhere else. */
const STATEMENTS: ReadonlySet<string> = new Set([
  ...['if', 'unless', 'switch', 'try', 'block', 'for'],
  ...['return', 'throw', 'break', 'continue'],
]);

function wordOperand(reader: Reader, token: Token): Expression {
  const { text } = token;
  if (Object.hasOwn(reader.dialect.constants, text)) {
    reader.next();
    return { kind: 'constant', value: reader.dialect.constants[text] ?? null };
  }
  const lambda = reader.lambda();
  if (lambda) return lambda;
  const form = reader.form(token);
  if (form === 'function') return { kind: 'function', definition: { ...reader.functionFrom(null), implicit: false } };
  if (form !== undefined && STATEMENTS.has(form)) return reader.statementValue();
  // `$config = require __DIR__ . '/config.php'` of PHP.
  if (form === 'include' && reader.dialect.arrows && reader.dialect.argument === ':') {
    reader.next();
    return {
      kind: 'call',
      callee: nameOf('require'),
      given: [{ name: null, value: reader.expression(4), spread: false }],
      row: token.row,
    };
  }
  if (text === 'new' && (reader.dialect.typed || reader.dialect.arrows)) return creation(reader);
  if (text === 'map' && reader.dialect.composite && reader.after(token).text === '[') return mapLiteral(reader);
  const after = reader.after(token);
  if (text === 'not' || text === 'defined') {
    reader.next();
    const of = reader.expression(POWERS.get('==') ?? 0);
    return text === 'not' ? { kind: 'not', of } : { kind: 'unknown', text: 'defined' };
  }
  if (
    WORD_PREFIXES.has(text) &&
    after.kind !== 'line' &&
    !/^[.(=,;)\]}]|^=>/u.test(after.text) &&
    after.kind !== 'end'
  ) {
    reader.next();
    return reader.expression(14);
  }
  reader.next();
  if (PRINTING.test(text) && reader.dialect.arrows && !reader.dialect.commands && !reader.is('(', ';'))
    return command(reader, nameOf(text), token);
  return named(reader, text, token);
}

/** A name; in some languages a name alone may be a call. */
function named(reader: Reader, text: string, token: Token): Expression {
  const bare = text.replace(/^\\/u, '').replaceAll('\\', '.');
  if (bare === reader.dialect.self || (bare === 'Self' && reader.dialect.self === 'self')) return nameOf('this');
  if (reader.dialect.arrows && /^(?:self|static)$/u.test(bare)) return nameOf('this');
  if (!reader.dialect.commands) return nameOf(bare);
  if (/^@/u.test(bare)) return { kind: 'member', of: nameOf('this'), name: bare.replace(/^@+/u, '') };
  if (commandFollows(reader, token)) return command(reader, nameOf(bare), token);
  const call =
    reader.dialect.bare &&
    reader.dialect.self === 'self' &&
    !reader.knownNames.has(bare) &&
    /^[a-z_]/u.test(bare) &&
    !reader.is('(');
  return call ? { kind: 'call', callee: nameOf(bare), given: [], row: token.row } : nameOf(bare);
}

function markOperand(reader: Reader, token: Token): Expression {
  const { text, row } = token;
  const lambda = reader.lambda();
  if (lambda) return lambda;
  const special = sigilOperand(reader, token);
  if (special) return special;
  if (text === '(') {
    if (reader.dialect.typed && isCast(reader)) {
      reader.back(reader.behindBracket(token)?.from ?? token.to);
      return reader.expression(15);
    }
    const items = reader.free(() => argumentsTo(reader, ')'));
    const [only] = items;
    if (items.length === 1 && only && only.name === null && !only.spread) return only.value;
    return collected(reader, items, row);
  }
  if (text === '[' && reader.dialect.composite && reader.dialect.lines) return sliceLiteral(reader);
  if (text === '[')
    return collected(
      reader,
      reader.free(() => argumentsTo(reader, ']')),
      row,
    );
  if (text === '{') {
    if (reader.dialect.brace === 'function') return { kind: 'function', definition: reader.closure() };
    return reader.dialect.brace === 'record' ? braceList(reader) : reader.statementValue();
  }
  if (text === '!') {
    reader.next();
    return { kind: 'not', of: reader.expression(15) };
  }
  if (text === ':' && reader.after(token).kind === 'word' && reader.dialect.commands) {
    reader.next();
    return textLiteral(reader.next().text, row);
  }
  if (text === '::') {
    reader.next();
    return reader.expression(16);
  }
  if (PREFIXES.has(text)) {
    reader.next();
    const value = reader.expression(15);
    if (text === '&' && reader.dialect.composite && value.kind === 'name') {
      const reference: Expression = nameOf(value.name);
      reader.references.add(reference);
      return reference;
    }
    // `-e $file` asks for a file.
    if (text === '-' && value.kind === 'call' && value.callee.kind === 'name' && value.callee.name.length === 1)
      return { kind: 'unknown', text: 'file' };
    return text === '-' && value.kind === 'constant' && typeof value.value === 'number'
      ? { kind: 'constant', value: -value.value }
      : value;
  }
  // A bracket that closes something is not for this expression.
  if (!/^[)\]},;:]$/u.test(text)) reader.next();
  return NOTHING;
}

/** What a language of its own kind reads at a mark; null for nothing special. */
function sigilOperand(reader: Reader, token: Token): Expression | null {
  const { sigils } = reader.dialect;
  const after = reader.lexer.token(token.to);
  if (!sigils?.test(token.text) || after.spaced) return null;
  if (after.kind === 'word') {
    reader.next();
    reader.next();
    const name = nameOf(after.text);
    if (token.text === '@' && reader.dialect.arrows) reader.spreads.add(name);
    if (token.text === '%') reader.records.add(after.text);
    return name;
  }
  if (after.text === '{') {
    reader.next();
    reader.next();
    const value = reader.inside(() => reader.expression());
    reader.take('}');
    return value;
  }
  if (sigils.test(after.text)) {
    reader.next();
    return reader.expression(16);
  }
  return null;
}

function isCast(reader: Reader): boolean {
  const open = reader.peek();
  const word = reader.after(open);
  const behind = reader.behindBracket(open);
  if (word.kind !== 'word' || !behind || behind.kind === 'mark' || behind.kind === 'line' || behind.kind === 'end')
    return behind?.text === '$' && word.kind === 'word';
  return reader.form(behind) === undefined && POWERS.get(behind.text) === undefined;
}
