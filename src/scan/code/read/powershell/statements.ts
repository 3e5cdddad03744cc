import type { Expression, Statement } from '../../syntax.ts';
import { assigned, assignment } from './assignments.ts';
import { body, item, parenthesised } from './bodies.ts';
import { classHere, enumHere } from './classes.ts';
import { attempt, cases, condition, counted, each, repeated } from './control.ts';
import { defined, scriptParameters, used } from './definitions.ts';
import { KEYWORD, NEEDS } from './keywords.ts';
import { printing } from './outputs.ts';
import { attributesHere } from './parameters.ts';
import type { Reader } from './reader.ts';
import { name } from './reader.ts';

/** Statements up to a closing mark, which stays. */
export function statements(reader: Reader): readonly Statement[] {
  const found: Statement[] = [];
  for (;;) {
    reader.between();
    if (reader.ended || reader.peek(/[)}]/uy)) return found;
    const before = reader.at;
    found.push(...reader.deeper(() => statement(reader), []));
    if (reader.at === before) reader.at += 1;
  }
}

/** A whole script: what it gives is printed. */
export function script(reader: Reader): readonly Statement[] {
  const found: Statement[] = [];
  while (!reader.ended) {
    found.push(...statements(reader));
    // A bracket too many ends nothing.
    reader.at += 1;
  }
  return reader.cut ? [...printing(found), { kind: 'cut' }] : printing(found);
}

/** One statement, with a label in front of it. It may stand for several of the common syntax, or for none. */
export function statement(reader: Reader): readonly Statement[] {
  reader.take(/:\w+[^\S\n]+(?=foreach|for|while|do|switch)/iuy);
  const start = reader.at;
  const word = reader.take(KEYWORD)?.[1]?.toLowerCase();
  if (word !== undefined) {
    const needs = Object.hasOwn(NEEDS, word) ? NEEDS[word] : undefined;
    if (!needs || reader.peek(needs)) return keyword(word, reader);
    reader.at = start;
  }
  if (
    reader.peek(/\[\s*(?:CmdletBinding|OutputType|Diagnostics\.CodeAnalysis|System\.Diagnostics|Parameter|Alias)\b/iuy)
  ) {
    attributesHere(reader);
    return [];
  }
  return chain(reader);
}

/** `a && b || c`, or one pipeline, or an assignment. */
function chain(reader: Reader): readonly Statement[] {
  const found = [...assignment(reader)];
  for (;;) {
    reader.blanks();
    const mark = reader.take(/&&|\|\|/uy)?.[0];
    if (mark === undefined) return found;
    reader.space();
    const next = reader.take(/exit|throw|return/iuy) ? last(reader) : assignment(reader);
    if (mark === '&&') found.push(...next);
    else found.push({ kind: 'ways', ways: [[], next] });
  }
}

function last(reader: Reader): readonly Statement[] {
  optional(reader);
  return [{ kind: 'throw' }];
}

function keyword(word: string, reader: Reader): readonly Statement[] {
  const row = reader.row();
  switch (word) {
    case 'if':
      return [condition(reader)];
    case 'foreach':
      return [each(reader)];
    case 'for':
      return counted(reader);
    case 'while':
      return [{ kind: 'while', test: parenthesised(reader), body: body(reader), step: [] }];
    case 'do':
      return repeated(reader);
    case 'switch':
      return cases(reader);
    case 'try':
      return attempt(reader);
    case 'trap':
      reader.take(/\s*\[[^\]\n]{0,100}\]/uy);
      body(reader);
      return [];
    case 'function':
    case 'filter':
      return defined(word, reader);
    case 'param':
      return scriptParameters(reader, row);
    case 'return':
      return [{ kind: 'return', value: optional(reader) }];
    case 'throw':
    case 'exit':
      return last(reader);
    case 'break':
    case 'continue':
      reader.take(/[^\S\n]+\w+/uy);
      return [{ kind: word }];
    case 'begin':
    case 'end':
      return body(reader);
    case 'process':
      return [{ kind: 'each', target: item, over: name('$input'), keys: false, body: body(reader) }];
    case 'class':
      return classHere(reader);
    case 'enum':
      return enumHere(reader);
    case 'using':
      return used(reader, row);
    default:
      return skipped(reader);
  }
}

/** What follows `return` or `throw` on the same line, null for nothing. */
function optional(reader: Reader): Expression | null {
  reader.blanks();
  return reader.ended || reader.peek(/[\n;)}]|\|\||&&/uy) ? null : assigned(reader);
}

/** Passes a block that decides nothing. */
function skipped(reader: Reader): readonly Statement[] {
  reader.take(/[^{\n]*/uy);
  body(reader);
  return [];
}
