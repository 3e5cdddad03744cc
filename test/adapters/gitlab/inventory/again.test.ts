import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bundle, joinPages } from '../../../../src/adapters/gitlab/inventory/again.ts';
import { WARY } from '../../../../src/adapters/gitlab/http/page-size.ts';
import { longestPauseMs } from '../../../../src/adapters/gitlab/inventory/cron.ts';
import { ProjectNode } from '../../../../src/adapters/gitlab/graphql/schema.ts';
import { projectNode } from '../stub.ts';

/** A list of projects by falling id, as GitLab pages it: a cursor is the last id of a page, whether it still exists or not. */
const page = (ids: readonly number[], after: string | null, size: number) => {
  const rest = after === null ? ids : ids.filter((id) => id < Number(after));
  const nodes = rest.slice(0, size).map((id) => ProjectNode.parse(projectNode(id, `acme/p${id}`)));
  const last = rest[size - 1];
  return { nodes, pageInfo: { hasNextPage: rest.length > size, endCursor: last === undefined ? null : `${last}` } };
};

const SIZE = 4;

/** Reads a list as a second inventory does, several pages at once where the first one left its ends. */
function readAgain(ids: readonly number[], ends: readonly string[], together: number) {
  const found: number[] = [];
  let requests = 0;
  let ahead = [...ends];
  for (let after: string | null = null; ;) {
    const starts: (string | null)[] = [after, ...ahead.slice(0, together - 1)];
    const {
      nodes,
      ends: reached,
      used,
    } = joinPages(
      starts.map((start) => page(ids, start, SIZE)),
      starts,
      'test',
    );
    requests += 1;
    found.push(...nodes.map(({ node }) => node.id));
    const next = reached.at(-1) ?? null;
    ahead = ahead.slice(used + (next !== null && next === ahead[used] ? 1 : 0));
    if (next === null) return { found, requests };
    after = next;
  }
}

const endsOf = (ids: readonly number[]): readonly string[] =>
  ids.filter((_, index) => (index + 1) % SIZE === 0 && index + 1 < ids.length).map(String);

const falling = (ids: ReadonlySet<number>): readonly number[] => [...ids].sort((a, b) => b - a);

describe('several pages at once', () => {
  it('bring every project, whatever came and went since the ends of pages were noted', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { maxLength: 60 });
    fc.assert(
      fc.property(ids, ids, ids, fc.integer({ min: 1, max: 4 }), (before, added, gone, together) => {
        const now = new Set([...before, ...added].filter((id) => !gone.includes(id)));
        const { found } = readAgain(falling(now), endsOf(falling(new Set(before))), together);
        expect(new Set(found)).toEqual(now);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leave no gap behind a page that lies before the one in front of it', () => {
    const before = new Set([29, 28, 27, 26, 5, 4, 3, 2, 1]);
    const now = falling(new Set([34, 33, 32, 31, 30, 29, 28, 27, 6, 5, 4, 3, 2, 1]));
    expect(readAgain(now, endsOf(falling(before)), 3).found).toEqual(now);
  });

  it('take half the requests where nothing changed', () => {
    const ids = falling(new Set(Array.from({ length: 80 }, (_, n) => n + 1)));
    expect(readAgain(ids, [], 1).requests).toBe(20);
    expect(readAgain(ids, endsOf(ids), 2).requests).toBe(10);
  });

  it('are as many as the complexity limit allows, and one after a timeout', () => {
    const bundle = new Bundle();
    const none = { entries: 0, log: 0 };
    bundle.succeeded(2, { score: 150, limit: 250 }, none);
    expect(bundle.pages).toBe(3);
    bundle.fit({ score: 300, limit: 250 }, 3);
    expect(bundle.pages).toBe(2);
    bundle.shrink();
    expect(bundle.pages).toBe(1);
    for (let request = 1; request < WARY; request += 1) bundle.succeeded(1, { score: 75, limit: 250 }, none);
    expect(bundle.pages).toBe(1);
    bundle.succeeded(1, { score: 75, limit: 250 }, none);
    expect(bundle.pages).toBe(3);
  });

  it.each([
    ['costs too much', (bundle: Bundle) => bundle.fit({ score: 300, limit: 250 }, 1)],
    ['is not answered in time', (bundle: Bundle) => bundle.shrink()],
  ])('give way to pages of a fitted size for a while where one alone %s', (_, refuse) => {
    const bundle = new Bundle();
    bundle.shrink();
    expect(bundle.next()).toBe(true);
    refuse(bundle);
    const asked = Array.from({ length: WARY + 1 }, () => bundle.next());
    expect(asked.indexOf(true)).toBe(WARY);
  });

  it('do not go back where the place of one lies before the page in front of it', () => {
    const ids = falling(new Set(Array.from({ length: 12 }, (_, n) => n + 1)));
    const starts = ['8', '10'];
    const lists = starts.map((start) => page(ids, start, SIZE));
    const { nodes, ends, used } = joinPages([...lists, page(ids, '4', SIZE)], [...starts, '4'], 'test');
    expect(nodes.map(({ node }) => node.id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect({ ends, used }).toEqual({ ends: ['4', null], used: 2 });
  });
});

describe('the longest pause of a cron line', () => {
  const HOUR = 3_600_000;
  it.each([
    ['0 3 * * *', 24],
    ['0 3 * * 1', 7 * 24],
    ['0 0 1 * *', 31 * 24],
    ['15 4 1 */3 *', 92 * 24],
    ['*/30 * * * *', 0.5],
    ['no cron', 366 * 24],
  ])('%s', (line, hours) => {
    expect(longestPauseMs(line)).toBe(hours * HOUR);
  });
});
