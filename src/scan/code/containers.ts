import { LIKELY, unknown, withoutLikely } from '../marks.ts';
import type { Place } from './running.ts';
import { SERIALISING_METHODS, serialised } from './library/serialised.ts';
import type { Arguments, ListValue, RecordValue, Value } from './values.ts';
import { equal, isObject, isText, joined, list, record, several, textOf, textsOf, truth } from './values.ts';

/** Methods of lists and records; undefined where one is not known. */
export function containerMethod(
  name: string,
  of: ListValue | RecordValue,
  given: Arguments,
  place: Place,
): Value | undefined {
  const found = of.kind === 'list' ? LISTS.get(name)?.(of, given, place) : RECORDS.get(name)?.(of, given, place);
  return found !== undefined ? found : SAME.has(name) ? of : undefined;
}

type Method<Of> = (of: Of, given: Arguments, place: Place) => Value | undefined;

const words = (text: string): readonly string[] => text.trim().split(/\s+/u);
const table = <Of>(
  entries: readonly (readonly [names: string, method: Method<Of>])[],
): ReadonlyMap<string, Method<Of>> =>
  new Map(entries.flatMap(([names, method]) => words(names).map((name) => [name, method] as const)));

/** Methods that give what they are called on, as far as its values go. */
const SAME: ReadonlySet<string> = new Set(
  words(`values copy reverse sort toSorted toArray to_a to_ary toList ToList ToArray iter into_iter iter_mut cloned copied
    stream parallelStream freeze dup clone compact uniq distinct Distinct sort_by sorted sortedBy OrderBy asSequence
    asIterable toSet toMutableList as_slice to_vec shuffle reverse_each lazy entries_list collect par_iter unwrap
    to_h toMap asList orEmpty reject drop skip Skip take Take limit to_owned as_ref expect`),
);

const boolean = (decision: boolean | null): Value => decision ?? unknown('condition');

function mapped(of: ListValue, given: Arguments, place: Place): Value | undefined {
  const [change] = given.positional;
  if (change === undefined) return of;
  return list(of.items.map((item, index) => callback(change, argumentsOf(change, item, index, of), place)));
}

/** `|name, id|` takes a pair apart. */
function argumentsOf(callee: Value, item: Value, index: number, of: Value): readonly Value[] {
  const pair = isObject(callee, 'function') && isObject(item, 'list') && item.items.length > 1;
  const takes = isObject(callee, 'function') ? callee.definition.parameters.length : 1;
  return pair && takes === item.items.length && takes > 1 && callee.module.path.search(/\.[cm]?[jt]sx?$/u) < 0
    ? item.items
    : [item, index, of];
}

const filtered = (of: ListValue, given: Arguments, place: Place): readonly Value[] => {
  const [check] = given.positional;
  return check === undefined
    ? of.items
    : of.items.filter((item, index) => truth(callback(check, argumentsOf(check, item, index, of), place)) !== false);
};

const position = (of: ListValue, index: Value | undefined): Value | undefined =>
  typeof index === 'number' ? (of.items.at(index) ?? null) : undefined;

const joinedList = (of: ListValue, separator: Value): Value =>
  joined(of.items.flatMap((item, index) => (index === 0 ? [textsOf(item)] : [textsOf(separator), textsOf(item)])));

/** Where a list holds a value; undefined where an element before it may be the same. */
function placeOf({ items }: ListValue, { positional: [wanted] }: Arguments): Value | undefined {
  for (const [index, item] of items.entries()) {
    const same = wanted === undefined ? null : equal(item, wanted);
    if (same !== false) return same === true ? index : undefined;
  }
  return -1;
}

