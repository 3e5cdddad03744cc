import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, joined, optionsOf, several, textsOf } from '../values.ts';

/** Functions and methods that give a structure as JSON or YAML. */
const SERIALISES =
  /(?:^|\.)(?:(?:u|or|simple)?json\.dumps|JSON\.(?:stringify|generate|pretty_generate|dump)|json_encode|encode_json|json\.encode|[yY][aA][mM][lL]\.(?:(?:safe_|round_trip_)?dump(?:_all)?|stringify|safeDump|default\.dump)|js-?yaml\.(?:default\.)?(?:dump|safeDump)|json\.Marshal(?:Indent)?|yaml\.Marshal|yaml_emit|Yaml\.dump|YAML\(\)\.dump|(?:u|or|simple)?json\.dump)$/u;
/** Methods of a structure that do so. */
export const SERIALISING_METHODS = 'to_yaml to_json toJSON';

const MAX_DEPTH = 20;
/** Longer text would be cut, and says nothing then. */
const MAX_TEXT = 19_000;
const MAX_PARTS = 4_000;

/** Whether a function writes a structure as text. */
export const serialises = (name: string): boolean => SERIALISES.test(name);

/** The open file, or the standard output, that a serialising function is given to write to. */
export function sinkOf({ positional: [, second], named }: Arguments): NativeValue | null {
  const sink = named.get('stream') ?? named.get('fp') ?? second;
  return isObject(sink, 'native') ? sink : null;
}

/**
 * A structure as JSON, which is YAML too.
 *
 * @returns undefined for what is no structure or text, or is too large
 */
export function serialised(value: Value | undefined): Value | undefined {
  if (value === undefined || isObject(value, 'native')) return undefined;
  const budget = { parts: MAX_PARTS };
  const texts = textsIn(value, 0, budget);
  return budget.parts < 0 || texts.some((text) => text.length > MAX_TEXT) ? undefined : several(texts);
}

function textsIn(value: Value, depth: number, budget: { parts: number }): readonly string[] {
  budget.parts -= 1;
  if (budget.parts < 0 || depth > MAX_DEPTH) return ['null'];
  if (isObject(value, 'several')) return value.options.flatMap((one) => textsIn(one, depth + 1, budget));
  if (isObject(value, 'list'))
    return bracketed(
      '[',
      value.items.map((one) => textsIn(one, depth + 1, budget)),
      ']',
    );
  if (isObject(value, 'record') || isObject(value, 'object'))
    return bracketed(
      '{',
      [...value.fields].map(([key, one]) =>
        textsIn(one, depth + 1, budget).map((text) => `${JSON.stringify(key)}:${text}`),
      ),
      '}',
    );
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  return (isText(value) ? [value] : textsOf(value)).map((text) => JSON.stringify(text));
}

const bracketed = (open: string, parts: readonly (readonly string[])[], close: string): readonly string[] =>
  optionsOf(
    joined([[open], ...parts.flatMap((part, index) => (index === 0 ? [part] : [[','], part])), [close]]),
  ).filter(isText);
