import { hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { runCommand } from '../library/commands.ts';
import { canonicalType } from '../read/powershell/names.ts';
import { readPowerShell } from '../read/powershell/index.ts';
import type { Outside, Place } from '../running.ts';
import type { Arguments, Value } from '../values.ts';
import { Scope, isObject, isText, list, native, record, textOf, truth } from '../values.ts';
import { FILES, fileContent, textOfAll } from './files.ts';
import type { Cmdlet, Row } from './files.ts';
import { selectString } from './patterns.ts';
import { BUILD_FILES, build, runBlocks, task } from './tasks.ts';
import { selectNodes, xmlOf } from './xml.ts';
import { classNamed, hereOf, inPlace, itemsOf, output, outermost, pathOf } from './world.ts';

const nothing: Cmdlet = () => null;
const piped: Cmdlet = ({ input }) => input ?? null;

/** A function of a library by its name, with what it is given: `Invoke-RestMethod` is one that sends requests. */
function outside(name: string, given: Arguments, { evaluator, row, ...place }: Place): Value {
  return evaluator.call(native(name), given, row, hereOf({ evaluator, row, ...place }));
}

const request =
  (name: string, ...addresses: readonly string[]): Cmdlet =>
  (given, _, place) => {
    const address = given.get(...addresses);
    const named = new Map([...given.named].filter(([key]) => !addresses.some((one) => one.startsWith(key))));
    for (const [short, whole] of [
      ['header', 'headers'],
      ['meth', 'method'],
    ] as const)
      for (const [key, value] of [...named])
        if (
          whole.startsWith(key) &&
          key.length > 1 &&
          (key === short || key.startsWith(short) || short.startsWith(key))
        ) {
          named.delete(key);
          named.set(whole, value);
        }
    return outside(name, { positional: address === undefined ? [] : [address], named }, place);
  };

const eachObject: Cmdlet = (given, _, place) => {
  const blocks = [
    ...['begin', 'process', 'parallel', 'end'].flatMap((name) => itemsOf(given.get(name))),
    ...given.rest,
  ];
  const items = given.input === undefined ? [null] : place.evaluator.items(goneOver(given.input), false, place.module);
  const functions = blocks.filter((one) => isObject(one, 'function'));
  const [name] = blocks.filter(isText);
  if (name !== undefined)
    return list(
      items.flatMap((item) => itemsOf(outside('#member', { positional: [item, name], named: new Map() }, place))),
    );
  // With several blocks the first runs before and the last behind.
  const values = items.flatMap((item) => functions.flatMap((block) => itemsOf(inPlace(block, item, place))));
  return values.length === 1 ? values[0] : list(values);
};

/** A record or a text is one object of a pipeline. */
const goneOver = (value: Value): Value => (isObject(value, 'record') || value === null ? list(itemsOf(value)) : value);

const whereObject: Cmdlet = (given, _, place) => {
  const items = given.input === undefined ? [] : place.evaluator.items(goneOver(given.input), false, place.module);
  const block = given.get('filterscript');
  if (isObject(block, 'function')) return list(items.filter((item) => truth(inPlace(block, item, place)) !== false));
  // `Where-Object Name -eq 'x'`.
  const operator = [...given.named.keys()].find((key) =>
    /^[ci]?(?:eq|ne|like|notlike|match|notmatch|in|notin|contains|gt|lt|ge|le)$/u.test(key),
  );
  if (!isText(block) || operator === undefined) return list(items);
  const right = given.named.get(operator) ?? null;
  const call = (name: string, positional: readonly Value[]): Value =>
    outside(name, { positional, named: new Map() }, place);
  return list(
    items.filter(
      (item) =>
        truth(
          call(`#${operator.replace(/^[ci](?=eq|ne|like|match|gt|lt|ge|le)/u, '')}`, [
            call('#member', [item, block]),
            right,
          ]),
        ) !== false,
    ),
  );
};

const selectObject: Cmdlet = (given, _, place) => {
  const items = given.input === undefined ? [] : place.evaluator.items(goneOver(given.input), false, place.module);
  const [first, last, skip, expand] = [
    given.get('first'),
    given.get('last'),
    given.get('skip'),
    given.get('expandproperty'),
  ];
  let kept = typeof skip === 'number' ? items.slice(skip) : items;
  if (typeof first === 'number') kept = kept.slice(0, first);
  if (typeof last === 'number') kept = kept.slice(-last);
  if (expand !== undefined)
    kept = kept.flatMap((item) => itemsOf(outside('#member', { positional: [item, expand], named: new Map() }, place)));
  return kept.length === 1 ? kept[0] : list(kept);
};

/** `Start-Process git -ArgumentList 'clone', $url`. */
const startProcess: Cmdlet = (given, world, place) => {
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
const expression: Cmdlet = (given, _, place) => {
  const text = textOfAll(given.get('command') ?? given.input);
  if (text === '' || text.length > 20_000) return null;
  const { scope, module } = hereOf(place);
  const pointed = { ...module, at: () => module.at(place.row) };
  place.evaluator.run(readPowerShell(text), { scope, module: pointed, returned: [] });
  return output('Invoke-Expression');
};

/** Runs the block that a cmdlet is given: here or in a process of its own, which sees the same. */
const block: Cmdlet = (given, _, place) => {
  const { evaluator, row } = place;
  const values = itemsOf(given.get('argumentlist', 'args'));
  const functions = [...given.named.values(), ...given.rest].filter((one) => isObject(one, 'function'));
  const made = functions.map((one) =>
    evaluator.call(one, { positional: values, named: new Map() }, row, hereOf(place)),
  );
  return made.at(-1) ?? null;
};

const setVariable: Cmdlet = (given, _, { module }) => {
  const name = given.get('name');
  if (isText(name)) module.scope.names.set(`$${withoutLikely(name).toLowerCase()}`, given.get('value') ?? null);
  return null;
};

const getVariable: Cmdlet = (given, _, { module }) => {
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
const setItem: Cmdlet = (given, _, { module }) => {
  const name = /^env:[\\/]?(\w+)$/iu.exec(pathOf(given.get('path') ?? ''))?.[1];
  if (name !== undefined) outermost(module.scope).names.set(`env:${name}`, given.get('value') ?? null);
  return null;
};

const moveTo: Cmdlet = (given, { shellCall: { workspace, state }, folders }) => {
  const path = given.get('path', 'literalpath');
  if (path === undefined) return null;
  folders.push(state.cwd);
  state.cwd = workspace.resolve(pathOf(path), state.cwd) ?? '/unknown';
  return null;
};

const moveBack: Cmdlet = (_, { shellCall: { state }, folders }) => {
  state.cwd = folders.pop() ?? state.cwd;
  return null;
};

/** `New-Object System.Net.WebClient`, `New-Object PSCredential($user, $secret)`. */
const newObject: Cmdlet = (given, _, place) => {
  const written = textOf(given.get('typename', 'comobject') ?? '').replace(/\[[^]*$/u, '');
  const values = [...itemsOf(given.get('argumentlist', 'args')), ...given.rest.flatMap(itemsOf)];
  const type = canonicalType(written);
  const own = classNamed(type, place);
  const { evaluator, row } = place;
  const made = /^(?:PSObject|PSCustomObject|Object)$/iu.test(type)
    ? record([])
    : own
      ? evaluator.call(own, { positional: values, named: new Map() }, row, hereOf(place))
      : outside(type, { positional: values, named: new Map() }, place);
  const properties = given.get('property');
  if (isObject(properties, 'record') && (isObject(made, 'record') || isObject(made, 'native')))
    for (const [key, value] of properties.fields) made.fields.set(key, value);
  return made;
};

const addMember: Cmdlet = (given) => {
  const target = given.get('inputobject') ?? given.input;
  const name = given.get('notepropertyname', 'name');
  const value = given.get('notepropertyvalue', 'value');
  if (isObject(target, 'record') && isText(name) && value !== undefined) target.fields.set(withoutLikely(name), value);
  return given.get('passthru') === true ? target : null;
};

/** Feeds of PowerShell are feeds of NuGet. */
const registered: Cmdlet = (given, world, place) => {
  const [name, source, credential] = [
    given.get('name'),
    given.get('sourcelocation', 'location', 'uri'),
    given.get('credential'),
  ];
  if (source !== undefined) feed(textOf(name ?? 'feed'), source, credential, world, place);
  return null;
};

/** A feed of NuGet with the login that is given. */
function feed(name: string, source: Value, credential: Value | undefined, world: Outside, place: Place): void {
  const values = isObject(credential, 'native') ? (credential.given?.positional ?? []) : itemsOf(credential);
  const words = [
    'nuget',
    'sources',
    'add',
    '-Name',
    name,
    '-Source',
    source,
    '-UserName',
    'x',
    '-Password',
    values.at(-1) ?? '',
  ];
  runCommand(native('#words'), { positional: words, named: new Map() }, world, place);
}

/** `Install-Module X -Repository NAME -Credential $login`: the feed of that name, with the login that is given. */
const installed: Cmdlet = (given, world, place) => {
  const { notes } = world.shellCall.state;
  for (const name of itemsOf(given.get('repository', 'source')).map(textOf)) {
    const source =
      notes.get(`nuget ${name.toLowerCase()}`)?.value.split(' ').at(-1) ?? (name.includes('://') ? name : '');
    const credential = given.get('credential');
    if (source !== '' && credential !== undefined) feed(name, source, credential, world, place);
  }
  return null;
};

/** `Invoke-Pester ./tests`: every file of tests below a folder. */
const pester: Cmdlet = (given, world, { module }) => {
  const { workspace, state } = world.shellCall;
  const [path = '.'] = itemsOf(given.get('path', 'script')).map(pathOf);
  const key = workspace.resolve(path, state.cwd) ?? '';
  const below = workspace.checkout.paths.filter(
    (one) => /\.tests\.ps1$/iu.test(one) && (one === key || key === '' || one.startsWith(`${key}/`)),
  );
  for (const one of below.slice(0, 50)) world.script(workspace.absolute(one), new Scope(module.scope));
  return null;
};

/** `Select-Xml -Path x.xml -XPath '//dep'`. */
const selectXml: Cmdlet = (given, world, place) => {
  const path = textOf(given.get('xpath') ?? '');
  const source =
    given.get('path', 'literalpath') === undefined
      ? (given.get('xml', 'content') ?? given.input)
      : fileContent(given, world, place);
  const document = source === undefined ? null : xmlOf(source);
  return list(selectNodes(document, path).map((node) => record([['Node', node]])));
};

const published: Cmdlet = (given, world, place) => {
  const repository = given.get('repository');
  const key = given.get('nugetapikey', 'apikey') ?? '';
  if (repository === undefined) return null;
  const words = ['nuget', 'push', 'module.nupkg', '-Source', repository, '-ApiKey', key];
  return runCommand(native('#words'), { positional: words, named: new Map() }, world, place);
};

const importModule: Cmdlet = (given, _, place) => {
  for (const name of itemsOf(given.get('name'))) outside('#module', { positional: [name], named: new Map() }, place);
  return null;
};

const sorted: Cmdlet = (given) => {
  const items = itemsOf(given.input);
  return given.get('unique') === true
    ? list([...new Map(items.map((one) => [textOf(one), one])).values()])
    : (given.input ?? null);
};

/** Cmdlets: names, the parameters that take values by position, what they do. */
const ROWS: readonly Row[] = [
  ...FILES,
  ['invoke-restmethod irm', 'uri', request('invoke-restmethod', 'uri')],
  ['invoke-webrequest iwr', 'uri', request('invoke-webrequest', 'uri')],
  ['start-bitstransfer', 'source destination', request('invoke-bitstransfer', 'source')],
  ['foreach-object foreach %', 'process', eachObject],
  ['where-object where ?', 'filterscript value', whereObject],
  ['select-object select', 'property', selectObject],
  ['sort-object sort get-unique gu', 'property', sorted],
  [
    'write-output echo',
    '',
    (given) => {
      const values = [...given.rest, ...itemsOf(given.get('inputobject') ?? given.input)];
      return values.length === 1 ? values[0] : list(values.flatMap(itemsOf));
    },
  ],
  ['out-string out-default oss', '', (given) => (isObject(given.input, 'list') ? textOfAll(given.input) : given.input)],
  [
    'out-null out-host write-host write-verbose write-debug write-warning write-error write-information write-progress start-sleep sleep set-strictmode set-psdebug export-modulemember add-type set-alias new-alias remove-item ri rm del rmdir expand-archive compress-archive set-executionpolicy install-packageprovider wait-process stop-process set-psrepository remove-module start-transcript stop-transcript clear-host format-table format-list ft fl',
    '',
    nothing,
  ],
  ['start-process saps start', 'filepath argumentlist', startProcess],
  ['invoke-expression iex', 'command', expression],
  ['invoke-command icm', 'scriptblock', block],
  ['start-job start-threadjob sajb', 'scriptblock', block],
  ['measure-command', 'expression', block],
  ['wait-job receive-job', '', piped],
  ['set-variable new-variable sv nv', 'name value', setVariable],
  ['get-variable gv', 'name', getVariable],
  ['set-item si', 'path value', setItem],
  ['set-location sl cd chdir push-location pushd', 'path', moveTo],
  ['pop-location popd', '', moveBack],
  ['get-location gl pwd', '', (_, { shellCall: { state } }) => (state.cwd === '' ? '.' : state.cwd)],
  ['new-object', 'typename argumentlist', newObject],
  ['add-member', 'membertype name value', addMember],
  ['convertto-securestring', 'string', (given) => given.get('string') ?? given.input],
  ['convertfrom-securestring', 'securestring', (given) => given.get('securestring') ?? given.input],
  ['select-string sls', 'pattern path', selectString(fileContent)],
  ['select-xml', 'xpath', selectXml],
  ['task', 'name', task],
  ['properties', '', runBlocks],
  ['invoke-build ib', 'task file', build(BUILD_FILES.invokeBuild)],
  ['invoke-psake psake', 'buildfile tasklist', build(BUILD_FILES.psake)],
  ['invoke-pester', 'path', pester],
  [
    'install-module install-psresource install-script install-package save-module save-psresource save-package find-module find-psresource find-package update-module update-psresource',
    'name',
    installed,
  ],
  ['register-psrepository register-packagesource register-psresourcerepository', 'name sourcelocation', registered],
  ['publish-module publish-psresource publish-script', 'path', published],
  ['import-module ipmo', 'name', importModule],
  [
    'get-command gcm get-process get-date get-random get-filehash read-host measure-object get-service get-module',
    '',
    () => unknown('condition'),
  ],
  ['new-temporaryfile', '', () => '/tmp/made'],
];

const CMDLETS = new Map<string, { readonly order: readonly string[]; readonly run: Cmdlet }>(
  ROWS.flatMap(([names, order, run]) =>
    names.split(' ').map((name) => [name, { order: order.split(' ').filter((one) => one !== ''), run }] as const),
  ),
);

export const cmdletNamed = (name: string): { readonly order: readonly string[]; readonly run: Cmdlet } | undefined =>
  CMDLETS.get(name);

/** Verbs with which names of cmdlets begin. */
const VERBS = new Set(
  `add clear close copy enter exit find format get hide join lock move new open optimize pop push redo remove rename reset
   resize search select set show skip split step switch undo unlock watch connect disconnect read receive send write backup
   checkpoint compare compress convert convertfrom convertto dismount edit expand export group import initialize limit
   merge mount out publish restore save sync unpublish update debug measure ping repair resolve test trace approve assert
   build complete confirm deny deploy disable enable install invoke register request restart resume start stop submit
   suspend uninstall unregister wait block grant protect revoke unblock unprotect use download upload exec run ensure clone
   fetch write`.split(/\s+/u),
);

/** True for the name of a cmdlet that nobody here knows, rather than of a program. */
export const isCmdlet = (name: string): boolean => {
  const [, verb, noun] = /^([a-z]+)-([a-z]\w*)$/u.exec(name) ?? [];
  return (
    noun !== undefined &&
    VERBS.has(verb ?? '') &&
    !hasUnknown(name) &&
    !/^(?:add-apt-repository|pop-os|run-parts)$/u.test(name)
  );
};
