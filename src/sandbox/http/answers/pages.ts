import type { Call } from '../env.ts';
import { invalidParameter, methodNotAllowed } from './errors.ts';
import { optionalInteger, type Params } from '../params.ts';

const DEFAULT_PER_PAGE = 20;
const MAX_PER_PAGE = 100;
/** Above this many rows GitLab leaves the totals out. */
const COUNTED_ROWS = 10_000;

interface PageRequest {
  readonly page: number;
  readonly perPage: number;
}

/** `page` and `per_page`, checked as GitLab checks them: `per_page` above 100 is cut to 100, not refused. */
export function pageRequest(params: Params): PageRequest {
  const page = optionalInteger(params, 'page') ?? 1;
  const perPage = optionalInteger(params, 'per_page') ?? DEFAULT_PER_PAGE;
  if (perPage === 0) throw invalidParameter('per_page has a value not allowed');
  if (perPage < 0) throw invalidParameter('per_page does not have a valid value');
  return { page: Math.max(1, page), perPage: Math.min(perPage, MAX_PER_PAGE) };
}

/** What an offset page is taken from: `total` null where GitLab does not count either. */
export interface Countable<T> {
  readonly total: number | null;
  slice(start: number, end: number): readonly T[];
}

/** Rows made while they are read; GitLab pages such lists without a count. */
export function uncounted<T>(rows: Iterable<T>): Countable<T> {
  return {
    total: null,
    slice(start, end) {
      const page: T[] = [];
      let index = 0;
      for (const row of rows) {
        if (index >= end) break;
        if (index >= start) page.push(row);
        index += 1;
      }
      return page;
    },
  };
}

/** An array, counted up to the number where GitLab stops counting. */
export function counted<T>(rows: readonly T[]): Countable<T> {
  return { total: rows.length, slice: (start, end) => rows.slice(start, end) };
}

/** One offset page with its headers (`X-Page` … and `Link`), for any list. */
export function offsetPage<T>(call: Call, params: Params, rows: Countable<T>, maxOffset?: MaxOffset): readonly T[] {
  const { page, perPage } = pageRequest(params);
  const start = (page - 1) * perPage;
  if (maxOffset !== undefined && start > maxOffset.rows) {
    throw methodNotAllowed(
      `Offset pagination has a maximum allowed offset of ${maxOffset.rows} for requests that return objects of type ` +
        `${maxOffset.type}. Remaining records can be retrieved using keyset pagination.`,
    );
  }
  const found = rows.slice(start, start + perPage + 1);
  const hasNext = found.length > perPage;
  const total = rows.total !== null && rows.total <= COUNTED_ROWS ? rows.total : null;
  const lastPage = total === null ? null : Math.max(1, Math.ceil(total / perPage));
  call.header('X-Per-Page', String(perPage));
  call.header('X-Page', String(page));
  call.header('X-Next-Page', hasNext ? String(page + 1) : '');
  call.header('X-Prev-Page', page > 1 ? String(page - 1) : '');
  if (total !== null && lastPage !== null) {
    call.header('X-Total', String(total));
    call.header('X-Total-Pages', String(lastPage));
  }
  const links: [string, number][] = [];
  if (page > 1) links.push(['prev', page - 1]);
  if (hasNext) links.push(['next', page + 1]);
  links.push(['first', 1]);
  if (lastPage !== null) links.push(['last', lastPage]);
  call.header(
    'Link',
    links.map(([rel, number]) => link(call, rel, { page: String(number), per_page: String(perPage) })).join(', '),
  );
  return found.slice(0, perPage);
}

/** The offset beyond which GitLab answers 405 and points to keyset paging. */
export interface MaxOffset {
  readonly rows: number;
  readonly type: string;
}

/** Sets the `Link` header of a keyset page: only `next`, and only where there is more. */
export function keysetLink(call: Call, next: Readonly<Record<string, string>> | null): void {
  if (next !== null) call.header('Link', link(call, 'next', next));
}

function link(call: Call, rel: string, changes: Readonly<Record<string, string>>): string {
  const url = new URL(call.req.url);
  // A token in the query must not come back in a header that clients log.
  url.searchParams.delete('private_token');
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return `<${url.href}>; rel="${rel}"`;
}

/** Keyset cursor of GitLab's form: base64 of JSON with the last row's id. */
export function encodeCursor(id: number): string {
  return Buffer.from(JSON.stringify({ id: String(id), _kd: 'n' })).toString('base64url');
}

/** The id in a cursor, or null where we did not make it. */
export function decodeCursor(cursor: string): number | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const id = typeof value === 'object' && value !== null && 'id' in value ? Number(value.id) : Number.NaN;
    return Number.isSafeInteger(id) ? id : null;
  } catch {
    return null;
  }
}