const LISTS: ReadonlyMap<string, Method<ListValue>> = table<ListValue>([
  [SERIALISING_METHODS, (of) => serialised(of)],
  ['indexOf IndexOf', placeOf],
  [
    'append push add Add addLast addElement push_back insertLast',
    (of, { positional }) => {
      if (of.items.length < 500) of.items.push(...positional);
      return null;
    },
  ],
  [
    'extend addAll AddRange concat! push_all extend_from_slice',
    (of, { positional: [first] }) => {
      if (isObject(first, 'list')) of.items.push(...first.items.slice(0, 500));
      return null;
    },
  ],
  [
    'insert unshift prepend',
    (of, { positional }) => {
      const value = positional.at(-1);
      if (value !== undefined) of.items.unshift(value);
      return null;
    },
  ],
  ['pop shift remove', (of) => (of.items.length > 0 ? several(of.items) : null)],
  [
    'join joinToString mkString',
    (of, { positional: [by], named }) => joinedList(of, by ?? named.get('separator') ?? ', '),
  ],
  ['map flatMap collect flat_map Select SelectMany mapNotNull map_with_index for_each_result pmap', mapped],
  [
    'forEach each ForEach for_each each_with_index eachWithIndex each_entry forEachIndexed each_slice foreach',
    (of, given, place) => {
      mapped(of, given, place);
      return of;
    },
  ],
  [
    'each_with_object',
    (of, { positional: [memo, change] }, place) => {
      for (const item of of.items) callback(change, [item, memo ?? null], place);
      return memo;
    },
  ],
  ['filter select Where find_all filter_map filterNotNull', (of, given, place) => list(filtered(of, given, place))],
  [
    'find detect First FirstOrDefault firstOrNull single',
    (of, given, place) => several(filtered(of, given, place).slice(0, given.positional.length > 0 ? undefined : 1)),
  ],
  [
    'first head getFirst',
    (of, given, place) =>
      given.positional.length > 0 && !isObject(given.positional[0], 'function')
        ? of
        : (filtered(of, given, place)[0] ?? null),
  ],
  ['last getLast Last', (of) => of.items.at(-1) ?? null],
  [
    'any? all? none? any all none some every Any All anyMatch',
    (of, given, place) => {
      mapped(of, given, place);
      return unknown('condition');
    },
  ],
  [
    'reduce inject fold',
    (of, { positional: [first, second] }, place) => {
      const [change, start] = isObject(first, 'function') ? [first, second] : [second, first];
      return of.items.reduce<Value>((left, item, index) => callback(change, [left, item, index], place), start ?? null);
    },
  ],
  [
    'concat plus',
    (of, { positional }) =>
      list([...of.items, ...positional.flatMap((one) => (isObject(one, 'list') ? one.items : [one]))]),
  ],
  [
    'slice subList',
    (of, { positional: [from, to] }) =>
      list(typeof from === 'number' ? of.items.slice(from, typeof to === 'number' ? to : undefined) : of.items),
  ],
  ['at get getOrNull elementAt ElementAt fetch', (of, { positional: [index] }) => position(of, index)],
  ['flat flatten', (of) => list(of.items.flatMap((item) => (isObject(item, 'list') ? item.items : [item])))],
  ['entries withIndex enumerate each_index', (of) => list(of.items.map((item, index) => list([index, item])))],
  [
    'zip',
    (of, { positional: [other] }) =>
      list(
        of.items.map((item, index) => list([item, (isObject(other, 'list') ? other.items[index] : undefined) ?? null])),
      ),
  ],
  [
    'to_h toMap associate',
    (of) =>
      record(
        of.items.flatMap((pair) =>
          isObject(pair, 'list') ? [[withoutLikely(textOf(pair.items[0] ?? '')), pair.items[1] ?? null] as const] : [],
        ),
      ),
  ],
  ['getKey component1 getFirst', (of) => of.items[0] ?? null],
  ['getValue component2 getSecond', (of) => of.items[1] ?? null],
  ['size length count len Count Length', (of) => of.items.length],
  ['empty? isEmpty is_empty', (of) => of.items.length === 0],
  [
    'include? contains Contains includes member? contain?',
    (of, { positional: [part] }) => {
      const found = of.items.map((item) => (part === undefined ? null : equal(item, part)));
      return boolean(found.includes(true) ? true : found.includes(null) ? null : false);
    },
  ],
]);

