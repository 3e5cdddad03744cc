import type { SourceText } from '../../source.ts';
import { joinSources, pointSource } from '../../source.ts';
import type { Line } from '../state.ts';
import { conditionHere } from './conditions.ts';
import { loopHere } from './loops.ts';
import type { Out, Translator } from './out.ts';
import { BatchReader } from './reader.ts';
import { Names } from './words.ts';

const MAX_DEPTH = 60;

/**
 * A batch file in the words of a POSIX shell, which then is followed as every other shell is: labels become functions, each of
 * which goes on with the next one.
 */
export function batchSource(lines: readonly Line[], known: Iterable<string>): SourceText {
  const text = lines.map((line) => line.text.replace(/\r$/u, '')).join('\n');
  const out = new Batch(text, new Names(known)).whole();
  const at = (row: number): Line['at'] => lines[row]?.at ?? lines[0]?.at ?? { file: '', line: 1 };
  return joinSources(out.map(({ text: line, row }) => pointSource(line, at(row))));
}

/** True for the names of batch files. */
export const isBatch = (path: string): boolean => /\.(?:bat|cmd)$/iu.test(path);

const label = (name: string): string => `bat_${name.toLowerCase().replace(/\W/gu, '_')}`;

class Batch implements Translator {
  readonly reader: BatchReader;
  #row = 0;
  #counted = 0;
  #depth = 0;

  constructor(text: string, names: Names) {
    this.reader = new BatchReader(text, names);
  }

  get row(): number {
    for (; this.#counted < this.reader.at; this.#counted += 1)
      if (this.reader.text.charAt(this.#counted) === '\n') this.#row += 1;
    return this.#row;
  }

  /** Functions first, as they are called from above; what stands in front of the first label begins. */
  whole(): readonly Out[] {
    const parts: { readonly name: string; readonly row: number; readonly body: Out[] }[] = [
      { name: '', row: 0, body: [] },
    ];
    while (!this.reader.ended) {
      const row = this.row;
      const name = this.reader.take(/[^\S\n]*:(?!:)\s*([\w.-]+)[^\n]*/uy)?.[1];
      if (name !== undefined) parts.push({ name: label(name), row, body: [] });
      else parts.at(-1)?.body.push(...this.#line(false));
      this.reader.take(/[^\S\n]*[)\n]/uy);
    }
    const [main, ...labels] = parts;
    const functions = labels.flatMap(({ name, row, body }, index): readonly Out[] => {
      const next = labels[index + 1];
      return [
        { text: `${name}() {`, row },
        ...body,
        { text: next ? `${next.name} "$@"` : ':', row },
        { text: '}', row },
      ];
    });
    const [first] = labels;
    return [...functions, ...(main?.body ?? []), ...(first ? [{ text: `${first.name} "$@"`, row: first.row }] : [])];
  }

  /** Commands up to the end of a line. */
  #line(nested: boolean): Out[] {
    const found: Out[] = [];
    let before = ';';
    for (;;) {
      const command = this.command(nested);
      if (before === ';' || found.length === 0 || command.length === 0) found.push(...command);
      else {
        const last = found.pop() as Out;
        const [head, ...tail] = command as [Out, ...Out[]];
        // What consists of several lines depends on the command before it as a whole.
        if (tail.length > 0)
          found.push({ text: `${last.text} ${before} {`, row: last.row }, ...command, { text: '}', row: head.row });
        else found.push({ text: `${last.text} ${before} ${head.text}`, row: last.row });
      }
      this.reader.blanks();
      const mark = this.reader.take(/&&|\|\||[&|]/uy)?.[0];
      if (mark === undefined) return found;
      before = mark === '&' ? ';' : mark;
    }
  }

  command(nested: boolean): Out[] {
    const { reader } = this;
    reader.blanks();
    reader.take(/@+/uy);
    reader.blanks();
    const { row } = this;
    if (this.#depth >= MAX_DEPTH) {
      reader.at = reader.text.length;
      return [];
    }
    this.#depth += 1;
    const found = this.#commandHere(nested, row);
    this.#depth -= 1;
    return found;
  }

  #commandHere(nested: boolean, row: number): Out[] {
    const { reader } = this;
    if (reader.take(/\(/uy)) {
      const body = this.block();
      return [{ text: '{', row }, ...body, { text: ':', row }, { text: `}${this.redirects(nested)}`, row }];
    }
    if (reader.take(/(?:rem(?=\s|$)|::)[^\n]*/iuy)) return [];
    if (reader.take(/if(?=[\s(])/iuy)) return conditionHere(this, nested, row);
    if (reader.take(/for(?=\s)/iuy)) return loopHere(this, nested, row);
    if (reader.take(/set(?=\s)/iuy)) return this.#set(nested, row);
    if (reader.take(/goto\s*:?eof\b[^\n&|)]*/iuy)) return [{ text: 'return', row }];
    if (reader.take(/exit(?![\w.-])[^\n&|)]*/iuy)) return [{ text: 'return', row }];
    const target = reader.take(/goto\s+:?([\w.-]+)/iuy)?.[1];
    if (target !== undefined)
      return [
        { text: `${label(target)} "$@"`, row },
        { text: 'return', row },
      ];
    if (
      reader.take(
        /(?:setlocal|endlocal|title|color|cls|pause|verify|chcp|prompt|echo(?=\s+(?:on|off)\s*(?:[\n&|)]|$))|break)(?![\w.-])[^\n&|)]*/iuy,
      )
    )
      return [];
    if (reader.take(/echo[.:,;(]?(?![\w-])\s?/iuy)) {
      const text = reader.rest(nested).shell;
      return [{ text: `echo ${text}${this.redirects(nested)}`, row }];
    }
    const called = reader.take(/call\s+:([\w.-]+)/iuy)?.[1];
    if (called !== undefined) return [{ text: `${label(called)}${this.#words(nested)}`, row }];
    const sources = reader.take(/call\s+(?=\S+\.(?:bat|cmd)\b|"[^"\n]+\.(?:bat|cmd)")/iuy) !== null;
    if (!sources) reader.take(/(?:call|start(?:\s+""?)?(?:\s+\/\w+)*)(?=\s)/iuy);
    const words = this.#words(nested).trim();
    return words === '' ? [] : [{ text: sources ? `. ${words}` : named(words), row }];
  }

  /** Commands up to the bracket that closes the block. */
  block(): Out[] {
    const found: Out[] = [];
    for (;;) {
      this.reader.take(/\s+/uy);
      if (this.reader.ended || this.reader.take(/\)/uy)) return found;
      const before = this.reader.at;
      found.push(...this.#line(true));
      if (this.reader.at === before) this.reader.at += 1;
    }
  }

  #words(nested: boolean): string {
    let found = '';
    for (;;) {
      found += this.redirects(nested);
      const word = this.reader.word(nested);
      if (word === null) return found;
      found += ` ${word.shell}`;
    }
  }

