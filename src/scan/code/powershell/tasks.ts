import type { Outside, Place } from '../running.ts';
import type { FunctionValue, Value } from '../values.ts';
import { isObject, isText, textOf } from '../values.ts';
import { withoutLikely } from '../../marks.ts';
import type { Cmdlet } from './files.ts';
import { found } from './files.ts';
import { hereOf, itemsOf, pathOf } from './world.ts';

/** One `task Name Needs, { … }` of Invoke-Build or psake. */
interface Task {
  readonly needs: readonly string[];
  readonly blocks: readonly FunctionValue[];
}

/** Tasks of the build that is read, by their names in small letters. */
const builds = new WeakMap<Outside, Map<string, Task>>();

const FILES = ['psakefile.ps1', 'default.ps1'];
const MAX_TASKS = 100;

/** A task is told of, and runs when it is asked for; outside of a build its blocks run. */
export const task: Cmdlet = (given, world, place) => {
  const values = [
    given.get('name'),
    ...[...given.named].flatMap(([key, value]) => (key === 'name' ? [] : itemsOf(value))),
    ...given.rest,
  ]
    .flatMap(itemsOf)
    .flatMap(itemsOf);
  const [name, ...rest] = values;
  const blocks = rest.filter((one) => isObject(one, 'function'));
  const known = builds.get(world);
  if (known && isText(name)) {
    const needs = rest.filter(isText).map((one) => withoutLikely(one).toLowerCase());
    known.set(withoutLikely(name).toLowerCase(), { needs, blocks });
  } else for (const one of blocks) run(one, place);
  return null;
};

const run = (block: FunctionValue, { evaluator, row, module }: Place): Value =>
  evaluator.call(block, { positional: [], named: new Map() }, row, { scope: module.scope, module, returned: [] });

/** Blocks of a build file that run where they stand. */
export const runBlocks: Cmdlet = (given, _, place) => {
  for (const one of [...given.named.values(), ...given.rest].flatMap(itemsOf))
    if (isObject(one, 'function')) runInside(one, place);
  return null;
};

/** `properties { $base = … }`: what it sets belongs to the file. */
function runInside(block: FunctionValue, { evaluator }: Place): void {
  const { scope, module, definition } = block;
  evaluator.run(definition.body, { scope, module, returned: [] });
}

/** `Invoke-Build Deps, Test -File x.ps1`, `Invoke-psake x.ps1 -taskList Fetch`. */
export const build =
  (usual: readonly string[]): Cmdlet =>
  (given, world, place) => {
    const values = [given.get('file', 'buildfile'), ...given.rest].flatMap(itemsOf).filter(isText);
    const asked = [given.get('task', 'tasklist'), ...given.rest]
      .flatMap(itemsOf)
      .map((one) => withoutLikely(textOf(one)).toLowerCase());
    const own = world.shellCall.workspace.checkout.paths.filter((path) => /^[^/]*\.build\.ps1$/iu.test(path));
    const path = [...values.filter((one) => /\.ps1$/iu.test(one)), ...usual, ...own].flatMap(
      (one) => found(pathOf(one), world, place) ?? [],
    )[0];
    if (path === undefined || builds.has(world)) return null;
    const tasks = new Map<string, Task>();
    builds.set(world, tasks);
    const { scope } = hereOf(place);
    for (const set of ['parameters', 'properties'])
      for (const one of itemsOf(given.get(set)))
        if (isObject(one, 'record'))
          for (const [key, value] of one.fields) scope.names.set(`$${key.toLowerCase()}`, value);
    world.script(path, scope);
    const known = asked.filter((one) => tasks.has(one));
    const [first = ''] = tasks.keys();
    const start = known.length > 0 ? known : [tasks.has('.') ? '.' : tasks.has('default') ? 'default' : first];
    const done = new Set<string>();
    for (const one of start) runTask(one, { tasks, done }, place);
    builds.delete(world);
    return null;
  };

function runTask(
  name: string,
  { tasks, done }: { readonly tasks: ReadonlyMap<string, Task>; readonly done: Set<string> },
  place: Place,
): void {
  const one = tasks.get(name.replace(/^\?/u, ''));
  if (!one || done.has(name) || done.size > MAX_TASKS) return;
  done.add(name);
  for (const need of one.needs) runTask(need, { tasks, done }, place);
  for (const block of one.blocks) run(block, place);
}

export const BUILD_FILES = { invokeBuild: ['.build.ps1'], psake: FILES } as const;
