import { hasToken, hasUnknown, unknown, withoutLikely } from '../marks.ts';
import type { Origin } from '../types.ts';
import type { ClassDefinition, FunctionDefinition } from './syntax.ts';

/** Names of one function call or module; what is not bound here is looked up outside. */
export class Scope {
  names = new Map<string, Value>();
  readonly outer: Scope | null;

  constructor(outer: Scope | null) {
    this.outer = outer;
  }

  get(name: string): Value | undefined {
    return this.names.get(name) ?? this.outer?.get(name);
  }
}

/** A file of the program: where its rows stand, and what it gives to others. */
export interface Module {
  readonly kind: 'module';
  readonly path: string;
  readonly at: (row: number) => Origin;
  readonly scope: Scope;
  readonly exports: Map<string, Value>;
}

/** A list, an array, a tuple or a set; programs change it in place. */
export interface ListValue {
  readonly kind: 'list';
  readonly items: Value[];
}
/** A mapping with text keys: a dictionary, a hash, an object literal, a struct. */
export interface RecordValue {
  readonly kind: 'record';
  readonly fields: Map<string, Value>;
}
/** A function of the program with what it closes over. */
export interface FunctionValue {
  readonly kind: 'function';
  readonly definition: FunctionDefinition;
  readonly scope: Scope;
  readonly module: Module;
  /** The object it was taken from. */
  readonly self: Value | undefined;
}
/** A class of the program; `fields` are those of the class itself. */
export interface ClassValue {
  readonly kind: 'class';
  readonly definition: ClassDefinition;
  readonly scope: Scope;
  readonly module: Module;
  readonly bases: readonly Value[];
  readonly fields: Map<string, Value>;
}
/** An instance of a class of the program. */
export interface ObjectValue {
  readonly kind: 'object';
  readonly of: ClassValue;
  readonly fields: Map<string, Value>;
}
/** Something outside of the program: a function of a library, or what one gave. */
export interface NativeValue {
  readonly kind: 'native';
  /** `requests.get`, `requests.Session()`. */
  readonly name: string;
  readonly given: Arguments | null;
  readonly receiver: Value | undefined;
  readonly fields: Map<string, Value>;
  /** Calls that it was part of. */
  readonly said: { readonly name: string; readonly given: Arguments }[];
}
/** One of several values, which the files do not decide. */
export interface SeveralValue {
  readonly kind: 'several';
  readonly options: readonly Value[];
}

/** A value of a program. What is not known is a text with an unknown mark. */
export type Value =
  | string
  | number
  | boolean
  | null
  | ListValue
  | RecordValue
  | FunctionValue
  | ClassValue
  | ObjectValue
  | NativeValue
  | SeveralValue
  | Module;

/** What a function is given. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** A call without arguments. */
export const NO_ARGUMENTS: Arguments = { positional: [], named: new Map() };

const MAX_OPTIONS = 40;
const MAX_TEXT = 20_000;
const MAX_ITEMS = 1_000;

/** A list, cut at `MAX_ITEMS`. */
export const list = (items: readonly Value[]): ListValue => ({ kind: 'list', items: items.slice(0, MAX_ITEMS) });
/** A record of its fields; a later one of a name wins. */
export const record = (fields: Iterable<readonly [string, Value]>): RecordValue => ({
  kind: 'record',
  fields: new Map(fields),
});
/** Something outside of the program by its name, with what it was given and what it is a member of. */
export const native = (name: string, given: Arguments | null = null, receiver?: Value): NativeValue => ({
  kind: 'native',
  name: name.slice(-200),
  given,
  receiver,
  fields: new Map(),
  said: [],
});

/** Whether a value is one text. */
export const isText = (value: Value | undefined): value is string => typeof value === 'string';
/** Whether a value is of a kind that is no plain value. */
export const isObject = <Kind extends string>(
  value: Value | undefined,
  kind: Kind,
): value is Extract<Value, { kind: Kind }> => typeof value === 'object' && value !== null && value.kind === kind;

/** The possible values of one that may be several. */
export const optionsOf = (value: Value): readonly Value[] => (isObject(value, 'several') ? value.options : [value]);

/** One of the values; texts that are the same count once. */
export function several(values: readonly Value[]): Value {
  const flat = [...new Set(values.flatMap(optionsOf))].slice(0, MAX_OPTIONS);
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : flat.length === 0 ? null : { kind: 'several', options: flat };
}

/** Applies an operation to each possible value. */
export const each = (value: Value, change: (one: Value) => Value): Value =>
  isObject(value, 'several') ? several(value.options.map(change)) : change(value);

/** The texts a value may stand for. */
export function textsOf(value: Value): readonly string[] {
  return optionsOf(value).map((one) => {
    if (isText(one)) return one;
    if (typeof one === 'number' || typeof one === 'boolean') return String(one);
    if (one === null) return unknown('null');
    const text = isObject(one, 'native') ? one.fields.get('text') : undefined;
    if (isText(text)) return text;
    return unknown(isObject(one, 'native') ? one.name : one.kind);
  });
}

/** The first text of a value. */
export const textOf = (value: Value): string => textsOf(value)[0] ?? '';

/** Every way of joining one text of each part. */
export function joined(parts: readonly (readonly string[])[]): Value {
  let texts: readonly string[] = [''];
  for (const part of parts)
    texts = texts.flatMap((left) => part.map((right) => (left + right).slice(0, MAX_TEXT))).slice(0, MAX_OPTIONS);
  return several(texts);
}

/** Whether a value counts as true; null where that is not known. */
export function truth(value: Value): boolean | null {
  if (isText(value)) return hasUnknown(value) && !hasToken(value) ? null : withoutLikely(value) !== '';
  if (value === null || typeof value !== 'object') return Boolean(value);
  if (value.kind === 'several') {
    const truths = new Set(value.options.map(truth));
    return truths.size === 1 ? ([...truths][0] ?? null) : null;
  }
  if (value.kind === 'list') return value.items.length > 0;
  if (value.kind === 'record') return value.fields.size > 0;
  return value.kind === 'native' ? null : true;
}

/** Whether two values are the same; null where that is not known. */
export function equal(left: Value, right: Value): boolean | null {
  if (isObject(left, 'several') || isObject(right, 'several')) {
    const truths = new Set(optionsOf(left).flatMap((a) => optionsOf(right).map((b) => equal(a, b))));
    return truths.size === 1 ? ([...truths][0] ?? null) : null;
  }
  if (isObject(left, 'native') || isObject(right, 'native')) return null;
  if ((isText(left) && hasUnknown(left)) || (isText(right) && hasUnknown(right))) return null;
  if (typeof left === 'object' || typeof right === 'object') return left === right;
  return typeof left === typeof right ? plainOf(left) === plainOf(right) : String(left) === String(right);
}

const plainOf = (value: string | number | boolean): string | number | boolean =>
  isText(value) ? withoutLikely(value) : value;
