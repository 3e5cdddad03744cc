/** What a query cost, and what it may cost. */
export interface Complexity {
  readonly score: number;
  readonly limit: number;
}

/** Share of the complexity limit that is used, so that a rounding of GitLab's does not refuse a page. */
const HEADROOM = 0.96;

/**
 * How many projects to ask for at once. GitLab counts a connection of n nodes as (1 + n/100) times what is inside, so the size
 * that fits a limit follows from one score (FACTS n): https://docs.gitlab.com/api/graphql/#limits
 */
export class PageSizer {
  readonly #largest: number;
  #ceiling: number;
  #size: number;
  #failures = 0;

  /** @param largest - 1 to 100, GitLab's largest page */
  constructor(largest: number) {
    this.#largest = largest;
    this.#ceiling = largest;
    this.#size = largest;
  }

  get size(): number {
    return this.#size;
  }

  /** After a timeout or a server error: half, then a quarter each, so that a few attempts reach one project. */
  shrink(): void {
    this.#failures += 1;
    this.#size = Math.max(1, Math.floor(this.#size / (this.#failures === 1 ? 2 : 4)));
  }

  succeeded(complexity: Complexity | null): void {
    this.#failures = 0;
    if (complexity !== null) this.#ceiling = this.#fitting(complexity);
    this.#size = Math.min(this.#ceiling, Math.ceil(this.#size * 1.5));
  }

  /** After a refusal for cost. False when no smaller page is left to try. */
  fit(complexity: Complexity): boolean {
    if (this.#size === 1) return false;
    this.#ceiling = Math.min(this.#fitting(complexity), this.#size - 1);
    this.#size = this.#ceiling;
    return true;
  }

  #fitting({ score, limit }: Complexity): number {
    const perNode = score / (1 + this.#size / 100);
    const fitting = Math.floor(((limit * HEADROOM) / perNode - 1) * 100);
    return Math.max(1, Math.min(this.#largest, fitting));
  }
}
