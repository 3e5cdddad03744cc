import { LIKELY, hasToken, hasUnknown, isLikely, unknown, withoutLikely } from '../marks.ts';
import { percentEncoded } from '../text/encode.ts';
import type { Arguments, NativeValue, Value } from './values.ts';
import { isObject, isText, joined, list, record, several, textOf, textsOf } from './values.ts';

/** `"%s/%(name)s" % values` and `Sprintf`. */
export function formatted(template: string, values: Value): Value {
  const fields = isObject(values, 'record') ? values.fields : null;
  const items = isObject(values, 'list') ? values.items : [values];
  let next = 0;
  const parts = template
    .split(/(%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z%])/u)
    .map((piece, index): readonly string[] => {
      if (index % 2 === 0) return [piece];
      if (piece.endsWith('%')) return ['%'];
      const name = /\((\w+)\)/u.exec(piece)?.[1];
      const value = name === undefined ? items[next] : fields?.get(name);
      if (name === undefined) next += 1;
      return value === undefined ? [unknown(piece)] : textsOf(value);
    });
  return joined(parts);
}

/** `"{}/{name}".format(…)`. */
function filled(template: string, { positional, named }: Arguments): Value {
  let next = 0;
  const parts = template.split(/(\{[^{}]*\})/u).map((piece, index): readonly string[] => {
    if (index % 2 === 0) return [piece.replaceAll('{{', '{').replaceAll('}}', '}')];
    const name = /^\{([^}!:.[]*)/u.exec(piece)?.[1] ?? '';
    const position = name === '' ? next++ : Number(name);
    const value = Number.isNaN(position) ? named.get(name) : positional[position];
    return value === undefined ? [unknown(piece)] : textsOf(value);
  });
  return joined(parts);
}

/** `Template("$a/${b}").substitute(…)`, `Template("{{ a }}").render(…)`. */
const substituted =
  (hole: RegExp) =>
  (text: string, _: readonly string[], { positional: [first], named }: Arguments): Value => {
    const fields = isObject(first, 'record') ? first.fields : named;
    const parts = text.split(hole).map((piece, index): readonly string[] => {
      if (index % 2 === 0) return [piece];
      const value = fields.get(piece);
      return value === undefined ? [unknown(piece)] : textsOf(value);
    });
    return joined(parts);
  };

type TextMethod = (text: string, given: readonly string[], all: Arguments) => Value;

const same: TextMethod = (text) => text;
const stripped =
  (pattern: (chars: string) => RegExp): TextMethod =>
  (text, [chars = '\\s']) => {
    const marks = chars === '\\s' ? '\\s' : chars.replace(/[\\\]^-]/gu, '\\$&');
    return text.replace(pattern(marks), '');
  };
const start = stripped((chars) => new RegExp(`^[${chars}]+`, 'u'));
const end = stripped((chars) => new RegExp(`[${chars}]+$`, 'u'));
const both: TextMethod = (text, given, all) => textOf(end(textOf(start(text, given, all)), given, all));
const replaced: TextMethod = (text, [from = '', to = '']) => (from === '' ? text : text.replaceAll(from, () => to));
const test =
  (check: (text: string, part: string) => boolean): TextMethod =>
  (text, [part = '']) =>
    hasUnknown(text) ? unknown('condition') : check(text, part);

/** Whether nothing is in a text: the token is never empty, what is not known may be. */
const empty: TextMethod = (text) => (hasUnknown(text) && !hasToken(text) ? unknown('condition') : text === '');

/** A template of Go with what it is executed with; undefined for anything else. */
export function executed({ name, receiver }: NativeValue, { positional }: Arguments): Value | undefined {
  if (!/(?:^|\.)template\.New\(\).*\.Parse\(\)\.Execute$/u.test(name) || !isObject(receiver, 'native'))
    return undefined;
  const [text] = receiver.given?.positional ?? [];
  const data = positional.at(-1);
  const fields = isObject(data, 'record') || isObject(data, 'object') ? data.fields : undefined;
  return isText(text) && fields
    ? METHODS['render']?.(text, [], { positional: [record(fields)], named: new Map() })
    : undefined;
}

