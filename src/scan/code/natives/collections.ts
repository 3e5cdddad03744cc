import { unknown, withoutLikely } from '../../marks.ts';
import { methodOf } from '../classes.ts';
import { callback } from '../containers.ts';
import { memberOf } from '../evaluate/members.ts';
import type { Place } from '../running.ts';
import type { Arguments, Value } from '../values.ts';
import { isObject, isText, list, native, record, several, textOf } from '../values.ts';
import type { NativeFunction, NativeTable } from './function.ts';
import { under } from './function.ts';

const items = (value: Value | undefined, place: Place): readonly Value[] =>
  value === undefined ? [] : place.evaluator.items(value, true, place.module);
const copied: NativeFunction = (given, place) =>
  given.named.size > 0 || given.positional.length > 1 ? toList(given, place) : list(items(given.positional[0], place));

const entries: NativeFunction = ({ positional: [value] }) =>
  isObject(value, 'record')
    ? list([...value.fields].map(([key, inside]) => list([key, inside])))
    : isObject(value, 'list')
      ? list(value.items.map((item, index) => list([String(index), item])))
      : undefined;

/** Pairs of a loop over two names: what is no collection stands for both. */
const pairs: NativeFunction = (given, place) => {
  const [value] = given.positional;
  // A list of pairs is taken apart as it is.
  if (
    isObject(value, 'list') &&
    value.items.length > 0 &&
    value.items.every((item) => isObject(item, 'list') && item.items.length === 2)
  )
    return value;
  return entries(given, place) ?? value;
};

/** Several results of one call: the value, and whether something went wrong. */
const results: NativeFunction = ({ positional: [value] }) => {
  if (isObject(value, 'list') && value.items.length > 1) return value;
  if (!isObject(value, 'several')) return list([value ?? null, native('outcome')]);
  // What is returned beside an error does not count where something else may be.
  const firsts = value.options.map((one) =>
    isObject(one, 'list') && one.items.length > 1 ? (one.items[0] ?? null) : one,
  );
  const real = firsts.filter((one) => one !== null && one !== '');
  return list([several(real.length > 0 ? real : firsts), native('outcome')]);
};

/** What `with` binds: what a context manager gives, whether it is an object or a generator of one value. */
const entered: NativeFunction = ({ positional: [value] }, place) => {
  if (isObject(value, 'list')) return value.items[0] ?? null;
  const enter = isObject(value, 'object') ? methodOf(value.of, '__enter__', value) : null;
  return enter ? callback(enter, [], place) : value;
};

const fieldsOf = (value: Value): readonly (readonly [string, Value])[] => {
  if (isObject(value, 'record')) return [...value.fields];
  if (!isObject(value, 'list')) return [];
  return value.items.flatMap((pair) =>
    isObject(pair, 'list') && pair.items.length > 1
      ? [[withoutLikely(textOf(pair.items[0] ?? '')), pair.items[1] ?? null] as const]
      : isObject(pair, 'record')
        ? [...pair.fields]
        : [],
  );
};

const toRecord: NativeFunction = ({ positional, named }) => record([...positional.flatMap(fieldsOf), ...named]);

/** `mapOf("a" to 1)`, `Map.of("a", 1)`, `Dict("a" => 1)`. */
const pairedRecord: NativeFunction = (given, place) => {
  const { positional } = given;
  if (positional.some((one) => typeof one === 'object' && one !== null)) {
    const own = positional.flatMap((one) =>
      isObject(one, 'list') && one.items.length === 2 && !isObject(one.items[0], 'list')
        ? fieldsOf(list([one]))
        : fieldsOf(one),
    );
    return record([...own, ...given.named]);
  }
  const fields = positional.flatMap((key, index) =>
    index % 2 === 0 ? [[withoutLikely(textOf(key)), positional[index + 1] ?? null] as const] : [],
  );
  return positional.length === 0 ? toRecord(given, place) : record([...fields, ...given.named]);
};

/** `listOf(a, b)`, `c(a, b)`; with names it is a record. */
const toList: NativeFunction = ({ positional, named }) =>
  named.size > 0
    ? record([...positional.map((value, index) => [String(index), value] as const), ...named])
    : list(positional);

/** One list of several. */
const together: NativeFunction = ({ positional, named }) => {
  if (positional.some((one) => isObject(one, 'record'))) return toRecord({ positional, named }, undefined as never);
  return list(positional.flatMap((one) => (isObject(one, 'list') ? one.items : [one])));
};

/** `Object.assign(target, more…)`: the target itself has the fields then. */
const assigned: NativeFunction = ({ positional }, place) => {
  const [target, ...more] = positional;
  if (!isObject(target, 'record')) return together({ positional, named: new Map() }, place);
  for (const one of more)
    if (isObject(one, 'record')) for (const [name, value] of one.fields) target.fields.set(name, value);
  return target;
};

/** `append(list, x…)` of Go. */
const appended: NativeFunction = ({ positional: [value, ...rest] }) =>
  list([...(isObject(value, 'list') ? value.items : []), ...rest]);

