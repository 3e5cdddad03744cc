import { hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { runCommand } from '../library/commands.ts';
import type { Outside, Place } from '../running.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { Scope, isObject, isText, list, native, record, several, textOf, truth } from '../values.ts';
import { commandArguments } from './arguments.ts';
import { cmdletNamed, isCmdlet } from './cmdlets/table.ts';
import { exportEnvironment } from './environment.ts';
import { found, write } from './files.ts';
import { readPowerShell } from '../read/powershell/index.ts';
import { MEMBERS } from './members.ts';
import { OPERATORS } from './operators.ts';
import { PATTERNS } from './patterns.ts';
import type { Word } from './world.ts';
import { functionNamed, hereOf, inPlace, isOutput, itemsOf, outermost, output, parameterOf, pathOf } from './world.ts';

/** Lists that were written as `a,b`: programs get them as they stand. */
const commaLists = new WeakSet<object>();

/** Calls of what PowerShell has of its own; undefined for anything else. */
export function powershell(callee: NativeValue, given: Arguments, world: Outside, place: Place): Value | undefined {
  if (callee.name.startsWith('function:'))
    return command(textOf(given.named.get('#name') ?? callee.name.slice(9)), given, world, place);
  return WORDS.get(callee.name)?.(given, world, place);
}

/** A command that is no function of the program: a cmdlet, a script of the checkout, a program. */
function command(written: string, given: Arguments, world: Outside, place: Place): Value {
  const name = withoutLikely(written).replaceAll('\\', '/');
  const short = (/^[\w.]+\/([a-z]+-\w+)$/iu.exec(name)?.[1] ?? name).toLowerCase();
  const cmdlet = cmdletNamed(short);
  if (cmdlet) return cmdlet.run(commandArguments(given, cmdlet.order), world, place) ?? null;
  if (
    /^(?:curl|wget)$/u.test(short) &&
    given.positional.some((one) => /^-(?:uri|headers|outfile|method|usebasic\w*)$/iu.test(parameterOf(one) ?? ''))
  )
    return command('Invoke-WebRequest', given, world, place);
  if (/\.ps1$/iu.test(name)) {
    const path = found(name, world, place);
    if (path !== null) return script(path, given, world, place);
  }
  const blocks = given.positional.filter((one) => isObject(one, 'function'));
  const here = hereOf(place);
  if (blocks.length > 0)
    return (
      blocks.map((one) => place.evaluator.call(one, { positional: [], named: new Map() }, place.row, here)).at(-1) ??
      null
    );
  if (!isCmdlet(short)) return program(name, given, world, place);
  const { named, rest } = commandArguments(given, []);
  return place.evaluator.call(native(short), { positional: rest, named }, place.row, here);
}

/** Runs a script of the checkout in this process, for what it gives. */
function script(path: string, given: Arguments, world: Outside, place: Place): Value {
  const scope = new Scope(place.module.scope);
  scope.names.set(
    '#given',
    record([
      ['positional', list(given.positional)],
      ['named', record([...given.named].filter(([key]) => !key.startsWith('#')))],
    ]),
  );
  const printed: Value[] = [];
  scope.names.set('#printed', { kind: 'list', items: printed });
  if (!world.script(path, scope)) return output(path);
  return printed.length === 1 ? (printed[0] ?? null) : printed.length === 0 ? null : list(printed);
}

/** Runs a program with the words of its command line. */
function program(name: string, given: Arguments, world: Outside, place: Place): Value {
  exportEnvironment(world, place);
  const words = given.positional.flatMap((value): readonly Value[] => {
    const written = parameterOf(value);
    if (written !== null) return [written];
    if (isObject(value, 'list'))
      return commaLists.has(value) ? [value.items.map(textOf).join(',')] : value.items.map(plainWord);
    return value === null ? [] : [plainWord(value)];
  });
  const glued = given.positional.findIndex((value) => isObject(value, 'native') && value.name === '#parameter:');
  if (glued >= 0 && words[glued + 1] !== undefined)
    words.splice(glued, 2, `${textOf(words[glued] ?? '')}:${textOf(words[glued + 1] ?? '')}`);
  const input = given.named.get('#input');
  const named = new Map(input === undefined ? [] : [['input', itemsOf(input).map(textOf).join('\n')] as const]);
  const plain = name.includes('/') ? name : name.toLowerCase();
  const made = runCommand(native('#words'), { positional: [plain, ...words], named }, world, place);
  const text = isObject(made, 'native') ? made.fields.get('stdout') : made;
  return isText(text) && !hasUnknown(text) ? list(text.split('\n')) : isText(text) ? asOutput(text) : output(name);
}

function asOutput(text: string): Value {
  const made = output(text);
  made.fields.set('text', text);
  return made;
}

/** Paths have slashes; texts with quotes in them are left as they are. */
const plainWord = (value: Value): Value =>
  isText(value) && value.includes('\\') && !/\\"|\s/u.test(value)
    ? value.replaceAll('\\', '/')
    : isObject(value, 'record')
      ? textOf(value.fields.get('text') ?? value)
      : value;

/** `& $what …`, `. $what …`. */
const called =
  (sourced: boolean): Word =>
  ({ positional: [what = null, ...rest], named }, world, place) => {
    const given: Arguments = { positional: rest, named };
    const one = (value: Value): Value => {
      if (isObject(value, 'function'))
        return sourced ? inPlace(value, null, place) : place.evaluator.call(value, given, place.row, hereOf(place));
      if (isObject(value, 'record')) return one(value.fields.get('text') ?? value.fields.get('Name') ?? null);
      if (!isText(value)) return output('command');
      const path = sourced ? found(pathOf(value), world, place) : null;
      if (path !== null) {
        world.script(path, place.module.scope);
        return null;
      }
      const own = functionNamed(withoutLikely(value), place);
      if (own !== undefined) return place.evaluator.call(own, given, place.row, hereOf(place));
      return command(value, given, world, place);
    };
    return isObject(what, 'several') ? several(what.options.map(one)) : one(what);
  };

/** What a script is given on its command line, bound to its parameters. */
const scriptArguments: Word = ({ positional: [taker] }, world, place) => {
  if (!isObject(taker, 'function')) return undefined;
  const own = place.module.scope.names.get('#given');
  const of = (name: string): Value | undefined => (isObject(own, 'record') ? own.fields.get(name) : undefined);
  const [positional, named] = [of('positional'), of('named')];
  const given: Arguments = {
    positional: isObject(positional, 'list') ? positional.items : world.argv,
    named: isObject(named, 'record') ? named.fields : new Map(),
  };
  return place.evaluator.call(taker, given, place.row, hereOf(place));
};

/** Output of a script: what runs it may take it. */
const printed: Word = ({ positional }, world, { module, row }) => {
  const collected = module.scope.names.get('#printed');
  for (const value of positional.flatMap(itemsOf)) {
    if (isObject(collected, 'list')) {
      if (!isOutput(value) && collected.items.length < 500) collected.items.push(value);
    } else if (isText(value)) world.shellCall.state.print(value, module.at(row));
  }
  return null;
};

/** `Import-Module ./x.psm1`: its functions become functions of the program. */
const imported: Word = ({ positional: [name = null] }, world, place) => {
  const written = pathOf(name);
  if (written === '' || hasUnknown(written)) return null;
  const { paths } = world.shellCall.workspace.checkout;
  const last = written.split('/').at(-1) ?? '';
  const ends = [`/${last}.psm1`, `/${last}/${last}.psd1`];
  const path =
    [written, `${written}.psm1`, `${written}/${last}.psm1`].flatMap((one) => found(one, world, place) ?? [])[0] ??
    paths.find((one) => !written.includes('/') && ends.some((end) => `/${one}`.endsWith(end)));
  if (path === undefined) return null;
  const at = paths.includes(path) ? world.shellCall.workspace.absolute(path) : path;
  const scope = new Scope(null);
  if (/\.psd1$/iu.test(at)) {
    const text = world.shellCall.workspace.text(at, world.shellCall.state) ?? '';
    const folder = at.replace(/[^/]*$/u, '');
    for (const [, inner = ''] of text.matchAll(/['"]([\w./\\-]+\.psm1)['"]/giu))
      world.script(folder + pathOf(inner), scope);
  } else world.script(at, scope);
  for (const [key, value] of scope.names)
    if (key.startsWith('function:') || isObject(value, 'class')) place.module.scope.names.set(key, value);
  return null;
};

const environmentSet: Word = ({ positional: [name, value = null] }, world, place) => {
  if (isText(name)) outermost(place.module.scope).names.set(`env:${withoutLikely(name)}`, value);
  exportEnvironment(world, place);
  return null;
};

/** `[scriptblock]::Create($text)`. */
function blockOf(text: string, { module, row }: Place): Value {
  if (text.length > 20_000) return null;
  const body = readPowerShell(text);
  const definition = { name: '', parameters: [], body, decorators: [], method: null, implicit: false, row } as const;
  const pointed = { ...module, at: () => module.at(row) };
  return { kind: 'function', definition, scope: module.scope, module: pointed, self: undefined };
}

const emptiness = (value: Value): Value => {
  const holds = truth(value);
  return holds === null ? unknown('condition') : !holds;
};

const parameter =
  (name: string): Word =>
  ({ positional: [text = ''] }) => {
    const made = native(name);
    made.fields.set('text', text);
    return made;
  };

const comma: Word = ({ positional }) => {
  const made = list(positional);
  commaLists.add(made);
  return made;
};

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ...OPERATORS,
  ...MEMBERS,
  ...PATTERNS,
  ['#call', called(false)],
  ['#source', called(true)],
  ['#arguments', scriptArguments],
  ['#print', printed],
  ['#module', imported],
  ['#parameter', parameter('#parameter')],
  ['#parameter:', parameter('#parameter:')],
  ['#comma', comma],
  [
    '#write',
    ({ positional: [path = '', value, append] }, world, place) => write(path, value, append === true, world, place),
  ],
  ['File.WriteAllText', ({ positional: [path = '', value] }, world, place) => write(path, value, false, world, place)],
  ['File.WriteAllLines', ({ positional: [path = '', value] }, world, place) => write(path, value, false, world, place)],
  ['File.AppendAllText', ({ positional: [path = '', value] }, world, place) => write(path, value, true, world, place)],
  [
    'File.ReadAllLines',
    ({ positional: [path = ''] }, world, place) =>
      command('Get-Content', { positional: [path], named: new Map() }, world, place),
  ],
  ['ScriptBlock.Create', ({ positional: [text = ''] }, _, place) => blockOf(textOf(text), place)],
  ['Environment.SetEnvironmentVariable', environmentSet],
  ['String.IsNullOrEmpty', ({ positional: [text = null] }) => emptiness(text)],
  ['String.IsNullOrWhiteSpace', ({ positional: [text = null] }) => emptiness(text)],
  ['#list', ({ positional }) => list(positional.flatMap(itemsOf))],
  ['#table', ({ positional: [from] }) => (isObject(from, 'record') ? record(from.fields) : record([]))],
]);
