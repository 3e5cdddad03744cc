import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLEES, LEVELS, organisationOf } from '../world/access-cases.ts';
import { answerOf, type Answer, type Case } from '../world/access-oracle.ts';
import { StandIn, type Reply } from './stand-in.ts';

/** One way to use a token: how it is asked for, and what the answer says when GitLab's rule has let it in. */
interface Door {
  readonly ask: (gitlab: StandIn, id: number, token: string) => Promise<Reply>;
  readonly admitted: (reply: Reply) => boolean;
  /** GitLab's text in a refusing answer. */
  readonly text: (reply: Reply) => unknown;
}

const message = ({ body }: Reply): unknown => body?.message;
const basic = (token: string): string => `Basic ${Buffer.from(`gitlab-ci-token:${token}`).toString('base64')}`;
const pathOf = (id: number): string => `/callees/g${String(id - 1000)}/core.git`;
const get = (path: string, admitted: Door['admitted']): Door => ({
  ask: (gitlab, id, token) =>
    gitlab.rest('GET', `/projects/${String(id)}${path}`, { token: null, headers: { 'JOB-TOKEN': token } }),
  admitted,
  text: message,
});
const git = (service: string): Door => ({
  ask: (gitlab, id, token) =>
    gitlab.call('GET', `${pathOf(id)}/info/refs?service=${service}`, {
      token: null,
      headers: { Authorization: basic(token) },
    }),
  admitted: ({ status }) => status === 200,
  text: ({ text }) => text,
});
const missing =
  (words: string): Door['admitted'] =>
  (reply) =>
    reply.status === 404 && message(reply) === words;
const found: Door['admitted'] = ({ status }) => status === 200;

/** Each door stands for its kind of access in the fact sheet's table of refusals (section i). */
const DOORS: Readonly<Record<string, Door>> = {
  git: git('git-upload-pack'),
  'git-push': git('git-receive-pack'),
  lfs: {
    ask: (gitlab, id, token) =>
      gitlab.call('POST', `${pathOf(id)}/info/lfs/objects/batch`, {
        token: null,
        headers: { Authorization: basic(token) },
        json: { operation: 'download', objects: [] },
      }),
    admitted: found,
    text: message,
  },
  api: get('/repository/files/README.md/raw', found),
  release: get('/releases', found),
  deployments: get('/deployments', found),
  'secure-files': get('/secure_files', found),
  'terraform-state': get('/terraform/state/production', ({ status, text }) => status === 404 && text === ''),
  artifacts: get('/jobs/artifacts/main/download?job=build', missing('404 Not Found')),
  generic: get('/packages/generic/tool/1.0/tool.txt', missing('404 Not found')),
  npm: get('/packages/npm/@acme%2Fcore', missing('404 Packages Not Found')),
  pypi: get('/packages/pypi/simple/core', missing('404 Package Not Found')),
  'trigger-api': {
    ask: (gitlab, id, token) =>
      gitlab.rest('POST', `/projects/${String(id)}/trigger/pipeline`, { token: null, json: { token, ref: 'main' } }),
    // The callees of the table have no jobs, so that is as far as a pipeline gets.
    admitted: ({ text }) => text.includes('prevented any jobs from being added'),
    text: ({ body }): unknown => body?.message?.base?.[0] ?? body?.message,
  },
};

/** Cases of the whole table: of each kind and each way to answer a handful, taken from all over it. */
function sampleOf(version: string, access: string, perAnswer: number): readonly { one: Case; id: number }[] {
  const byAnswer = new Map<string, { one: Case; id: number }[]>();
  CALLEES.forEach((callee, index) => {
    for (const level of Object.values(LEVELS))
      for (const enforced of [false, true]) {
        const one: Case = { ...callee, version, enforced, level, access };
        const key = JSON.stringify(answerOf(one));
        byAnswer.set(key, [...(byAnswer.get(key) ?? []), { one, id: 1000 + index }]);
      }
  });
  return [...byAnswer.values()].flatMap((all) =>
    all.filter((_, index) => index % Math.max(1, Math.floor(all.length / perAnswer)) === 0).slice(0, perAnswer),
  );
}

describe.each(['17.2.0', '18.5.0', '19.4.0'])('over HTTP, GitLab %s', (version) => {
  let gitlab: StandIn;
  const tokens = new Map<number, string>();
  beforeAll(async () => {
    gitlab = await StandIn.start({}, organisationOf(CALLEES, version));
    for (const [name, level] of Object.entries(LEVELS)) {
      const json = { project: 'acme/apps/web', name, hold: true };
      tokens.set(level, String((await gitlab.call('POST', '/-/sandbox/jobs', { json })).body.token));
    }
  });
  afterAll(() => gitlab.close());

  const enforce = (on: boolean): Promise<Reply> =>
    gitlab.rest('PUT', '/application/settings', { json: { enforce_ci_inbound_job_token_scope_enabled: on } });

  it.each(Object.entries(DOORS))('%s answers as the fact sheet says', async (access, { ask, admitted, text }) => {
    const wrong: object[] = [];
    for (const enforced of [false, true]) {
      // Before 17.6 there is no switch, and so no enforcement.
      if (enforced && version.startsWith('17.2')) continue;
      await enforce(enforced);
      for (const { one, id } of sampleOf(version, access, 5).filter((sample) => sample.one.enforced === enforced)) {
        const reply = await ask(gitlab, id, tokens.get(one.level) ?? '');
        const expected: Answer = answerOf(one);
        const right = expected.allowed
          ? admitted(reply)
          : reply.status === expected.status && text(reply) === expected.text.replace('#101', `#${String(id)}`);
        if (!right) wrong.push({ one, expected, status: reply.status, answer: reply.text.slice(0, 300) });
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(DOORS))('%s refuses a dead token, listed or not', async (access, { ask }) => {
    const reply = await ask(gitlab, 1000, 'glcbt-64_dead');
    if (access === 'trigger-api') expect([reply.status, message(reply)]).toEqual([404, '404 Not Found']);
    else if (access.startsWith('git') || access === 'lfs')
      expect([reply.status, reply.text]).toEqual([401, expect.stringContaining('HTTP Basic: Access denied')]);
    else expect([reply.status, reply.body]).toEqual([401, { message: '401 Unauthorized' }]);
  });

  it('hides a project from the endpoints that take no job tokens, whatever its list says', async () => {
    const listed = CALLEES.findIndex(
      ({ entries, visibility }) =>
        visibility === 'private' && entries[0]?.who === 'caller' && entries[0].policies === null,
    );
    const answers = { '': [404, '404 Project Not Found'], '/job_token_scope': [401, '401 Unauthorized'] };
    for (const [path, expected] of Object.entries(answers)) {
      const reply = await gitlab.rest('GET', `/projects/${String(1000 + listed)}${path}`, {
        token: null,
        headers: { 'JOB-TOKEN': tokens.get(LEVELS.maintainer) ?? '' },
      });
      expect([reply.status, message(reply)]).toEqual(expected);
    }
  });
});
