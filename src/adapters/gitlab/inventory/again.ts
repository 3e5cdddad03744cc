import type { z } from 'zod';
import type { Along } from '../graphql/documents.ts';
import { WARY, type Complexity } from '../http/page-size.ts';
import type { ProjectNode, projectConnection } from '../graphql/schema.ts';
import { nextCursor } from './complete.ts';

/*
 * A second inventory knows where the pages of the one before began, so it can ask for several of them in one request. What
 * makes room for them is fewer rows inside; lists that are longer are read on, as ever.
 */

/** Share of GitLab's complexity limit that is used. */
const HEADROOM = 0.96;
const MOST_PAGES = 4;
const MOST_ALONG = 100;
/** When more than this share of the inner lists did not fit, more rows ride along the next time. */
const MOST_LONG = 0.01;
/** What one row of these lists is counted as. */
const ENTRY_FIELDS = 12;
const LOG_FIELDS = 8;

/** How much goes into one request for several pages: learned from each answer. */
export class Bundle {
  #pages = 2;
  #along: Along = { entries: 5, log: 30 };
  /** So many requests for one page until several are tried again. */
  #wary = 0;
  /** So many pages of a fitted size until one of a hundred is tried again, as not even that was answered. */
  #off = 0;

  get pages(): number {
    return this.#pages;
  }

  get along(): Along {
    return this.#along;
  }

  /** False where pages of a fitted size are to be read one by one for a while. */
  next(): boolean {
    if (this.#off === 0) return true;
    this.#off -= 1;
    return false;
  }

  /** @param long - share of the projects whose entries or log did not fit */
  succeeded(asked: number, complexity: Complexity | null, long: Along): void {
    if (this.#wary > 0) this.#wary -= 1;
    if (complexity === null || this.#wary > 0) return;
    this.#pages = fitting(complexity, asked);
    const score = (complexity.score / asked) * this.#pages;
    const room = complexity.limit * HEADROOM - score;
    const { entries, log } = this.#along;
    const [moreEntries, moreLog] = [Math.min(MOST_ALONG, entries * 2), Math.min(MOST_ALONG, log * 2)];
    // Twice for the list of a hundred projects around it, and once more for each page; entries are two lists.
    const cost = (rows: number, fields: number): number => Math.ceil((rows / 100) * fields) * 2 * this.#pages;
    if (long.entries > MOST_LONG && cost(moreEntries - entries, 2 * ENTRY_FIELDS) <= room) {
      this.#along = { entries: moreEntries, log };
    } else if (long.log > MOST_LONG && cost(moreLog - log, LOG_FIELDS) <= room) {
      this.#along = { entries, log: moreLog };
    }
  }

  /** After a refusal for cost. */
  fit(complexity: Complexity, asked: number): void {
    if (asked === 1) this.#off = WARY;
    else this.#pages = Math.min(asked - 1, fitting(complexity, asked));
  }

  /** After a timeout or a server error. */
  shrink(): void {
    if (this.#pages === 1) this.#off = WARY;
    this.#pages = 1;
    this.#wary = WARY;
  }
}

const fitting = ({ score, limit }: Complexity, asked: number): number =>
  Math.max(1, Math.min(MOST_PAGES, Math.floor((limit * HEADROOM * asked) / score)));

type List = z.infer<ReturnType<typeof projectConnection<typeof ProjectNode>>>;

/** Pages that hang together, up to the first gap. */
export interface Joined {
  /** Which page, and which of its nodes: duplicates left out. */
  readonly nodes: readonly { readonly page: number; readonly index: number; readonly node: ProjectNode }[];
  /** Where each of the pages ended; the last one's end is where to go on, null at the end of the list. */
  readonly ends: readonly (string | null)[];
  readonly hidden: number;
  /** How many of the places behind the first were looked at. */
  readonly used: number;
}

/**
 * Puts pages together that were asked for side by side. Projects come and go between two inventories: a page that does not
 * hang on what was taken before it ends what can be used, and the list is gone on with from there.
 *
 * @param starts - after which cursor each page began
 */
export function joinPages(lists: readonly List[], starts: readonly (string | null)[], operation: string): Joined {
  const nodes: { page: number; index: number; node: ProjectNode }[] = [];
  const ids = new Set<number>();
  const ends: (string | null)[] = [];
  let [hidden, used] = [0, 0];
  for (const [page, list] of lists.entries()) {
    const hangsOn = ends.at(-1) === starts[page] || list.nodes.some((node) => node !== null && ids.has(node.id));
    if (page > 0 && !hangsOn) break;
    used = page;
    const last = list.nodes.findLast((node) => node !== null);
    // The place was noted long ago, and lies before the page in front of it: going on from its end would go back.
    if (last && ids.has(last.id)) continue;
    for (const [index, node] of list.nodes.entries()) {
      if (node === null) hidden += 1;
      if (node === null || ids.has(node.id)) continue;
      ids.add(node.id);
      nodes.push({ page, index, node });
    }
    const end = nextCursor(list.pageInfo, starts[page] ?? null, operation);
    ends.push(end);
    if (end === null) break;
  }
  return { nodes, ends, hidden, used };
}
