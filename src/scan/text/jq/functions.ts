import { safePattern } from '../../safe-pattern.ts';
import type { Filter, Json, JqScope } from './values.ts';
import { isList, isObject, limited, shown, truthy } from './values.ts';

/** A function of jq with its arguments; null where it is not known. */
export function jqFunction(name: string, given: readonly Filter[]): Filter | null {
  const [first, second] = given;
  if (!first) return PLAIN[name] ?? null;
  return WITH_FILTER[name]?.(first) ?? withText(name, first, second);
}

const items = (input: Json): readonly Json[] => (isList(input) ? input : isObject(input) ? Object.values(input) : []);
const entries = (input: Json): readonly Json[] =>
  isObject(input) ? Object.entries(input).map(([key, value]) => ({ key, value })) : [];
const ordered = (values: readonly Json[]): readonly Json[] =>
  values.every((value) => typeof value === 'string') ? [...values].sort() : values;

function fromEntries(values: readonly Json[]): Json {
  const pairs = values.map((entry): [string, Json] => {
    const { key, k, name, value, v } = isObject(entry) ? entry : {};
    return [shown(key ?? k ?? name ?? ''), value ?? v ?? null];
  });
  return Object.fromEntries(pairs);
}

const PLAIN: Readonly<Record<string, Filter | undefined>> = {
  keys: (input) => [isObject(input) ? Object.keys(input).sort() : items(input).map((_, index) => index)],
  keys_unsorted: (input) => [isObject(input) ? Object.keys(input) : []],
  values: (input) => (input === null ? [] : [input]),
  to_entries: (input) => [entries(input)],
  from_entries: (input) => [fromEntries(items(input))],
  add: (input) => [items(input).reduce<Json>(added, null)],
  any: (input) => [items(input).some(truthy)],
  all: (input) => [items(input).every(truthy)],
  length: (input) => [typeof input === 'string' ? input.length : items(input).length],
  tostring: (input) => [shown(input)],
  tojson: (input) => [JSON.stringify(input)],
  fromjson: (input) => [parsed(input)],
  tonumber: (input) => [Number.isNaN(Number(input)) ? input : Number(input)],
  ascii_downcase: (input) => [shown(input).toLowerCase()],
  ascii_upcase: (input) => [shown(input).toUpperCase()],
  downcase: (input) => [shown(input).toLowerCase()],
  upcase: (input) => [shown(input).toUpperCase()],
  trim: (input) => [shown(input).trim()],
  first: (input) => [items(input)[0] ?? null],
  last: (input) => [items(input).at(-1) ?? null],
  unique: (input) => [ordered([...new Map(items(input).map((value) => [shown(value), value])).values()])],
  sort: (input) => [ordered(items(input))],
  reverse: (input) => [[...items(input)].reverse()],
  flatten: (input) => [items(input).flatMap((value) => (isList(value) ? value : [value]))],
  not: (input) => [!truthy(input)],
  empty: () => [],
  null: () => [null],
  true: () => [true],
  false: () => [false],
};

const WITH_FILTER: Readonly<Record<string, ((filter: Filter) => Filter) | undefined>> = {
  select: (filter) => (input, scope) => (filter(input, scope).some(truthy) ? [input] : []),
  map: (filter) => (input, scope) => [items(input).flatMap((value) => filter(value, scope))],
  map_values: (filter) => (input, scope) =>
    isObject(input)
      ? [
          Object.fromEntries(
            Object.entries(input).flatMap(([key, value]) => filter(value, scope).map((one) => [key, one])),
          ),
        ]
      : [items(input).flatMap((value) => filter(value, scope))],
  with_entries: (filter) => (input, scope) => [fromEntries(entries(input).flatMap((entry) => filter(entry, scope)))],
  any: (filter) => (input, scope) => [items(input).some((value) => filter(value, scope).some(truthy))],
  all: (filter) => (input, scope) => [items(input).every((value) => filter(value, scope).every(truthy))],
  first: (filter) => (input, scope) => filter(input, scope).slice(0, 1),
  recurse: (filter) => (input, scope) => recursed(input, (value) => filter(value, scope)),
  sort_by: () => (input) => [input],
  unique_by: () => (input) => [input],
};

function recursed(input: Json, step: (value: Json) => readonly Json[]): readonly Json[] {
  const found: Json[] = [];
  let open: readonly Json[] = [input];
  for (let depth = 0; open.length > 0 && depth < 40; depth += 1) {
    found.push(...open);
    limited(found);
    open = open.flatMap(step);
  }
  return found;
}

/** Functions whose argument is a text. */
function withText(name: string, first: Filter, second: Filter | undefined): Filter | null {
  const argument = (input: Json, scope: JqScope, filter: Filter = first): string =>
    shown(filter(input, scope)[0] ?? '');
  const onText =
    (change: (text: string, given: string, other: string) => Json): Filter =>
    (input, scope) => [change(shown(input), argument(input, scope), second ? argument(input, scope, second) : '')];
  switch (name) {
    case 'join':
      return (input, scope) => [items(input).map(shown).join(argument(input, scope))];
    case 'split':
      return onText((text, separator) => text.split(separator));
    case 'startswith':
      return onText((text, start) => text.startsWith(start));
    case 'endswith':
      return onText((text, end) => text.endsWith(end));
    case 'contains':
      return (input, scope) => [contains(input, first(input, scope)[0] ?? null)];
    case 'index':
      return onText((text, part) => (text.includes(part) ? text.indexOf(part) : null));
    case 'has':
      return (input, scope) => [isObject(input) && Object.hasOwn(input, argument(input, scope))];
    case 'test':
      return onText((text, pattern) => matching(text, pattern));
    case 'ltrimstr':
      return onText((text, start) => (start !== '' && text.startsWith(start) ? text.slice(start.length) : text));
    case 'rtrimstr':
      return onText((text, end) => (end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text));
    case 'sub':
      return onText((text, pattern, replacement) => replaced(text, pattern, '', replacement));
    case 'gsub':
      return onText((text, pattern, replacement) => replaced(text, pattern, 'g', replacement));
    default:
      return null;
  }
}

/** A text holds a part, a list holds an element of another list. */
function contains(input: Json, part: Json): boolean {
  if (typeof input === 'string') return input.includes(shown(part));
  return (
    isList(input) && items(part).every((one) => input.some((value) => JSON.stringify(value) === JSON.stringify(one)))
  );
}

function matching(text: string, pattern: string): boolean {
  const safe = safePattern(pattern, 'u');
  return safe !== null && text.length <= safe.longest && safe.regex.test(text);
}

function replaced(text: string, pattern: string, flags: string, replacement: string): string {
  const safe = safePattern(pattern, `${flags}u`);
  return safe !== null && text.length <= safe.longest ? text.replace(safe.regex, () => replacement) : text;
}

function parsed(input: Json): Json {
  try {
    return JSON.parse(shown(input)) as Json;
  } catch {
    return null;
  }
}

/** `a + b` of jq. */
export function added(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (isList(a) && isList(b)) return limited([...a, ...b]);
  if (isObject(a) && isObject(b)) return { ...a, ...b };
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return shown(a) + shown(b);
}
