import type { Running, Surroundings } from '../running.ts';
import type { Statement } from '../syntax.ts';
import type { Value } from '../values.ts';
import { isObject, native } from '../values.ts';

/** Binds the names of an import: to what a module of the program exports, else to natives of the library's name. */
export function importNames(
  { module: path, names }: Extract<Statement, { kind: 'import' }>,
  here: Running,
  around: Surroundings,
): void {
  const module = around.module(path, here.module);
  // Modules of the runtime and packages of a registry are known by their names alone.
  const name = path.replace(/^(?:node|npm|jsr):(.*?)(?:@[\d^~][^/]*)?$/u, '$1');
  for (const imported of names) {
    if (imported.name === '*') {
      for (const [key, value] of module?.exports ?? []) here.scope.names.set(key, value);
      continue;
    }
    if (imported.name === null) {
      here.scope.names.set(
        imported.as,
        module ?? native(name.includes('/') && !/^[@.]/u.test(name) ? libraryName(name) : name),
      );
      continue;
    }
    const sub = module?.exports.get(imported.name) ?? around.module(joinedName(name, imported.name), here.module);
    here.scope.names.set(
      imported.as,
      given(sub, imported.name) ??
        here.scope.get(imported.as) ??
        native(name === '' ? imported.name : `${name}.${imported.name}`),
    );
  }
}

/** A class of a module that is named after it. */
const given = (sub: Value | null | undefined, name: string): Value | undefined =>
  isObject(sub, 'module') ? (sub.exports.get(name) ?? sub) : (sub ?? undefined);

/** The name by which a package is known: `net/http` is `http`, `gopkg.in/yaml.v3` is `yaml`. */
const libraryName = (path: string): string =>
  /gitlab/u.test(path)
    ? 'gitlab'
    : (
        path
          .replace(/\/v\d+$/u, '')
          .split('/')
          .at(-1) ?? path
      ).replace(/\.v\d+$/u, '');

const joinedName = (module: string, name: string): string =>
  /^\.*$/u.test(module) ? `${module}${name}` : `${module}.${name}`;
