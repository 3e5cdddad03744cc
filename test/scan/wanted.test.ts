import { describe, expect, it } from 'vitest';
import type { ScanContext, ScanResult, Wanted } from '../../src/scan/index.ts';
import { scan } from '../../src/scan/index.ts';
import { CLONE, edgesOf, scanFiles } from './helpers.ts';

const REPOSITORY: Readonly<Record<string, string>> = {
  '.gitlab-ci.yml': [
    'include:',
    '  - local: ci/*.yml',
    '  - { project: platform/ci, ref: v2, file: /jobs.yml }',
    '  - component: $CI_SERVER_FQDN/platform/parts/fetch@1',
    '  - remote: https://ci.example.org/extra.yml',
    '  - remote: https://gitlab.example.com/platform/ci/-/raw/main/raw.yml',
  ].join('\n'),
  'ci/build.yml': 'build: { script: [./scripts/build.sh] }',
  'scripts/build.sh': '. scripts/lib.sh\nfetch lib/core',
  'scripts/lib.sh': `fetch() { ${CLONE}$1.git; }`,
  'README.md': 'never asked for',
};
const OTHERS: Readonly<Record<string, string>> = {
  'platform/ci:/jobs.yml@v2': `jobs: { script: ['${CLONE}lib/jobs.git'] }`,
  'platform/parts:/templates/fetch/template.yml@1': `part: { script: ['${CLONE}lib/part.git'] }`,
  'platform/ci:/raw.yml@main': `raw: { script: ['${CLONE}lib/raw.git'] }`,
  'https://ci.example.org/extra.yml': `extra: { script: ['${CLONE}lib/extra.git'] }`,
};

/** Reads only what the scan asks for, as somebody does for whom every file is a request. */
function stepByStep(): { readonly result: ScanResult; readonly asked: readonly string[] } {
  const files = new Map<string, string>();
  const included: Record<string, string> = {};
  const asked = new Set<string>();
  for (;;) {
    const others = new Set(Object.keys(REPOSITORY).filter((path) => !files.has(path)));
    const context: Partial<ScanContext> = { included };
    const result = scan({ caller: 'shop/web/cart', gitlabUrl: 'https://gitlab.example.com', files, others, context });
    const fresh = result.wanted.filter((wanted) => !asked.has(nameOf(wanted)));
    if (fresh.length === 0) return { result, asked: [...asked] };
    for (const wanted of fresh) {
      const name = nameOf(wanted);
      asked.add(name);
      const text = wanted.kind === 'file' ? REPOSITORY[name] : OTHERS[name];
      if (text === undefined) continue;
      if (wanted.kind === 'file') files.set(name, text);
      else included[name] = text;
    }
  }
}

const nameOf = (wanted: Wanted): string =>
  wanted.kind === 'file' ? wanted.path : wanted.kind === 'included' ? wanted.key : wanted.url;

describe('texts given step by step', () => {
  it('asks for what the jobs use and for nothing else', () => {
    const { result, asked } = stepByStep();
    expect(edgesOf(result)).toEqual(['core', 'extra', 'jobs', 'part', 'raw'].map((name) => `lib/${name} git`));
    expect(asked).not.toContain('README.md');
    expect(result.wanted).toEqual([]);
    expect(result.unresolved).toEqual([]);
  });

  it('says which project, file and ref an included configuration is', () => {
    const { wanted } = scanFiles({
      '.gitlab-ci.yml': `include: { project: platform/ci, ref: v2, file: [a.yml, /b.yml] }`,
    });
    expect(wanted).toEqual([
      { kind: 'included', key: 'platform/ci:/a.yml@v2', project: 'platform/ci', path: 'a.yml', ref: 'v2' },
      { kind: 'included', key: 'platform/ci:/b.yml@v2', project: 'platform/ci', path: 'b.yml', ref: 'v2' },
    ]);
  });

  it.each([
    ['ci/main.yml', { kind: 'file', path: 'ci/main.yml' }],
    ['main.yml@platform/ci', { kind: 'included', key: 'platform/ci:/main.yml', ref: null }],
    ['main.yml@platform/ci:stable', { kind: 'included', key: 'platform/ci:/main.yml@stable', ref: 'stable' }],
    ['https://ci.example.org/main.yml', { kind: 'remote', url: 'https://ci.example.org/main.yml' }],
  ])('starts at the file the project is set to: %s', (setting, wanted) => {
    expect(scanFiles({}, { variables: { CI_CONFIG_PATH: setting } }).wanted).toMatchObject([wanted]);
  });
});
