import { hasToken } from '../../marks.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, optionsOf, textOf, textsOf } from '../values.ts';

/** Addresses that an object of a client library stands for, and the method of the request. */
export interface LibraryAddress {
  readonly texts: readonly string[];
  readonly method: string;
}

// Manager or method of a project to its REST path. Source: python-gitlab, "API examples".
const PYTHON: Readonly<Record<string, string>> = {
  releases: 'releases',
  generic_packages: 'packages/generic/any',
  packages: 'packages',
  artifacts: 'jobs/artifacts/any/download',
  artifact: 'jobs/artifacts/any/raw/any',
  jobs: 'jobs',
  files: 'repository/files/any',
  repository_tree: 'repository/tree',
  repository_archive: 'repository/archive',
  repository_raw_blob: 'repository/blobs/any',
  repository_blob: 'repository/blobs/any',
  tags: 'repository/tags',
  branches: 'repository/branches',
  commits: 'repository/commits',
  mergerequests: 'merge_requests',
  deployments: 'deployments',
  environments: 'environments',
  secure_files: 'secure_files',
  trigger_pipeline: 'trigger/pipeline',
};

// What gitbeaker and Go's client call alike, to its REST path.
const RESOURCES = {
  ReleaseLinks: 'releases/any/assets/links',
  Packages: 'packages',
  Jobs: 'jobs',
  RepositoryFiles: 'repository/files/any',
  Tags: 'repository/tags',
  Branches: 'repository/branches',
  Commits: 'repository/commits',
  MergeRequests: 'merge_requests',
  Deployments: 'deployments',
  Environments: 'environments',
  SecureFiles: 'secure_files',
} as const;

// Resources of gitbeaker, whose first argument is the project. Source: gitbeaker's core package.
const GITBEAKER: Readonly<Record<string, string>> = {
  ...RESOURCES,
  ProjectReleases: 'releases',
  PackageRegistry: 'packages/generic/any',
  JobArtifacts: 'jobs/artifacts/any/download',
  Repositories: 'repository/archive',
  PipelineTriggerTokens: 'trigger/pipeline',
};

// Services of Go's client, or single methods of theirs. Source: gitlab-org/api/client-go.
const GO: Readonly<Record<string, string>> = {
  ...RESOURCES,
  Releases: 'releases',
  GenericPackages: 'packages/generic/any',
  DownloadArtifactsFile: 'jobs/artifacts/any/download',
  DownloadSingleArtifactsFileByTagOrBranch: 'jobs/artifacts/any/raw/any',
  DownloadSingleArtifactsFile: 'jobs/1/artifacts/any',
  GetJobArtifacts: 'jobs/1/artifacts',
  Archive: 'repository/archive',
  StreamArchive: 'repository/archive',
  Repositories: 'repository/tree',
  RunPipelineTrigger: 'trigger/pipeline',
};

const WRITES = /(?:^|\.)(?:create|update|edit|delete|remove|upload|publish|save|stop|set|trigger|trigger_pipeline)$/u;

/** Requests of python-gitlab's and gitbeaker's objects that were made with the job token. */
export function libraryAddresses(callee: NativeValue, given: Arguments, instance: string): readonly LibraryAddress[] {
  return [
    ...pythonGitlab(callee, given, instance),
    ...gitbeaker(callee, given, instance),
    ...goClient(callee, given, instance),
    ...rubyTrigger(callee, given, instance),
  ];
}

function pythonGitlab(callee: NativeValue, given: Arguments, instance: string): readonly LibraryAddress[] {
  const client = receiver(callee, /(?:^|\.)Gitlab\(\)$/u);
  if (!client?.given?.named.has('job_token')) return [];
  const base = client.given.named.get('url') ?? client.given.positional[0] ?? 'https://gitlab.com';
  const [, verb] = /(?:^|\.)Gitlab\(\)\.http_(get|list|post|put|delete|request)$/u.exec(callee.name) ?? [];
  if (verb !== undefined) {
    const [first, second] = given.positional;
    const path = verb === 'request' ? second : first;
    const method = verb === 'request' ? textOf(first ?? 'GET') : verb === 'list' ? 'GET' : verb.toUpperCase();
    return path === undefined
      ? []
      : [{ texts: textsOf(path).map((text) => `${hostOf(base, instance)}/api/v4${text}`), method }];
  }
  const chain = /(?:^|\.)Gitlab\(\)\.projects\.get\(\)\.(.+)$/u.exec(callee.name)?.[1];
  const asked = receiver(callee, /\.projects\.get\(\)$/u)?.given;
  const project = asked?.positional[0] ?? asked?.named.get('id');
  if (chain === undefined || project === undefined) return [];
  const path = pythonPath(chain);
  return path === undefined ? [] : [address(base, project, path, WRITES.test(chain) ? 'POST' : 'GET', instance)];
}

