import { GraphQLError } from 'graphql';

/** GitLab's page for a connection that states no other. */
export const DEFAULT_PAGE = 100;

/** The arguments of a connection, as the Relay specification has them. */
export interface PageArgs {
  readonly after?: string | null;
  readonly before?: string | null;
  readonly first?: number | null;
  readonly last?: number | null;
}

/** A Relay connection; `count` is only computed when asked for. */
export interface Connection<T> {
  readonly nodes: readonly T[];
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  count(args: { readonly limit?: number | null }): number;
}

/** Where a connection's rows come from. */
export interface Rows<T> {
  /** Rows in order, beginning behind the key (or at the start), made while they are read. */
  after(key: number | null): Iterable<T>;
  /** What the cursor of a row holds; rows are ordered by it, ascending or descending. */
  keyOf(row: T): number;
  count(): number;
}

/** A cursor in the form of GitLab's keyset pages: base64url of `{"id":"…"}`. */
export function encodeKey(key: number): string {
  return Buffer.from(JSON.stringify({ id: String(key) })).toString('base64url');
}

function decodeKey(cursor: string): number {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const key = typeof value === 'object' && value !== null && 'id' in value ? Number(value.id) : Number.NaN;
    if (Number.isSafeInteger(key)) return key;
  } catch {
    // Falls through to GitLab's own words for an invalid cursor.
  }
  throw new GraphQLError('Please provide a valid cursor');
}

/**
 * One page. Forward paging reads no more than the page and one row; `last` and `before` have to read all rows, which
 * GitLab's clients seldom ask for.
 *
 * @param maxPage - nodes per page at most; a larger `first` is cut, not refused
 */
export function connectionOf<T>(rows: Rows<T>, args: PageArgs, maxPage = DEFAULT_PAGE): Connection<T> {
  if ((args.first ?? 0) < 0 || (args.last ?? 0) < 0) throw new GraphQLError('first and last must not be negative');
  const after = args.after == null || args.after === '' ? null : decodeKey(args.after);
  const page =
    args.last == null && (args.before == null || args.before === '')
      ? forward(rows, after, Math.min(args.first ?? maxPage, maxPage))
      : backward(rows, after, args, maxPage);
  const cursors = page.nodes.map((node) => encodeKey(rows.keyOf(node)));
  return {
    nodes: page.nodes,
    get edges() {
      return page.nodes.map((node, index) => ({ cursor: cursors[index] ?? '', node }));
    },
    pageInfo: {
      hasNextPage: page.hasNext,
      hasPreviousPage: page.hasPrevious,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
    },
    count({ limit }) {
      const count = rows.count();
      return limit == null || count <= limit ? count : limit + 1;
    },
  };
}

interface PageRows<T> {
  readonly nodes: readonly T[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

function forward<T>(rows: Rows<T>, after: number | null, size: number): PageRows<T> {
  const nodes: T[] = [];
  for (const row of rows.after(after)) {
    if (nodes.length === size) return { nodes, hasNext: true, hasPrevious: after !== null };
    nodes.push(row);
  }
  return { nodes, hasNext: false, hasPrevious: after !== null };
}

function backward<T>(rows: Rows<T>, after: number | null, args: PageArgs, maxPage: number): PageRows<T> {
  const before = args.before == null || args.before === '' ? null : decodeKey(args.before);
  const all = [...rows.after(after)];
  const cut = before === null ? -1 : all.findIndex((row) => rows.keyOf(row) === before);
  const range = cut < 0 ? all : all.slice(0, cut);
  const size = Math.min(args.last ?? args.first ?? maxPage, maxPage);
  const nodes = args.last == null ? range.slice(0, size) : range.slice(Math.max(0, range.length - size));
  const skippedBefore = args.last == null ? 0 : range.length - nodes.length;
  return {
    nodes,
    hasNext: cut >= 0 || range.length > skippedBefore + nodes.length,
    hasPrevious: after !== null || skippedBefore > 0,
  };
}

/** How many rows there are; past `limit` GitLab stops counting, and so does this. */
export function countUpTo(rows: Iterable<unknown>, limit: number): number {
  let count = 0;
  for (const _ of rows) {
    count += 1;
    if (count > limit) break;
  }
  return count;
}

/** Rows of an array sorted by `keyOf` ascending, in that order or the reverse, filtered while they are read. */
export function sortedRows<T>(
  all: readonly T[],
  keyOf: (row: T) => number,
  options: { readonly descending?: boolean; readonly filter?: (row: T) => boolean } = {},
): Rows<T> {
  const { descending = false, filter } = options;
  return {
    keyOf,
    *after(key) {
      const step = descending ? -1 : 1;
      for (let index = startIndex(all, keyOf, key, descending); index >= 0 && index < all.length; index += step) {
        const row = all[index];
        if (row !== undefined && (filter === undefined || filter(row))) yield row;
      }
    },
    count: () => (filter === undefined ? all.length : all.filter(filter).length),
  };
}

function startIndex<T>(all: readonly T[], keyOf: (row: T) => number, key: number | null, descending: boolean): number {
  if (key === null) return descending ? all.length - 1 : 0;
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = all[middle];
    const isBeyond = row === undefined || (descending ? keyOf(row) >= key : keyOf(row) > key);
    if (isBeyond) high = middle;
    else low = middle + 1;
  }
  return descending ? low - 1 : low;
}
