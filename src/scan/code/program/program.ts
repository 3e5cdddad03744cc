import { replaceExports, scriptModule, standing, surround } from './surroundings.ts';
import type { Arg, Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import type { Origin } from '../../types.ts';
import type { Language } from '../language.ts';
import { languageOf } from '../language.ts';
import { embeddedFiles } from './embedded.ts';
import type { Entries } from './entries.ts';
import { callEntries } from './entries.ts';
import { ProgramEvaluator } from '../evaluate/evaluate.ts';
import type { Running } from '../running.ts';
import { LANGUAGES } from './languages.ts';
import { Library } from '../library/library.ts';
import { methodOf } from '../classes.ts';
import { candidates } from '../modules.ts';
import type { OneLiner } from './one-liner.ts';
import { asOneLiner } from './one-liner.ts';
import { exportEnvironment } from '../powershell/environment.ts';
import type { Module, Value } from '../values.ts';
import { NO_ARGUMENTS, Scope, isObject, list } from '../values.ts';

const MAX_TEXT = 300_000;
const MAX_MODULES = 60;
const MAX_COMPANIONS = 30;
const MAX_SCRIPTS = 200;
const MAX_NESTED = 15;

/**
 * Runs a program of a job with its modules, and reports what it reaches.
 *
 * @param entries what a runner calls in it, in the place of the function with which a program begins
 */
export function evaluateProgram(
  language: Language,
  path: string,
  lines: readonly Line[],
  args: readonly Arg[],
  call: Call,
  entries?: Entries,
  oneLiner?: OneLiner,
): void {
  new Program(language, args, call).main(path, lines, entries, oneLiner);
}

class Program {
  readonly #language: Language;
  readonly #call: Call;
  readonly #modules = new Map<string, Module>();
  readonly #library: Library;
  readonly #evaluator: ProgramEvaluator;
  #scripts = 0;
  #running = 0;

  constructor(language: Language, args: readonly Arg[], call: Call) {
    this.#language = language;
    this.#call = call;
    this.#library = new Library(call, args, {
      module: (name, from) => this.#module(name, from),
      script: (path, scope) => this.#script(path, scope),
      language,
    });
    this.#evaluator = new ProgramEvaluator(this.#library);
  }

  main(path: string, lines: readonly Line[], entries?: Entries, oneLiner?: OneLiner): void {
    this.#library.program = path;
    const scope = new Scope(null);
    for (const other of [...this.#companions(path), ...(entries?.before ?? [])]) {
      const text = this.#call.workspace.lines(this.#call.workspace.absolute(other), this.#call.state);
      if (text) this.#load(other, text, other, scope);
    }
    const name = entries && !entries.main ? path : '__main__';
    const main = this.#load(path, lines, name, scope, oneLiner);
    if (!entries) this.#start(main);
    else {
      if (this.#language === 'go') this.#initialise(main);
      callEntries(entries, main, this.#evaluator);
    }
    this.#entries(main);
    if (this.#language === 'powershell') exportEnvironment(this.#library, { module: main, row: 0 });
    this.#library.finish();
    if (this.#evaluator.incomplete && this.#library.mentionsToken)
      this.#cut(path, 'the program has too many steps: the rest is not followed', main.at(0));
  }

  #cut(path: string, why: string, at: Origin): void {
    this.#call.findings.unresolved('unknown', path === '' ? 'program' : path, why, at);
  }

  /** Files of the checkout that belong to the program without being named. */
  #companions(path: string): readonly string[] {
    const whole = LANGUAGES[this.#language].whole;
    const key = whole === null || path === '' ? null : this.#call.workspace.resolve(path, this.#call.state.cwd);
    if (key === null) return [];
    const slash = key.lastIndexOf('/');
    const folder = key.slice(0, slash + 1);
    const end = key.slice(key.lastIndexOf('.'));
    return this.#call.workspace.checkout.paths
      .filter((other) => {
        if (other === key || !other.startsWith(folder) || !other.endsWith(end)) return false;
        const rest = other.slice(folder.length);
        return (whole === 'tree' || !rest.includes('/')) && !/_test\.go$|(?:^|\/)(?:obj|bin)\//u.test(rest);
      })
      .slice(0, MAX_COMPANIONS);
  }

  /** Calls the function with which the program begins. */
  #start(main: Module): void {
    const entry = LANGUAGES[this.#language].entry;
    if (this.#language === 'ruby') this.#commands(main);
    if (entry === null) return;
    const here: Running = { scope: main.scope, module: main, returned: [] };
    if (this.#language === 'go') this.#initialise(main);
    const own = main.scope.names.get(entry);
    const among = [...main.scope.names.values()].flatMap((value) =>
      isObject(value, 'class') ? [methodOf(value, entry, value)] : [],
    );
    const start = isObject(own, 'function') ? own : among.find((method) => method !== null);
    if (!start) return;
    const given = start.definition.parameters.length > 0 ? [list(this.#library.argv)] : [];
    this.#evaluator.call(start, { positional: given, named: new Map() }, start.definition.row, here);
  }

  /** Methods of a class of Thor are commands: those that the command line names, with its operands. */
  #commands(main: Module): void {
    const words = this.#library.argv;
    for (const value of [...main.scope.names.values()]) {
      if (!isObject(value, 'class') || !value.bases.some((base) => isObject(base, 'native') && base.name === 'Thor'))
        continue;
      const at = words.findIndex((word) => methodOf(value, methodName(word), value) !== null);
      const method = methodOf(value, methodName(words[at] ?? ''), value);
      if (!method) continue;
      const here: Running = { scope: main.scope, module: main, returned: [] };
      const object = this.#evaluator.call(value, NO_ARGUMENTS, 0, here);
      const given = words.slice(at + 1).filter((word) => !word.startsWith('-'));
      this.#evaluator.call(
        { ...method, self: object },
        { positional: given, named: new Map() },
        method.definition.row,
        here,
      );
    }
  }

  /** `init` of each file of a Go package. */
  #initialise(module: Module): void {
    const here: Running = { scope: module.scope, module, returned: [] };
    for (const [name, value] of [...module.scope.names])
      if (/^init(?: \d+)?$/u.test(name) && isObject(value, 'function'))
        this.#evaluator.call(value, NO_ARGUMENTS, value.definition.row, here);
  }

  /** What a framework calls: functions that were handed out and that nothing has called so far. */
  #entries(main: Module): void {
    for (const { value, given } of this.#library.handed.commands()) {
      const here: Running = { scope: main.scope, module: main, returned: [] };
      this.#evaluator.call(value, given, value.definition.row, here);
    }
  }

  #load(path: string, lines: readonly Line[], name: string, scope = new Scope(null), oneLiner?: OneLiner): Module {
    const exports = this.#language === 'javascript' ? new Map<string, Value>() : scope.names;
    const fallback = lines[0]?.at ?? this.#call.at;
    const module: Module = { kind: 'module', path, at: (row) => lines[row]?.at ?? fallback, scope, exports };
    this.#modules.set(path, module);
    if (this.#language === 'javascript') scriptModule(scope, exports, path);
    if (this.#language === 'powershell') standing(path, scope, this.#call, this.#library.argv);
    else if (!/^(?:python|javascript)$/u.test(this.#language))
      surround(path, scope, this.#language, this.#library.argv);
    scope.names.set('__name__', name);
    scope.names.set('__file__', path);
    const text = lines.map((line) => line.text).join('\n');
    this.#library.reads(text);
    if (text.length > MAX_TEXT && this.#library.mentionsToken)
      this.#cut(path, 'the program is too large to follow', fallback);
    if (text.length > MAX_TEXT) return module;
    const here: Running = { scope, module, returned: [] };
    const body = LANGUAGES[this.#language].read(text);
    this.#evaluator.run(oneLiner ? asOneLiner(body, oneLiner) : body, here);
    if (this.#language === 'go') {
      const folder = path.replace(/[^/]*$/u, '');
      const file = (name: string): string | null =>
        this.#call.workspace.text(this.#call.workspace.absolute(`${folder}${name}`), this.#call.state);
      for (const [variable, value] of embeddedFiles(text.split('\n'), file)) scope.names.set(variable, value);
    }
    // A module of Lua is what it returns, and so may be one of PHP.
    const [given] = here.returned;
    if (/^(?:lua|php)$/u.test(this.#language) && given !== undefined) exports.set('#module', given);
    const replaced = scope.names.get('module');
    if (this.#language === 'javascript' && isObject(replaced, 'record'))
      replaceExports(replaced.fields.get('exports'), exports);
    return module;
  }

  /** Runs a script of the job in a scope of the program. */
  #script(path: string, scope: Scope): boolean {
    const lines = this.#call.workspace.lines(path, this.#call.state);
    if (!lines || this.#running >= MAX_NESTED || (this.#scripts += 1) > MAX_SCRIPTS) return false;
    const before = new Map(
      [...scope.names].filter(([name]) => /^\$(?:ps(?:scriptroot|commandpath)|myinvocation)$/u.test(name)),
    );
    this.#running += 1;
    const key = this.#call.workspace.resolve(path, this.#call.state.cwd) ?? path;
    this.#load(key, lines, key, scope);
    this.#running -= 1;
    for (const [name, value] of before) scope.names.set(name, value);
    return true;
  }

  /** A module of the checkout by the text of an import. */
  #module(name: string, from: Module): Module | null {
    for (const path of candidates(
      this.#language,
      name,
      from.path,
      this.#call.workspace.checkout.paths,
      this.#searched(),
    )) {
      const known = this.#modules.get(path);
      if (known) return known;
      if (this.#modules.size >= MAX_MODULES) return null;
      const lines = this.#call.workspace.lines(path, this.#call.state);
      if (!lines) continue;
      if (path.endsWith('.json')) return this.#data(path, lines);
      if (languageOf(path, lines[0]?.text ?? '') !== this.#language) continue;
      if (this.#language === 'go') return this.#package(path, name);
      return this.#load(path, lines, name);
    }
    return null;
  }

  /** Folders of `sys.path` and `PYTHONPATH`, as paths of the checkout. */
  #searched(): readonly string[] {
    const { workspace, state } = this.#call;
    const named = (state.value('PYTHONPATH') ?? '').split(':').filter((folder) => folder !== '');
    return [...this.#library.searched, ...named].flatMap((folder) => workspace.resolve(folder, state.cwd) ?? []);
  }

  /** All files of a Go package share their names. */
  #package(first: string, name: string): Module {
    const scope = new Scope(null);
    const modules = [first, ...this.#companions(first)].flatMap((path) => {
      const lines = this.#call.workspace.lines(path, this.#call.state);
      return lines ? [this.#load(path, lines, name, scope)] : [];
    });
    const [module = this.#load(first, [], name, scope)] = modules;
    this.#initialise(module);
    return module;
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

/** `deps:fetch-all` of a command line is the method `fetch_all`. */
const methodName = (word: string): string => word.slice(word.lastIndexOf(':') + 1).replaceAll('-', '_');