/** Adds to a list that stays the same one: `push @list, $x`, `table.insert(t, x)`, `array_push($list, $x)`. */
const pushed: NativeFunction = ({ positional: [value, ...rest] }) => {
  if (isObject(value, 'list') && value.items.length < 500) value.items.push(...rest);
  if (isObject(value, 'record') && value.fields.size < 500)
    for (const one of rest) value.fields.set(String(value.fields.size), one);
  return null;
};

function numbers({ positional }: Arguments): Value {
  const [from = 0, to] = positional.length > 1 ? positional : [0, positional[0]];
  if (typeof from !== 'number' || typeof to !== 'number') return list([unknown('range')]);
  return list(Array.from({ length: Math.max(0, Math.min(200, to - from)) }, (_, index) => from + index));
}

const zipped: NativeFunction = ({ positional }, place) => {
  const columns = positional.map((one) => items(one, place));
  return list((columns[0] ?? []).map((_, row) => list(columns.map((column) => column[row] ?? null))));
};

/** `map(f, list)`, `array_map(f, list)`, `lapply(list, f)`: the function may come first or last. */
const mapped: NativeFunction = ({ positional: [one, other] }, place) => {
  if (other === undefined || one === undefined) return undefined;
  const [change, value] = isObject(one, 'list') || isObject(one, 'record') ? [other, one] : [one, other];
  return list(items(value, place).map((item) => callback(change, [item], place)));
};

const kept: NativeFunction = ({ positional: [check, value] }, place) =>
  value === undefined
    ? undefined
    : list(items(value, place).filter((item) => check === null || callback(check, [item], place) !== false));

/** `getattr(object, name, fallback)`, `get(record, key, fallback)`. */
const member: NativeFunction = ({ positional: [of, name, fallback] }, place) => {
  if (of === undefined || name === undefined || isText(of)) return undefined;
  const here = { scope: place.module.scope, module: place.module, returned: [] };
  const value = memberOf(of, name, here, place.evaluator);
  return isObject(value, 'native') && value.name.startsWith('.') && fallback !== undefined
    ? fallback
    : (value ?? fallback);
};

/** What is missing in a table is looked up in another. */
const withMeta: NativeFunction = ({ positional: [table, meta] }) => {
  if (!isObject(table, 'record') || !isObject(meta, 'record')) return table;
  const index = meta.fields.get('__index');
  for (const source of [meta, ...(isObject(index, 'record') ? [index] : [])])
    for (const [name, value] of source.fields)
      if (!table.fields.has(name) && !name.startsWith('__')) table.fields.set(name, value);
  return table;
};

/** `bless $self, $class`. */
const blessed: NativeFunction = ({ positional: [self, of] }) =>
  isObject(self, 'record') && isObject(of, 'class') ? { kind: 'object', of, fields: self.fields } : self;

const counted: NativeFunction = ({ positional: [value] }) =>
  isObject(value, 'list') ? value.items.length : isText(value) ? value.length : unknown('len');

const keys: NativeFunction = ({ positional: [value] }) =>
  isObject(value, 'record') ? list([...value.fields.keys()]) : undefined;
const values: NativeFunction = ({ positional: [value] }) =>
  isObject(value, 'record') ? list([...value.fields.values()]) : isObject(value, 'list') ? value : undefined;

const numbered: NativeFunction = ({ positional: [value] }, place) =>
  list(items(value, place).map((item, index) => list([index, item])));

const unknownTest: NativeFunction = () => unknown('condition');

/** Functions that make lists and records, and that go over them. */
export const COLLECTIONS: NativeTable = [
  ['#pairs', pairs],
  ['#results', results],
  ['#enter', entered],
  ...under(
    'list set sorted reversed Set Array.from Array chain as_completed array_reverse collect sort uniq reverse rev',
    copied,
  ),
  ...under('dict OrderedDict defaultdict Object.fromEntries SimpleNamespace Namespace Map', toRecord),
  ...under(
    'mapOf mutableMapOf hashMapOf linkedMapOf Map.of Map.ofEntries Dict HashMap.from BTreeMap.from',
    pairedRecord,
  ),
  ...under('Map.entry Pair', ({ positional }) => list(positional)),
  ...under(
    'listOf mutableListOf arrayOf setOf arrayListOf List.of Set.of Arrays.asList List Seq Vector c Array.of Stream.of',
    toList,
  ),
  ...under('array_merge merge', together),
  ...under('Object.assign', assigned),
  ...under('append', appended),
  ...under('push array_push table.insert unshift append! push!', pushed),
  ...under('Object.entries pairs ipairs', entries),
  ...under('Object.keys array_keys keys names', keys),
  ...under('Object.values array_values values', values),
  ['len', counted],
  ['range', numbers],
  ['enumerate', numbered],
  ['zip', zipped],
  ...under('filter array_filter grep', kept),
  ...under('map array_map lapply sapply vapply purrr.map purrr.walk walk foreach', mapped),
  ...under('getattr get', member),
  ['setmetatable', withMeta],
  ['bless', blessed],
  ['isinstance', unknownTest],
];
