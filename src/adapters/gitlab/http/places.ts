import { forgeError, HttpFailure } from './errors.ts';

const GOES_ROUND = 'the list leads back to a place it was gone on from, and would never end';

/**
 * Remembers from where lists were gone on with. A list that leads back to such a place would be read for ever, as no answer says
 * that it does.
 */
export class Places {
  readonly #asked = new Map<string, Set<string>>();

  /**
   * @param list - names the list among those that are read by this reader
   * @param after - from where it was asked for; null begins it anew. The same place may be asked for again
   * @throws RolloutError `FORGE_UNREADABLE` when `next` is where the list was gone on from before
   */
  check(list: string, after: string | null, next: string | null, operation: string): void {
    const asked = (after === null ? undefined : this.#asked.get(list)) ?? new Set<string>();
    this.#asked.set(list, asked);
    if (after !== null) asked.add(after);
    if (next !== null && asked.has(next)) throw goesRound(operation);
  }
}

/** The error of a list that would never end. */
export const goesRound = (operation: string): Error => forgeError(new HttpFailure('unreadable', GOES_ROUND), operation);
