import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/trace/index.ts';
import { CONTEXT, HOST, PROJECT_IDS, read, REGISTRY, trace, type Ran } from './trace-builder.ts';

const CLONE = `git clone https://gitlab-ci-token:\${CI_JOB_TOKEN}@\${CI_SERVER_HOST}/tools/sdk.git`;
const SENTENCE = 'Authentication by CI/CD job token not allowed from cart to sdk.';
const REFUSED = [
  "Cloning into 'sdk'...",
  `remote: ${SENTENCE}`,
  `fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
];
const TESTS_FAIL = [
  'FAILED tests/test_cart.py::test_total - assert 1 == 2',
  '=================== 1 failed, 41 passed in 2.10s ===================',
];

describe('what ended the job', () => {
  it('names the refusal of the last command', async () => {
    const found = await read(trace([{ run: 'make' }, { run: CLONE, prints: REFUSED }]));
    expect(found).toMatchObject({
      verdict: 'allowlist_denied',
      callee: 'tools/sdk',
      access: 'git',
      signature: 'job-token-not-allowed',
    });
    expect(found.line).toBe(8);
    expect(found.quote).toBe(`remote: ${SENTENCE}`);
    expect(found.others).toEqual([]);
  });

  it.each([
    [
      'swallowed by || true',
      [
        { run: `${CLONE} || true`, prints: REFUSED },
        { run: 'pytest -q', prints: TESTS_FAIL },
      ],
    ],
    [
      'with a fallback',
      [
        { run: `${CLONE} || echo none`, prints: REFUSED },
        { run: 'npm run build', prints: ['ERROR in ./src/app.ts', 'error TS2345: no'] },
      ],
    ],
    [
      'followed by failing tests of the same command',
      [{ run: 'make ci', prints: [...REFUSED, 'using the vendored copy', ...TESTS_FAIL] }],
    ],
  ])('keeps a refusal that was %s apart as not fatal', async (_, script) => {
    const found = await read(trace(script));
    expect(found).toMatchObject({ verdict: 'other', callee: null, signature: null });
    expect(found.others).toMatchObject([
      { verdict: 'allowlist_denied', callee: 'tools/sdk', access: 'git', nonFatal: true },
    ]);
  });

  it('blames a refusal whose missing file broke the next command', async () => {
    const script = [
      {
        run: 'curl -sSL -o sdk.zip -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/7/packages/generic/sdk/1/sdk.zip" -w "%{http_code}"',
        prints: ['HTTP status: 404'],
      },
      { run: 'unzip sdk.zip', prints: ['  End-of-central-directory signature not found.'] },
    ];
    expect(await read(trace(script))).toMatchObject({
      verdict: 'not_found_ambiguous',
      callee: 'tools/sdk',
      access: 'generic',
    });
  });

  it.each(['test -s sdk.zip', '[ -f ./sdk.zip ]', 'ls -l sdk.zip'])(
    'blames a refusal that a command swallowed where `%s` misses what it was to bring',
    async (look) => {
      const fetched = {
        run: 'curl -sS -o sdk.zip -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/7/packages/generic/sdk/1/sdk.zip" && unzip -q sdk.zip || cat sdk.zip',
        prints: ['{"message":"404 Project Not Found"}'],
      };
      expect(await read(trace([fetched, { run: look }]))).toMatchObject({
        verdict: 'not_found_ambiguous',
        callee: 'tools/sdk',
        access: 'generic',
      });
      expect(await read(trace([fetched, { run: look.replace('sdk.zip', 'sdk.zipped') }]))).toMatchObject({
        verdict: 'other',
      });
    },
  );

  it('reports every refusal that a job kept for its end', async () => {
    const script = [
      { run: `${CLONE} || FAILED=1`, prints: REFUSED },
      {
        run: 'curl -f -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/9/jobs/artifacts/main/download?job=b" || FAILED=1',
        prints: ['curl: (22) The requested URL returned error: 403'],
      },
      { run: 'exit ${FAILED:-0}' },
    ];
    const found = await read(trace(script));
    expect(found).toMatchObject({ verdict: 'allowlist_denied', callee: 'tools/sdk' });
    expect(found.others).toMatchObject([
      { verdict: 'not_found_ambiguous', callee: 'infra/charts', access: 'artifacts', nonFatal: false },
    ]);
  });

  it('lets after_script blame nobody', async () => {
    const text = trace([{ run: 'pytest', prints: TESTS_FAIL }], { after: [{ run: CLONE, prints: REFUSED }] });
    expect((await read(text)).verdict).toBe('other');
  });

  it('sees that sources were fetched in the end', async () => {
    const sources = [
      'Updating/initializing submodules...',
      ...REFUSED,
      "Failed to clone 'sdk'. Retry scheduled",
      "Submodule path 'sdk': checked out",
    ];
    const found = await read(trace([{ run: 'pytest', prints: TESTS_FAIL }], { sources }));
    expect(found).toMatchObject({ verdict: 'other' });
    expect(found.others).toMatchObject([{ access: 'submodule', nonFatal: true }]);
  });

  it('blames nobody where the job succeeded', async () => {
    expect((await read(trace([{ run: CLONE, prints: REFUSED }], { end: 'Job succeeded' }))).verdict).toBe('other');
  });
});

describe('where the refusal happened', () => {
  it('names a submodule that the runner fetches', async () => {
    const sources = [
      'Updating/initializing submodules...',
      ...REFUSED,
      `fatal: clone of 'https://${HOST}/tools/sdk.git' into submodule path '/builds/x/sdk' failed`,
    ];
    expect(await read(trace([], { sources }))).toMatchObject({ callee: 'tools/sdk', access: 'submodule' });
  });

  it('names the project of a job image, if it is known', async () => {
    const prepare = [
      `WARNING: Failed to pull image with policy "always": Error response from daemon: pull access denied for ${REGISTRY}/tools/sdk/base, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    ];
    const known = new Set(Object.values(PROJECT_IDS));
    const found = await read(trace([], { prepare }), { isProject: (path) => known.has(path) });
    expect(found).toMatchObject({ verdict: 'not_found_ambiguous', callee: 'tools/sdk', access: 'container-registry' });
  });

  it('names artifacts of needs:project without a project', async () => {
    const prints = [
      'ERROR: Downloading artifacts from coordinator... forbidden  host=git.corp.test id=77 responseStatus=403 Forbidden status=403 token=64_xYzab',
    ];
    expect(await read(trace([{ run: 'true', prints }]))).toMatchObject({
      verdict: 'not_found_ambiguous',
      callee: null,
      access: 'artifacts',
    });
  });

  it.each([
    ['the sentence names somebody else', 'Authentication by CI/CD job token not allowed from web to sdk.'],
    ['a linter shows it', `docs/ci.md:41:81 MD013 Line length [Context: "remote: ${SENTENCE}"]`],
    ['an assertion shows it', `E       AssertionError: assert 'remote: ${SENTENCE}' == ''`],
    ['a search shows it', `ci/known-errors.txt:3:remote: ${SENTENCE}`],
    ['a patch shows it', `+ remote: ${SENTENCE}`],
  ])('is not taken in when %s', async (_, line) => {
    expect(await read(trace([{ run: './check', prints: [line] }]))).toMatchObject({ verdict: 'other', callee: null });
  });

  it('names the repository that helm was sent to by an earlier command, if there is one only', async () => {
    const add = (name: string, id: number): Ran => ({
      run: `helm repo add ${name} $CI_API_V4_URL/projects/${id}/packages/helm/stable --username gitlab-ci-token --password $CI_JOB_TOKEN`,
      prints: [`"${name}" has been added to your repositories`],
    });
    const push = {
      run: 'helm cm-push cart-1.0.tgz charts',
      prints: [
        'Pushing cart-1.0.tgz to charts...',
        'Error: 403: could not properly parse response JSON: {"message":"403 Forbidden"}',
        'Error: plugin "cm-push" exited with error',
      ],
    };
    expect(await read(trace([add('charts', 9), push]))).toMatchObject({
      verdict: 'role_denied',
      callee: 'infra/charts',
      access: 'helm',
    });
    expect(await read(trace([add('charts', 9), add('sdk', 7), push]))).toMatchObject({ callee: null, access: 'helm' });
    expect((await read(trace([push]))).verdict).toBe('other');
  });

  it('abstains where the address is hidden in a variable', async () => {
    const run = 'curl --fail-with-body -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/$SDK_ID/releases"';
    const prints = [`{"message":"403 Forbidden - ${SENTENCE}"}`];
    expect(await read(trace([{ run, prints }]))).toMatchObject({
      verdict: 'allowlist_denied',
      callee: null,
      access: 'api',
    });
  });

  it('keeps an id that nobody can name, and says so', async () => {
    const prints = [
      '{"message":"403 Forbidden - Authentication by CI/CD job token not allowed from cart to project #4711."}',
    ];
    const found = await read(trace([{ run: './fetch', prints }]));
    expect(found).toMatchObject({ verdict: 'allowlist_denied', callee: null, calleeId: 4711 });
    expect(found.reason).toContain('4711');
  });

  it.each([
    [
      'a port',
      'https://git.corp.test:8443',
      'https://git.corp.test:8443/tools/sdk.git/',
      'allowlist_denied',
      'tools/sdk',
    ],
    [
      'a relative root',
      'https://corp.test/gitlab',
      'https://corp.test/gitlab/tools/sdk.git/',
      'allowlist_denied',
      'tools/sdk',
    ],
    [
      'the default port',
      'https://git.corp.test:443',
      'https://git.corp.test/tools/sdk.git/',
      'allowlist_denied',
      'tools/sdk',
    ],
    [
      'another port than the instance',
      'https://git.corp.test',
      'https://git.corp.test:8443/tools/sdk.git/',
      'allowlist_denied',
      null,
    ],
  ])('reads addresses with %s', async (_, gitlabUrl, url, verdict, callee) => {
    const prints = [`remote: ${SENTENCE}`, `fatal: unable to access '${url}': The requested URL returned error: 403`];
    expect(await read(trace([{ run: './fetch', prints }]), { gitlabUrl })).toMatchObject({ verdict, callee });
  });

  it.each([
    ['of git that opam ran', 'opam pin add -y sdk git+https://x', 'allowlist_denied', 'tools/sdk'],
    ['of a file that the job prints', 'cat docs/refused.sh && make', 'other', null],
  ])('reads the marked lines %s', async (_, run, verdict, callee) => {
    const prints = [
      `# remote: ${SENTENCE}`,
      `# fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
      '[ERROR] Pin of sdk failed',
    ];
    expect(await read(trace([{ run, prints }]))).toMatchObject({ verdict, callee });
  });

  it('joins what Composer breaks inside words', async () => {
    const box = (text: string): string => `  ${text.padEnd(60)}  `;
    const prints = [
      'In Git.php line 471:',
      box(''),
      box('Failed to execute git clone --mirror -- https://***@git.corp.tes'.slice(0, 60)),
      box('remote: Authentication by CI/CD job token not allowed from c'),
      box('art to sdk.'),
      box(`fatal: unable to access 'https://${HOST}/tools/sdk.git/': Th`),
      box('e requested URL returned error: 403'),
    ];
    expect(await read(trace([{ run: 'composer install', prints }]))).toMatchObject({
      verdict: 'allowlist_denied',
      callee: 'tools/sdk',
    });
  });
});

describe('forms of a trace', () => {
  const plain = trace([{ run: CLONE, prints: REFUSED }]);
  it.each([
    [
      'with timestamps',
      plain
        .split('\n')
        .map((line, at) => `2026-01-05T10:00:${String(at % 60).padStart(2, '0')}.000000Z 01O ${line}`)
        .join('\n'),
    ],
    ['with CRLF', trace([{ run: CLONE, prints: REFUSED }], { eol: '\r\n' })],
    ['behind a prefix of docker compose', trace([{ run: CLONE, prints: REFUSED.map((line) => `app-1  | ${line}`) }])],
    ['coloured', trace([{ run: CLONE, prints: REFUSED.map((line) => `\u001b[31m${line}\u001b[0m`) }])],
    ['pasted without any marks', ['$ make', `$ ${CLONE}`, ...REFUSED, 'ERROR: Job failed: exit code 128'].join('\n')],
  ])('are read alike %s', async (_, text) => {
    expect(await read(text)).toMatchObject({ verdict: 'allowlist_denied', callee: 'tools/sdk', access: 'git' });
  });

  it('hears a refusal whose line the end of the section shares', async () => {
    // curl prints GitLab's body without a newline, and the runner's mark follows it at once.
    const run = `curl -sS --fail-with-body -H "JOB-TOKEN: $CI_JOB_TOKEN" https://${HOST}/api/v4/projects/tools%2Fsdk/releases`;
    const body = `{"message":"403 Forbidden - ${SENTENCE}"}`;
    const text = trace([{ run, prints: ['curl: (22) The requested URL returned error: 403', body] }]);
    const shared = text.replace(/"\}\n(?=section_start:)/, '"}');
    expect(shared).not.toBe(text);
    const whole = await read(text);
    expect(whole).toMatchObject({ verdict: 'allowlist_denied', callee: 'tools/sdk' });
    expect(await read(shared)).toEqual(whole);
  });

  it('finds a refusal at the end of one line of megabytes', async () => {
    const text = `${'x. '.repeat(700_000)}remote: ${SENTENCE} fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`;
    expect(await read(text)).toMatchObject({ callee: 'tools/sdk', line: 1 });
  });

  it('says nothing of an empty trace', async () => {
    expect(await diagnose([], CONTEXT)).toMatchObject({ verdict: 'other', line: null, quote: null, others: [] });
  });
});

describe('whatever the bytes are', () => {
  const secret = 'glcbt-64_AbCdEfGhIjKlMnOpQrSt';
  const pieces = fc.constantFrom(
    ...REFUSED,
    `$ ${CLONE}`,
    '\u001b[32;1m$ npm ci\u001b[0;m',
    'npm error code E403',
    `npm error 403 403 Forbidden - GET https://${HOST}/api/v4/projects/7/packages/npm/x`,
    'section_start:1:step_script\r\u001b[0K',
    'section_end:1:step_script\r',
    `PRIVATE-TOKEN: ${secret}`,
    `https://gitlab-ci-token:${secret}@${HOST}/tools/sdk.git returned 403 Forbidden`,
    'remote: ',
    '\r',
    '\u0000',
    '\u{1f600}',
    '{"message":"404 Project Not Found"}',
    'E  '.repeat(400),
    '((((((',
    'a/'.repeat(900),
    `https://${HOST}/${'%2F'.repeat(300)}`,
  );
  const text = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 40 })), { maxLength: 40 })
    .map((lines) => lines.join('\n'));

  it('never throws, keeps within its bounds and lets no token through', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.uint8Array({ maxLength: 200 }), async (lines, junk) => {
        const found = await diagnose([Buffer.from(lines), junk, Buffer.from(`\n${lines}`)], {
          ...CONTEXT,
          secrets: ['swordfish'],
        });
        expect(found.confidence).toBeGreaterThanOrEqual(0);
        expect(found.confidence).toBeLessThanOrEqual(1);
        for (const quote of [found.quote, ...found.others.map((other) => other.quote)]) {
          expect(quote?.length ?? 0).toBeLessThanOrEqual(300);
          expect(quote ?? '').not.toContain(secret);
          // eslint-disable-next-line no-control-regex
          expect(quote ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
        expect(found.others.length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 150 },
    );
  });

  it('gives one answer however the bytes are split', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
        async (lines, sizes) => {
          const bytes = Buffer.from(`${lines}\n${trace([{ run: CLONE, prints: REFUSED }])}`);
          const chunks: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length]!;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(await diagnose(chunks, CONTEXT)).toEqual(await diagnose([bytes], CONTEXT));
        },
      ),
      { numRuns: 60 },
    );
  });
});
