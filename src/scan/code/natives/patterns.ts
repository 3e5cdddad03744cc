import { LIKELY, hasUnknown, isLikely, withoutLikely } from '../../marks.ts';
import { safePattern } from '../../safe-pattern.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { each, isObject, isText, optionsOf, record } from '../values.ts';

const PYTHON = /^(?:re|regex)\.(?:compile\(\)\.)?(match|search|fullmatch)$/u;
const JAVASCRIPT = /(?:^|\.)RegExp\(\)\.test$/u;

/**
 * What a regular expression finds in a text that is known: null for nothing, a record of its groups, or whether there is
 * something (JavaScript's `test`). Undefined where pattern or text are not known, and for anything else.
 */
export function matched(callee: NativeValue, { positional }: Arguments): Value | undefined {
  const [, method] = PYTHON.exec(callee.name) ?? [];
  const test = JAVASCRIPT.test(callee.name);
  if (method === undefined && !test) return undefined;
  const made = callee.name.includes('()') ? givenTo(callee.receiver) : undefined;
  const pattern = made ?? positional[0];
  const text = made === undefined ? positional[1] : positional[0];
  if (!isText(pattern) || hasUnknown(pattern) || text === undefined) return undefined;
  if (!optionsOf(text).every((one) => isText(one) && !hasUnknown(one))) return undefined;
  const source = withoutLikely(pattern).replaceAll('(?P<', '(?<');
  const whole = method === 'match' ? `^(?:${source})` : method === 'fullmatch' ? `^(?:${source})$` : source;
  const safe = safePattern(whole);
  if (!safe || optionsOf(text).some((one) => isText(one) && one.length > safe.longest)) return undefined;
  return each(text, (one) => found(safe.regex, isText(one) ? one : '', test));
}

/** The pattern of which an expression was made. */
const givenTo = (value: Value | undefined): Value | undefined =>
  isObject(value, 'native') ? value.given?.positional[0] : undefined;

function found(regex: RegExp, text: string, test: boolean): Value {
  const match = regex.exec(withoutLikely(text));
  if (test) return match !== null;
  if (!match) return null;
  const mark = isLikely(text) ? LIKELY : '';
  const groups: (readonly [string, Value])[] = Array.from(match, (group, index) => [
    `${index}`,
    (group as string | undefined) === undefined ? null : group + mark,
  ]);
  return record([
    ...groups,
    ...Object.entries(match.groups ?? {}).map(([name, group]) => [name, group + mark] as const),
  ]);
}
