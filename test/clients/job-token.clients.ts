import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bench, type Ran } from './support.ts';

const A1 = 'Authentication by CI/CD job token not allowed from web to core.';

let bench: Bench;
let job: string;
beforeAll(async () => {
  bench = await Bench.start();
  job = await bench.jobToken('acme/apps/web', 'build');
  await upload();
});
afterAll(() => bench.close());

const url = (): string => bench.gitlab.running.url;
const withToken = (path: string): string => `${url().replace('://', `://gitlab-ci-token:${job}@`)}${path}`;
const image = (): string => `docker://${new URL(url()).host}/acme/libs/core:1`;
const api = (path: string): string => `${url()}/api/v4/projects/1${path}`;
const curl = (...args: readonly string[]): Promise<Ran> =>
  bench.run('curl', ['-sS', '--fail-with-body', '--location', '--header', `JOB-TOKEN: ${job}`, ...args]);
const list = () =>
  bench.gitlab.rest('POST', '/projects/1/job_token_scope/allowlist', { json: { target_project_id: 2 } });
const unlist = () => bench.gitlab.call('DELETE', '/api/v4/projects/1/job_token_scope/allowlist/2');

/** Packages of the callee, put there by an administrator. */
async function upload(): Promise<void> {
  const { token } = bench.gitlab.running;
  mkdirSync(join(bench.folder, 'package'), { recursive: true });
  writeFileSync(join(bench.folder, 'package', 'package.json'), '{"name":"@acme/core","version":"1.0.0"}');
  writeFileSync(join(bench.folder, '.npmrc'), npmSettings(token));
  expect((await bench.run('npm', ['publish', './package'])).stderr).not.toMatch(/npm error/);
  const wheel = `
import zipfile
with zipfile.ZipFile('acme_core-1.0.0-py3-none-any.whl', 'w') as z:
  z.writestr('acme_core-1.0.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: acme-core\\nVersion: 1.0.0\\n')
  z.writestr('acme_core-1.0.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n')
  z.writestr('acme_core-1.0.0.dist-info/RECORD', '')`;
  await bench.run('/usr/bin/python3', ['-c', wheel]);
  writeFileSync(join(bench.folder, 'tool.txt'), 'tool\n');
  const form = ['name=acme-core', 'version=1.0.0', 'content=@acme_core-1.0.0-py3-none-any.whl'].flatMap((one) => [
    '-F',
    one,
  ]);
  const asAdmin = ['-sS', '--fail', '--header', `PRIVATE-TOKEN: ${token}`];
  expect((await bench.run('curl', [...asAdmin, ...form, api('/packages/pypi')])).failed).toBe(false);
  await bench.run('curl', [...asAdmin, '--upload-file', 'tool.txt', api('/packages/generic/tool/1.0/tool.txt')]);
  await bench.run('curl', [...asAdmin, '-d', 'tag_name=v1.0', api('/releases')]);
  await uploadImage(token);
}

/** An image of one file, made by hand as the OCI layout has it, pushed by skopeo. */
async function uploadImage(token: string): Promise<void> {
  const layout = `
import gzip, hashlib, io, json, os, tarfile
os.makedirs('image/blobs/sha256')
def blob(data, kind):
  name = hashlib.sha256(data).hexdigest()
  open('image/blobs/sha256/' + name, 'wb').write(data)
  return {'mediaType': 'application/vnd.oci.image.' + kind, 'digest': 'sha256:' + name, 'size': len(data)}
tape = io.BytesIO()
with tarfile.open(fileobj=tape, mode='w') as tar: tar.addfile(tarfile.TarInfo('hello'))
layers = {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(tape.getvalue()).hexdigest()]}
config = {'architecture': 'amd64', 'os': 'linux', 'rootfs': layers, 'config': {}}
manifest = {
  'schemaVersion': 2,
  'config': blob(json.dumps(config).encode(), 'config.v1+json'),
  'layers': [blob(gzip.compress(tape.getvalue()), 'layer.v1.tar+gzip')],
}
index = {'schemaVersion': 2, 'manifests': [blob(json.dumps(manifest).encode(), 'manifest.v1+json')]}
json.dump(index, open('image/index.json', 'w'))
open('image/oci-layout', 'w').write('{"imageLayoutVersion":"1.0.0"}')`;
  await bench.run('/usr/bin/python3', ['-c', layout]);
  const args = ['copy', '--insecure-policy', '--dest-tls-verify=false', '--dest-creds', `root:${token}`];
  const pushed = await bench.run('skopeo', [...args, 'oci:image', image()]);
  expect(pushed.stderr).not.toMatch(/level=fatal/);
}

