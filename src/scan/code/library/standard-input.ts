import type { Outside } from '../running.ts';
import type { Value } from '../values.ts';
import { isObject, isText, list, native } from '../values.ts';

/** The standard input as an object, or by the path of a file. */
const OBJECTS =
  /^(?:sys\.stdin(?:\.buffer)?|STDIN|stdin|\$stdin|ARGF|\$<|process\.stdin|io\.stdin|os\.Stdin|System\.in|Console\.In|Deno\.stdin)$/u;
const PATHS = /^(?:\/dev\/stdin|\/dev\/fd\/0|php:\/\/stdin|-)$/u;
/** Functions that read one line of it, and those that read the whole. */
const LINE = /^(?:input|raw_input|gets|readline|readLine|readln|Console\.ReadLine|io\.read|fgets)$/u;
const METHOD = /^(?:read|readline|readlines|gets|each_line|read_to_string|ReadToEnd|ReadLine|readLine|text|lines)$/u;

/** True for what stands for the standard input. */
export function isStandardInput(value: Value | undefined): boolean {
  if (isObject(value, 'native')) return OBJECTS.test(value.name) || isStandardInput(value.fields.get('#path'));
  return value === 0 || (isText(value) && PATHS.test(value));
}

/** The whole text of the standard input, null where it is connected to nothing known. */
export function inputText({ shellCall }: Outside): string | null {
  return shellCall.stdin?.map(({ text }) => text).join('\n') ?? null;
}

/** Lines of the standard input, as a loop over it takes them. */
export const inputLines = (library: Outside): readonly string[] | null =>
  inputText(library)?.replace(/\n$/u, '').split('\n') ?? null;

/** What a function reads from the standard input; undefined for all others. */
export function readInput(
  name: string,
  receiver: Value | undefined,
  first: Value | undefined,
  library: Outside,
): Value | undefined {
  if (name === '#lines of input') {
    const lines = inputLines(library);
    return lines ? list(lines) : native('input[]');
  }
  const whole = name === 'io.read' && isText(first) && /a/u.test(first);
  if (LINE.test(name) && !whole) return inputLines(library)?.[0];
  const method = name.slice(name.lastIndexOf('.') + 1);
  if (!whole && !(METHOD.test(method) && isStandardInput(receiver))) return undefined;
  if (/^(?:readlines|each_line|lines)$/u.test(method)) {
    const lines = inputLines(library);
    return lines ? list(lines) : undefined;
  }
  return /^(?:readline|gets|ReadLine|readLine)$/u.test(method)
    ? inputLines(library)?.[0]
    : (inputText(library) ?? undefined);
}
