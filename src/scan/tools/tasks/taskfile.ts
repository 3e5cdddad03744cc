import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import { filled, runLines } from './recipes.ts';

/** Tasks of which a run follows no more. */
const MAX_RUNS = 200;

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
    if (!tree || this.#runs > MAX_RUNS) return;
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