function npmSettings(token: string): string {
  const registry = api('/packages/npm/');
  return `@acme:registry=${registry}\n${registry.replace(/^http:/, '')}:_authToken=${token}\nupdate-notifier=false\n`;
}

/** What a real client prints with a job's token where the list lets it in and where it does not. */
interface Line {
  readonly client: string;
  readonly run: () => Promise<Ran>;
  readonly denied: RegExp;
  readonly allowed: RegExp;
}

/** A folder or file of the client's own, gone before. */
function fresh(name: string): string {
  rmSync(join(bench.folder, name), { recursive: true, force: true });
  return name;
}

const LINES: readonly Line[] = [
  {
    client: 'git clone',
    run: () => bench.run('git', ['clone', withToken('/acme/libs/core.git'), fresh('clone')]),
    denied: new RegExp(
      `remote: ${A1.replaceAll('.', '\\.')}\nfatal: unable to access '[^']+': The requested URL returned error: 403`,
    ),
    allowed: /Cloning into 'clone'/,
  },
  {
    client: 'git submodule update',
    run: async () => {
      await bench.run('git', ['init', '-q', fresh('super')]);
      writeFileSync(
        join(bench.folder, 'super', '.gitmodules'),
        `[submodule "core"]\n\tpath = core\n\turl = ${withToken('/acme/libs/core.git')}\n`,
      );
      const { body } = await bench.gitlab.rest('GET', '/projects/1/repository/files/README.md?ref=main');
      expect(body.file_name).toBe('README.md');
      const head = await bench.run('git', [
        'ls-remote',
        url().replace('://', `://root:${bench.gitlab.running.token}@`) + '/acme/libs/core.git',
        'HEAD',
      ]);
      const git = ['-C', 'super'];
      await bench.run('git', [
        ...git,
        'update-index',
        '--add',
        '--cacheinfo',
        `160000,${head.stdout.slice(0, 40)},core`,
      ]);
      return bench.run('git', [...git, 'submodule', 'update', '--init']);
    },
    denied:
      /not allowed from web to core\.\nfatal: unable to access '[^']+': The requested URL returned error: 403\nfatal: clone of '[^']+' into submodule path '[^']+\/core' failed/,
    allowed: /Submodule path 'core': checked out '[0-9a-f]{40}'/,
  },
  {
    client: 'git lfs fetch',
    run: async () => {
      await bench.run('git', ['init', '-q', fresh('lfs')]);
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 5\n`;
      writeFileSync(join(bench.folder, 'lfs', 'a.bin'), pointer);
      const git = ['-C', 'lfs', '-c', 'user.name=x', '-c', 'user.email=x@example.com'];
      await bench.run('git', [...git, 'add', '.']);
      await bench.run('git', [...git, 'commit', '-qm', 'x']);
      await bench.run('git', [...git, 'remote', 'add', 'origin', withToken('/acme/libs/core.git')]);
      return bench.run('git', ['-C', 'lfs', 'lfs', 'fetch', 'origin']);
    },
    denied: /batch response: Not found\./i,
    // Let in, it learns that the server has no such object.
    allowed: /Object does not exist on the server/,
  },
  {
    client: 'npm install',
    run: () => {
      fresh('.npm');
      return bench.run('npm', ['install', '--no-audit', '--no-fund', '--prefix', fresh('app'), '@acme/core']);
    },
    denied: /code E404[^]*404 Not Found - GET http:.*\/packages\/npm\/@acme%2fcore/,
    allowed: /added 1 package/,
  },
  {
    client: 'pip download',
    run: () => {
      const index = withToken('/api/v4/projects/1/packages/pypi/simple');
      return bench.run('/usr/bin/python3', [
        '-m',
        'pip',
        'download',
        '--no-deps',
        '--no-cache-dir',
        '-d',
        fresh('wheels'),
        '--index-url',
        index,
        'acme-core',
      ]);
    },
    denied: /No matching distribution found for acme-core/,
    allowed: /Saved .*acme_core-1\.0\.0-py3-none-any\.whl/,
  },
  {
    client: 'skopeo copy',
    run: () =>
      bench.run('skopeo', [
        'copy',
        '--insecure-policy',
        '--src-tls-verify=false',
        '--src-creds',
        `gitlab-ci-token:${job}`,
        image(),
        `dir:${fresh('pulled')}`,
      ]),
    denied: /reading manifest 1 in [^ ]+: errors:\\ndenied: requested access to the resource is denied/,
    allowed: /Writing manifest to image destination/,
  },
  {
    client: 'curl, a generic package',
    run: () => curl(api('/packages/generic/tool/1.0/tool.txt')),
    denied: new RegExp(`403 Forbidden - ${A1}"[^]*returned error: 403`),
    allowed: /^tool\n/,
  },
  {
    client: 'curl, a release',
    run: () => curl(api('/releases/permalink/latest')),
    denied: new RegExp(`403 Forbidden - ${A1}`),
    allowed: /"tag_name":"v1\.0"/,
  },
  {
    client: 'curl, artifacts',
    run: () =>
      curl(
        '--output',
        fresh('artifacts.zip'),
        '--write-out',
        '%{http_code} %{size_download}',
        api('/jobs/artifacts/main/download?job=pack'),
      ),
    denied: /^403 \d+[^]*returned error: 403/,
    allowed: /^200 \d{3}/,
  },
  {
    client: 'curl, a trigger',
    run: () =>
      bench.run('curl', [
        '-sS',
        '--fail-with-body',
        '-X',
        'POST',
        '--form',
        `token=${job}`,
        '--form',
        'ref=main',
        api('/trigger/pipeline'),
      ]),
    denied: /^\{"message":"404 Not Found"\}[^]*returned error: 404/,
    allowed: /"status":"success"/,
  },
  {
    client: "curl, Terraform's state",
    run: () =>
      bench.run('curl', [
        '-sS',
        '--write-out',
        '%{http_code}',
        '--user',
        `gitlab-ci-token:${job}`,
        api('/terraform/state/production'),
      ]),
    denied: new RegExp(`403 Forbidden - ${A1}"\\}403$`),
    // No state yet: Terraform takes an empty 404 for a first run.
    allowed: /^404$/,
  },
];

