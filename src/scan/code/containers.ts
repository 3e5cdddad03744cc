import { withoutLikely } from '../marks.ts';
import type { Place } from './running.ts';
import type { Arguments, ListValue, RecordValue, Value } from './values.ts';
import { isObject, joined, list, several, textOf, textsOf, truth } from './values.ts';

/** Methods of lists and records; undefined where one is not known. */
export function containerMethod(
  name: string,
  of: ListValue | RecordValue,
  given: Arguments,
  place: Place,
): Value | undefined {
  return of.kind === 'list' ? listMethod(name, of, given, place) : recordMethod(name, of, given, place);
}

function listMethod(name: string, of: ListValue, given: Arguments, place: Place): Value | undefined {
  const [first, second] = given.positional;
  const apply = (value: Value, index: number): Value => callback(first, [value, index, of], place);
  switch (name) {
    case 'append':
    case 'push':
    case 'add':
      if (of.items.length < 500) of.items.push(...given.positional);
      return null;
    case 'extend':
      if (isObject(first, 'list')) of.items.push(...first.items.slice(0, 500));
      return null;
    case 'insert':
      if (second !== undefined) of.items.unshift(second);
      return null;
    case 'pop':
    case 'shift':
      return of.items.length > 0 ? several(of.items) : null;
    case 'join':
      return first === undefined ? undefined : joinedList(of, first);
    case 'map':
    case 'flatMap':
      return list(of.items.map(apply));
    case 'forEach':
      of.items.forEach(apply);
      return null;
    case 'filter':
      return list(of.items.filter((item, index) => truth(apply(item, index)) !== false));
    case 'find':
      return several(of.items.filter((item, index) => truth(apply(item, index)) !== false));
    case 'reduce':
      return of.items.reduce<Value>((left, item, index) => callback(first, [left, item, index], place), second ?? null);
    case 'concat':
      return list([...of.items, ...given.positional.flatMap((one) => (isObject(one, 'list') ? one.items : [one]))]);
    case 'slice':
      return list(
        typeof first === 'number' ? of.items.slice(first, typeof second === 'number' ? second : undefined) : of.items,
      );
    case 'at':
      return typeof first === 'number' ? (of.items.at(first) ?? null) : undefined;
    case 'flat':
      return list(of.items.flatMap((item) => (isObject(item, 'list') ? item.items : [item])));
    case 'entries':
      return list(of.items.map((item, index) => list([index, item])));
    case 'values':
    case 'copy':
    case 'reverse':
    case 'sort':
    case 'toSorted':
    case 'toArray':
      return of;
    default:
      return undefined;
  }
}

const joinedList = (of: ListValue, separator: Value): Value =>
  joined(of.items.flatMap((item, index) => (index === 0 ? [textsOf(item)] : [textsOf(separator), textsOf(item)])));

function recordMethod(name: string, of: RecordValue, given: Arguments, place: Place): Value | undefined {
  const [first, second] = given.positional;
  const entries = (): Value => list([...of.fields].map(([key, value]) => list([key, value])));
  switch (name) {
    case 'items':
    case 'entries':
      return entries();
    case 'keys':
      return list([...of.fields.keys()]);
    case 'values':
      return list([...of.fields.values()]);
    case 'get':
    case 'setdefault':
    case 'pop':
      return first === undefined ? undefined : (of.fields.get(withoutLikely(textOf(first))) ?? second ?? null);
    case 'set':
      if (first !== undefined && second !== undefined) of.fields.set(withoutLikely(textOf(first)), second);
      return of;
    case 'has':
      return first === undefined ? undefined : of.fields.has(withoutLikely(textOf(first)));
    case 'update':
      if (isObject(first, 'record')) for (const [key, value] of first.fields) of.fields.set(key, value);
      for (const [key, value] of given.named) of.fields.set(key, value);
      return null;
    case 'copy':
      return { kind: 'record', fields: new Map(of.fields) };
    case 'forEach':
      for (const [key, value] of of.fields) callback(first, [value, key], place);
      return null;
    default:
      return undefined;
  }
}

/** Calls a function that was handed over. */
export function callback(callee: Value | undefined, positional: readonly Value[], place: Place): Value {
  if (callee === undefined) return null;
  const takes = isObject(callee, 'function') ? Math.max(1, callee.definition.parameters.length) : 1;
  const here = { scope: place.module.scope, module: place.module, returned: [] };
  return place.evaluator.call(callee, { positional: positional.slice(0, takes), named: new Map() }, place.row, here);
}
