import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundOf } from '../../../src/domain/compaction/bound.ts';
import { leastCover } from '../../../src/domain/compaction/cover.ts';
import { layOut, type Cover, type Line } from '../../../src/domain/compaction/line.ts';
import { callerTree, pathOf, type GroupNode } from '../../../src/domain/compaction/tree.ts';
import { weigher } from '../../../src/domain/compaction/weight.ts';

const treeOf = (callers: readonly string[], projects: readonly string[]) =>
  callerTree({ callers, projects, existing: [], userNamespaces: [] });

const names = (cover: Cover | null) => cover && { callers: cover.callers, groups: cover.groups.map(pathOf) };

describe('the line', () => {
  it('puts each group into a run of neighbours and leaves out groups that their subgroup stands for', () => {
    const { segments, spans } = layOut(treeOf(['a/x/1', 'a/x/2', 'a/0', 'b/y/z/1', 'a/w/3'], []).roots);
    expect(segments.map(({ callers }) => callers)).toEqual([['a/0'], ['a/w/3'], ['a/x/1', 'a/x/2'], ['b/y/z/1']]);
    expect(spans.map(({ start, end, group }) => [start, end, pathOf(group)])).toEqual([
      [1, 2, 'a/w'],
      [2, 3, 'a/x'],
      [0, 3, 'a'],
      [3, 4, 'b/y/z'],
    ]);
  });
});

describe('the bound', () => {
  /** Middling organisations: up to 60 callers in three levels, too many for brute force, few enough for the full table. */
  const organisation = fc.uniqueArray(
    fc
      .tuple(fc.nat(2), fc.nat(3), fc.nat(4), fc.nat(6))
      .map(([root, group, sub, name]) => `r${root}/g${group}/s${sub}/p${name}`),
    { minLength: 20, maxLength: 120 },
  );

  it('skips states and never the optimum: same cover as the whole table', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        organisation,
        fc.integer({ min: 3, max: 12 }),
        fc.integer({ min: 3, max: 12 }),
        (paths, groups, projects) => {
          const tree = treeOf(
            paths.filter((_, n) => n % 2 === 0),
            paths,
          );
          const line = layOut(tree.roots);
          const weigh = weigher(line, line.segments.length);
          const columns = projects + 1;
          const relaxed = (price: number) =>
            leastCover(line, { rows: 1, columns, group: { rows: 0, columns: 0 } }, (group) => weigh(group) + price);
          const many = relaxed(0);
          if (!many || many.groups.length <= groups) return;
          compared += 1;
          const few: Cover = { callers: [], groups: [...tree.roots.values()] };
          const bound = boundOf(line, { columns, maxGroups: groups }, weigh, relaxed, { many, few });
          const budget = { rows: groups + 1, columns, group: { rows: 1, columns: 0 } };
          expect(names(leastCover(line, budget, weigh, bound))).toEqual(names(leastCover(line, budget, weigh)));
        },
      ),
      { numRuns: 150, seed: 11 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

describe('the weight', () => {
  const group = (widening: number, uncovered: number): GroupNode => ({
    name: 'g',
    parent: null,
    depth: 1,
    children: new Map(),
    direct: [],
    uncovered,
    admits: widening + uncovered,
    observed: uncovered,
    widening,
    forbidden: false,
  });

  it('drops tie-breaks rather than the optimum when numbers would be rounded', () => {
    const near: Line = {
      segments: [{ callers: ['a', 'b'] }, { callers: ['c', 'd'] }],
      spans: [
        { start: 0, end: 1, group: group(2 ** 50 + 1, 2) },
        { start: 1, end: 2, group: group(2 ** 50, 2) },
      ],
    };
    const weigh = weigher(near, 2);
    const [wide, narrow] = near.spans.map((span) => weigh(span.group));
    expect(wide).toBeGreaterThan(narrow!);
    const cover = leastCover(near, { rows: 1, columns: 4, group: { rows: 0, columns: 1 } }, weigh);
    expect(cover?.callers).toEqual(['a', 'b']);
  });
});

describe('a place with more groups than a byte can name', () => {
  it('still finds its way back', () => {
    const deep = Array.from({ length: 300 }, (_, n) => `g${n}`);
    // Every group holds the deepest caller and one caller in a later sibling, so 300 spans start at the first place.
    const callers = deep.map((_, n) => `${deep.slice(0, n + 1).join('/')}/z/p`);
    const line = layOut(treeOf(callers, []).roots);
    const weigh = weigher(line, 1);
    const cover = leastCover(line, { rows: 1, columns: 2, group: { rows: 0, columns: 1 } }, weigh);
    expect(names(cover)).toEqual({ callers: [], groups: ['g0'] });
  });
});