const keyOf = (value: Value): string => withoutLikely(textOf(value));
const entriesOf = (of: RecordValue): Value => list([...of.fields].map(([key, value]) => list([key, value])));

/** Goes over keys and values, in the order in which the language gives them. */
function overFields(of: RecordValue, { positional: [change] }: Arguments, place: Place): readonly Value[] {
  if (!isObject(change, 'function')) return [];
  const script = /\.[cm]?[jt]sx?$/u.test(change.module.path);
  return [...of.fields].map(([key, value]) => {
    if (script) return callback(change, [value, key], place);
    return callback(change, change.definition.parameters.length > 1 ? [key, value] : [list([key, value])], place);
  });
}

const RECORDS: ReadonlyMap<string, Method<RecordValue>> = table<RecordValue>([
  [SERIALISING_METHODS, (of) => serialised(of)],
  ['items entries entrySet iter toList to_a', entriesOf],
  [
    'with_defaults reverse_merge reverse_merge!',
    (of, { positional: [first], named }) => {
      for (const [key, value] of [...(isObject(first, 'record') ? first.fields : []), ...named])
        if ((of.fields.get(key) ?? null) === null) of.fields.set(key, isText(value) ? value + LIKELY : value);
      return of;
    },
  ],
  // What a regular expression of Python found.
  ['group', (of, { positional: [name] }) => of.fields.get(name === undefined ? '0' : keyOf(name))],
  ['groupdict', (of) => of],
  ['keys keySet Keys each_key', (of) => list([...of.fields.keys()])],
  ['values Values each_value', (of) => list([...of.fields.values()])],
  [
    'get setdefault pop fetch getOrDefault getOrElse dig get! GetValueOrDefault remove delete',
    (of, { positional: [name, second, ...rest] }, place) => {
      if (name === undefined) return undefined;
      const found = of.fields.get(keyOf(name));
      if (found === undefined) return isObject(second, 'function') ? callback(second, [name], place) : (second ?? null);
      // `dig(:a, :b)`.
      return isObject(found, 'record') && second !== undefined && found.fields.has(keyOf(second))
        ? (found.fields.get(keyOf(rest[0] ?? second)) ?? found.fields.get(keyOf(second)))
        : found;
    },
  ],
  [
    'set put Add store insert TryAdd append add',
    (of, { positional: [name, value] }) => {
      if (name !== undefined && value !== undefined) of.fields.set(keyOf(name), value);
      return of;
    },
  ],
  [
    'has has? key? has_key? include? containsKey ContainsKey contains contains_key',
    (of, { positional: [name] }) => (name === undefined ? undefined : of.fields.has(keyOf(name))),
  ],
  [
    'update merge! putAll',
    (of, { positional: [first], named }) => {
      for (const [key, value] of [...(isObject(first, 'record') ? first.fields : []), ...named])
        of.fields.set(key, value);
      return null;
    },
  ],
  [
    'merge plus',
    (of, { positional, named }) =>
      record([
        ...of.fields,
        ...positional.flatMap((one) => (isObject(one, 'record') ? [...one.fields] : [])),
        ...named,
      ]),
  ],
  ['copy clone dup toMutableMap', (of) => ({ kind: 'record', fields: new Map(of.fields) })],
  [
    'forEach each each_pair ForEach for_each',
    (of, given, place) => {
      overFields(of, given, place);
      return of;
    },
  ],
  ['map collect flat_map flatMap filter_map Select', (of, given, place) => list(overFields(of, given, place))],
  ['select filter reject', (of) => of],
  ['size length count len Count', (of) => of.fields.size],
  ['empty? isEmpty is_empty', (of) => of.fields.size === 0],
]);

/** Calls a function that was handed over. */
export function callback(callee: Value | undefined, positional: readonly Value[], place: Place): Value {
  if (callee === undefined) return null;
  const takes = isObject(callee, 'function') ? Math.max(1, callee.definition.parameters.length) : 1;
  const here = { scope: place.module.scope, module: place.module, returned: [] };
  return place.evaluator.call(callee, { positional: positional.slice(0, takes), named: new Map() }, place.row, here);
}
