import { describe, expect, it } from 'vitest';
import { calleeOfRequest, namedCallees } from '../../../src/trace/index.ts';

const CONTEXT = { callerPath: 'acme/web', gitlabUrl: 'https://gitlab.example.com', registryHost: null };

const named = async (text: string, size = text.length, context = CONTEXT): Promise<readonly string[]> => {
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return (await namedCallees(chunks, context)).map(({ path, id, access, line }) => `${line} ${access} ${path ?? id}`);
};

describe('the callees that a trace of a successful job names', () => {
  it.each([
    ['\u001b[32;1m$ git clone https://gitlab-ci-token:x@${CI_SERVER_HOST}/acme/core.git', '1 git acme/core'],
    ['a\nFetching https://gitlab.example.com/api/v4/projects/17/packages/npm/x', '2 npm 17'],
    ['GET https://gitlab.example.com/api/v4/projects/acme%2Fcore/releases', '1 api acme/core'],
    // The word of edges, by which rules, permissions and risk go; a diagnosis says `trigger`.
    ['POST https://gitlab.example.com/api/v4/projects/17/trigger/pipeline', '1 trigger-api 17'],
    [
      'Using docker image registry.gitlab.example.com/acme/images/build:1 for it',
      '1 container-registry acme/images/build',
    ],
  ])('come from addresses that clients use: %s', async (text, expected) => {
    expect(await named(text)).toEqual([expected]);
  });

  it.each([
    ['$ git clone https://gitlab-ci-token:x@git.example.com:8443/acme/core.git', '1 git acme/core'],
    ['GET https://git.example.com:8443/api/v4/projects/acme%2Fcore/releases', '1 api acme/core'],
    ['pulling git.example.com:8443/acme/images/build:1', '1 container-registry acme/images/build'],
    ['GET https://git.example.com:8443/v2/acme/images/build/manifests/1', '1 container-registry acme/images/build'],
  ])('are told from images where the registry may be behind the port of the instance: %s', async (text, expected) => {
    const context = { ...CONTEXT, gitlabUrl: 'https://git.example.com:8443' };
    expect(await named(text, text.length, context)).toEqual([expected]);
  });

  it.each([
    'see https://gitlab.example.com/acme/core/-/issues/4',
    'docs: https://gitlab.example.com/acme/core',
    'https://gitlab.example.com/acme/web.git is the caller itself',
    'https://github.com/acme/core.git',
    'https://gitlab.example.com/api/v4/version',
  ])('are not taken from what is printed for people, from elsewhere or from the caller: %s', async (text) => {
    expect(await named(text)).toEqual([]);
  });

  it('do not depend on how the bytes are split, and are named once', async () => {
    const text = 'x https://gitlab.example.com/acme/core.git\n'.repeat(50);
    expect(await named(text, 7)).toEqual(['1 git acme/core']);
  });

  it('are bounded in number', async () => {
    const text = Array.from({ length: 5_000 }, (_, n) => `https://gitlab.example.com/acme/p${n}.git`).join('\n');
    expect((await named(text)).length).toBeLessThanOrEqual(200);
  });
});

describe('the callee of a request', () => {
  it.each([
    ['/api/v4/projects/17/packages/npm/x', { id: 17, path: null, access: 'npm' }],
    ['/acme/core.git/info/refs?service=git-upload-pack', { id: null, path: 'acme/core', access: 'git' }],
    ['/api/v4/groups/acme/-/packages/npm/x', null],
    ['/api/v4/job', null],
  ])('%s', (path, expected) => {
    expect(calleeOfRequest(path, CONTEXT)).toEqual(expected);
  });
});
