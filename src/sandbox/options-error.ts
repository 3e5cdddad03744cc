/** What is wrong with the options or one of the files, all at once. `where` is `organisation`, `faults` or an option. */
export class SandboxOptionsError extends Error {
  readonly where: string;
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(`${where}: ${problems.join('; ')}`);
    this.name = 'SandboxOptionsError';
    this.where = where;
    this.problems = problems;
  }
}
