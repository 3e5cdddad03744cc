import { unknown } from '../../marks.ts';
import type { CommandLine, OptionSpecification } from './options.ts';
import { operandsOf, readOptions } from './options.ts';
import type { Arguments, Value } from '../values.ts';
import { isText, list } from '../values.ts';

/** Flags of Go's `flag`, of pflag and of cobra's commands. */
export const GO_FLAGS = /^p?flag\.|(?:^|\.)(?:New)?FlagSet\(\)\.|\.(?:Persistent)?Flags\(\)\./u;
const MAX_FLAGS = 300;
const KINDS = /^(?:String|Int|Int64|Uint|Bool|Duration|StringSlice|StringArray|Text|Func)?(?:Var)?(P?)$/u;

/**
 * Each flag is a value of its own: `flag.String("name", "default", …)`; `flag.StringVar(&name, "name", …)` has the place to fill
 * in front, and functions that end with P the short name behind the long one.
 */
export function goFlag(last: string, { positional }: Arguments, { argv, flags }: CommandLine): Value | undefined {
  const [asked] = positional;
  if (/^Parsed?$/u.test(last)) return null;
  if (/^Args?$/u.test(last)) {
    const operands = operandsOf(argv, flags);
    return last === 'Args' ? list(operands) : typeof asked === 'number' ? (operands[asked] ?? '') : unknown('flag.Arg');
  }
  if (last.startsWith('Get') && isText(asked))
    return valueOf(named(asked, null, true, /Slice|Array/u.test(last), undefined), argv) ?? unknown(asked);
  const kind = KINDS.exec(last);
  if (!kind || last === '') return undefined;
  const rest = last.replace(/P$/u, '').endsWith('Var') ? positional.slice(1) : positional;
  const [name, short, fallback] = kind[1] === 'P' ? rest : [rest[0], null, rest[1]];
  if (!isText(name)) return undefined;
  // A value of its own type takes a flag as often as it is given.
  const many = last === 'Var' || /Slice|Array/u.test(last);
  const specification = named(
    name,
    isText(short) ? short : null,
    !last.startsWith('Bool'),
    many,
    last === 'Var' ? undefined : fallback,
  );
  if (flags.length < MAX_FLAGS) flags.push(specification);
  return valueOf(specification, argv) ?? null;
}

const named = (
  name: string,
  short: string | null,
  valued: boolean,
  many: boolean,
  fallback: Value | undefined,
): OptionSpecification => ({
  names: [`-${name}`, `--${name}`, ...(short === null ? [] : [`-${short}`])],
  key: name,
  valued,
  many,
  fallback,
});

const valueOf = (specification: OptionSpecification, argv: readonly string[]): Value | undefined =>
  readOptions(argv, [specification]).get(specification.key);
