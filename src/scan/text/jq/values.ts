/** A value of a data file. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a filter may look up beside its input: `$name` of `--arg` and of `as`. */
export type JqScope = ReadonlyMap<string, Json>;

/** A part of a query: what it makes of one input, which may be several values or none. */
export type Filter = (input: Json, scope: JqScope) => readonly Json[];

/** A filter in a form that this reader does not know; its output is unknown then. */
export class NotUnderstood extends Error {}

const MAX_RESULTS = 2_000;

/** Whether a value of JSON is an object. */
export const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Whether a value of JSON is a list. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
/** As jq sees it: everything but null and false. */
export const truthy = (value: Json): boolean => value !== null && value !== false;
/** A value as `--raw-output` prints it. */
export const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The values, unless they are more than anybody's data. */
export const limited = (values: readonly Json[]): readonly Json[] => {
  if (values.length > MAX_RESULTS) throw new NotUnderstood();
  return values;
};

/** The value under a key; null where there is none, as in jq. */
export function field(value: Json, name: string): Json {
  return isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}
