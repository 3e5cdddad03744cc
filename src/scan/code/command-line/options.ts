import type { Arguments, Value } from '../values.ts';
import { isObject, isText, list } from '../values.ts';

/** One option or operand of a program's command line. */
export interface OptionSpecification {
  /** `--repo`, `-r`; an operand has one name without dashes. */
  readonly names: readonly string[];
  /** The name under which the program finds it. */
  readonly key: string;
  readonly valued: boolean;
  readonly many: boolean;
  readonly fallback: Value | undefined;
  /** A variable of the environment that stands for the option. */
  readonly variable?: string;
}

/** A command line, and the flags that a program has declared one by one. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly flags: OptionSpecification[];
}

/** The words of a command line that belong to none of the options. */
export function operandsOf(argv: readonly string[], known: readonly OptionSpecification[]): readonly string[] {
  const rest = readOptions(argv, [
    ...known,
    { names: ['#'], key: '#', valued: true, many: true, fallback: undefined },
  ]).get('#');
  return isObject(rest, 'list') ? rest.items.filter(isText) : [];
}

/** What `add_argument`, `click.option` and their relatives are given. */
export function specificationOf({ positional, named }: Arguments): OptionSpecification | null {
  const words = positional.filter(isText);
  const dashed = words.filter((word) => word.startsWith('-'));
  const names = dashed.length > 0 ? dashed : words.slice(0, 1);
  const [first] = names;
  if (first === undefined) return null;
  const given = named.get('dest') ?? words.find((word) => dashed.length > 0 && !word.startsWith('-'));
  const longest = names.find((name) => name.startsWith('--')) ?? first;
  const key = isText(given) ? given : longest.replace(/^-+/u, '').replaceAll('-', '_').replace(/\/.*$/u, '');
  const action = named.get('action');
  const flag =
    (isText(action) && /^(?:store_(?:true|false|const)|count)$/u.test(action)) || named.get('is_flag') === true;
  const number = named.get('nargs');
  const many =
    (number !== undefined && number !== '?' && number !== 1) ||
    named.get('multiple') === true ||
    (isText(action) && /append|extend/u.test(action));
  const fallback = named.get('default') ?? (flag ? false : undefined);
  const variable = named.get('envvar');
  return { names, key, valued: !flag, many, fallback, ...(isText(variable) ? { variable } : {}) };
}

/** Reads a command line as far as the options are known; what is left out has its default. */
export function readOptions(
  argv: readonly string[],
  specifications: readonly OptionSpecification[],
): Map<string, Value> {
  const found = new Map<string, Value>();
  const options = specifications.filter(({ names }) => names[0]?.startsWith('-'));
  const operands: string[] = [];
  const put = ({ key, many }: OptionSpecification, values: readonly string[]): void => {
    const before = found.get(key);
    if (!many) found.set(key, values[0] ?? '');
    else found.set(key, list([...(isObject(before, 'list') ? before.items : []), ...values]));
  };
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    const [, name = word, attached] = /^(--?[\w-]+)=([^]*)$/u.exec(word) ?? [];
    const option = options.find(({ names }) => names.includes(name));
    if (!option) {
      if (!/^-[^\d]/u.test(word) || word === '-') operands.push(word);
    } else if (!option.valued) found.set(option.key, true);
    else if (attached !== undefined) put(option, [attached]);
    else {
      const values = [argv[(index += 1)] ?? ''];
      while (option.many && !(argv[index + 1] ?? '-').startsWith('-')) values.push(argv[(index += 1)] ?? '');
      put(option, values);
    }
  }
  takeOperands(
    operands,
    specifications.filter(({ names }) => !names[0]?.startsWith('-')),
    put,
  );
  for (const { key, fallback, many } of specifications)
    if (!found.has(key)) found.set(key, fallback ?? (many ? list([]) : null));
  return found;
}

/** Operands in order; the one that takes many leaves as many as the others need. */
function takeOperands(
  operands: readonly string[],
  specifications: readonly OptionSpecification[],
  put: (specification: OptionSpecification, values: readonly string[]) => void,
): void {
  let next = 0;
  specifications.forEach((specification, index) => {
    const after = specifications.length - index - 1;
    const count = specification.many ? Math.max(0, operands.length - next - after) : 1;
    const values = operands.slice(next, next + count);
    if (values.length > 0) put(specification, values);
    next += count;
  });
}
