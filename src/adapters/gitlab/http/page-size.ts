/** What a query cost, and what it may cost. */
export interface Complexity {
  readonly score: number;
  readonly limit: number;
}

/** Share of the complexity limit that is used, so that a rounding of GitLab's does not refuse a page. */
const HEADROOM = 0.96;

/** What was too much is tried again after so many smaller requests; after twice as many where it still was. */
export const WARY = 20;
const WARIEST = 8 * WARY;

/**
 * How many projects to ask for at once. GitLab counts a connection of n nodes as (1 + n/100) times what is inside, so the size
 * that fits a limit follows from one score (FACTS n): https://docs.gitlab.com/api/graphql/#limits
 *
 * What a server can answer in time is found out: a page that is too large may cost half a minute, so between a size that was
 * answered and one that was not the next is in the middle.
 */
export class PageSizer {
  readonly #largest: number;
  #ceiling: number;
  #size: number;
  /** In a row. */
  #failures = 0;
  /** The largest that was answered since the last one that was not; 0: none. */
  #answered = 0;
  /** The smallest that was not. */
  #tooLarge = Infinity;
  #successes = 0;
  #patience = WARY;

  /** @param largest - 1 to 100, GitLab's largest page */
  constructor(largest: number) {
    this.#largest = largest;
    this.#ceiling = largest;
    this.#size = largest;
  }

  get size(): number {
    return this.#size;
  }

  /** After a timeout or a server error: what was answered before, else half, then a quarter each, so that a few attempts reach one project. */
  shrink(): void {
    this.#failures += 1;
    // Of several in a row the first counts: how much smaller it has to be is found out on the way back up.
    if (this.#failures === 1 && this.#size > 1) this.#tooLarge = this.#size;
    const known = this.#failures === 1 && this.#answered < this.#size ? this.#answered : 0;
    this.#answered = known;
    this.#successes = 0;
    this.#size = Math.max(1, known || Math.floor(this.#size / (this.#failures === 1 ? 2 : 4)));
  }

  succeeded(complexity: Complexity | null): void {
    this.#failures = 0;
    this.#successes += 1;
    this.#answered = Math.max(this.#answered, this.#size);
    if (complexity !== null) this.#ceiling = this.#fitting(complexity);
    if (this.#successes > this.#patience) this.#dare();
    const between = Math.max(this.#answered, Math.floor((this.#answered + this.#tooLarge) / 2));
    this.#size = Math.min(this.#ceiling, between, Math.ceil(this.#size * 1.5));
  }

  /** Tries a little more than was too much. */
  #dare(): void {
    this.#tooLarge = Math.ceil(this.#tooLarge * 1.25);
    this.#successes = 0;
    this.#patience = this.#tooLarge > this.#largest ? WARY : Math.min(WARIEST, 2 * this.#patience);
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
