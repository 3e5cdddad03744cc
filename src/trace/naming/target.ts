import { samePath } from '../../domain/values.ts';
import { packageAccess, projectApiAccess, type Access } from './access.ts';
import { projectOfApiPath } from './api-path.ts';
import { credentialOfUserinfo, type Credential } from './credential.ts';
import type { Instance } from './instance.ts';

/** Something on the instance that a text points at. */
export interface Target {
  /** Full path, when the text shows it; for an image of the registry its repository path. */
  readonly path: string | null;
  /** Numeric id, when the text shows that. */
  readonly id: number | null;
  readonly self: boolean;
  /** What the URL alone says about the access. */
  readonly access: Access | null;
  /** `group` and `instance`: endpoints that name no project. */
  readonly scope: 'project' | 'group' | 'instance';
  readonly registry: boolean;
  /** The dependency proxy belongs to a group and asks no allowlist. */
  readonly dependencyProxy: boolean;
  /** A page of the web interface as far as the address shows: neither a repository, nor an API, nor a download. */
  readonly page: boolean;
  readonly credential: Credential;
}

/** What a text points at: on the instance, and whether it also names other hosts. */
export interface Mentions {
  readonly targets: readonly Target[];
  readonly foreign: boolean;
  /** Whether it names the instance without a project: a variable of the address was empty. */
  readonly bare: boolean;
}

interface Locator {
  readonly instance: Instance;
  readonly callerPath: string;
}