/** Methods of texts, of Python, JavaScript and Go, by name. */
const METHODS: Readonly<Record<string, TextMethod | undefined>> = {
  format: (text, _, all) => filled(text, all),
  format_map: (text, _, { positional: [first] }) =>
    filled(text, { positional: [], named: isObject(first, 'record') ? first.fields : new Map() }),
  substitute: substituted(/\$\{?(\w+)\}?/u),
  safe_substitute: substituted(/\$\{?(\w+)\}?/u),
  render: substituted(/\{\{-?\s*\.?(\w+)\s*-?\}\}/u),
  strip: both,
  trim: both,
  TrimSpace: both,
  lstrip: start,
  trimStart: start,
  rstrip: end,
  trimEnd: end,
  TrimRight: end,
  Trim: both,
  lower: (text) => text.toLowerCase(),
  toLowerCase: (text) => text.toLowerCase(),
  ToLower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  toUpperCase: (text) => text.toUpperCase(),
  ToUpper: (text) => text.toUpperCase(),
  replace: replaced,
  replaceAll: replaced,
  ReplaceAll: replaced,
  Replace: replaced,
  removeprefix: (text, [part = '']) => (text.startsWith(part) ? text.slice(part.length) : text),
  TrimPrefix: (text, [part = '']) => (text.startsWith(part) ? text.slice(part.length) : text),
  removesuffix: (text, [part = '']) => (part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text),
  TrimSuffix: (text, [part = '']) => (part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text),
  split: (text, [by], { positional }) => {
    const separator = by === undefined ? /\s+/u : by;
    const words =
      separator instanceof RegExp
        ? text.trim().split(separator)
        : separator === ''
          ? Array.from(text)
          : text.split(separator);
    const limit = positional[1];
    if (typeof limit !== 'number' || by === undefined || words.length <= limit + 1) return list(words);
    return list([...words.slice(0, limit), words.slice(limit).join(by)]);
  },
  rsplit: (text, [by = ' ']) => {
    const at = text.lastIndexOf(by);
    return list(at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)]);
  },
  Split: (text, [by = '']) => list(text.split(by)),
  SplitN: (text, [by = ''], { positional: [, limit] }) => {
    const parts = text.split(by);
    const count = typeof limit === 'number' && limit > 0 ? limit : parts.length;
    return list(parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join(by)]);
  },
  Cut: (text, [by = '']) => {
    const at = text.indexOf(by);
    return list(at < 0 ? [text, '', false] : [text.slice(0, at), text.slice(at + by.length), true]);
  },
  Fields: (text) => list(text.trim().split(/\s+/u)),
  splitlines: (text) => list(text.split('\n').filter((line, index, all) => index < all.length - 1 || line !== '')),
  partition: (text, [by = ' ']) => {
    const at = text.indexOf(by);
    return list(at < 0 ? [text, '', ''] : [text.slice(0, at), by, text.slice(at + by.length)]);
  },
  startswith: test((text, part) => text.startsWith(part)),
  startsWith: test((text, part) => text.startsWith(part)),
  HasPrefix: test((text, part) => text.startsWith(part)),
  endswith: test((text, part) => text.endsWith(part)),
  endsWith: test((text, part) => text.endsWith(part)),
  HasSuffix: test((text, part) => text.endsWith(part)),
  includes: test((text, part) => text.includes(part)),
  Contains: test((text, part) => text.includes(part)),
  // `"/".join(parts)` of Python.
  join: (text, _, { positional: [parts] }) =>
    isObject(parts, 'list')
      ? joined(parts.items.flatMap((part, index) => (index === 0 ? [textsOf(part)] : [[text], textsOf(part)])))
      : unknown('join'),
  concat: (text, given) => text + given.join(''),
  slice: (text, _, { positional: [from, to] }) =>
    typeof from === 'number' && !hasUnknown(text)
      ? text.slice(from, typeof to === 'number' ? to : undefined)
      : unknown('slice'),
  padStart: same,
  encode: same,
  decode: same,
  toString: same,
  valueOf: same,
  title: same,
  capitalize: (text) => text.charAt(0).toUpperCase() + text.slice(1),
  repeat: same,
  'empty?': empty,
  at: (text, _, { positional: [index] }) => (typeof index === 'number' ? (text.at(index) ?? null) : unknown('at')),
  // Paths.
  with_suffix: (text, [suffix = '']) => text.replace(/\.[^./]*$/u, '') + suffix,
  joinpath: (text, given) => [text, ...given].join('/'),
  resolve: same,
  absolute: same,
  as_posix: same,
  geturl: same,
};

