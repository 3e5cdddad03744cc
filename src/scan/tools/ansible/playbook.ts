import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import type { Call } from '../../shell/call.ts';
import { render } from './jinja.ts';
import { MODULES } from './modules.ts';

const MAX_TASKS = 5_000;
const MAX_FILES = 300;
const MAX_DEPTH = 20;
const FILE_KEYS = /^(?:ansible\.builtin\.)?(?:include|import)_tasks$|^include$/u;
const ROLE_KEYS = /^(?:ansible\.builtin\.)?(?:include|import)_role$/u;
const LOOPS = ['loop', 'with_items', 'with_list'];

/** Follows playbooks: every task of every play, whatever its conditions, with variables of roles and groups. */
export class Playbooks {
  readonly #call: Call;
  readonly #given: ReadonlyMap<string, string>;
  /** Dotted names to templates; a later definition wins. */
  readonly #variables = new Map<string, string>();
  /** Playbooks that were followed: a second time shows nothing new. */
  readonly #run = new Set<string>();
  #tasks = 0;
  #files = 0;
  #depth = 0;

  /** @param given variables of the command line, which win over all others */
  constructor(call: Call, given: ReadonlyMap<string, string>) {
    this.#call = call;
    this.#given = given;
  }

  run(path: string): void {
    const key = this.#call.workspace.resolve(path, this.#call.state.cwd);
    if (key === null || this.#run.has(key)) return;
    this.#run.add(key);
    const folder = key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : '';
    for (const name of ['all.yml', 'all.yaml', 'all/main.yml', 'all/vars.yml']) {
      this.#bind(this.#read(`${folder}/group_vars/${name}`));
      this.#bind(this.#read(`${folder}/inventory/group_vars/${name}`));
    }
    for (const play of itemsOf(this.#read(key))) this.#play(play, folder);
  }

  #play(play: Tree, folder: string): void {
    const imported = child(play, 'import_playbook') ?? child(play, 'ansible.builtin.import_playbook');
    if (imported) {
      this.#deeper(() => {
        this.run(this.#call.workspace.absolute(`${folder}/${textOf(imported)}`));
      });
      return;
    }
    for (const file of itemsOf(child(play, 'vars_files')))
      this.#bind(this.#read(`${folder}/${this.#fill(textOf(file))}`));
    this.#bind(child(play, 'vars'));
    this.#list(child(play, 'pre_tasks'), folder);
    for (const role of itemsOf(child(play, 'roles'))) this.#roleEntry(role, folder);
    for (const key of ['tasks', 'post_tasks', 'handlers']) this.#list(child(play, key), folder);
  }

  #roleEntry(role: Tree, folder: string): void {
    this.#bind(child(role, 'vars'));
    this.#role(textOf(role.kind === 'dict' ? (child(role, 'role') ?? child(role, 'name')) : role), folder, 'main');
  }

  /** Roles lie beside the playbook or below the current folder. */
  #role(name: string, folder: string, tasks: string): void {
    const short = name.split('.').at(-1) ?? name;
    for (const root of new Set([`${folder}/roles/${short}`, `roles/${short}`, `${folder}/../roles/${short}`])) {
      const file = (part: string): Tree | undefined =>
        this.#read(`${root}/${part}.yml`) ?? this.#read(`${root}/${part}.yaml`);
      const list = file(`tasks/${tasks}`);
      if (!list) continue;
      this.#bind(file('defaults/main'));
      this.#bind(file('vars/main'));
      this.#deeper(() => {
        for (const needed of itemsOf(child(file('meta/main'), 'dependencies'))) this.#roleEntry(needed, folder);
        this.#list(list, `${root}/tasks`);
        this.#list(file('handlers/main'), `${root}/handlers`);
      });
      return;
    }
  }

  #list(list: Tree | undefined, folder: string): void {
    this.#deeper(() => {
      for (const task of itemsOf(list)) this.#task(task, folder);
    });
  }

  #deeper(body: () => void): void {
    this.#depth += 1;
    if (this.#depth <= MAX_DEPTH) body();
    this.#depth -= 1;
  }

  #task(task: Tree, folder: string): void {
    this.#tasks += 1;
    if (task.kind !== 'dict' || this.#tasks > MAX_TASKS) return;
    this.#bind(child(task, 'vars'));
    for (const key of ['block', 'rescue', 'always']) this.#list(child(task, key), folder);
    const items = LOOPS.flatMap((key) => itemsOf(child(task, key)));
    if (items.length === 0) this.#modules(task.entries, folder);
    for (const item of items.slice(0, 100)) {
      for (const name of [...this.#variables.keys()]) if (/^item(?:\.|$)/u.test(name)) this.#variables.delete(name);
      this.#value('item', item);
      this.#modules(task.entries, folder);
    }
  }

  #modules(entries: ReadonlyMap<string, Tree>, folder: string): void {
    for (const [key, args] of entries) {
      const file = FILE_KEYS.test(key) ? this.#fill(textOf(args.kind === 'dict' ? child(args, 'file') : args)) : '';
      if (file !== '') this.#list(this.#read(`${folder}/${file}`) ?? this.#read(file), folder);
      else if (ROLE_KEYS.test(key)) {
        const tasks = textOf(child(args, 'tasks_from')).replace(/\.ya?ml$/u, '');
        this.#role(this.#fill(textOf(child(args, 'name'))), folder.replace(/\/?roles\/.*$/u, ''), tasks || 'main');
      } else if (/(?:^|\.)set_fact$/u.test(key)) this.#bind(args);
      else MODULES.get(key.split('.').at(-1) ?? key)?.({ call: this.#call, args, fill: this.#fill });
    }
  }

  #read(path: string): Tree | undefined {
    const key = this.#call.workspace.resolve(path.replace(/^\//u, ''), '');
    const text =
      key === null || this.#files > MAX_FILES
        ? null
        : this.#call.workspace.text(this.#call.workspace.absolute(key), this.#call.state);
    if (key === null || text === null) return undefined;
    this.#files += 1;
    return readYaml(text, key).documents[0];
  }

  #bind(tree: Tree | undefined): void {
    if (tree?.kind === 'dict') for (const [name, value] of tree.entries) this.#value(name, value);
  }

  #value(name: string, tree: Tree, depth = 0): void {
    if (tree.kind === 'scalar') this.#variables.set(name, textOf(tree));
    else if (tree.kind === 'dict' && depth < 5)
      for (const [key, value] of tree.entries) this.#value(`${name}.${key}`, value, depth + 1);
  }

  #fill = (text: string): string =>
    render(text, {
      variable: (name) => this.#given.get(name) ?? this.#variables.get(name),
      environment: (name) => this.#call.state.value(name),
    });
}
