import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PlanBody } from '../../domain/plan/plan.ts';

/** RFC 8785 form, so that the same plan has the same hash wherever it is computed. */
export function hashPlan(body: PlanBody): string {
  const hash = createHash('sha256');
  for (const piece of canonicalPieces(body, CALLEE_DEPTH)) hash.update(piece);
  return hash.digest('hex').slice(0, 16);
}

/** Of one value that is small enough to be written as a whole. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonicalForm(value)).digest('base64').slice(0, 22);

/** RFC 8785 form of one value. */
export const canonicalForm = (value: unknown): string => canonicalize(value) ?? '';

/** Callees stand this deep in a plan: `waves[].callees[]`. */
const CALLEE_DEPTH = 4;

/** The canonical form in pieces, as that of a plan for 100,000 projects is hundreds of megabytes long. */
function* canonicalPieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    yield canonicalForm(value);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield index === 0 ? '[' : ',';
      yield* canonicalPieces(item, depth - 1);
    }
    yield value.length === 0 ? '[]' : ']';
  } else {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [index, [name, member]] of members.entries()) {
      yield `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
      yield* canonicalPieces(member, depth - 1);
    }
    yield members.length === 0 ? '{}' : '}';
  }
}