// One class of bounded length: linear. A backslash ends a URL, so that escapes in JSON text (`\n`, `\"`) do.
const URL_TEXT = /(?:(\w{1,20}):)?\/\/([^\s"'<>\\`|(),;‘’“”«»]{1,2048})/g;
const IMAGE_TEXT = /(?:^|[\s"'=@([{`,/])([\w.-]{1,253}(?::\d{2,5})?)\/([a-z0-9][a-z0-9._/-]{0,511})/g;

// How GitLab's own clients are told the project: release-cli by its id, glab by its path.
const OPTION_TEXT =
  /\b(?:project-id[= ]["']?|glab api ["']?\/?projects\/)([\w.%-]{1,512})|\bglab\s[^;&|]{0,300}?\s(?:-R|--repo)[= ]["']?([\w./-]{1,512})/g;

/** Everything on this instance (and its registry) that the text names, in the order of the text. */
export function mentionsIn(text: string, locator: Locator): Mentions {
  const targets: Target[] = [];
  let foreign = false;
  let bare = false;
  const withoutUrls = text.replace(URL_TEXT, (_whole, scheme: string | undefined, rest: string) => {
    const target = targetOfUrl(scheme ?? '', rest, locator);
    if (target === null) foreign = true;
    // A help page or the bare address says nothing about what was wanted.
    else if (target.access !== null || target.scope !== 'instance') targets.push(target);
    else bare = true;
    return ' ';
  });
  for (const [, key, repository] of withoutUrls.matchAll(OPTION_TEXT)) {
    const name = key ?? repository ?? '';
    if (/^[\w./%-]+$/.test(name)) targets.push({ ...projectByKey(name, locator), access: 'api' });
  }
  for (const [, host, path] of withoutUrls.matchAll(IMAGE_TEXT)) {
    const at = host?.toLowerCase() ?? '';
    if (!locator.instance.registries.includes(at)) continue;
    if (at === locator.instance.host && NO_IMAGE.test(path ?? '')) continue;
    targets.push(registryTarget(path ?? '', 'unknown', locator));
  }
  return { targets, foreign, bare };
}

/*
 * An instance with a port of its own may have its registry behind the same one (`usualRegistries`). What is a repository or a
 * request there shows in its path.
 */
const REGISTRY_PATH = /^\/v2\/(?!.*\/dependency_proxy\/)/;
const NO_IMAGE = /^api\/|\.git(?=\/|$)|\/-\//;

/** A target for what a URL without its scheme names; null when it lies elsewhere. */
function targetOfUrl(scheme: string, rest: string, locator: Locator): Target | null {
  const { instance } = locator;
  const trimmed = rest.replace(/[.:!?\]}*]{1,8}$/, '');
  const end = trimmed.search(/[/?#]/);
  const authority = end === -1 ? trimmed : trimmed.slice(0, end);
  const path = end === -1 ? '' : trimmed.slice(end);
  const at = authority.lastIndexOf('@');
  const credential = credentialOfUserinfo(at === -1 ? '' : authority.slice(0, at));
  const host = withoutDefaultPort(authority.slice(at + 1).toLowerCase(), scheme);
  if (instance.registries.includes(host) && (host !== instance.host || REGISTRY_PATH.test(path)))
    return registryTarget(path.replace(/^\/+/, ''), credential, locator);
  if (host !== instance.host) return null;
  if (instance.root !== '' && !path.toLowerCase().startsWith(`${instance.root.toLowerCase()}/`)) return null;
  return { ...targetOfPath(path.slice(instance.root.length), locator), credential };
}

function withoutDefaultPort(host: string, scheme: string): string {
  if (scheme === 'http') return host.replace(/:80$/, '');
  return host.replace(/:443$/, '');
}

const NOTHING: Target = {
  path: null,
  id: null,
  self: false,
  access: null,
  scope: 'instance',
  registry: false,
  dependencyProxy: false,
  page: false,
  credential: 'unknown',
};

function targetOfPath(path: string, locator: Locator): Target {
  const [bare = '', query = ''] = path.split('?', 2);
  const api = /^\/api\/v4\/(.*)$/.exec(bare);
  if (api) return targetOfApi(api[1] ?? '', locator);
  if (bare.startsWith('/jwt/auth')) {
    const image = /scope=repository(?:%3A|:)([^:&%]{1,512}(?:%2F[^:&%]{1,255}){0,20})/i.exec(query)?.[1];
    return image === undefined
      ? { ...NOTHING, registry: true, access: 'container-registry' }
      : registryTarget(decodePath(image), 'unknown', locator);
  }
  if (/^\/v2\/|\/dependency_proxy\/containers/.test(bare)) {
    return { ...NOTHING, scope: 'group', registry: true, dependencyProxy: true, access: 'container-registry' };
  }
  if (bare.startsWith('/api/')) return { ...NOTHING, access: 'api' };
  return targetOfWebPath(bare, query, locator);
}

function targetOfApi(path: string, locator: Locator): Target {
  const [kind = '', key = '', ...rest] = path.split('/');
  const tail = rest.join('/');
  if (kind === 'projects' && key !== '') {
    const project = projectOfApiPath([key, ...rest]);
    return { ...projectByKey(project.key, locator), access: projectApiAccess(project.rest) };
  }
  if (kind === 'group' || kind === 'groups') {
    const type = /(?:^|\/)packages\/(\w{1,30})/.exec(tail)?.[1];
    return { ...NOTHING, scope: 'group', access: type === undefined ? 'api' : packageAccess(type) };
  }
  if (kind === 'packages' && key !== '') return { ...NOTHING, access: packageAccess(key) };
  if (kind === 'jobs' && rest[0] === 'artifacts') return { ...NOTHING, access: 'artifacts' };
  return { ...NOTHING, access: 'api' };
}

function projectByKey(key: string, locator: Locator): Target {
  const name = decodePath(key);
  if (name === ':self') return { ...NOTHING, scope: 'project', self: true, path: locator.callerPath || null };
  if (/^\d{1,15}$/.test(name)) return { ...NOTHING, scope: 'project', id: Number(name) };
  return projectByPath(name, locator);
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// `$NAME`, `[MASKED]`, `<id>`: the log does not say which project it was.
const PROJECT_PATH = /^[\w.][\w.+-]{0,254}(?:\/[\w.][\w.+-]{0,254}){1,20}$/;

/** Whether the text can be the full path of a project. */
export function isProjectPath(text: string): boolean {
  return PROJECT_PATH.test(text) && !text.includes('...');
}

function projectByPath(path: string, { callerPath }: Locator): Target {
  const known = isProjectPath(path);
  return {
    ...NOTHING,
    scope: 'project',
    path: known ? path : null,
    self: known && callerPath !== '' && samePath(path, callerPath),
  };
}

// Names that GitLab keeps to itself at the top (lib/gitlab/path_regex.rb); what ends in `.git` is a repository all the same.
const NOT_A_GROUP =
  /^(?:-|help|users|oauth|uploads|assets|explore|dashboard|admin|profile|search|s|jwt|groups|projects|health_check|favicon\.ico|files|import|login|public|snippets|unsubscribe|v2)$/i;

// After `/-/`: what people look at, as opposed to archives, raw files, artifacts and downloads of releases.
const PAGE =
  /^(?:blame|blob|boards|branches|commits?|compare|environments|graphs|issues|merge_requests|milestones|network|pipelines|pipeline_schedules|settings|snippets|tags|tree|wikis)(?:\/|$)/;

/** A page, an archive or a repository: `/group/project.git/info/refs`, `/group/project/-/archive/…`. */
function targetOfWebPath(path: string, query: string, locator: Locator): Target {
  const clean = path.replace(/^\/+/, '').replace(/\/+$/, '');
  const [before = '', ...after] = clean.split('/-/');
  const dotGit = /^(.{1,1024}?)(?:\.wiki)?\.git(?=\/|$|@|#)(.*)$/.exec(before);
  const project = (dotGit?.[1] ?? before).replace(/\/(?:info\/(?:refs|lfs).*|git-(?:upload|receive)-pack)$/, '');
  if (project === '' || project === '.git') return NOTHING;
  if (dotGit === null && NOT_A_GROUP.test(project.split('/')[0] ?? '')) return NOTHING;
  const target = projectByPath(project, locator);
  const suffix = dotGit?.[2] ?? '';
  const page =
    dotGit === null &&
    project === before &&
    !query.includes('go-get') &&
    (after.length === 0 || PAGE.test(after[0] ?? ''));
  return { ...target, page, access: webAccess(suffix, after.join('/'), clean) };
}

function webAccess(suffix: string, page: string, whole: string): Access | null {
  if (suffix.includes('/info/lfs') || suffix.includes('/gitlab-lfs') || whole.includes('/info/lfs')) return 'lfs';
  if (suffix.includes('git-receive-pack')) return 'git-push';
  if (page.startsWith('jobs/') && page.includes('artifacts')) return 'artifacts';
  if (page.startsWith('packages/')) return 'generic';
  if (page !== '') return 'api';
  return 'git';
}

/** A repository of the registry: `group/project/image:tag`, `v2/group/project/image/manifests/tag`. */
function registryTarget(text: string, credential: Credential, { callerPath }: Locator): Target {
  const repository = text
    .replace(/^v2\//, '')
    .replace(/\/(?:manifests|blobs|tags|referrers|_catalog)(?:\/.*)?$/, '')
    .replace(/[:@?].*$/, '')
    .replace(/[/._-]+$/, '');
  const caller = callerPath.toLowerCase();
  return {
    ...NOTHING,
    scope: repository.includes('/') ? 'project' : 'instance',
    path: PROJECT_PATH.test(repository) ? repository : null,
    self: caller !== '' && (repository === caller || repository.startsWith(`${caller}/`)),
    access: 'container-registry',
    registry: true,
    credential,
  };
}
