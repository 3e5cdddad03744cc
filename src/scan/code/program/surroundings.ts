import type { Call } from '../../shell/call.ts';
import type { Language } from '../language.ts';
import type { Scope, Value } from '../values.ts';
import { isObject, list, native, record } from '../values.ts';

/** Names that a program finds in its scope before its first line: where it lies, its arguments, its exports. */

/** The object of the program itself, and where it lies. */
export function surround(path: string, scope: Scope, language: Language, argv: readonly string[]): void {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
  if (!scope.names.has('this')) scope.names.set('this', record([]));
  for (const name of ['__DIR__', '__dir__', '@__DIR__']) scope.names.set(name, folder);
  if (language === 'php') scope.names.set('argv', list([path, ...argv]));
  for (const name of ['ARGV', 'ARGS', 'args', 'arg']) if (!scope.names.has(name)) scope.names.set(name, list(argv));
}

/** What PowerShell sets for each script: where it lies, and what it was given. */
export function standing(path: string, scope: Scope, { workspace, state }: Call, argv: readonly string[]): void {
  const key = path === '' ? null : workspace.resolve(path, state.cwd);
  const whole = key === null ? path : workspace.absolute(key);
  const folder = whole.includes('/') ? whole.slice(0, whole.lastIndexOf('/')) : '.';
  const own = { path: whole, mycommand: record([['path', whole]]), pscommandpath: whole };
  scope.names.set('$psscriptroot', folder);
  scope.names.set('$pscommandpath', whole);
  scope.names.set(
    '$myinvocation',
    record([
      ['MyCommand', record(Object.entries(own))],
      ['ScriptName', whole],
    ]),
  );
  if (!scope.names.has('$args')) scope.names.set('$args', list(argv));
  scope.names.set('$home', '~');
}

/** `module.exports` and `exports` of a module of Node's own kind, and where the module lies. */
export function scriptModule(scope: Scope, exports: Map<string, Value>, path: string): void {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
  for (const [name, value] of Object.entries({ dirname: folder, filename: path, url: `file:///${path}`, main: true }))
    scope.names.set(`import.meta.${name}`, value);
  scope.names.set('__dirname', folder);
  scope.names.set('__filename', path);
  const given: Value = { kind: 'record', fields: exports };
  const module = record([['exports', given]]);
  module.fields.set('exports', given);
  scope.names.set('module', module);
  scope.names.set('exports', given);
  scope.names.set('require', native('require'));
}

/** `module.exports = …` gives a value of its own. */
export function replaceExports(value: Value | undefined, exports: Map<string, Value>): void {
  if (value === undefined || (isObject(value, 'record') && value.fields === exports)) return;
  exports.set('#module', value);
  if (!exports.has('default')) exports.set('default', value);
  if (isObject(value, 'record')) for (const [name, inside] of value.fields) exports.set(name, inside);
}
