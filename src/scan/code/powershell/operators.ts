import { hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { matchesPattern } from '../../shell/pattern.ts';
import { textMethod } from '../texts.ts';
import type { Place } from '../running.ts';
import type { Value } from '../values.ts';
import { each, equal, isObject, isText, joined, list, record, several, textOf, textsOf } from '../values.ts';
import { patternOf } from './patterns.ts';
import { classNamed, hereOf, isOutput, itemsOf, outermost, words } from './world.ts';
import { xmlOf } from './xml.ts';
import type { Word, WordTable } from './world.ts';

const decided = (holds: boolean | null): Value => holds ?? unknown('condition');
const lower = (value: Value): Value => (isText(value) ? withoutLikely(value).toLowerCase() : value);

/** Texts are the same in any case; natives are not known. */
const same = (left: Value, right: Value): boolean | null => equal(each(left, lower), each(right, lower));

const contains = (whole: Value, part: Value): boolean | null => {
  const found = itemsOf(whole).map((item) => same(item, part));
  return found.includes(true) ? true : found.includes(null) || isObject(whole, 'native') ? null : false;
};

/** A comparison: of a list it gives the items for which it holds. */
const comparison =
  (holds: (left: Value, right: Value, place: Place) => boolean | null, negated = false): Word =>
  ({ positional: [left = null, right = null] }, _, place) => {
    const judged = (one: Value): boolean | null => {
      const truth = holds(one, right, place);
      return truth === null ? null : truth !== negated;
    };
    return isObject(left, 'list') ? list(left.items.filter((item) => judged(item) !== false)) : decided(judged(left));
  };

const numberOf = (value: Value): number =>
  typeof value === 'number' ? value : isText(value) && /^-?\d+(?:\.\d+)?$/u.test(value) ? Number(value) : Number.NaN;

const ordered = (check: (a: number, b: number) => boolean): Word =>
  comparison((left, right) => {
    const [a, b] = [numberOf(left), numberOf(right)];
    return Number.isNaN(a) || Number.isNaN(b) ? null : check(a, b);
  });

const matches = (left: Value, right: Value, { module }: Place): boolean | null => {
  if (!isText(left) || !isText(right) || hasUnknown(right)) return null;
  const safe = patternOf(withoutLikely(right), 'i');
  const text = withoutLikely(left);
  if (safe === null || text.length > safe.longest) return null;
  const found = safe.regex.exec(text);
  if (found) {
    const groups: [string, Value][] = found.map((group, index) => [String(index), group]);
    for (const [name, group] of Object.entries(found.groups ?? {})) groups.push([name, group]);
    outermost(module.scope).names.set('$matches', record(groups));
  }
  return hasUnknown(text) ? null : found !== null;
};

const like = (left: Value, right: Value): boolean | null => {
  if (!isText(left) || !isText(right) || hasUnknown(left) || hasUnknown(right)) return null;
  return matchesPattern(withoutLikely(left).toLowerCase(), withoutLikely(right).toLowerCase());
};

/** `text -replace pattern, replacement`, of each text of a list. */
const replaced: Word = ({ positional: [left = null, right = null] }) => {
  const [pattern = null, replacement = ''] = itemsOf(right);
  const change = (one: Value): Value => {
    const safe = isText(pattern) ? patternOf(withoutLikely(pattern), 'gi') : null;
    if (!isText(one) || safe === null || one.length > safe.longest) return isText(one) ? unknown('replace') : one;
    const by = withoutLikely(textOf(replacement)).replace(/\$\{(\w+)\}/gu, (_, name: string) =>
      /^\d+$/u.test(name) ? `$${name}` : `$<${name}>`,
    );
    return isObject(replacement, 'function') ? unknown('replace') : one.replace(safe.regex, by);
  };
  return isObject(left, 'list') ? list(left.items.map((one) => each(one, change))) : each(left, change);
};

const split: Word = ({ positional: [left = null, right] }) => {
  const [by, limit] = itemsOf(right);
  const parts = (one: Value): Value => {
    const text = isText(one) ? one : textOf(one);
    const safe = by === undefined ? null : patternOf(withoutLikely(textOf(by)), 'i');
    if (by !== undefined && (safe === null || text.length > safe.longest)) return unknown('split');
    const pieces = text.split(safe?.regex ?? /\s+/u).map((word: string | undefined) => word ?? '');
    const most = typeof limit === 'number' && limit > 0 ? limit : pieces.length;
    // The separator of a text that is split into few parts is mostly one character.
    return list(
      pieces.length <= most ? pieces : [...pieces.slice(0, most - 1), pieces.slice(most - 1).join(textOf(by ?? ' '))],
    );
  };
  if (isObject(left, 'list')) return list(left.items.flatMap((one) => itemsOf(parts(one))));
  return each(left, parts);
};

const join: Word = ({ positional: [left = null, by = ''] }) =>
  joined(itemsOf(left).flatMap((item, index) => (index === 0 ? [textsOf(item)] : [textsOf(by), textsOf(item)])));

/** `'{0}/{1:D2}' -f a, b`. */
const format: Word = ({ positional: [template = null, values = null] }) =>
  each(template, (one) =>
    isText(one)
      ? (textMethod('format', one.replace(/\{(\d+),-?\d+/gu, '{$1'), {
          positional: isObject(values, 'list') ? values.items : [values],
          named: new Map(),
        }) ?? one)
      : one,
  );

const plus: Word = ({ positional: [left = null, right = null] }) => {
  if (left === null) return right;
  if (isObject(left, 'list')) return list([...left.items, ...itemsOf(right)]);
  if (isObject(left, 'record') && isObject(right, 'record')) return record([...left.fields, ...right.fields]);
  const [a, b] = [numberOf(left), numberOf(right)];
  if (typeof left === 'number') return Number.isNaN(b) ? unknown('+') : a + b;
  if (right === null) return left;
  return joined([textsOf(left), isObject(right, 'list') ? [right.items.map(textOf).join(' ')] : textsOf(right)]);
};

const arithmetic =
  (calculate: (a: number, b: number) => number): Word =>
  ({ positional: [left = null, right = null] }) => {
    const result = calculate(numberOf(left), numberOf(right));
    return Number.isFinite(result) ? result : unknown('number');
  };

const range: Word = ({ positional: [from = null, to = null] }) => {
  const [a, b] = [numberOf(from), numberOf(to)];
  if (Number.isNaN(a) || Number.isNaN(b)) return list([unknown('range')]);
  const count = Math.min(200, Math.abs(Math.trunc(b - a)) + 1);
  return list(Array.from({ length: count }, (_, index) => (a <= b ? a + index : a - index)));
};

const KINDS: Readonly<Record<string, ((value: Value) => boolean) | undefined>> = {
  string: isText,
  String: isText,
  array: (value) => isObject(value, 'list'),
  hashtable: (value) => isObject(value, 'record'),
  scriptblock: (value) => isObject(value, 'function'),
  int: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
};

const isKind = (value: Value, type: Value): boolean | null => {
  const check = isText(type) && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  return check && !isObject(value, 'native') && !(isText(value) && hasUnknown(value)) ? check(value) : null;
};

/** What a body has given so far, and one more value: lists come apart, nothing adds nothing. */
const emitted: Word = ({ positional: [out = null, value = null] }) =>
  each(out, (before) => {
    const items = isObject(before, 'list') ? before.items : [];
    if (value === null) return list(items);
    // Ways that give lists of their own stay apart; other ways are one value with several options.
    const options = isObject(value, 'several') ? value.options : [value];
    if (!options.some((one) => isObject(one, 'list'))) return list([...items, value]);
    return several(options.map((one) => list([...items, ...itemsOf(one)])));
  });

/** What a body gives in the end: one value stands for itself. Prints of programs do not hide the values beside them. */
const result: Word = ({ positional: [out = null] }) =>
  each(out, (one) => {
    if (!isObject(one, 'list')) return null;
    const values = one.items.filter((item) => !isOutput(item));
    const kept = values.length > 0 ? values : one.items.slice(0, 1);
    return kept.length === 0 ? null : kept.length === 1 ? (kept[0] ?? null) : list(kept);
  });

/** `@( … )`: always a list. */
const all: Word = ({ positional }) => list(positional.flatMap(itemsOf));

/** What `foreach` and `switch` go over: nothing of nothing, a single value once. */
const goneOver: Word = ({ positional: [value = null] }) =>
  value === null ? list([]) : isObject(value, 'record') ? list([value]) : value;

/** What a `process` block goes over: what is piped, else what its parameter was given. */
const inputs: Word = ({ positional: [input = null, parameter = null] }) =>
  list(input === null ? itemsOf(parameter) : itemsOf(input));

const cast: Word = ({ positional: [type = null, value = null] }, _, place) => {
  const wanted = textOf(type);
  if (wanted === 'void') return null;
  if (wanted.endsWith('[]') || wanted === 'array') return isObject(value, 'native') ? value : list(itemsOf(value));
  if (/^(?:int|int32|int64|long|uint32)$/u.test(wanted)) {
    const number = numberOf(value);
    return Number.isNaN(number) ? value : number;
  }
  if (/^(?:system\.)?string$/u.test(wanted)) return value === null ? '' : several(textsOf(value));
  if (/^(?:system\.)?(?:xml|xml\.xmldocument)$/u.test(wanted)) return xmlOf(value);
  const own = classNamed(wanted, place);
  return own && (isObject(value, 'record') || isText(value)) ? madeOf(own, value, place) : value;
};

/** `[Repo]@{ Path = 'x' }` sets fields, `[Repo]'x'` calls the constructor. */
function madeOf(own: Value, value: Value, place: Place): Value {
  const given = { positional: isObject(value, 'record') ? [] : [value], named: new Map<string, Value>() };
  const made = place.evaluator.call(own, given, place.row, hereOf(place));
  if (isObject(value, 'record') && isObject(made, 'object'))
    for (const [key, one] of value.fields) made.fields.set(key, one);
  return made;
}

/** Operators, and what bodies give. */
export const OPERATORS: WordTable = words([
  ['#eq', comparison(same)],
  ['#ne', comparison(same, true)],
  ['#gt', ordered((a, b) => a > b)],
  ['#ge', ordered((a, b) => a >= b)],
  ['#lt', ordered((a, b) => a < b)],
  ['#le', ordered((a, b) => a <= b)],
  ['#match', comparison(matches)],
  ['#notmatch', comparison(matches, true)],
  ['#like', comparison(like)],
  ['#notlike', comparison(like, true)],
  ['#contains', ({ positional: [left = null, right = null] }) => decided(contains(left, right))],
  ['#notcontains', ({ positional: [left = null, right = null] }) => decided(not(contains(left, right)))],
  ['#in', ({ positional: [left = null, right = null] }) => decided(contains(right, left))],
  ['#notin', ({ positional: [left = null, right = null] }) => decided(not(contains(right, left)))],
  ['#is', ({ positional: [left = null, right = null] }) => decided(isKind(left, right))],
  ['#isnot', ({ positional: [left = null, right = null] }) => decided(not(isKind(left, right)))],
  ['#as', ({ positional: [left = null] }) => left],
  ['#replace', replaced],
  ['#split', split],
  ['#join', join],
  ['#f', format],
  ['#+', plus],
  ['#-', arithmetic((a, b) => a - b)],
  ['#*', arithmetic((a, b) => a * b)],
  ['#/', arithmetic((a, b) => a / b)],
  ['#%', arithmetic((a, b) => a % b)],
  ['#..', range],
  ['#cast', cast],
  ['#all', all],
  ['#each', goneOver],
  ['#inputs', inputs],
  ['#emitted', emitted],
  ['#result', result],
]);

const not = (holds: boolean | null): boolean | null => (holds === null ? null : !holds);
