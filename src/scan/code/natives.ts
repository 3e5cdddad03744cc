import { LIKELY, hasToken, unknown, withoutLikely } from '../marks.ts';
import { callback } from './containers.ts';
import type { Place } from './running.ts';
import { memberOf } from './members.ts';
import { joined as joinedPath } from './modules.ts';
import { dataValue, encoded, formatted } from './texts.ts';
import type { Arguments, Value } from './values.ts';
import { each, isObject, isText, joined, list, record, several, textOf, textsOf } from './values.ts';

type NativeFunction = (given: Arguments, place: Place) => Value | undefined;

const first: NativeFunction = ({ positional: [value], named }) => value ?? [...named.values()][0];
const items = (value: Value | undefined, place: Place): readonly Value[] =>
  value === undefined ? [] : place.evaluator.items(value, true, place.module);
const copied: NativeFunction = ({ positional: [value] }, place) => list(items(value, place));

/** `a/b` of parts; a part that is a whole address begins anew. */
function joinPaths(positional: readonly Value[]): Value {
  const parts = positional.flatMap((part, index) => {
    const texts = textsOf(part).map((text) =>
      index === 0 ? text.replace(/\/+$/u, '') : text.replace(/^\/+|\/+$/gu, ''),
    );
    return index === 0 ? [texts] : [['/'], texts];
  });
  return joined(parts);
}

/** `urljoin(base, path)`: the last part of the base falls away unless it ends with a slash. */
function joinAddresses([base, path]: readonly Value[]): Value | undefined {
  if (base === undefined || path === undefined) return base;
  return several(
    textsOf(base).flatMap((left) =>
      textsOf(path).map((right) => {
        if (right.includes('://')) return right;
        const [, origin = '', below = ''] = /^([a-z]+:\/\/[^/]*)?([^]*)$/u.exec(left) ?? [];
        return right.startsWith('/') ? origin + right : `${origin}${below.replace(/[^/]*$/u, '') || '/'}${right}`;
      }),
    ),
  );
}

const entries: NativeFunction = ({ positional: [value] }) =>
  isObject(value, 'record')
    ? list([...value.fields].map(([key, inside]) => list([key, inside])))
    : isObject(value, 'list')
      ? list(value.items.map((item, index) => list([String(index), item])))
      : undefined;

function toRecord({ positional: [value], named }: Arguments): Value {
  const fields = new Map<string, Value>();
  if (isObject(value, 'record')) for (const [key, inside] of value.fields) fields.set(key, inside);
  if (isObject(value, 'list'))
    for (const pair of value.items)
      if (isObject(pair, 'list') && pair.items.length > 1)
        fields.set(withoutLikely(textOf(pair.items[0] ?? '')), pair.items[1] ?? null);
  for (const [key, inside] of named) fields.set(key, inside);
  return record(fields);
}

function numbers({ positional }: Arguments): Value {
  const [from = 0, to] = positional.length > 1 ? positional : [0, positional[0]];
  if (typeof from !== 'number' || typeof to !== 'number') return list([unknown('range')]);
  return list(Array.from({ length: Math.max(0, Math.min(200, to - from)) }, (_, index) => from + index));
}

/** Base64 and digests keep the token: what matters is that it is still in there. */
const opaque: NativeFunction = ({ positional: [value] }) =>
  value === undefined ? undefined : each(value, (one) => (isText(one) && hasToken(one) ? one : unknown('encoded')));

const parsedText: NativeFunction = ({ positional: [value] }) => {
  if (!isText(value)) return undefined;
  try {
    return dataValue(JSON.parse(withoutLikely(value)), withoutLikely(value) === value ? '' : LIKELY);
  } catch {
    return undefined;
  }
};

const lastPart: NativeFunction = ({ positional: [value] }) =>
  value === undefined
    ? undefined
    : each(value, (one) => (isText(one) ? (one.replace(/\/+$/u, '').split('/').at(-1) ?? one) : one));

