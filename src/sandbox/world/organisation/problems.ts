import { distance } from 'fastest-levenshtein';

/** One thing wrong in an organisation file; `path` such as `jobs[3].uses[0].callee`, empty for the file as a whole. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** All that is wrong with an organisation file, at once. */
export class OrganisationError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n'));
    this.name = 'OrganisationError';
    this.problems = problems;
  }
}

/** ` (did you mean "x"?)` where one of the known words is close, else nothing. */
export function suggest(word: string, known: Iterable<string>): string {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best === null ? '' : ` (did you mean "${best}"?)`;
}
