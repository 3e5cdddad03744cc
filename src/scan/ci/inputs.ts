import { unknown } from '../marks.ts';
import { pointSource } from '../source.ts';
import type { Interpolate, Scalar, Tree } from './tree.ts';
import { child, itemsOf, textOf } from './tree.ts';

const BLOCK = /\$\[\[\s*((?:inputs|component)\.[\w.[\]-]*[\w\]-])((?:\s*\|[^\]]*)?)\s*\]\]/gu;
const WHOLE = /^\s*\$\[\[\s*((?:inputs|component)\.[\w.[\]-]*[\w\]-])\s*\]\]\s*$/u;

/** What may stand in `$[[ … ]]`: inputs by name, and facts of a component as `component.name`. */
export type Values = ReadonlyMap<string, Tree>;

/** `inputs.list[0]` and `inputs.name`, or `component.version`. */
function valueOf(path: string, values: Values): Tree | undefined {
  if (!path.startsWith('inputs.')) return values.get(path);
  const [name = '', ...keys] = path.slice('inputs.'.length).split(/[.[\]]+/u);
  return keys
    .filter((key) => key !== '')
    .reduce<Tree | undefined>(
      (value, key) => (value?.kind === 'sequence' ? value.items[Number(key)] : child(value, key)),
      values.get(name),
    );
}

/** Values for `spec:inputs`: what the include passes, else the default; an input with neither is unknown. */
export function inputValues(declared: Tree | undefined, given: Values): Values {
  const values = new Map(given);
  if (declared?.kind !== 'dict') return values;
  for (const [name, spec] of declared.entries) {
    const fallback = child(spec, 'default');
    if (!values.has(name) && fallback) values.set(name, fallback);
  }
  return values;
}

const MAX_CHOICES = 40;

/** The defaults of `spec:inputs`, and each `options` entry in the place of one of them: whoever starts a pipeline chooses. */
export function inputChoices(header: Tree | undefined): readonly ReadonlyMap<string, Tree>[] {
  const declared = child(header, 'spec', 'inputs');
  const choices: ReadonlyMap<string, Tree>[] = [new Map()];
  if (declared?.kind !== 'dict') return choices;
  for (const [name, spec] of declared.entries)
    for (const option of itemsOf(child(spec, 'options')))
      if (textOf(option) !== textOf(child(spec, 'default'))) choices.push(new Map([[name, option]]));
  return choices.slice(0, MAX_CHOICES);
}

/** Replaces `$[[ inputs.x ]]`: a scalar that is nothing else takes the input's own type, arrays included. */
export function interpolateInputs(values: Values): Interpolate {
  return (scalar) => {
    const text = scalar.source.text;
    if (!text.includes('$[[')) return null;
    const whole = WHOLE.exec(text)?.[1];
    const input = whole === undefined ? undefined : valueOf(whole, values);
    if (input && input.kind !== 'scalar') return input;
    return replaced(scalar, values);
  };
}

/** `| truncate(FROM, LENGTH)`; the other functions of GitLab leave what names a project as it is. */
function piped(text: string, functions: string): string {
  let value = text;
  for (const [, from = '0', length = '0'] of functions.matchAll(/\|\s*truncate\(\s*(\d+)\s*,\s*(\d+)\s*\)/gu))
    value = value.slice(Number(from), Number(from) + Number(length));
  return value;
}

function replaced(scalar: Scalar, values: Values): Scalar {
  let text = '';
  let last = 0;
  const shifts: { readonly from: number; readonly original: number }[] = [{ from: 0, original: 0 }];
  for (const match of scalar.source.text.matchAll(BLOCK)) {
    const value = valueOf(match[1] ?? '', values);
    text += scalar.source.text.slice(last, match.index);
    text += value === undefined ? unknown(match[1] ?? '') : piped(textOf(value), match[2] ?? '');
    last = match.index + match[0].length;
    shifts.push({ from: text.length, original: last });
  }
  text += scalar.source.text.slice(last);
  const at = (offset: number): ReturnType<typeof scalar.source.at> => {
    const shift = shifts.findLast(({ from }) => from <= offset) ?? { from: 0, original: 0 };
    return scalar.source.at(shift.original + offset - shift.from);
  };
  const value = typeof scalar.value === 'string' ? text : scalar.value;
  return { kind: 'scalar', value, source: text === '' ? pointSource('', scalar.at) : { text, at }, at: scalar.at };
}
