/** What ends a life: thrown at the appointed moment, and by everything that the dead one still tries. */
export class Crash extends Error {
  constructor() {
    super('killed');
    this.name = 'Crash';
  }
}

/**
 * One life of a driver, which ends at the n-th call of its store or forge, before or after that has taken effect. What is
 * on disk and on GitLab then is what a killed process leaves.
 */
export class Life {
  #left: number;
  readonly #after: boolean;
  #over = false;

  /** @param calls - after so many calls it ends; Infinity: never */
  constructor(calls: number, after: boolean) {
    this.#left = calls;
    this.#after = after;
  }

  /** The same object, whose asynchronous methods die with this life. */
  of<T extends object>(target: T, spared: ReadonlySet<string> = new Set()): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (spared.has(String(name))) return member.bind(target) as unknown;
        return (...values: readonly unknown[]): Promise<unknown> =>
          this.#call(() => member.apply(target, values) as unknown);
      },
    });
  }

  async #call(work: () => unknown): Promise<unknown> {
    if (this.#over) throw new Crash();
    this.#left -= 1;
    const last = this.#left <= 0;
    if (last && !this.#after) this.#end();
    const result = await work();
    if (last && this.#after) this.#end();
    return result;
  }

  #end(): never {
    this.#over = true;
    throw new Crash();
  }
}
