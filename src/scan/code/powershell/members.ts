import { hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { lineage, methodOf } from '../classes.ts';
import { containerMethod } from '../containers.ts';
import { memberOf } from '../evaluate/members.ts';
import type { Place } from '../running.ts';
import { textMethod } from '../texts.ts';
import type { Arguments, ListValue, ObjectValue, RecordValue, Value } from '../values.ts';
import { isObject, isText, list, record, several, textOf, truth } from '../values.ts';
import { groupIn } from './patterns.ts';
import { hereOf, inPlace, itemsOf, words } from './world.ts';
import type { WordTable } from './world.ts';
import { selectNodes } from './xml.ts';

/** Properties of texts, of paths and of addresses. */
const PARTS: Readonly<Record<string, ((text: string) => Value) | undefined>> = {
  length: (text) => (hasUnknown(text) ? unknown('length') : text.length),
  count: () => 1,
  path: (text) => text,
  fullname: (text) => text,
  value: (text) => text,
  name: (text) => text.split('/').at(-1) ?? text,
  basename: (text) => (text.split('/').at(-1) ?? text).replace(/\.\w+$/u, ''),
  directory: (text) => text.replace(/\/?[^/]*$/u, ''),
  directoryname: (text) => text.replace(/\/?[^/]*$/u, ''),
  parent: (text) => text.replace(/\/?[^/]*$/u, ''),
  absoluteuri: (text) => text,
  originalstring: (text) => text,
  absolutepath: (text) => text.replace(/^[a-z]+:\/\/[^/?]*/u, '').replace(/\?.*$/u, ''),
  localpath: (text) => text.replace(/^[a-z]+:\/\/[^/?]*/u, '').replace(/\?.*$/u, ''),
  pathandquery: (text) => text.replace(/^[a-z]+:\/\/[^/?]*/u, ''),
  host: (text) => /^[a-z]+:\/\/(?:[^/@]*@)?([^/:]*)/u.exec(text)?.[1] ?? unknown('host'),
  authority: (text) => /^[a-z]+:\/\/(?:[^/@]*@)?([^/]*)/u.exec(text)?.[1] ?? unknown('host'),
};

/** A field of a record by its name in any case. */
export function fieldOf(of: RecordValue, name: string): Value | undefined {
  const exact = of.fields.get(name);
  if (exact !== undefined) return exact;
  const wanted = name.toLowerCase();
  for (const [key, value] of of.fields) if (key.toLowerCase() === wanted) return value;
  return undefined;
}

/** `$of.name`: names are found in any case, and a list gives the property of each of its items. */
function property(of: Value, name: string, place: Place, depth = 0): Value {
  if (of === null || typeof of === 'number' || typeof of === 'boolean' || depth > 10) return null;
  if (isText(of)) {
    const part = Object.hasOwn(PARTS, name.toLowerCase()) ? PARTS[name.toLowerCase()] : undefined;
    return part?.(of) ?? (hasUnknown(of) ? unknown(name) : null);
  }
  if (of.kind === 'several') return several(of.options.map((one) => property(one, name, place, depth + 1)));
  if (of.kind === 'list') {
    if (/^(?:count|length)$/iu.test(name)) return of.items.length;
    return list(of.items.flatMap((one) => itemsOf(property(one, name, place, depth + 1))));
  }
  if (of.kind === 'record') return fieldOf(of, name) ?? ofTable(of, name.toLowerCase());
  if (of.kind === 'function') return null;
  return memberOf(of, of.kind === 'object' ? ownName(of, name) : name, hereOf(place), place.evaluator);
}

/** A member of an object by its name in any case. */
function ownName(of: ObjectValue, name: string): string {
  const wanted = name.toLowerCase();
  const methods = lineage(of.of).flatMap(({ definition }) => definition.methods.map((one) => one.name));
  return [...of.fields.keys(), ...methods].find((one) => one.toLowerCase() === wanted) ?? name;
}

function ofTable(of: RecordValue, name: string): Value {
  if (name === 'psobject') return record([['Properties', ofRecordEntries(of)]]);
  if (name === 'keys') return list([...of.fields.keys()]);
  if (name === 'values') return list([...of.fields.values()]);
  return name === 'count' ? of.fields.size : null;
}

/** `$of[key]`: a position, a name, or several positions. */
function indexed(of: Value, key: Value, place: Place): Value {
  if (isObject(of, 'several')) return several(of.options.map((one) => indexed(one, key, place)));
  if (isObject(key, 'several')) return several(key.options.map((one) => indexed(of, one, place)));
  if (isObject(key, 'list')) return list(key.items.map((one) => indexed(of, one, place)).filter((one) => one !== null));
  if (isObject(of, 'record')) return fieldOf(of, withoutLikely(textOf(key))) ?? null;
  const position = typeof key === 'number' ? key : isText(key) && /^-?\d+$/u.test(key) ? Number(key) : null;
  if (isObject(of, 'list')) {
    const group = groupIn(of, textOf(key));
    if (group !== undefined) return group;
    return position === null ? unknown('index') : (of.items.at(position) ?? null);
  }
  if (isText(of))
    return position === null || hasUnknown(of) ? (position === 0 ? of : unknown('index')) : (of.at(position) ?? null);
  return of === null ? null : memberOf(of, key, hereOf(place), place.evaluator);
}

/** `$of.Name(…)`. */
function invoked(of: Value, name: string, given: Arguments, place: Place): Value {
  if (isObject(of, 'several')) return several(of.options.map((one) => invoked(one, name, given, place)));
  if (of === null) return null;
  const own = isText(of)
    ? ofText(of, name, given)
    : isObject(of, 'list')
      ? ofList(of, name, given, place)
      : isObject(of, 'record')
        ? ofRecord(of, name, given, place)
        : undefined;
  if (own !== undefined) return own;
  if (isObject(of, 'function'))
    return /^Invoke/iu.test(name) ? place.evaluator.call(of, given, place.row, hereOf(place)) : of;
  const method = isObject(of, 'object')
    ? (methodOf(of.of, ownName(of, name), of, given.positional.length) ??
      memberOf(of, name, hereOf(place), place.evaluator))
    : memberOf(of, name, hereOf(place), place.evaluator);
  return place.evaluator.call(method, given, place.row, hereOf(place));
}

function ofText(text: string, name: string, given: Arguments): Value | undefined {
  const [from, count] = given.positional;
  if (name === 'Substring') {
    if (typeof from !== 'number' || hasUnknown(text)) return unknown('substring');
    return text.slice(from, typeof count === 'number' ? from + count : undefined);
  }
  if (/^(?:Last)?IndexOf$/u.test(name)) {
    if (hasUnknown(text) || from === undefined) return unknown('index');
    return name === 'IndexOf' ? text.indexOf(textOf(from)) : text.lastIndexOf(textOf(from));
  }
  if (name === 'Split') return several([list(splitAt(text, given))]);
  if (/^Trim(?:Start|End)?$/u.test(name)) return trimmed(text, name, given);
  return textMethod(name, text, given);
}

/** `.Split('/', 2)`, `.Split(';', ',')`. */
function splitAt(text: string, { positional }: Arguments): readonly string[] {
  const by = positional.flatMap(itemsOf).filter(isText).map(withoutLikely);
  const limit = positional.find((one) => typeof one === 'number');
  const separators = by.filter((one) => one !== '');
  const words =
    separators.length === 0
      ? text.split(/\s+/u)
      : separators
          .slice(1)
          .reduce((all, one) => all.flatMap((word) => word.split(one)), text.split(separators[0] ?? ''));
  return typeof limit === 'number' && limit > 0 && words.length > limit
    ? [...words.slice(0, limit - 1), words.slice(limit - 1).join(separators[0] ?? ' ')]
    : words;
}

function trimmed(text: string, name: string, { positional }: Arguments): string {
  const marks = positional.flatMap(itemsOf).map(textOf).join('');
  const method = name === 'Trim' ? 'strip' : name === 'TrimStart' ? 'lstrip' : 'rstrip';
  const value = textMethod(method, text, { positional: marks === '' ? [] : [marks], named: new Map() });
  return isText(value) ? value : text;
}

function ofList(of: ListValue, name: string, given: Arguments, place: Place): Value | undefined {
  const [block] = given.positional;
  if (isObject(block, 'function') && /^ForEach$/iu.test(name))
    return list(of.items.flatMap((item) => itemsOf(inPlace(block, item, place))));
  if (isObject(block, 'function') && /^Where$/iu.test(name))
    return list(of.items.filter((item) => truth(inPlace(block, item, place)) !== false));
  if (name === 'GetEnumerator') return of;
  if (/^(?:Remove|RemoveAt|Clear|Sort|Reverse)$/u.test(name)) return null;
  return containerMethod(name, of, given, place);
}

/** Fields with their names, as `GetEnumerator` and `PSObject.Properties` give them. */
const ofRecordEntries = (of: RecordValue): Value =>
  list(
    [...of.fields].map(([own, inside]) =>
      record([
        ['Key', own],
        ['Name', own],
        ['Value', inside],
      ]),
    ),
  );

function ofRecord(of: RecordValue, name: string, given: Arguments, place: Place): Value | undefined {
  const [key, value] = given.positional;
  if (name === 'GetEnumerator') return ofRecordEntries(of);
  if (/^(?:SelectNodes|SelectSingleNode)$/iu.test(name)) {
    const nodes = selectNodes(of, textOf(key ?? ''));
    return /Single/iu.test(name) ? (nodes[0] ?? null) : list(nodes);
  }
  if (/^GetElementsByTagName$/iu.test(name)) return list(selectNodes(of, `//${textOf(key ?? '')}`));
  if (/^GetAttribute$/iu.test(name)) return fieldOf(of, textOf(key ?? '')) ?? '';
  if (/^Contains(?:Key)?$/u.test(name))
    return key === undefined ? null : fieldOf(of, withoutLikely(textOf(key))) !== undefined;
  if (/^(?:Add|Set|TryAdd|Append)$/u.test(name) && key !== undefined && value !== undefined) {
    of.fields.set(withoutLikely(textOf(key)), value);
    return null;
  }
  if (/^(?:Remove|Clear)$/u.test(name)) return null;
  const method = fieldOf(of, name);
  if (isObject(method, 'function')) return place.evaluator.call(method, given, place.row, hereOf(place));
  return containerMethod(name, of, given, place);
}

/** Members of values. */
export const MEMBERS: WordTable = words([
  ['#member', ({ positional: [of = null, key = null] }, _, place) => property(of, withoutLikely(textOf(key)), place)],
  ['#index', ({ positional: [of = null, key = null] }, _, place) => indexed(of, key, place)],
  [
    '#invoke',
    ({ positional: [of = null, name = null, ...rest] }, _, place) =>
      invoked(of, textOf(name), { positional: rest, named: new Map() }, place),
  ],
]);
