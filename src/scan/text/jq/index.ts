import { parse } from './parser.ts';
import type { Json, JqScope } from './values.ts';
import { NotUnderstood } from './values.ts';

const MAX_QUERY = 2_000;

/**
 * Runs the part of `jq` (and of `yq`, whose common part is the same) that scripts use to take names out of data files.
 *
 * @returns null when the query uses anything else
 */
export function jq(query: string, input: Json, scope: JqScope): readonly Json[] | null {
  if (query.length > MAX_QUERY) return null;
  try {
    return parse(query)(input, scope);
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof RangeError) return null;
    throw error;
  }
}
