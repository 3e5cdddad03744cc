import { describe, expect, it } from 'vitest';
import { PageSizer } from '../../../../src/adapters/gitlab/http/page-size.ts';

/** GitLab's own sum for a page of n nodes that cost `inside` each. */
const score = (inside: number, n: number): number => Math.floor((inside + 1) * (1 + n / 100));

describe('PageSizer', () => {
  it('finds the largest page that fits the complexity limit', () => {
    const sizer = new PageSizer(100);
    expect(sizer.fit({ score: score(180, 100), limit: 250 })).toBe(true);
    expect(score(180, sizer.size)).toBeLessThanOrEqual(250);
    expect(score(180, sizer.size + 10)).toBeGreaterThan(250);
    sizer.succeeded({ score: score(180, sizer.size), limit: 250 });
    expect(score(180, sizer.size)).toBeLessThanOrEqual(250);
  });

  it('reaches a page of one within a few failures and grows back slowly', () => {
    const sizer = new PageSizer(100);
    const sizes = Array.from({ length: 5 }, () => (sizer.shrink(), sizer.size));
    expect(sizes).toEqual([50, 12, 3, 1, 1]);
    const grown = Array.from({ length: 12 }, () => (sizer.succeeded(null), sizer.size));
    expect(grown).toEqual([2, 3, 5, 8, 12, 18, 27, 41, 62, 81, 90, 95]);
  });

  it('tries a size that was too large only now and then, as each try may cost half a minute', () => {
    const sizer = new PageSizer(100);
    let [projects, failures] = [0, 0];
    for (let request = 0; request < 300; request += 1) {
      if (sizer.size > 26) {
        sizer.shrink();
        failures += 1;
      } else {
        projects += sizer.size;
        sizer.succeeded(null);
      }
    }
    expect(failures).toBeLessThan(15);
    expect(projects / 300).toBeGreaterThan(24);
  });

  it('gives up on cost when one project alone is too much', () => {
    const sizer = new PageSizer(1);
    expect(sizer.fit({ score: 900, limit: 250 })).toBe(false);
  });

  it('always makes a smaller page after a refusal, whatever the numbers say', () => {
    const sizer = new PageSizer(100);
    expect(sizer.fit({ score: 10, limit: 250 })).toBe(true);
    expect(sizer.size).toBe(99);
  });
});
