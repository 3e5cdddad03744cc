import { LIKELY, hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { parsedData } from '../library/data.ts';
import type { Outside, Place } from '../running.ts';
import { serialised } from '../library/serialised.ts';
import type { Value } from '../values.ts';
import { isObject, isText, list, record, textOf } from '../values.ts';
import { readPowerShell } from '../read/powershell/index.ts';
import type { CommandArguments } from './arguments.ts';
import { hereOf, itemsOf, pathOf } from './world.ts';

/** A cmdlet with what it was given. */
export type Cmdlet = (given: CommandArguments, world: Outside, place: Place) => Value | undefined;

/** Names of a cmdlet, the parameters that take values by position, and what it does. */
export type Row = readonly [names: string, order: string, run: Cmdlet];

/** Types a table of cmdlets where it is written. */
export const cmdlets = (rows: readonly Row[]): readonly Row[] => rows;

/** The path under which the job finds a file: from where it stands, else from where the script lies. */
export function found(path: string, { shellCall: { workspace, state } }: Outside, { module }: Place): string | null {
  if (path === '' || hasUnknown(path)) return null;
  const folder = module.path.includes('/') ? module.path.slice(0, module.path.lastIndexOf('/') + 1) : '';
  const beside = workspace.absolute(`${folder}${path.replace(/^\.\//u, '')}`);
  return [path, beside].find((one) => workspace.lines(one, state) !== null) ?? null;
}

const fileText = (value: Value, world: Outside, place: Place): string | null => {
  const path = found(pathOf(value), world, place);
  return path === null ? null : world.shellCall.workspace.text(path, world.shellCall.state);
};

const linesOf = (text: string): readonly string[] => text.replace(/\n$/u, '').split('\n');

/** What a job wrote itself is as certain as the job; another file is data that may change without the program. */
function marked(text: string, value: Value, { shellCall: { workspace, state } }: Outside): string {
  const key = workspace.resolve(pathOf(value), state.cwd);
  return key !== null && state.files.has(key) ? text : text + LIKELY;
}

/** `Get-Content`: lines of a file, or its whole text. */
export const fileContent: Cmdlet = (given, world, place) => {
  const path = given.get('path', 'literalpath');
  if (path === undefined) return undefined;
  const text = fileText(path, world, place);
  if (text === null) return unknown(`Get-Content ${pathOf(path)}`);
  if (given.get('raw') === true) return marked(text, path, world);
  return list(linesOf(text).map((line) => marked(line, path, world)));
};

/** Text of lines that are piped, or of one value. */
export const textOfAll = (value: Value | undefined): string =>
  itemsOf(value)
    .map((one) => textOf(one))
    .join('\n');

/** Writes lines to a file. */
export function write(
  path: Value,
  value: Value | undefined,
  append: boolean,
  world: Outside,
  { module, row }: Place,
): null {
  const { workspace, state } = world.shellCall;
  const at = module.at(row);
  const to = pathOf(path);
  if (value === undefined || to === '' || /^\$?null$/iu.test(to)) return null;
  workspace.write(
    to,
    linesOf(textOfAll(value)).map((text) => ({ text: withoutLikely(text), at })),
    append,
    state,
  );
  return null;
}

const writes =
  (append: boolean): Cmdlet =>
  (given, world, place) => {
    const path = given.get('path', 'filepath', 'literalpath');
    if (path === undefined) return undefined;
    const value = given.get('value', 'inputobject') ?? given.input;
    const written = write(path, value, append || given.get('append') === true, world, place);
    return given.get('passthru') === true || given.named.has('variable') ? (value ?? null) : written;
  };

const exists: Cmdlet = (given, { shellCall: { workspace, state } }) => {
  const path = pathOf(given.get('path', 'literalpath') ?? '');
  const variable = /^env:[\\/]?(\w+)$/iu.exec(path)?.[1];
  if (variable !== undefined) return state.value(variable) === undefined ? unknown('condition') : true;
  return hasUnknown(path) ? unknown('condition') : (workspace.exists(path, state) ?? unknown('condition'));
};

/** Files of the checkout below a folder, with a pattern for their names. */
const children: Cmdlet = (given, world, place) => {
  const { workspace, state } = world.shellCall;
  const written = pathOf(given.get('path', 'literalpath') ?? '.');
  if (/^env:[\\/]?\w+$/iu.test(written)) return item(given, world, place);
  if (/^env:/iu.test(written))
    return list(
      [...state.vars].map(([name, { value }]) =>
        record([
          ['Name', name],
          ['Key', name],
          ['Value', value],
        ]),
      ),
    );
  const pattern = /[*?[]/u.test(written.split('/').at(-1) ?? '') ? (written.split('/').at(-1) ?? '*') : '*';
  const folder =
    pattern === '*' && !written.endsWith('*')
      ? written
      : written.slice(0, Math.max(0, written.length - pattern.length - 1));
  const key = workspace.resolve(folder === '' ? '.' : folder, state.cwd);
  if (key === null) return list([unknown('file')]);
  const below = key === '' ? '' : `${key}/`;
  const filters = itemsOf(given.get('filter', 'include') ?? (pattern === '*' ? undefined : pattern)).map(textOf);
  const deep = given.get('recurse') === true;
  const names = filters.map(
    (one) =>
      new RegExp(
        `(?:^|/)${one
          .replace(/[.+^${}()|\\]/gu, '\\$&')
          .replace(/\*+/gu, '[^/]*')
          .replaceAll('?', '[^/]')}$`,
        'iu',
      ),
  );
  const paths = workspace.checkout.paths.filter((path) => {
    const rest = path.slice(below.length);
    if (!path.startsWith(below) || (!deep && rest.includes('/'))) return false;
    return names.length === 0 || names.some((one) => one.test(rest));
  });
  return list(paths.slice(0, 100).map((path) => fileItem(workspace.absolute(path))));
};

/** A file as an object. */
function fileItem(path: string): Value {
  const name = path.split('/').at(-1) ?? path;
  return record([
    ['FullName', path],
    ['Name', name],
    ['BaseName', name.replace(/\.[^.]*$/u, '')],
    ['Extension', /\.[^.]*$/u.exec(name)?.[0] ?? ''],
    ['DirectoryName', path.replace(/\/[^/]*$/u, '')],
    ['text', path],
  ]);
}

const item: Cmdlet = (given, world) => {
  const path = pathOf(given.get('path', 'literalpath') ?? '');
  const variable = /^env:[\\/]?(\w+)$/iu.exec(path)?.[1];
  if (variable !== undefined)
    return record([
      ['Name', variable],
      ['Value', world.variable(variable)],
    ]);
  return path === '' ? undefined : fileItem(path);
};

const joinPath: Cmdlet = (given) => {
  const parts = [
    given.get('path'),
    given.get('childpath'),
    ...itemsOf(given.get('additionalchildpath')),
    ...given.rest,
  ];
  return parts
    .flatMap((one) => (one === undefined ? [] : [pathOf(one)]))
    .map((part, index) => (index === 0 ? part.replace(/\/+$/u, '') : part.replace(/^\/+|\/+$/gu, '')))
    .join('/');
};

const splitPath: Cmdlet = (given) => {
  const path = pathOf(given.get('path', 'literalpath') ?? given.input ?? '').replace(/\/+$/u, '');
  if (given.get('leaf') === true) return path.split('/').at(-1) ?? path;
  if (given.get('leafbase') === true) return (path.split('/').at(-1) ?? path).replace(/\.[^.]*$/u, '');
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
};

const copied: Cmdlet = (given, world, place) => {
  const [from, to] = [given.get('path', 'literalpath'), given.get('destination')];
  const text = from === undefined ? null : fileText(from, world, place);
  if (from === undefined || to === undefined || text === null) return null;
  const target = pathOf(to);
  const path = /\/$/u.test(target) ? `${target}${pathOf(from).split('/').at(-1) ?? ''}` : target;
  return write(path, text, false, world, place);
};

const parsed: Cmdlet = (given) => {
  const value = given.get('inputobject') ?? given.input;
  if (value === undefined || isObject(value, 'native')) return value;
  const text = textOfAll(value);
  return hasUnknown(text) && !/[{[]/u.test(text) ? unknown('json') : parsedData(text);
};

/** Comma-separated values; unless the columns are given, the first line names them. */
function table(text: string, given: CommandArguments): Value {
  const by = given.get('delimiter');
  const header = itemsOf(given.get('header')).map(textOf);
  const whole = header.length > 0 ? `${header.join(isText(by) ? by : ',')}\n${text}` : text;
  return parsedData(whole, 'table', isText(by) && by !== '' ? by : ',');
}

const importedTable: Cmdlet = (given, world, place) => {
  const path = given.get('path', 'literalpath');
  const text = path === undefined ? null : fileText(path, world, place);
  return text === null ? unknown('Import-Csv') : table(text, given);
};

const pairs: Cmdlet = (given) =>
  record(
    linesOf(textOfAll(given.get('stringdata') ?? given.input)).flatMap((line) => {
      const found = /^\s*([^#=\s][^=]*?)\s*=\s*([^]*?)\s*$/u.exec(line);
      return found ? [[found[1] ?? '', found[2] ?? ''] as const] : [];
    }),
  );

/** A data file is an expression of the language. */
const dataFile: Cmdlet = (given, world, place) => {
  const path = given.get('path', 'literalpath');
  const text = path === undefined ? null : fileText(path, world, place);
  const [first] = text === null ? [] : readPowerShell(text);
  if (first?.kind !== 'expression' || first.value.kind !== 'call') return unknown('data');
  const [printed] = first.value.given;
  return printed ? likely(place.evaluator.value(printed.value, hereOf(place))) : null;
};

function likely(value: Value, depth = 0): Value {
  if (isText(value)) return value + LIKELY;
  if (isObject(value, 'list') && depth < 20) return list(value.items.map((one) => likely(one, depth + 1)));
  if (isObject(value, 'record') && depth < 20)
    return record([...value.fields].map(([key, one]) => [key, likely(one, depth + 1)] as const));
  return value;
}

/** Text of JSON: what matters is what is in it. */
const json: Cmdlet = (given) => serialised(given.get('inputobject') ?? given.input ?? null) ?? null;

/** Cmdlets about files and data: names, the parameters that take values by position, what they do. */
export const FILES: readonly Row[] = cmdlets([
  ['get-content gc cat type', 'path', fileContent],
  ['set-content sc', 'path value', writes(false)],
  ['add-content ac', 'path value', writes(true)],
  ['out-file', 'filepath', writes(false)],
  ['tee-object tee', 'filepath', writes(false)],
  [
    'new-item ni',
    'path',
    (given, world, place) => {
      const [path, value] = [given.get('path'), given.get('value')];
      return path === undefined || value === undefined ? (path ?? null) : write(path, value, false, world, place);
    },
  ],
  ['test-path', 'path', exists],
  ['get-childitem gci dir ls', 'path filter', children],
  ['get-item gi', 'path', item],
  ['resolve-path rvpa convert-path', 'path', (given) => given.get('path', 'literalpath')],
  ['join-path', 'path childpath', joinPath],
  ['split-path', 'path', splitPath],
  ['copy-item cpi cp copy', 'path destination', copied],
  ['move-item mi mv move', 'path destination', copied],
  ['convertfrom-json', 'inputobject', parsed],
  ['convertfrom-yaml', 'yaml', parsed],
  ['convertto-json', 'inputobject', json],
  ['import-csv ipcsv', 'path delimiter', importedTable],
  [
    'convertfrom-csv',
    'inputobject delimiter',
    (given) => table(textOfAll(given.get('inputobject') ?? given.input), given),
  ],
  ['convertfrom-stringdata', 'stringdata', pairs],
  ['import-powershelldatafile', 'path', dataFile],
]);
