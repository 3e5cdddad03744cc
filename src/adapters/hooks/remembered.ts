/** Remembers the latest so many words. */
export class Remembered {
  readonly #words = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  has(word: string): boolean {
    return this.#words.has(word);
  }

  add(word: string): void {
    this.#words.add(word);
    if (this.#words.size <= this.#most) return;
    // A set keeps the order of insertion: the first is the oldest.
    for (const oldest of this.#words) {
      this.#words.delete(oldest);
      return;
    }
  }
}
