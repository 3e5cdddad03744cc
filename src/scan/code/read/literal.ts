import type { Hole, TextForm } from './dialect.ts';
import { plain } from './tree.ts';

/** A part of a literal: text, or code whose value stands there. */
export type Piece = string | { readonly code: string; readonly row: number };

const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '>': '<' };
const NAME = /\$(?:(?:env|script|global|local|private|using):)?[A-Za-z_]\w*/uy;
/** `$name` with what may follow it inside of a text. */
const NAMED: Readonly<Record<string, RegExp>> = {
  $: NAME,
  // Fields, keys and positions.
  '$>': new RegExp(
    `${NAME.source}(?:->(?:\\w+|\\{\\w+\\}|\\[\\w+\\])|\\[(?:'[^'\\]\\n]*'|"[^"\\]\\n]*"|[\\w$]+)\\]|\\{["']?\\w+["']?\\})*`,
    'uy',
  ),
  '$.': new RegExp(`${NAME.source}(?:\\.[A-Za-z_]\\w*)*`, 'uy'),
};
const OPENERS: readonly (readonly [Hole, string, string])[] = [
  ['#{', '#{', '}'],
  ['${', '${', '}'],
  ['@{', '@{', '}'],
  ['{$', '{$', '}'],
  ['$(', '$(', ')'],
  ['{', '{', '}'],
];

/** Reads a literal from behind its opening mark; `close` empty reads to the end. */
export function readLiteral(
  text: string,
  start: number,
  close: string,
  form: TextForm,
  row: (at: number) => number,
): { readonly pieces: readonly Piece[]; readonly to: number } {
  const pieces: Piece[] = [];
  let from = start;
  let depth = 0;
  const finish = (to: number): void => {
    const piece = text.slice(from, to);
    if (piece !== '') pieces.push(unescaped(piece, form, close));
  };
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (form.escape === '\\' || form.escape === '`') {
      if (char === form.escape) {
        at += 1;
        continue;
      }
    }
    if (close !== '' && text.startsWith(close, at)) {
      if (form.escape === 'doubled' && text.startsWith(close, at + close.length)) {
        at += 2 * close.length - 1;
        continue;
      }
      if (depth === 0) {
        finish(at);
        return { pieces, to: at + close.length };
      }
      depth -= 1;
      continue;
    }
    if (BRACKETS[close] === char) depth += 1;
    const hole = holeAt(text, at, form.holes);
    if (!hole) continue;
    finish(at);
    pieces.push(hole.code === null ? char : { code: hole.code, row: row(at) });
    from = hole.to;
    at = hole.to - 1;
  }
  finish(text.length);
  return { pieces, to: text.length };
}

/** The code that replaces a hole, null for a hole's mark that stands for itself. */
function holeAt(
  text: string,
  at: number,
  holes: readonly Hole[],
): { readonly code: string | null; readonly to: number } | null {
  for (const [hole, open, close] of OPENERS) {
    if (!holes.includes(hole) || !text.startsWith(open, at)) continue;
    // `{{` stands for a brace.
    if (hole === '{' && text.startsWith('{{', at)) return { code: null, to: at + 2 };
    const from = at + open.length;
    const end = closingAt(text, from, open.slice(-1) === '$' ? '{' : open.slice(-1), close);
    if (end < 0) return null;
    const code = text.slice(hole === '{$' ? at + 1 : from, end);
    return { code: hole === '{' ? code.replace(/(?<!:):(?!:)[^:"'?]*$/u, '') : code, to: end + close.length };
  }
  const pattern = holes.map((hole) => NAMED[hole]).find((found) => found !== undefined);
  if (!pattern || text.charAt(at) !== '$') return null;
  pattern.lastIndex = at;
  const named = pattern.exec(text)?.[0];
  return named === undefined ? null : { code: named, to: at + named.length };
}

/** Where a bracket closes; brackets in texts do not count. */
function closingAt(text: string, from: number, open: string, close: string): number {
  let depth = 0;
  let quote = '';
  const limit = Math.min(text.length, from + 2_000);
  for (let at = from; at < limit; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === open) depth += 1;
    else if (char === close) {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return -1;
}

function unescaped(text: string, { escape }: TextForm, close: string): string {
  if (escape === '\\') return plain(text);
  if (escape === '`')
    return text.replace(/`([^])/gu, (_, char: string) => (char === 'n' ? '\n' : char === 't' ? '\t' : char));
  return escape === 'doubled' && close !== '' ? text.replaceAll(close + close, close) : text;
}
