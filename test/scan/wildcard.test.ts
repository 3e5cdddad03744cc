import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { matchingPaths, type Dialect } from '../../src/scan/wildcard.ts';
import { stopwatch } from '../processor-time.ts';

const matches = (pattern: string, path: string, dialect: Dialect): boolean =>
  matchingPaths([path], pattern, dialect, { steps: 1_000_000 }).length > 0;

describe('patterns for paths', () => {
  // GitLab turns the path of an include into a regular expression: `**` is `.*?`, `*` is `[^/]*?`, the rest is escaped.
  it.each([
    ['ci/*.yml', 'ci/a.yml', true],
    ['ci/*.yml', 'ci/deep/a.yml', false],
    ['ci/**.yml', 'ci/a.yml', true],
    ['ci/**.yml', 'ci/deep/er/a.yml', true],
    ['ci/**/*.yml', 'ci/deep/a.yml', true],
    ['ci/**/*.yml', 'ci/a.yml', false],
    ['**/ci.yml', 'libs/core/ci.yml', true],
    ['ci/*.yml', 'ci/.hidden.yml', true],
    ['ci/[ab]*.yml', 'ci/a.yml', false],
    ['ci/[ab]*.yml', 'ci/[ab]x.yml', true],
  ])('include %s: %s is %s', (pattern, path, expected) => {
    expect(matches(pattern, path, 'include')).toBe(expected);
  });

  it.each([
    ['**/pom.xml', 'pom.xml', true],
    ['**/pom.xml', 'a/b/pom.xml', true],
    ['a/**/pom.xml', 'a/pom.xml', true],
    ['a/**/pom.xml', 'apom.xml', false],
    ['a/**', 'a/b/c', true],
    ['Dockerfile{,.prod}', 'Dockerfile', true],
    ['Dockerfile{,.prod}', 'Dockerfile.prod', true],
    ['{a,b{c,d}}.txt', 'bd.txt', true],
    ['v[0-9].?', 'v1.x', true],
    ['v[!0-9].?', 'v1.x', false],
    ['v[', 'v[', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['**/*', '.env', true],
  ])('exists %s: %s is %s', (pattern, path, expected) => {
    expect(matches(pattern, path, 'exists')).toBe(expected);
  });

  it.each([
    ['*.sh', '.hidden.sh', false],
    ['.*.sh', '.hidden.sh', true],
    ['a/*', 'a/.b', false],
    ['a/?b', 'a/.b', false],
    ['ci/*/run.sh', 'ci/x/run.sh', true],
  ])('shell %s: %s is %s', (pattern, path, expected) => {
    expect(matches(pattern, path, 'shell')).toBe(expected);
  });

  it('agrees with the library for the patterns that both know', () => {
    const name = fc.stringMatching(/^[ab*]{1,4}$/u).filter((part) => !part.includes('**'));
    const pattern = fc.array(fc.oneof(name, fc.constant('**')), { minLength: 1, maxLength: 4 });
    const path = fc.array(fc.stringMatching(/^[ab]{1,4}$/u), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(pattern, path, (parts, names) => {
        // At an end `**` asks the library for a folder of its own, and here for anything below.
        fc.pre(parts.at(-1) !== '**');
        const [one, other] = [parts.join('/'), names.join('/')];
        expect(matches(one, other, 'exists')).toBe(picomatch.isMatch(other, one, { dot: true }));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, number, Dialect]>([
    ['*a', 200, 'include'],
    ['*/**/', 60, 'exists'],
    ['{a,b}', 60, 'exists'],
    ['a*?[ab]', 60, 'shell'],
  ])('ends soon with %s written %i times', (part, times, dialect) => {
    const pattern = `${part.repeat(times)}x.yml`;
    const paths = Array.from({ length: 2_000 }, (_, n) => `${'a'.repeat(200)}/${'a/'.repeat(30)}${n}b.yml`);
    const budget = { steps: 20_000_000 };
    const elapsed = stopwatch();
    matchingPaths(paths, pattern, dialect, budget);
    expect(elapsed()).toBeLessThan(15_000);
  });
});
