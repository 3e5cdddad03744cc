import { hasToken, unknown } from '../../marks.ts';
import { safePattern } from '../../safe-pattern.ts';
import { decodedBase64 } from '../../text/encode.ts';
import { formatted, textMethod } from '../texts.ts';
import type { Value } from '../values.ts';
import { each, isObject, isText, joined, list, textsOf } from '../values.ts';
import type { NativeFunction, NativeTable } from './function.ts';
import { under } from './function.ts';

/** `sprintf(template, …)`. */
const format: NativeFunction = ({ positional: [template, ...rest] }) =>
  template === undefined ? undefined : each(template, (one) => (isText(one) ? formatted(one, list(rest)) : one));

/** `format!("{}/{name}", …)`, `string.Format("{0}", …)`. */
const braces: NativeFunction = ({ positional: [template, ...rest], named }) =>
  template === undefined
    ? undefined
    : each(template, (one) => (isText(one) ? (textMethod('format', one, { positional: rest, named }) ?? one) : one));

/** Base64 and digests keep the token: what matters is that it is still in there. */
const opaque: NativeFunction = ({ positional: [value] }) =>
  value === undefined ? undefined : each(value, (one) => (isText(one) && hasToken(one) ? one : unknown('encoded')));

const joinItems = (items: Value | undefined, by: Value | undefined): Value | undefined =>
  isObject(items, 'list')
    ? joined(
        items.items.flatMap((item, index) =>
          index === 0 || by === undefined ? [textsOf(item)] : [textsOf(by), textsOf(item)],
        ),
      )
    : undefined;

/** Joins a list, whichever of the two comes first. */
const join: NativeFunction = ({ positional }) => {
  const [one, other, ...rest] = positional;
  if (isObject(one, 'list')) return joinItems(one, other);
  if (isObject(other, 'list')) return joinItems(other, one);
  return other === undefined ? undefined : joinItems(list([other, ...rest]), one);
};

/** `trim($text, "/")` and the like: the method of the same meaning with the text as first argument. */
const method =
  (name: string): NativeFunction =>
  ({ positional: [text, ...rest], named }) =>
    text === undefined
      ? undefined
      : each(text, (one) => (isText(one) ? (textMethod(name, one, { positional: rest, named }) ?? one) : one));

/** The words of a command line. */
const words: NativeFunction = ({ positional: [text] }) =>
  isText(text)
    ? list([...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/gu)].map(([word]) => word.replaceAll(/["']/gu, '')))
    : undefined;

/** `str_replace(from, to, $text)`, `gsub(from, to, text)`. */
const replaceIn: NativeFunction = ({ positional: [from, to, text] }) =>
  text === undefined || from === undefined || to === undefined
    ? undefined
    : each(text, (one) =>
        isText(one) ? (textMethod('replaceAll', one, { positional: [from, to], named: new Map() }) ?? one) : one,
      );

/** `s/pattern/text/g` of Perl: a text that is not known stays so. */
const substitute: NativeFunction = ({ positional: [text, pattern, replacement, flags] }) => {
  if (text === undefined || !isText(pattern) || !isText(replacement) || !isText(flags)) return text;
  const safe = safePattern(
    pattern.replace(/\\([/#|!])/gu, '$1'),
    `${flags.includes('g') ? 'g' : ''}${flags.includes('i') ? 'i' : ''}`,
  );
  const by = replacement.replace(/\\([^\d])/gu, '$1');
  return each(text, (one) =>
    isText(one) && safe && one.length <= safe.longest ? one.replace(safe.regex, by) : unknown('s///'),
  );
};

/** `paste0(…)`, `paste(…, sep = "/")`: one text of all. */
const pasted =
  (between: string): NativeFunction =>
  ({ positional, named }) => {
    const by = textsOf(named.get('sep') ?? between);
    return joined(positional.flatMap((one, index) => (index === 0 ? [allOf(one)] : [by, allOf(one)])));
  };

const allOf = (value: Value): readonly string[] =>
  isObject(value, 'list') ? value.items.flatMap(textsOf) : textsOf(value);

/** Functions that make texts of texts. */
export const TEXTS: NativeTable = [
  ...under(
    'fmt.Sprintf sprintf Sprintf util.format format string.format String.format Printf.@sprintf vsprintf',
    format,
  ),
  ...under('format! concat! String.Format string.Format str_glue glue glue.glue', braces),
  ...under('fmt.Sprint concat string cat0', ({ positional }) =>
    positional.length > 1 ? joined(positional.map(textsOf)) : positional[0],
  ),
  ...under('strings.Join implode join String.join String.Join string.Join table.concat', join),
  ...under('#substitute', substitute),
  ...under('paste0', pasted('')),
  ...under('paste', pasted(' ')),
  ...under('str_replace gsub sub', replaceIn),
  ...under('strings.TrimSuffix', method('TrimSuffix')),
  ...under('strings.TrimPrefix', method('TrimPrefix')),
  ...under('strings.TrimRight rtrim', method('rstrip')),
  ...under('strings.TrimLeft ltrim', method('lstrip')),
  ...under('strings.Trim trim trimws strip', method('strip')),
  ...under('strings.TrimSpace', method('trim')),
  ...under('strings.ReplaceAll strings.Replace replace', method('replaceAll')),
  ...under('strings.ToLower strtolower lc tolower lowercase', method('toLowerCase')),
  ...under('strings.ToUpper strtoupper uc toupper uppercase', method('toUpperCase')),
  ...under('strings.Split strsplit', method('Split')),
  ...under('strings.SplitN', method('SplitN')),
  ...under('strings.Cut', method('Cut')),
  ...under('strings.Fields', method('Fields')),
  ...under('shlex.split Shellwords.split shell_words.split shellquote.Split', words),
  ...under('string.Template jinja2.Template Template', ({ positional: [text] }) => (isText(text) ? text : undefined)),
  ...under('strings.HasPrefix str_starts_with startswith startsWith', method('startsWith')),
  ...under('strings.HasSuffix str_ends_with endswith endsWith', method('endsWith')),
  ...under('strings.Contains str_contains occursin', method('includes')),
  ...under(
    'b64encode btoa standard_b64encode urlsafe_b64encode base64_encode encode_base64 Base64.strict_encode64 Base64.encode64 EncodeToString base64.StdEncoding.EncodeToString encodeToString base64encode',
    opaque,
  ),
  // Programs decode what they have encoded, so the text stays as it is.
  ...under('Convert.ToBase64String', ({ positional: [text] }) => text),
  ...under(
    'Convert.FromBase64String b64decode base64_decode decode_base64 Base64.decode64 Base64.strict_decode64 atob',
    ({ positional: [text] }) =>
      text === undefined ? undefined : each(text, (one) => (isText(one) ? decodedBase64(one) : one)),
  ),
  ...under('explode split', ({ positional: [by, text] }) =>
    isText(by) && isText(text) ? list(by === '' ? [text] : text.split(by)) : undefined,
  ),
];