/** The path of `releases.list`, `jobs.get().artifacts`, `pipelines.get().jobs.list`. */
function pythonPath(chain: string): string | undefined {
  if (/^jobs\.(?:get|list)\(\)(?:\[\])?\.artifacts$/u.test(chain)) return 'jobs/1/artifacts';
  if (/^jobs\.(?:get|list)\(\)(?:\[\])?\.artifact$/u.test(chain)) return 'jobs/1/artifacts/any';
  if (/^pipelines\b.*\.jobs\b/u.test(chain)) return 'pipelines/1/jobs';
  return PYTHON[/^\w+/u.exec(chain)?.[0] ?? ''];
}

function gitbeaker(callee: NativeValue, given: Arguments, instance: string): readonly LibraryAddress[] {
  const [, resource = '', verb = ''] = /(?:^|\.)Gitlab\(\)\.(\w+)\.(\w+)$/u.exec(callee.name) ?? [];
  const client = receiver(callee, /(?:^|\.)Gitlab\(\)$/u);
  const options = client?.given?.positional[0];
  const project = given.positional[0];
  const path = GITBEAKER[resource];
  if (!isObject(options, 'record') || !options.fields.has('jobToken') || project === undefined || path === undefined)
    return [];
  return [
    address(
      options.fields.get('host') ?? 'https://gitlab.com',
      project,
      path,
      WRITES.test(verb) ? 'POST' : 'GET',
      instance,
    ),
  ];
}

function goClient(
  callee: NativeValue,
  { positional: [project] }: Arguments,
  instance: string,
): readonly LibraryAddress[] {
  const [, service = '', verb = ''] = /(?:^|\.)NewJobClient\(\)\.(\w+)\.(\w+)$/u.exec(callee.name) ?? [];
  const path = GO[verb] ?? GO[service];
  if (project === undefined || path === undefined) return [];
  const said = receiver(callee, /(?:^|\.)NewJobClient\(\)$/u)?.given?.positional ?? [];
  const option = said.find((one) => isObject(one, 'native') && /WithBaseURL\(\)$/u.test(one.name));
  const base = isObject(option, 'native') ? option.given?.positional[0] : undefined;
  const method = /^(?:Create|Update|Delete|Publish|Stop|Upload|Run)/u.test(verb) ? 'POST' : 'GET';
  return [address(base ?? 'https://gitlab.com', project, path, method, instance)];
}

/** `client.run_trigger(project, token, ref, variables)` of the gem `gitlab`: the only use that it has for a job token. */
function rubyTrigger(callee: NativeValue, { positional }: Arguments, instance: string): readonly LibraryAddress[] {
  const [project, token] = positional;
  if (!/(?:^|\.)run_trigger$/u.test(callee.name) || project === undefined || token === undefined) return [];
  if (!textsOf(token).some(hasToken)) return [];
  const endpoint = receiver(callee, /\.client\(\)$/u)?.given?.named.get('endpoint');
  return [address(endpoint ?? instance, project, 'trigger/pipeline', 'POST', instance)];
}

function address(base: Value, project: Value, path: string, method: string, instance: string): LibraryAddress {
  const texts = optionsOf(project).map((one) => {
    return `${hostOf(base, instance)}/api/v4/projects/${textOf(one).replaceAll('/', '%2F')}/${path}`;
  });
  return { texts, method };
}

const hostOf = (base: Value, instance: string): string =>
  isText(base) && base.includes('://') ? base.replace(/\/+$/u, '').replace(/\/api\/v4$/u, '') : instance;

/** The object in a chain that was made by a call of this name. */
function receiver(callee: NativeValue, name: RegExp): NativeValue | null {
  for (
    let one: Value | undefined = callee, depth = 0;
    isObject(one, 'native') && depth < 15;
    one = one.receiver, depth += 1
  )
    if (name.test(one.name)) return one;
  return null;
}
