import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { languageOf } from '../../code/language.ts';
import { evaluateProgram } from '../../code/program/program.ts';
import { unknown } from '../../marks.ts';
import type { Arg, Call, Tool } from '../../shell/call.ts';
import { linesSource, option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { fileLines } from '../../reach/packages.ts';
import { runProgram } from '../program/program.ts';

/** Runners that keep shell commands in a file of their own: `just` and `task`. Only what the job asks for is followed. */

const MAX_RECIPES = 200;
const MAX_SCRIPTS = 30;
const JUST_OPTIONS = new Set(['f', 'justfile', 'd', 'working-directory', 'shell', 'dotenv-path']);

interface Recipe {
  readonly parameters: readonly string[];
  readonly needs: readonly string[];
  readonly lines: readonly Line[];
}

/** `just RECIPE ARGUMENT…`. */
export function just(call: Call): void {
  const parsed = parseArgs(withoutSet(call.args), JUST_OPTIONS);
  const named = option(parsed, 'f', 'justfile')?.value;
  const paths = named === undefined ? ['justfile', 'Justfile', '.justfile'] : [named];
  const lines = paths.map((path) => fileLines(call, path)).find((found) => found.length > 0);
  if (!lines) return;
  const words = parsed.operands.map(({ value }) => value);
  const { variables, recipes } = readJustfile(withImports(lines, call), overrides(words), call);
  const [first = [...recipes.keys()][0] ?? '', ...given] = words.filter((word) => !word.includes('='));
  const done = new Set<string>();
  const run = (name: string, values: readonly string[]): void => {
    const recipe = recipes.get(name);
    if (!recipe || done.has(name) || done.size > MAX_RECIPES) return;
    done.add(name);
    for (const need of recipe.needs) run(need, []);
    const own = new Map(variables);
    recipe.parameters.forEach((parameter, index) => {
      const [key = '', fallback] = parameter.replace(/^[$*+]+/u, '').split('=');
      own.set(key, values[index] ?? fallback?.replace(/^["']|["']$/gu, '') ?? unknown(key));
    });
    runLines(call, recipe.lines, (text) => filled(text, own, call));
    // Words beyond the parameters name further recipes.
    for (const rest of values.slice(recipe.parameters.length)) run(rest, []);
  };
  run(first, given);
}

/** `NAME=VALUE` words: they win over what the file says. */
function overrides(words: readonly string[]): ReadonlyMap<string, string> {
  const pairs = words.flatMap((word) => {
    const set = /^([\w-]+)=([^]*)$/u.exec(word);
    return set ? [[set[1] ?? '', set[2] ?? ''] as const] : [];
  });
  return new Map(pairs);
}

/** `--set NAME VALUE` says the same as `NAME=VALUE`. */
function withoutSet(args: readonly Arg[]): readonly Arg[] {
  return args.flatMap((arg, index) => {
    if (arg.value === '--set') return [];
    if (args[index - 1]?.value === '--set') return [{ ...arg, value: `${arg.value}=${args[index + 1]?.value ?? ''}` }];
    return args[index - 2]?.value === '--set' ? [] : [arg];
  });
}

/** Lines of a file with those of the files that it imports; they may stand anywhere. */
function withImports(lines: readonly Line[], call: Call, depth = 0): readonly Line[] {
  if (depth > 5) return lines;
  return lines.flatMap((line) => {
    const path = /^import\??\s+["']([^"']+)["']/u.exec(line.text)?.[1];
    return path === undefined ? [line] : withImports(fileLines(call, path), call, depth + 1);
  });
}

function readJustfile(
  lines: readonly Line[],
  given: ReadonlyMap<string, string>,
  call: Call,
): { readonly variables: Map<string, string>; readonly recipes: ReadonlyMap<string, Recipe> } {
  const variables = new Map(given);
  const recipes = new Map<string, Recipe>();
  let open: Line[] | null = null;
  for (const line of lines) {
    if (/^\s+\S/u.test(line.text)) {
      open?.push(line);
      continue;
    }
    const assignment = /^(?:export\s+)?([\w-]+)\s*:=\s*(.*?)\s*$/u.exec(line.text);
    const recipe = /^@?([\w-]+)((?:\s+[^:=]*(?:=(?:"[^"]*"|'[^']*'|\S+))?)*)\s*:(?!=)\s*([^#]*)/u.exec(line.text);
    if (assignment) {
      const name = assignment[1] ?? '';
      if (!given.has(name)) variables.set(name, justValue(assignment[2] ?? '', variables, call));
    }
    if (!assignment && recipe && !/^\s*#/u.test(line.text)) {
      open = [];
      const words = (text: string): readonly string[] => text.split(/\s+/u).filter((word) => /^[\w$*+-]/u.test(word));
      recipes.set(recipe[1] ?? '', {
        parameters: words(recipe[2] ?? ''),
        needs: words((recipe[3] ?? '').replace(/&&/gu, ' ')),
        lines: open,
      });
    }
  }
  return { variables, recipes };
}

/** `"text"`, `env("NAME")`, names, and these joined by `+` or `/`. */
function justValue(text: string, variables: ReadonlyMap<string, string>, call: Call): string {
  return text
    .split(/\s*\+\s*/u)
    .map((part) => {
      const literal = /^(["'])([^]*)\1$/u.exec(part.trim());
      if (literal) return literal[2] ?? '';
      const environment = /^env(?:_var(?:_or_default)?)?\(\s*["'](\w+)["'](?:\s*,\s*["']([^"']*)["'])?/u.exec(part);
      if (environment) return call.state.value(environment[1] ?? '') ?? environment[2] ?? unknown(part);
      return variables.get(part.trim()) ?? unknown(part);
    })
    .join('');
}

/** Replaces `{{ name }}` and `{{.NAME}}`. */
function filled(text: string, variables: ReadonlyMap<string, string>, call: Call): string {
  return text.replace(/\{\{\s*\.?([^{}]+?)\s*\}\}/gu, (_, expression: string) => {
    const name = expression.replace(/\s*\|.*$/u, '');
    return variables.get(name) ?? call.state.value(name) ?? justValue(name, variables, call);
  });
}

function runLines(call: Call, lines: readonly Line[], fill: (text: string) => string): void {
  const [first] = lines;
  const indent = /^\s*/u.exec(first?.text ?? '')?.[0] ?? '';
  // A recipe that names its interpreter is a program as a whole.
  if (first && /^\s+#!/u.test(first.text) && languageOf('', first.text.trim()) !== null) {
    const program = lines.map(({ text, at }) => ({
      text: fill(text.startsWith(indent) ? text.slice(indent.length) : text),
      at,
    }));
    runProgram('', program, [], call);
    return;
  }
  const script = lines.map(({ text, at }) => ({ text: fill(text.replace(/^\s+[@-]*/u, '')), at }));
  if (script.length > 0) call.shell.runChild(linesSource(script), [], call);
}

/** `task NAME…`: commands of a `Taskfile.yml` and of the tasks it needs. */
export function task(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['t', 'taskfile', 'd', 'dir', 'o', 'output', 'C', 'concurrency']));
  const named = option(parsed, 't', 'taskfile')?.value;
  const paths = named === undefined ? ['Taskfile.yml', 'Taskfile.yaml', 'taskfile.yml', 'Taskfile.dist.yml'] : [named];
  const path = paths.find((one) => call.workspace.lines(one, call.state) !== null);
  if (path === undefined) return;
  const words = parsed.operands.map(({ value }) => value);
  const targets = words.filter((word) => !word.includes('='));
  const file = new Taskfile(call, path, words);
  for (const target of targets.length > 0 ? targets : ['default']) file.run(target, new Map());
}

class Taskfile {
  readonly #call: Call;
  readonly #tasks = new Map<string, Tree>();
  readonly #variables = new Map<string, string>();
  #runs = 0;

  constructor(call: Call, path: string, words: readonly string[]) {
    this.#call = call;
    this.#load(path, '', 0);
    for (const word of words) {
      const set = /^(\w+)=([^]*)$/u.exec(word);
      if (set) this.#variables.set(set[1] ?? '', set[2] ?? '');
    }
  }

  #load(path: string, prefix: string, depth: number): void {
    const text = this.#call.workspace.text(path, this.#call.state);
    if (text === null || depth > 5) return;
    const key = this.#call.workspace.resolve(path, this.#call.state.cwd) ?? path;
    const root = readYaml(text, key).documents[0];
    this.#bind(child(root, 'vars'), this.#variables);
    const tasks = child(root, 'tasks');
    if (tasks?.kind === 'dict') for (const [name, tree] of tasks.entries) this.#tasks.set(`${prefix}${name}`, tree);
    const includes = child(root, 'includes');
    if (includes?.kind !== 'dict') return;
    for (const [name, tree] of includes.entries) {
      const written = textOf(tree.kind === 'scalar' ? tree : child(tree, 'taskfile'));
      const target = /\.ya?ml$/u.test(written) ? written : `${written}/Taskfile.yml`;
      const folder = path.includes('/') ? path.replace(/[^/]*$/u, '') : '';
      this.#load(`${folder}${target}`, `${prefix}${name}:`, depth + 1);
    }
  }

  #bind(tree: Tree | undefined, into: Map<string, string>): void {
    if (tree?.kind !== 'dict') return;
    for (const [name, value] of tree.entries)
      into.set(name, value.kind === 'scalar' ? filled(textOf(value), into, this.#call) : unknown(name));
  }

  run(name: string, given: ReadonlyMap<string, string>): void {
    const tree = this.#tasks.get(name);
    this.#runs += 1;
    if (!tree || this.#runs > MAX_RECIPES) return;
    const variables = new Map([...this.#variables, ...given]);
    this.#bind(child(tree, 'vars'), variables);
    const namespace = name.includes(':') ? name.replace(/[^:]*$/u, '') : '';
    for (const need of itemsOf(child(tree, 'deps'))) this.#start(need, namespace, variables);
    const commands =
      tree.kind === 'dict' ? [...itemsOf(child(tree, 'cmds')), ...itemsOf(child(tree, 'cmd'))] : itemsOf(tree);
    for (const command of commands) {
      if (child(command, 'task')) this.#start(command, namespace, variables);
      else this.#command(command.kind === 'scalar' ? command : child(command, 'cmd'), variables);
    }
  }

  #start(need: Tree, namespace: string, variables: ReadonlyMap<string, string>): void {
    const name = filled(textOf(need.kind === 'scalar' ? need : child(need, 'task')), variables, this.#call);
    const given = new Map<string, string>();
    this.#bind(child(need, 'vars'), given);
    this.run(this.#tasks.has(`${namespace}${name}`) ? `${namespace}${name}` : name.replace(/^:/u, ''), given);
  }

  #command(tree: Tree | undefined, variables: ReadonlyMap<string, string>): void {
    if (tree?.kind !== 'scalar') return;
    const { text, at } = tree.source;
    let offset = 0;
    const lines = text.split('\n').map((line) => {
      const found = { text: line, at: at(offset) };
      offset += line.length + 1;
      return found;
    });
    runLines(this.#call, lines, (line) => filled(line, variables, this.#call));
  }
}

/** `doit [TASK…]`: commands of the tasks of `dodo.py`. */
export function doit(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['f', 'file', 'd', 'dir', 'n', 'process']));
  const path = option(parsed, 'f', 'file')?.value ?? 'dodo.py';
  const lines = call.workspace.lines(path, call.state);
  const named = parsed.operands
    .map(({ value }) => value.replace(/:.*$/u, '').replace(/\W/gu, '_'))
    .filter((name) => name !== 'run');
  const functions = new RegExp(`^task_${named.length > 0 ? `(?:${named.join('|')})$` : ''}`, 'u');
  if (lines) evaluateProgram('python', path, lines, call.args, call, { functions, actions: true });
}

/** `thor NAMESPACE:COMMAND …`: classes of `*.thor` files and of the `Thorfile`. */
export function thor(call: Call): void {
  for (const path of ['Thorfile', ...call.workspace.checkout.matching('{*.thor,{tasks,lib/tasks}/*.thor}', 'exists')])
    call.shell.runFile(path, call.args, call);
}

/** `mage TARGET…`: functions of the magefiles, whose names may be written in any case. */
export function mage(call: Call): void {
  const { operands } = parseArgs(call.args, new Set(['d', 'w', 't', 'gocmd', 'goos', 'goarch', 'compile']));
  const named = operands.map(({ value }) => value.replace(/^.*:/u, '').replace(/\W/gu, ''));
  const functions = new RegExp(
    `^${named.length > 0 ? `(?:${named.join('|')})` : '[A-Z]\\w*'}$`,
    named.length > 0 ? 'iu' : 'u',
  );
  const files = call.workspace.checkout
    .matching('{magefile*.go,mage*.go,magefiles/*.go}', 'exists')
    .filter((path) => !path.endsWith('_test.go'));
  const [main = '', ...before] = files;
  const lines = call.workspace.lines(main, call.state);
  if (lines) evaluateProgram('go', main, lines, [], call, { functions, before });
}

/** `scons`: its files are programs. */
export function scons(call: Call): void {
  const paths = call.workspace.checkout.matching('**/SConscript', 'exists').slice(0, MAX_SCRIPTS);
  for (const path of ['SConstruct', ...paths]) {
    const lines = call.workspace.lines(path, call.state);
    if (lines) evaluateProgram('python', path, lines, call.args, call);
  }
}

/** `rake`, `invoke`, `fastlane`: their file is a program, of which it is not known what a task name runs. */
export const taskProgram =
  (...paths: readonly string[]): Tool =>
  (call) => {
    const before = call.findings.doubtful;
    call.findings.doubtful = true;
    paths.some((path) => call.shell.runFile(path, call.args, call));
    call.findings.doubtful = before;
  };
