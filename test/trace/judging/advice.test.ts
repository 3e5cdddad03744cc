import { describe, expect, it } from 'vitest';
import { adviceFor, type Diagnosis } from '../../../src/trace/index.ts';
import { HOST, read, trace } from '../trace-builder.ts';

const CALLER = 'shop/cart';
const URL_OF = `https://${HOST}`;
const CLONE = `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`;
const api = (message: string): readonly string[] => [`{"message":"${message}"}`];
const get = (path: string): string => `curl --fail-with-body -H "JOB-TOKEN: $CI_JOB_TOKEN" "${URL_OF}/api/v4/${path}"`;

async function adviceOn(run: string, prints: readonly string[]) {
  const diagnosis = await read(trace([{ run, prints }]));
  const advice = adviceFor(diagnosis, CALLER, URL_OF);
  return { diagnosis, advice, all: [advice.missing, advice.confirm, ...advice.steps, advice.ask].join('\n') };
}

const DENIED = [
  'remote: Authentication by CI/CD job token not allowed from cart to sdk.',
  `fatal: unable to access '${URL_OF}/tools/sdk.git/': The requested URL returned error: 403`,
];

describe('what a person with a broken job is told', () => {
  it('names the missing entry, who has to confirm it, and where to add it', async () => {
    const { advice, all } = await adviceOn(CLONE, DENIED);
    expect(advice.missing).toContain('tools/sdk does not let jobs of shop/cart in');
    expect(advice.confirm).toContain('owners of tools/sdk confirm');
    expect(all).toContain(`${URL_OF}/tools/sdk/-/settings/ci_cd`);
    expect(all).toContain('add the project shop/cart, not a group above it');
    expect(advice.ask).toContain(`${URL_OF}/tools/sdk/-/project_members`);
    expect(advice.commands).toContain('tidegate edges approve shop/cart tools/sdk --reason "WHY IT IS MEANT"');
    expect(advice.disproof.length).toBeGreaterThan(1);
  });

  it.each([
    ['git', CLONE, DENIED, 'Leave the default permissions: git has no fine-grained permission'],
    [
      'a package',
      get('projects/7/packages/generic/a/1/a.bin'),
      api('403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk.'),
      'tick READ_PACKAGES alone, or ADMIN_PACKAGES if the job uploads',
    ],
    [
      'artifacts',
      get('projects/7/jobs/artifacts/main/download?job=a'),
      api('403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk.'),
      'tick READ_JOBS alone.',
    ],
  ])('asks for the least that %s needs', async (_, run, prints, words) => {
    expect((await adviceOn(run, prints)).all).toContain(words);
  });

  it('names the permissions that GitLab asked for', async () => {
    const { diagnosis, advice, all } = await adviceOn(
      get('projects/7/jobs/artifacts/main/download?job=a'),
      api(
        '403 Forbidden - Insufficient permissions to access this resource in project tools/sdk. The following token permissions are required: read_jobs and read_packages.',
      ),
    );
    expect(diagnosis.permissions).toEqual(['READ_JOBS', 'READ_PACKAGES']);
    expect(advice.missing).toContain('does not grant READ_JOBS and READ_PACKAGES');
    expect(all).toContain('tick READ_JOBS and READ_PACKAGES');
    expect(advice.commands.join('\n')).toContain('--permissions READ_JOBS,READ_PACKAGES');
  });

  it.each([
    ['a role', CLONE, ['remote: You are not allowed to download code from this project.', DENIED[1] ?? '']],
    [
      'a token',
      CLONE,
      ['remote: HTTP Basic: Access denied', `fatal: Authentication failed for '${URL_OF}/tools/sdk.git/'`],
    ],
    ['no refusal at all', 'make test', ['3 tests failed']],
  ])('never speaks of adding an entry where it is about %s', async (_, run, prints) => {
    const { advice } = await adviceOn(run, prints);
    expect(advice.confirm).toBeNull();
    expect(advice.commands).toEqual([]);
  });

  it('has the causes of an unclear refusal looked at before an entry is added', async () => {
    const { advice } = await adviceOn(CLONE, [
      "remote: The project you were looking for could not be found or you don't have permission to view it.",
      `fatal: repository '${URL_OF}/tools/sdk.git/' not found`,
    ]);
    expect(advice.heading).toBe('Find out which, in this order');
    expect(advice.steps.at(-1)).toContain('If the entry is missing and the access is intended');
  });

  it('shows how to find a project that the trace gives by its id alone', async () => {
    const { all } = await adviceOn(
      get('projects/4711/releases'),
      api('403 Forbidden - Authentication by CI/CD job token not allowed from cart to project #4711.'),
    );
    expect(all).toContain(`Find out which project 4711 is: ${URL_OF}/projects/4711`);
  });

  it('gives no command that a shell would read as more than words', () => {
    const hostile: Diagnosis = {
      verdict: 'allowlist_denied',
      callee: 'tools/$(reboot)',
      calleeId: null,
      access: 'git',
      signature: 'job-token-not-allowed',
      line: 1,
      quote: '',
      confidence: 0.9,
      reason: '',
      permissions: [],
      others: [],
    };
    expect(adviceFor(hostile, CALLER, URL_OF).commands).toEqual([]);
  });
});