/** Functions of the languages and their libraries whose values are known, by full name or by the last part of it. */
export const FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map<string, NativeFunction>([
  ...['quote', 'quote_plus', 'encodeURIComponent', 'encodeURI', 'PathEscape', 'QueryEscape'].map(
    (name): [string, NativeFunction] => [
      name,
      ({ positional: [value] }) => (value === undefined ? undefined : encoded(value)),
    ],
  ),
  ...[
    'str',
    'String',
    'Path',
    'PurePath',
    'PurePosixPath',
    'pathlib.Path',
    'URL',
    'urlparse',
    'urlsplit',
    'unquote',
    'decodeURIComponent',
    'expanduser',
    'expandvars',
    'abspath',
    'realpath',
    'normpath',
    'fspath',
    'fileURLToPath',
    'pathToFileURL',
    'parse_url',
    'shlex.quote',
    'cast',
    'deepcopy',
    'Promise.all',
    'Promise.allSettled',
    'Promise.resolve',
    'asyncio.run',
    'gather',
    'asyncio.gather',
    'Object.freeze',
    'Object.seal',
    'normalize',
    'int',
    'float',
    'Number',
    'parseInt',
    'bool',
    'Boolean',
    'tuple',
    'frozenset',
    'iter',
    'next',
    'Buffer.from',
    'bytes',
    'min',
    'max',
    'tqdm',
    'SecretStr',
    'Promise.race',
    'wait_for',
    'ensure_future',
    'create_task',
    'promisify',
    'trim',
    'unref',
  ].map((name): [string, NativeFunction] => [name, first]),
  ...['list', 'set', 'sorted', 'reversed', 'Set', 'Array.from', 'Array', 'chain', 'as_completed'].map(
    (name): [string, NativeFunction] => [name, copied],
  ),
  ...['dict', 'OrderedDict', 'defaultdict', 'Object.fromEntries', 'SimpleNamespace', 'Namespace'].map(
    (name): [string, NativeFunction] => [name, toRecord],
  ),
  ['Map', toRecord],
  ['Object.entries', entries],
  [
    'Object.keys',
    ({ positional: [value] }) => (isObject(value, 'record') ? list([...value.fields.keys()]) : undefined),
  ],
  [
    'Object.values',
    ({ positional: [value] }) => (isObject(value, 'record') ? list([...value.fields.values()]) : undefined),
  ],
  [
    'Object.assign',
    ({ positional }) => record(positional.flatMap((one) => (isObject(one, 'record') ? [...one.fields] : []))),
  ],
  [
    'len',
    ({ positional: [value] }) =>
      isObject(value, 'list') ? value.items.length : isText(value) ? value.length : unknown('len'),
  ],
  ['range', numbers],
  [
    'enumerate',
    ({ positional: [value] }, place) => list(items(value, place).map((item, index) => list([index, item]))),
  ],
  [
    'zip',
    ({ positional }, place) => {
      const columns = positional.map((one) => items(one, place));
      return list((columns[0] ?? []).map((_, row) => list(columns.map((column) => column[row] ?? null))));
    },
  ],
  [
    'filter',
    ({ positional: [check, value] }, place) =>
      value === undefined
        ? undefined
        : list(items(value, place).filter((item) => check === null || callback(check, [item], place) !== false)),
  ],
  [
    'map',
    ({ positional: [change, value] }, place) =>
      value === undefined ? undefined : list(items(value, place).map((item) => callback(change, [item], place))),
  ],
  [
    'getattr',
    ({ positional: [of, name, fallback] }, place) => {
      if (of === undefined || name === undefined) return undefined;
      const value = memberOf(
        of,
        name,
        { scope: place.module.scope, module: place.module, returned: [] },
        place.evaluator,
      );
      return value ?? fallback;
    },
  ],
  ['isinstance', () => unknown('condition')],
  ['os.path.join', ({ positional }) => joinPaths(positional)],
  ['path.join', ({ positional }) => joinPaths(positional)],
  ['path.resolve', ({ positional }) => joinPaths(positional)],
  ['posixpath.join', ({ positional }) => joinPaths(positional)],
  ['filepath.Join', ({ positional }) => joinPaths(positional)],
  ['JoinPath', ({ positional }) => joinPaths(positional)],
  ['urljoin', ({ positional }) => joinAddresses(positional)],
  ['url.resolve', ({ positional }) => joinAddresses(positional)],
  ['basename', lastPart],
  [
    'dirname',
    ({ positional: [value] }) =>
      value === undefined ? undefined : each(value, (one) => (isText(one) ? joinedPath(one, '..') : one)),
  ],
  [
    'fmt.Sprintf',
    ({ positional: [template, ...rest] }) =>
      template === undefined ? undefined : each(template, (one) => (isText(one) ? formatted(one, list(rest)) : one)),
  ],
  ['fmt.Sprint', ({ positional }) => joined(positional.map(textsOf))],
  [
    'util.format',
    ({ positional: [template, ...rest] }) => (isText(template) ? formatted(template, list(rest)) : undefined),
  ],
  [
    'strings.Join',
    ({ positional: [of, by] }) =>
      isObject(of, 'list') && by !== undefined
        ? joined(of.items.flatMap((item, index) => (index === 0 ? [textsOf(item)] : [textsOf(by), textsOf(item)])))
        : undefined,
  ],
  ...['b64encode', 'btoa', 'standard_b64encode', 'urlsafe_b64encode'].map((name): [string, NativeFunction] => [
    name,
    opaque,
  ]),
  ['json.loads', parsedText],
  ['JSON.parse', parsedText],
  ['load_dotenv', () => null],
  ...['json.dumps', 'JSON.stringify'].map((name): [string, NativeFunction] => [
    name,
    ({ positional: [value] }) => (isText(value) ? `"${value.replaceAll('"', '\\"')}"` : undefined),
  ]),
  ...[
    'tempfile.TemporaryDirectory',
    'tempfile.mkdtemp',
    'tempfile.gettempdir',
    'mkdtempSync',
    'os.tmpdir',
    'tmpdir',
  ].map((name): [string, NativeFunction] => [name, () => '/tmp/made']),
  ['sys.exit', () => null],
  ['os.getcwd', () => ''],
  ['process.cwd', () => ''],
]);
