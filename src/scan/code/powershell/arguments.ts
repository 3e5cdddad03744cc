import { withoutLikely } from '../../marks.ts';
import type { FunctionDefinition, Parameter } from '../syntax.ts';
import type { Arguments, Value } from '../values.ts';
import { isObject, isText, list } from '../values.ts';
import { parameterOf } from './world.ts';

/** Parameters of cmdlets that take no value. */
const FLAGS = new Set(
  `force recurse raw usebasicparsing asplaintext passthru wait nonewline append noclobber verbose debug whatif ascustomobject
   nonewwindow skipcertificatecheck leaf parent resolve isvalid ashashtable compress asarray global directory file
   disablekeepalive usedefaultcredentials allowunencryptedauthentication skipheadervalidation resume
   preserveauthorizationonredirect unique casesensitive simplematch quiet notmatch list allmatches descending stable
   skippublishercheck allowclobber acceptlicense trusted allowprerelease noprofile noninteractive asjob line word
   character unsecure usessl hidden skiphttperrorcheck ascii notypeinformation noenumerate faultolerant
   skipdependenciescheck allowinsecureredirect nologo`
    .trim()
    .split(/\s+/u),
);

/** What a cmdlet is given. */
export interface CommandArguments {
  /** Parameters in small letters. */
  readonly named: ReadonlyMap<string, Value>;
  /** What is left behind the parameters that take their values by position. */
  readonly rest: readonly Value[];
  /** What is piped into it; undefined where nothing is. */
  readonly input: Value | undefined;
  /** The value of a parameter, which may be written in part. */
  readonly get: (...names: readonly string[]) => Value | undefined;
}

/** Reads the command line of a cmdlet; `order` are the parameters that take values by position. */
export function commandArguments(given: Arguments, order: readonly string[]): CommandArguments {
  const named = new Map<string, Value>();
  const operands: Value[] = [];
  const { positional } = given;
  for (let index = 0; index < positional.length; index += 1) {
    const value = positional[index];
    if (value === undefined) break;
    const written = parameterOf(value);
    if (written === null) operands.push(value);
    else {
      const key = written.slice(1).toLowerCase();
      const next = positional[index + 1];
      const attached = isObject(value, 'native') && value.name === '#parameter:';
      if (next === undefined || (!attached && (FLAGS.has(key) || parameterOf(next) !== null))) named.set(key, true);
      else {
        named.set(key, next);
        index += 1;
      }
    }
  }
  for (const [key, value] of given.named) if (!key.startsWith('#')) named.set(key.toLowerCase(), value);
  const find = (name: string): Value | undefined =>
    named.get(name) ?? [...named].find(([key]) => key !== '' && name.startsWith(key))?.[1];
  for (const name of order) {
    if (operands.length === 0) break;
    const next = find(name) === undefined ? operands.shift() : undefined;
    if (next !== undefined) named.set(name, next);
  }
  const get = (...names: readonly string[]): Value | undefined => {
    for (const name of names) {
      const value = find(name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  return { named, rest: operands, input: given.named.get('#input'), get };
}

/** What a function of the program is called with: the parameters by name, the others in order. */
export function functionArguments({ parameters }: FunctionDefinition, given: Arguments): Arguments {
  const named = new Map<string, Value>();
  const left: Value[] = [];
  const own = parameters.filter(({ option }) => option !== undefined);
  const { positional } = given;
  for (let index = 0; index < positional.length; index += 1) {
    const value = positional[index];
    if (value === undefined) break;
    const written = parameterOf(value) ?? (isText(value) && /^-[A-Za-z]\w*$/u.test(value) ? value : null);
    const parameter = written === null ? null : parameterNamed(own, written.slice(1));
    if (!parameter) {
      // `$args` holds the names of parameters as texts.
      left.push(parameterOf(value) ?? value);
      continue;
    }
    const attached = isObject(value, 'native') && value.name === '#parameter:';
    const next = positional[index + 1];
    if (!attached && parameter.option?.flag === true) named.set(nameOf(parameter), true);
    else if (next !== undefined) {
      named.set(nameOf(parameter), next);
      index += 1;
    }
  }
  for (const [key, value] of given.named) {
    const parameter = key.startsWith('#') ? null : parameterNamed(own, key);
    if (parameter) named.set(nameOf(parameter), value);
  }
  const input = given.named.get('#input');
  if (input !== undefined) named.set('$input', input);
  for (const parameter of inOrder(own)) {
    if (named.has(nameOf(parameter)) || parameter.option?.flag === true) continue;
    const next = left.shift();
    if (next === undefined) break;
    named.set(nameOf(parameter), next);
  }
  for (const parameter of own) {
    const value = named.get(nameOf(parameter));
    if (value !== undefined && parameter.option?.list === true) named.set(nameOf(parameter), asList(value));
  }
  for (const parameter of own)
    if (parameter.option?.flag === true && !named.has(nameOf(parameter))) named.set(nameOf(parameter), false);
  return { positional: left, named };
}

const nameOf = ({ target }: Parameter): string => (target.kind === 'name' ? target.name : '');

/** Those with a position come first. */
const inOrder = (parameters: readonly Parameter[]): readonly Parameter[] =>
  [...parameters].sort((a, b) => (a.option?.position ?? 1_000) - (b.option?.position ?? 1_000));

function parameterNamed(parameters: readonly Parameter[], written: string): Parameter | null {
  const wanted = written.toLowerCase();
  const begins = parameters.filter(({ option }) => option?.names.some((one) => one.startsWith(wanted)));
  return (
    begins.find(({ option }) => option?.names.includes(wanted)) ?? (begins.length === 1 ? (begins[0] ?? null) : null)
  );
}

/** `1,2` of a command line is a list where one is wanted. */
function asList(value: Value): Value {
  if (!isText(value) || !value.includes(',')) return isObject(value, 'list') || value === null ? value : list([value]);
  return list(
    withoutLikely(value)
      .split(',')
      .map((one) => one.trim()),
  );
}
