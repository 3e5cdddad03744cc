import picomatch from 'picomatch';
import type { Truth } from './expression.ts';

/** What is in the checkout: texts, and paths of files whose text was not read. */
export interface Checkout {
  readonly files: ReadonlyMap<string, string>;
  readonly others: ReadonlySet<string>;
}

/** `exists:` of a rule: whether a path or pattern names a file of the checkout; `maybe` when it holds a variable. */
export function fileExists(pattern: string, { files, others }: Checkout): Truth {
  const path = pattern.replace(/^(?:\.?\/)+/u, '');
  if (/\$/u.test(path)) return 'maybe';
  if (!/[*?[{]/u.test(path)) return files.has(path) || others.has(path) ? 'yes' : 'no';
  const matches = picomatch(path, { dot: true });
  for (const names of [files.keys(), others.values()]) for (const file of names) if (matches(file)) return 'yes';
  return 'no';
}
