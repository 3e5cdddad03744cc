import { runCommand } from '../../library/commands.ts';
import { readPowerShell } from '../../read/powershell/index.ts';
import { Scope, isObject, native } from '../../values.ts';
import type { Cmdlet } from '../files.ts';
import { textOfAll } from '../files.ts';
import { hereOf, itemsOf, output, pathOf } from '../world.ts';
import { outside } from './calls.ts';

/** Cmdlets that run programs, text and blocks. */

/** `Start-Process git -ArgumentList 'clone', $url`. */
export const startProcess: Cmdlet = (given, world, place) => {
  const program = given.get('filepath');
  if (program === undefined) return undefined;
  const words = given.get('argumentlist', 'args');
  const folder = given.get('workingdirectory');
  const named = new Map(folder === undefined ? [] : [['cwd', folder] as const]);
  const positional = [pathOf(program), ...(words === undefined ? [] : [words])];
  const single = words !== undefined && !isObject(words, 'list');
  return runCommand(
    native(single ? 'Process.Start' : '#words'),
    { positional: single ? positional : [pathOf(program), ...itemsOf(words)], named },
    world,
    place,
  );
};

/** `Invoke-Expression "git clone $url"`: text becomes part of the program. */
export const expression: Cmdlet = (given, _, place) => {
  const text = textOfAll(given.get('command') ?? given.input);
  if (text === '' || text.length > 20_000) return null;
  const { scope, module } = hereOf(place);
  const pointed = { ...module, at: () => module.at(place.row) };
  place.evaluator.run(readPowerShell(text), { scope, module: pointed, returned: [] });
  return output('Invoke-Expression');
};

/** Runs the block that a cmdlet is given: here or in a process of its own, which sees the same. */
export const block: Cmdlet = (given, _, place) => {
  const { evaluator, row } = place;
  const values = itemsOf(given.get('argumentlist', 'args'));
  const functions = [...given.named.values(), ...given.rest].filter((one) => isObject(one, 'function'));
  const made = functions.map((one) =>
    evaluator.call(one, { positional: values, named: new Map() }, row, hereOf(place)),
  );
  return made.at(-1) ?? null;
};

/** `Invoke-Pester ./tests`: every file of tests below a folder. */
export const pester: Cmdlet = (given, world, { module }) => {
  const { workspace, state } = world.shellCall;
  const [path = '.'] = itemsOf(given.get('path', 'script')).map(pathOf);
  const key = workspace.resolve(path, state.cwd) ?? '';
  const below = workspace.checkout.paths.filter(
    (one) => /\.tests\.ps1$/iu.test(one) && (one === key || key === '' || one.startsWith(`${key}/`)),
  );
  for (const one of below.slice(0, 50)) world.script(workspace.absolute(one), new Scope(module.scope));
  return null;
};

/** `Import-Module ./tools.psm1`. */
export const importModule: Cmdlet = (given, _, place) => {
  for (const name of itemsOf(given.get('name'))) outside('#module', { positional: [name], named: new Map() }, place);
  return null;
};