describe('clients with the token of a job', () => {
  // Each begins refused, whatever became of the one before.
  beforeEach(async () => {
    await unlist();
    writeFileSync(join(bench.folder, '.npmrc'), npmSettings(job));
  });

  it.each(LINES)('$client', async ({ run, denied, allowed }) => {
    const refused = await run();
    expect(refused.stdout + refused.stderr).toMatch(denied);
    await list();
    const admitted = await run();
    expect(admitted.stdout + admitted.stderr).toMatch(allowed);
  });

  it('git push', async () => {
    await bench.run('git', [
      'clone',
      '-q',
      url().replace('://', `://root:${bench.gitlab.running.token}@`) + '/acme/libs/core.git',
      fresh('mine'),
    ]);
    const push = (): Promise<Ran> =>
      bench.run('git', ['-C', 'mine', 'push', withToken('/acme/libs/core.git'), 'HEAD:more']);
    expect((await push()).stderr).toContain(`remote: ${A1}`);
    await list();
    expect((await push()).stderr).toMatch(/remote: You are not allowed to upload code\.\nfatal: .* error: 403/);
  });

  it('every one of them with a dead token', async () => {
    const dead = 'glcbt-64_dead';
    const clone = await bench.run('git', ['clone', withToken('/acme/libs/core.git').replace(job, dead), fresh('dead')]);
    expect(clone.stderr).toMatch(/remote: HTTP Basic: Access denied[^]*fatal: Authentication failed for/);
    const rest = await bench.run('curl', ['-sS', '--header', `JOB-TOKEN: ${dead}`, api('/releases')]);
    expect(JSON.parse(rest.stdout)).toEqual({ message: '401 Unauthorized' });
    writeFileSync(join(bench.folder, '.npmrc'), npmSettings(dead));
    const npm = await bench.run('npm', ['view', '@acme/core']);
    expect(npm.stderr).toMatch(/code E401/);
  });
});
