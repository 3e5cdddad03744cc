import type { Expression, Given } from '../../syntax.ts';
import type { Reader } from './reader.ts';
import { given, known, name, text } from './reader.ts';
import { quoted, variable } from './texts.ts';

/** Where a command ends. */
const END = /[\n;|)}]|&(?:&|\s*(?:[\n;|)}]|$))|$/uy;
const REDIRECTION = /([1-6*]?)(>>?)(?:&([12])|[^\S\n]*)/uy;
const PARAMETER = /-[A-Za-z_?][\w-]*(?=[\s:;|)},]|$)/uy;
const BARE = /(?:[^\s;|&(){},"'`$]|`[^\n]|&(?=[^\s&;|)}]))+/uy;
const SPLAT = /@([A-Za-z_]\w*)(?=[\s;|)},]|$)/uy;
const STOP = /--%(?=\s)([^\n|]*)/uy;
/** What a word that begins with a variable is made of, where it is one value and no text around it. */
const WHOLE = /(?:(?:\??\.\w+)*(?=[\s;|&)},]|$)|(?:\.\w+)*(?:\[|\.\w+\(|::\w))/uy;
/** Begins an expression rather than the name of a command. */
const EXPRESSION =
  /[$"'@([{,!]|[-+]?\.?\d[\w.]*(?=[\s;|)},\]+*/%]|\.\.|-\w|$)|-(?:not|join|split|bnot|isplit|csplit)(?![\w-])|\+\+|--(?=\$)|-(?=[$(\d])/iuy;
const CALLS = /[&.](?=\s|["'$({])(?!\.\.)/uy;

/** A pipeline: what comes first, and what takes it. */
export function pipeline(reader: Reader): Expression {
  let value = redirected(element(reader, null), reader);
  for (;;) {
    const start = reader.at;
    reader.blanks();
    // Since version 7 a pipe may stand at the start of the next line.
    if (!reader.peek(/\|(?!\|)/uy) && reader.is('\n')) reader.space();
    if (!reader.peek(/\|(?!\|)/uy)) {
      reader.at = start;
      return value;
    }
    reader.at += 1;
    reader.space();
    value = redirected(element(reader, value), reader);
  }
}

function element(reader: Reader, input: Expression | null): Expression {
  if (!reader.peek(CALLS) && input === null && reader.peek(EXPRESSION)) return reader.grammar.expression(reader);
  return reader.deeper(() => command(reader, input), { kind: 'unknown', text: '…' });
}

/** `> file` behind an expression; commands take theirs themselves. */
function redirected(value: Expression, reader: Reader): Expression {
  reader.blanks();
  const found = reader.take(REDIRECTION);
  return found ? writes(value, found, reader) : value;
}

function writes(value: Expression, found: RegExpExecArray, reader: Reader): Expression {
  if (found[3] !== undefined) return value;
  const row = reader.row();
  const target = argument(reader);
  if (!/^[1*]?$/u.test(found[1] ?? '')) return value;
  return known('#write', [target, value, { kind: 'constant', value: found[2] === '>>' }], row);
}

/** A command with its arguments. Functions of the program lie under `function:`, as PowerShell itself keeps them. */
function command(reader: Reader, input: Expression | null): Expression {
  const row = reader.row();
  const [callee, first] = calleeOf(reader);
  const values: Given[] = [...first];
  if (input !== null) values.push(given(input, '#input'));
  const writesTo: { readonly found: RegExpExecArray; readonly target: Expression }[] = [];
  for (;;) {
    reader.blanks();
    if (reader.peek(END)) break;
    const before = reader.at;
    const found = reader.take(REDIRECTION);
    if (found) {
      if (found[3] === undefined) writesTo.push({ found, target: argument(reader) });
    } else values.push(...argumentsHere(reader));
    if (reader.at === before) reader.at += 1;
  }
  reader.take(/&(?!&)/uy);
  return writesTo.reduce<Expression>(
    (value, { found, target }) =>
      /^[1*]?$/u.test(found[1] ?? '')
        ? known('#write', [target, value, { kind: 'constant', value: found[2] === '>>' }], row)
        : value,
    { kind: 'call', callee, given: values, row },
  );
}

/** What is called: a name, or with `&` and `.` a value. */
function calleeOf(reader: Reader): readonly [Expression, readonly Given[]] {
  const mark = reader.take(CALLS)?.[0];
  if (mark === undefined) {
    const row = reader.row();
    const word = argument(reader);
    const written =
      word.kind === 'text' && word.parts.every((part) => typeof part === 'string') ? word.parts.join('') : null;
    if (written !== null && written !== '')
      return [name(`function:${written.toLowerCase()}`), [given(text(written, row), '#name')]];
    return [name('#call'), [given(word)]];
  }
  reader.blanks();
  return [name(mark === '.' ? '#source' : '#call'), [given(argument(reader))]];
}

/** One argument, a parameter, or what is splatted. */
function argumentsHere(reader: Reader): readonly Given[] {
  const row = reader.row();
  const stop = reader.take(STOP)?.[1];
  if (stop !== undefined)
    return stop
      .trim()
      .split(/\s+/u)
      .map((word) => given(text(word, row)));
  const splat = reader.take(SPLAT)?.[1];
  if (splat !== undefined) return [{ name: null, value: name(`$${splat.toLowerCase()}`), spread: true }];
  const parameter = reader.take(PARAMETER)?.[0];
  if (parameter === undefined) return [given(listed(reader))];
  const attached = reader.takeMark(':');
  const word = known(attached ? '#parameter:' : '#parameter', [text(parameter, row)], row);
  if (!attached) return [given(word)];
  reader.blanks();
  return reader.peek(END) ? [given(word)] : [given(word), given(listed(reader))];
}

/** `a, b` is one argument. */
function listed(reader: Reader): Expression {
  const found = [argument(reader)];
  let spaced = false;
  for (;;) {
    const start = reader.at;
    reader.blanks();
    if (!reader.takeMark(',')) {
      reader.at = start;
      break;
    }
    reader.space();
    spaced ||= reader.at !== start + 1;
    if (reader.peek(END)) break;
    found.push(argument(reader));
  }
  const [only] = found;
  if (found.length === 1 && only) return only;
  // Programs get `a,b` as it stands.
  return spaced ? { kind: 'list', items: found.map((value) => given(value)) } : known('#comma', found, reader.row());
}

/** A word as it stands: bare text, texts in quotes, variables and expressions, one behind the other. */
export function argument(reader: Reader): Expression {
  reader.blanks();
  const row = reader.row();
  const parts: (string | Expression)[] = [];
  for (let first = true; !reader.peek(END); first = false) {
    const char = reader.text.charAt(reader.at);
    const before = reader.at;
    if (first && char === '$' && !reader.is('$(')) parts.push(...begun(reader));
    else if (char === '$') parts.push(variable(reader) ?? part(reader));
    // In the middle of a word a text has no members: `url."https://…".insteadOf`.
    else if (char === '"' || char === "'") parts.push(first ? reader.grammar.operand(reader) : quoted(reader));
    else if (first && (char === '(' || char === '{' || reader.peek(/@[("'{]/uy)))
      parts.push(reader.grammar.operand(reader));
    else {
      const bare = reader.take(BARE)?.[0];
      if (bare === undefined) break;
      parts.push(bare.replace(/`([^])/gu, '$1'));
    }
    if (reader.at === before) break;
  }
  if (parts.length === 0) return text('', row);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') return only;
  if (parts.length === 1 && typeof only === 'string' && /^(?:0|[1-9]\d{0,14})$/u.test(only))
    return { kind: 'constant', value: Number(only) };
  return { kind: 'text', parts, row };
}

/** `$x.y` is a value, `$x/y` and `$x.git/y` are texts with one in them. */
function begun(reader: Reader): readonly (string | Expression)[] {
  const start = reader.at;
  const value = variable(reader);
  if (!value) return [part(reader)];
  if (!reader.peek(WHOLE)) return [value];
  reader.at = start;
  return [reader.grammar.operand(reader)];
}

function part(reader: Reader): string | Expression {
  if (reader.is('$(')) return reader.grammar.operand(reader);
  reader.at += 1;
  return reader.text.charAt(reader.at - 1);
}