  /** `>> file`, `2>&1`, `< file`. */
  redirects(nested: boolean): string {
    let found = '';
    for (;;) {
      this.reader.blanks();
      const mark = this.reader.take(/([0-2]?)(>>?|<)(&[0-2])?/uy);
      if (!mark) return found;
      if (mark[3] !== undefined) continue;
      const target = this.reader.word(nested);
      if (target && !/^nul$/iu.test(target.plain)) found += ` ${mark[1] ?? ''}${mark[2] ?? '>'} ${target.shell}`;
    }
  }

  /** `set "X=value"`, `set X=value`, `set /a X=1+2`, `set /p X=<file`. */
  #set(nested: boolean, row: number): Out[] {
    const { reader } = this;
    reader.blanks();
    const how = reader.take(/\/([ap])\s+/iuy)?.[1]?.toLowerCase();
    const name = reader.take(/"?\s*([A-Za-z_][\w().-]*)\s*(?:[-+*/])?=/uy);
    if (!name) {
      reader.rest(nested);
      this.redirects(nested);
      return [];
    }
    const variable = reader.names.variable(name[1] ?? '');
    const open = name[0].startsWith('"');
    const value = open ? quotedRest(reader, nested) : reader.rest(nested).inside;
    const input = this.redirects(nested);
    if (how === 'a') return [{ text: `export ${variable}=$((${value.replace(/[^\w+*/%()$ {}-]/gu, '')}))`, row }];
    if (how === 'p')
      return [{ text: input.includes('<') ? `read ${variable}${input}` : `read ${variable} </dev/stdin`, row }];
    return [{ text: `export ${variable}="${value}"`, row }];
  }
}

/** The value of `set "X=value"`: up to the last quote of the line. */
function quotedRest(reader: BatchReader, nested: boolean): string {
  const end = reader.text.indexOf('\n', reader.at);
  const line = reader.text.slice(reader.at, end < 0 ? undefined : end);
  const close = line.lastIndexOf('"');
  if (close < 0) return reader.rest(nested).inside;
  const inner = new BatchReader(line.slice(0, close).replaceAll('"', '\\"'), reader.names);
  const value = inner.rest(false).inside;
  reader.at += close + 1;
  return value;
}

/** Commands of Windows under the names of POSIX. */
function named(words: string): string {
  return words
    .replace(/^"(?:cd|chdir|pushd)"(?: "\/d")?(?= )/iu, 'cd')
    .replace(/^"popd"/iu, 'popd')
    .replace(/^"type"(?= )/iu, 'cat')
    .replace(/^"(?:copy|xcopy)"(?= )/iu, 'cp')
    .replace(/^"where"(?= )/iu, 'command -v')
    .replace(/^"(?:md|mkdir)"(?= )/iu, 'mkdir');
}
