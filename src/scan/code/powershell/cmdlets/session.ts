import { unknown, withoutLikely } from '../../../marks.ts';
import { isText, record } from '../../values.ts';
import type { Cmdlet } from '../files.ts';
import { outermost, pathOf } from '../world.ts';

/** Cmdlets for the variables of a session and the folder in which it stands. */

/** `Set-Variable NAME VALUE`. */
export const setVariable: Cmdlet = (given, _, { module }) => {
  const name = given.get('name');
  if (isText(name)) module.scope.names.set(`$${withoutLikely(name).toLowerCase()}`, given.get('value') ?? null);
  return null;
};

/** `Get-Variable NAME`: the variable, or its value alone with `-ValueOnly`. */
export const getVariable: Cmdlet = (given, _, { module }) => {
  const name = given.get('name');
  const value = isText(name) ? module.scope.get(`$${withoutLikely(name).toLowerCase()}`) : undefined;
  if (value === undefined) return unknown('variable');
  return given.get('valueonly') === true
    ? value
    : record([
        ['Name', name ?? null],
        ['Value', value],
      ]);
};

/** `Set-Item env:NAME value`. */
export const setItem: Cmdlet = (given, _, { module }) => {
  const name = /^env:[\\/]?(\w+)$/iu.exec(pathOf(given.get('path') ?? ''))?.[1];
  if (name !== undefined) outermost(module.scope).names.set(`env:${name}`, given.get('value') ?? null);
  return null;
};

/** `Set-Location`, `Push-Location`: the folder in which the job goes on. */
export const moveTo: Cmdlet = (given, { shellCall: { workspace, state }, folders }) => {
  const path = given.get('path', 'literalpath');
  if (path === undefined) return null;
  folders.push(state.cwd);
  state.cwd = workspace.resolve(pathOf(path), state.cwd) ?? '/unknown';
  return null;
};

/** `Pop-Location`. */
export const moveBack: Cmdlet = (_, { shellCall: { state }, folders }) => {
  state.cwd = folders.pop() ?? state.cwd;
  return null;
};
