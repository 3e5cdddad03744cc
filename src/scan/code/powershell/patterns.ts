import { hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import type { SafePattern } from '../../safe-pattern.ts';
import { safePattern } from '../../safe-pattern.ts';
import type { RecordValue, Value } from '../values.ts';
import { each, isObject, isText, list, native, record, textOf } from '../values.ts';
import type { Cmdlet } from './files.ts';
import { itemsOf, words } from './world.ts';
import type { Word, WordTable } from './world.ts';

const MAX_MATCHES = 200;

/** A regular expression of .NET, as far as JavaScript has the same. */
export const patternOf = (source: string, flags: string): SafePattern | null => {
  const [, inline = '', own = source] = /^\(\?([imsx]+)\)([^]*)$/u.exec(source) ?? [];
  const all = [...new Set(flags + inline.replace('x', ''))].join('');
  return safePattern(own, `${all}u`) ?? safePattern(own, all);
};

/** What a pattern took, as .NET gives it: `Value`, and `Groups` by position and name. */
function matchOf(found: RegExpExecArray): RecordValue {
  const group = (value: string | undefined): Value =>
    record([
      ['Value', value ?? ''],
      ['Success', value !== undefined],
    ]);
  const groups = [
    ...found.map((one: string | undefined, index) => [String(index), group(one)] as const),
    ...Object.entries(found.groups ?? {}).map(
      ([name, one]: [string, string | undefined]) => [name, group(one)] as const,
    ),
  ];
  return record([
    ['Value', found[0]],
    ['Success', true],
    ['Index', found.index],
    ['Groups', record(groups)],
  ]);
}

/** All matches of a pattern in a text; null where it cannot be tried. */
function matchesIn(text: Value, pattern: Value, flags: string): readonly RecordValue[] | null {
  const safe = isText(pattern) && !hasUnknown(pattern) ? patternOf(withoutLikely(pattern), `g${flags}`) : null;
  const whole = withoutLikely(textOf(text));
  if (!isText(text) || safe === null || whole.length > safe.longest) return null;
  return [...whole.matchAll(safe.regex)].slice(0, MAX_MATCHES).map(matchOf);
}

const flagsOf = (value: Value | undefined): string =>
  /IgnoreCase/iu.test(textOf(value ?? '')) ? (/Multiline/iu.test(textOf(value ?? '')) ? 'im' : 'i') : 'm';

/** `[regex]::Matches(text, pattern)` and `([regex]pattern).Matches(text)`. */
const found =
  (first: boolean): Word =>
  ({ positional: [text = '', pattern = '', options] }) => {
    const all = matchesIn(text, pattern, flagsOf(options));
    if (all === null || (all.length === 0 && hasUnknown(textOf(text)))) return native('#match');
    if (!first) return list(all);
    return all[0] ?? record([['Success', false]]);
  };

const replaced: Word = ({ positional: [text = '', pattern = '', by = '', options] }) =>
  each(text, (one) => {
    const safe = isText(pattern) && isText(by) ? patternOf(withoutLikely(pattern), `g${flagsOf(options)}`) : null;
    const fits = isText(one) && safe !== null && one.length <= safe.longest;
    return fits ? one.replace(safe.regex, textOf(by).replace(/\$\{(\w+)\}/gu, '$$<$1>')) : unknown('[regex]::Replace');
  });

const split: Word = ({ positional: [text = '', pattern = ''] }) => {
  const safe = isText(pattern) ? patternOf(withoutLikely(pattern), '') : null;
  return isText(text) && safe !== null && text.length <= safe.longest ? list(text.split(safe.regex)) : undefined;
};

/** Static members of `[regex]`. */
export const PATTERNS: WordTable = words([
  ['Regex.Match', found(true)],
  ['Regex.Matches', found(false)],
  ['Regex.Replace', replaced],
  ['Regex.Split', split],
]);

/** `Select-String pattern`: lines that hold it, each with what it took. */
export const selectString =
  (lines: Cmdlet): Cmdlet =>
  (given, world, place) => {
    const pattern = given.get('pattern') ?? '';
    const input = given.get('path', 'literalpath') === undefined ? given.input : lines(given, world, place);
    const simple = given.get('simplematch') === true;
    const written = simple && isText(pattern) ? pattern.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&') : pattern;
    const texts = itemsOf(input).flatMap((one) => (isText(one) ? one.split('\n') : []));
    if (texts.length === 0) return unknown('Select-String');
    const kept = texts.flatMap((line) => {
      const all = itemsOf(written).flatMap(
        (one) => matchesIn(line, one, given.get('casesensitive') === true ? '' : 'i') ?? [],
      );
      if (all.length === 0 && !hasUnknown(line)) return [];
      return [
        record([
          ['Line', line],
          ['text', line],
          ['Matches', all.length === 0 ? native('#match') : list(all)],
        ]),
      ];
    });
    if (given.get('quiet') === true) return kept.length > 0;
    if (given.get('raw') === true) return list(kept.map((one) => one.fields.get('Line') ?? ''));
    return kept.length === 1 ? (kept[0] ?? null) : list(kept);
  };

/** Groups of one match, where a list of matches is asked for them. */
export const groupIn = (of: Value, key: string): Value | undefined => {
  const [only, ...others] = itemsOf(of);
  return isObject(of, 'list') && others.length === 0 && isObject(only, 'record') ? only.fields.get(key) : undefined;
};