/** Names of the same methods in other languages. */
const ALIASES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    strip: 'Trim chomp chop squish trim_matches trimIndent trimMargin stripIndent StripMargin',
    lstrip: 'trimStart TrimStart trim_start trim_start_matches stripLeading',
    rstrip: 'trimEnd TrimEnd trim_end trim_end_matches stripTrailing',
    lower: 'downcase lowercase to_lowercase ToLowerInvariant toLowerCase',
    upper: 'upcase uppercase to_uppercase ToUpperInvariant toUpperCase',
    replaceAll: 'gsub sub tr replaceFirst',
    removeprefix: 'delete_prefix removePrefix strip_prefix stripPrefix',
    removesuffix: 'delete_suffix removeSuffix strip_suffix stripSuffix',
    startswith: 'start_with? starts_with StartsWith',
    endswith: 'end_with? ends_with EndsWith',
    includes: 'include? contains contains?',
    splitlines: 'lines each_line split_lines',
    format: 'formatted Format',
    'empty?': 'isEmpty is_empty blank? isBlank isNullOrEmpty isNullOrBlank nil?',
    Fields: 'split_whitespace',
    toString:
      'String to_s to_str to_string to_owned ToString as_str into as_ref to_sym dup freeze clone itself toUri toURI toURL toURI to_path unwrap expect unwrap_or_default unwrap_or unwrap_or_else orElse orElseThrow presence ok_or html_safe b force_encoding toASCIIString normalize relativize orEmpty trim_newline',
  }).flatMap(([name, others]) => others.split(/\s+/u).map((other) => [other, name] as const)),
);

/** The value of a method of a text; undefined where it is not known. */
export function textMethod(name: string, text: string, given: Arguments): Value | undefined {
  const known = Object.hasOwn(METHODS, name) ? name : Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? '') : '';
  const found = known === '' ? undefined : METHODS[known];
  if (!found) return undefined;
  const value = found(
    withoutLikely(text),
    given.positional.map((one) => withoutLikely(textOf(one))),
    given,
  );
  if (!isLikely(text)) return value;
  const likely = (one: Value): Value => (isText(one) ? one + LIKELY : one);
  return isObject(value, 'list') ? list(value.items.map(likely)) : likely(value);
}

/** Percent-encoding of texts. */
export const encoded = (value: Value): Value => several(textsOf(value).map(percentEncoded));

/** A value out of parsed JSON or YAML. */
export function dataValue(data: unknown, mark: string, depth = 0): Value {
  if (depth > 30) return null;
  if (typeof data === 'string') return data + mark;
  if (typeof data === 'number' || typeof data === 'boolean' || data === null) return data;
  if (Array.isArray(data)) return list(data.slice(0, 500).map((item) => dataValue(item, mark, depth + 1)));
  if (typeof data === 'object')
    return record(
      Object.entries(data)
        .slice(0, 2_000)
        .map(([key, value]) => [key, dataValue(value, mark, depth + 1)] as const),
    );
  return null;
}
