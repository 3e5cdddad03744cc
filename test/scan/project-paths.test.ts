import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/scan/reach/findings.ts';
import { Instance } from '../../src/scan/reach/instance.ts';
import { TOKEN, unknown } from '../../src/scan/marks.ts';

const CONTEXT = {
  projectIds: { '7': 'lib/core' },
  groups: {},
  variables: { CI_REGISTRY: 'registry.example.com' },
  included: {},
};
const AT = { file: '.gitlab-ci.yml', line: 1 };
const found = (): Findings => new Findings(new Instance('https://gitlab.example.com', 'shop/web/cart', CONTEXT));

/** Every way in which an address becomes an edge, for one written path. */
function reported(path: string): Findings {
  const findings = found();
  const { instance } = findings;
  findings.repository(`https://x:${TOKEN}@gitlab.example.com/${path}.git`, { at: AT });
  findings.repository(`https://x:${TOKEN}@gitlab.example.com/${path}`, { at: AT, access: 'submodule' });
  findings.api(`https://gitlab.example.com/api/v4/projects/${encodeURIComponent(path)}/releases`, { at: AT });
  findings.api(`https://gitlab.example.com/api/v4/projects/${path}/packages/generic/a/1/a`, { at: AT });
  findings.image(`registry.example.com/${path}:1`, { at: AT });
  findings.callee(instance.project(path), 'needs-project', [], { at: AT }, path);
  findings.callee({ kind: 'project', path, likely: false }, 'unknown', [], { at: AT }, path);
  return findings;
}

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/u);
const odd = fc.constantFrom(
  '{',
  '}',
  ':',
  '@',
  '%',
  '$',
  ' ',
  '\n',
  '\t',
  '*',
  '(',
  ')',
  ',',
  ';',
  '"',
  "'",
  '`',
  '\\',
  '|',
  '<',
  '&',
  '~',
  '^',
  '[',
  'é',
  TOKEN,
);

describe('what is reported as a project', () => {
  it('holds nothing that GitLab takes in no path', () => {
    const part = fc.tuple(word, odd, word).map(([before, mark, after]) => before + mark + after);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), part, fc.nat(3), (words, bad, at) => {
        const parts = [...words];
        parts.splice(at % (words.length + 1), 0, bad);
        for (const { callee } of reported(parts.join('/')).result().edges)
          expect(callee).toMatch(/^[\w.][\w.-]*(?:\/[\w.][\w.-]*)+$/u);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    'lib/.',
    'lib/..',
    './lib',
    'lib/./core',
    '../lib',
    'lib',
    '',
    '/',
    'lib/core.git/x',
    'lib/{a,b}',
    'lib/%7Bid%7D',
    ':id/x',
    'lib/a b',
  ])('never names %j', (path) => {
    const { edges } = reported(path).result();
    expect(edges.filter(({ callee }) => !/^lib\/(?:core)$/u.test(callee))).toEqual([]);
  });

  it('keeps what is not known at any place of a path', () => {
    fc.assert(
      fc.property(word, word, fc.nat(2), fc.constantFrom('', '-', '/', '.'), (group, name, place, glue) => {
        const hole = unknown('X');
        const path = [
          `${hole}${glue}${group}/${name}`,
          `${group}/${hole}${glue}${name}`,
          `${group}/${name}${glue}${hole}`,
        ][place];
        const findings = found();
        findings.repository(`https://x:${TOKEN}@gitlab.example.com/${path ?? ''}`, { at: AT });
        findings.api(
          `https://gitlab.example.com/api/v4/projects/${encodeURIComponent(group)}%2F${name}${hole}/releases`,
          { at: AT },
        );
        const { edges, unresolved } = findings.result();
        expect(edges).toEqual([]);
        expect(unresolved.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('names a path as it was written and decodes it once', () => {
    const findings = found();
    findings.api('https://gitlab.example.com/api/v4/projects/%6c%69%62%2Fone%2Dtwo/releases', { at: AT });
    findings.api('https://gitlab.example.com/api/v4/projects/lib%252Ftwice/releases', { at: AT });
    const { edges, unresolved } = findings.result();
    expect(edges.map(({ callee }) => callee)).toEqual(['lib/one-two']);
    expect(unresolved).toHaveLength(1);
  });

  it('says that an address over two lines names nothing', () => {
    const findings = found();
    findings.api('https://gitlab.example.com/api/v4/projects/lib%2Fa\nlib%2Fb/releases', { at: AT });
    expect(findings.result().edges).toEqual([]);
    expect(findings.result().unresolved).toHaveLength(1);
  });
});
