import type { Checkout } from '../checkout.ts';
import type { Truth } from './expression.ts';

/** `exists:` of a rule: whether a path or pattern names a file of the checkout; `maybe` when it holds a variable. */
export function fileExists(pattern: string, checkout: Checkout): Truth {
  const path = pattern.replace(/^(?:\.?\/)+/u, '');
  if (/\$/u.test(path)) return 'maybe';
  if (!/[*?[{]/u.test(path)) return checkout.has(path) ? 'yes' : 'no';
  const found = checkout.matching(path, 'exists');
  if (checkout.patternsGivenUp) return 'maybe';
  return found.length > 0 ? 'yes' : 'no';
}
