import type { Arg, Call } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import type { Origin } from '../types.ts';
import type { Language } from '../tools/program/language.ts';
import { languageOf } from '../tools/program/language.ts';
import { ProgramEvaluator } from './evaluate.ts';
import type { Running } from './running.ts';
import { readJavaScript } from './javascript.ts';
import { Library } from './library.ts';
import { candidates } from './modules.ts';
import { readPython } from './python.ts';
import type { Statement } from './syntax.ts';
import type { Module, Value } from './values.ts';
import { Scope, isObject, native, record } from './values.ts';

const READERS: Partial<Record<Language, (text: string) => readonly Statement[]>> = {
  python: readPython,
  javascript: readJavaScript,
};
const MAX_TEXT = 300_000;
const MAX_MODULES = 60;

/** True for programs that are run rather than read as text. */
export const isEvaluated = (language: Language): boolean => READERS[language] !== undefined;

/** Runs a program of a job with its modules, and reports what it reaches. */
export function evaluateProgram(
  language: Language,
  path: string,
  lines: readonly Line[],
  args: readonly Arg[],
  call: Call,
): void {
  new Program(language, args, call).main(path, lines);
}

class Program {
  readonly #language: Language;
  readonly #call: Call;
  readonly #modules = new Map<string, Module>();
  readonly #library: Library;
  readonly #evaluator: ProgramEvaluator;

  constructor(language: Language, args: readonly Arg[], call: Call) {
    this.#language = language;
    this.#call = call;
    this.#library = new Library(call, args, (name, from) => this.#module(name, from));
    this.#evaluator = new ProgramEvaluator(this.#library);
  }

  main(path: string, lines: readonly Line[]): void {
    this.#library.program = path;
    const main = this.#load(path, lines, '__main__');
    this.#entries(main);
    if (this.#evaluator.exhausted && this.#library.mentionsToken)
      this.#cut(path, 'the program has too many steps: the rest is not followed', main.at(0));
  }

  #cut(path: string, why: string, at: Origin): void {
    this.#call.findings.unresolved('unknown', path === '' ? 'program' : path, why, at);
  }

  /** What a framework calls: functions that were handed out and that nothing has called so far. */
  #entries(main: Module): void {
    for (const { value, given } of this.#library.handed.commands()) {
      const here: Running = { scope: main.scope, module: main, returned: [] };
      this.#evaluator.call(value, given, value.definition.row, here);
    }
  }

  #load(path: string, lines: readonly Line[], name: string): Module {
    const scope = new Scope(null);
    const exports = this.#language === 'python' ? scope.names : new Map<string, Value>();
    const fallback = lines[0]?.at ?? this.#call.at;
    const module: Module = { kind: 'module', path, at: (row) => lines[row]?.at ?? fallback, scope, exports };
    this.#modules.set(path, module);
    if (this.#language === 'javascript') commonModule(scope, exports);
    scope.names.set('__name__', name);
    scope.names.set('__file__', path);
    const text = lines.map((line) => line.text).join('\n');
    const read = READERS[this.#language];
    this.#library.reads(text);
    if (text.length > MAX_TEXT && this.#library.mentionsToken)
      this.#cut(path, 'the program is too large to follow', fallback);
    if (!read || text.length > MAX_TEXT) return module;
    this.#evaluator.run(read(text), { scope, module, returned: [] });
    const replaced = scope.names.get('module');
    if (this.#language === 'javascript' && isObject(replaced, 'record'))
      replaceExports(replaced.fields.get('exports'), exports);
    return module;
  }

  /** A module of the checkout by the text of an import. */
  #module(name: string, from: Module): Module | null {
    for (const path of candidates(this.#language, name, from.path)) {
      const known = this.#modules.get(path);
      if (known) return known;
      if (this.#modules.size >= MAX_MODULES) return null;
      const lines = this.#call.workspace.lines(path, this.#call.state);
      if (!lines) continue;
      if (path.endsWith('.json')) return this.#data(path, lines);
      if (languageOf(path, lines[0]?.text ?? '') !== this.#language) continue;
      return this.#load(path, lines, name);
    }
    return null;
  }

  #data(path: string, lines: readonly Line[]): Module {
    const exports = new Map<string, Value>();
    const value = this.#library.parsed(lines.map(({ text }) => text).join('\n'));
    exports.set('default', value);
    if (isObject(value, 'record')) for (const [key, inside] of value.fields) exports.set(key, inside);
    const at = lines[0]?.at ?? this.#call.at;
    return { kind: 'module', path, at: () => at, scope: new Scope(null), exports };
  }
}

/** `module.exports` and `exports` of a module of Node's own kind. */
function commonModule(scope: Scope, exports: Map<string, Value>): void {
  const given: Value = { kind: 'record', fields: exports };
  const module = record([['exports', given]]);
  module.fields.set('exports', given);
  scope.names.set('module', module);
  scope.names.set('exports', given);
  scope.names.set('require', native('require'));
}

/** `module.exports = …` gives a value of its own. */
function replaceExports(value: Value | undefined, exports: Map<string, Value>): void {
  if (value === undefined || (isObject(value, 'record') && value.fields === exports)) return;
  exports.set('#module', value);
  if (!exports.has('default')) exports.set('default', value);
  if (isObject(value, 'record')) for (const [name, inside] of value.fields) exports.set(name, inside);
}
