import type { Denied, Use } from '../traffic/records.ts';
import { curlLines } from './curl.ts';
import type { ClientOutput, ClientPlace } from './output.ts';
import type { AccessKind } from '../vocabulary.ts';

type Client = (use: Use, denial: Denied | null, place: ClientPlace) => ClientOutput;

/** Prints one use as its client does: the command, and either a short success or the client's own way to fail. */
export const clientLines: Client = (use, denial, place) => (CLIENTS[use.access] ?? curlLines)(use, denial, place);

/** Kinds not listed are reached with curl. */
const CLIENTS: Partial<Record<AccessKind, Client>> = {
  git: gitClone,
  'git-push': gitPush,
  submodule,
  lfs,
  npm,
  pypi,
  maven,
  composer,
  go: goModule,
  nuget,
  'needs-project': neededArtifacts,
  'container-registry': dockerPull,
};

export function shell(command: string): string {
  return `\u001b[32;1m$ ${command}\u001b[0;m`;
}

/** `gitlab.example.com` of the instance, with its port and relative root. */
function hostOf(externalUrl: string): string {
  return externalUrl.replace(/^https?:\/\//, '');
}

/** Packages are addressed by project id, as GitLab's own instructions have it. */
function projectApi({ callee }: Use, { externalUrl }: ClientPlace): string {
  return `${externalUrl}/api/v4/projects/${String(callee.id)}`;
}

/** A registry on the instance's host, on the port that packages of GitLab use. */
export function imageName({ callee }: Use, { externalUrl }: ClientPlace): string {
  return `${new URL(externalUrl).hostname}:5050/${callee.fullPath.toLowerCase()}:latest`;
}

/** The two lines with which git ends on a refused repository. */
function gitRefusal({ callee }: Use, denial: Denied, { externalUrl }: ClientPlace): readonly string[] {
  const url = `${externalUrl}/${callee.fullPath}.git`;
  const fatal =
    denial.status === 404
      ? `fatal: repository '${url}/' not found`
      : `fatal: unable to access '${url}/': The requested URL returned error: ${String(denial.status)}`;
  return [`remote: ${denial.text}`, fatal];
}

function gitClone(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const { path, fullPath } = use.callee;
  const scheme = place.externalUrl.startsWith('https') ? 'https' : 'http';
  const command = shell(
    `git clone --depth 1 ${scheme}://gitlab-ci-token:\${CI_JOB_TOKEN}@${hostOf(place.externalUrl)}/${fullPath}.git`,
  );
  const lines = [command, `Cloning into '${path}'...`];
  return denial === null ? { lines, exit: 0 } : { lines: [...lines, ...gitRefusal(use, denial, place)], exit: 128 };
}

function gitPush(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const url = `${place.externalUrl}/${use.callee.fullPath}.git`;
  const command = shell(`git push ${url.replace('://', '://gitlab-ci-token:${CI_JOB_TOKEN}@')} HEAD:update-image-tag`);
  if (denial !== null) return { lines: [command, ...gitRefusal(use, denial, place)], exit: 128 };
  return { lines: [command, `To ${url}`, ' * [new branch]      HEAD -> update-image-tag'], exit: 0 };
}

function submodule(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const { path, fullPath } = use.callee;
  const masked = `${place.externalUrl.replace('://', '://gitlab-ci-token:[MASKED]@')}/${fullPath}.git`;
  const folder = `/builds/${place.caller.fullPath}/libs/${path}`;
  const start = [
    '\u001b[32;1mUpdating/initializing submodules recursively with git depth set to 20...\u001b[0;m',
    `Submodule 'libs/${path}' (${masked}) registered for path 'libs/${path}'`,
    `Cloning into '${folder}'...`,
  ];
  if (denial === null)
    return { lines: [...start, `Submodule path 'libs/${path}': checked out '${place.seed.toString(16)}'`], exit: 0 };
  const refusal = [
    ...gitRefusal(use, denial, place),
    `fatal: clone of '${masked}' into submodule path '${folder}' failed`,
  ];
  const again = [`Failed to clone 'libs/${path}'. Retry scheduled`, `Cloning into '${folder}'...`, ...refusal];
  return { lines: [...start, ...refusal, ...again, `Failed to clone 'libs/${path}' a second time, aborting`], exit: 1 };
}

function lfs(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const url = `${place.externalUrl.replace('://', '://gitlab-ci-token:[MASKED]@')}/${use.callee.fullPath}.git/info/lfs`;
  const command = shell(`git -C ${use.callee.path} lfs pull`);
  if (denial === null) return { lines: [command], exit: 0 };
  return { lines: [command, `batch response: ${denial.text}`, `Failed to fetch some objects from '${url}'`], exit: 2 };
}

function npm(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const [scope = ''] = use.callee.fullPath.split('/');
  const name = `@${scope}/${use.callee.path}`;
  const url = `${projectApi(use, place)}/packages/npm/${name.replace('/', '%2f')}`;
  const command = shell('npm ci --no-audit --no-fund');
  if (denial === null) return { lines: [command, '', 'added 412 packages in 9s'], exit: 0 };
  const log = 'npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log';
  if (denial.status !== 404)
    return { lines: [command, 'npm error code E403', `npm error 403 403 Forbidden - GET ${url}`, log], exit: 1 };
  const hint = [
    `npm error 404  The requested resource '${name}@^2.0.0' could not be found or you do not have permission to access it.`,
    'npm error 404',
  ];
  const note = [
    'npm error 404 Note that you can also install from a',
    'npm error 404 tarball, folder, http url, or git url.',
  ];
  return {
    lines: [
      command,
      'npm error code E404',
      `npm error 404 Not Found - GET ${url}`,
      'npm error 404',
      ...hint,
      ...note,
      log,
    ],
    exit: 1,
  };
}

function pypi(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const wanted = `${use.callee.path}==1.4.0`;
  const index = `${projectApi(use, place)}/packages/pypi/simple`;
  const command = shell(
    `pip install ${wanted} --index-url ${index.replace('://', '://gitlab-ci-token:${CI_JOB_TOKEN}@')}`,
  );
  const looking = `Looking in indexes: ${index.replace('://', '://gitlab-ci-token:****@')}`;
  if (denial === null) return { lines: [command, looking, `Successfully installed ${use.callee.path}-1.4.0`], exit: 0 };
  // pip passes over any refusal of an index and says only that it found nothing.
  const failure = [
    `ERROR: Could not find a version that satisfies the requirement ${wanted} (from versions: none)`,
    `ERROR: No matching distribution found for ${wanted}`,
  ];
  return { lines: [command, looking, ...failure], exit: 1 };
}

function maven(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const repository = `${projectApi(use, place)}/packages/maven`;
  const { path } = use.callee;
  const file = `${repository}/com/example/${path}/7.2.0/${path}-7.2.0.pom`;
  const start = [
    shell('mvn -B -q -s ci_settings.xml package'),
    '[INFO] Scanning for projects...',
    `[INFO] Downloading from gitlab-maven: ${file}`,
  ];
  if (denial === null)
    return {
      lines: [...start, `[INFO] Downloaded from gitlab-maven: ${file} (4.1 kB at 38 kB/s)`, '[INFO] BUILD SUCCESS'],
      exit: 0,
    };
  const artifact = `com.example:${path}:pom:7.2.0`;
  const why =
    denial.status === 404
      ? `Could not find artifact ${artifact} in gitlab-maven (${repository})`
      : `Could not transfer artifact ${artifact} from/to gitlab-maven (${repository}): authorization failed for ${file}, status: 403 Forbidden`;
  return {
    lines: [
      ...start,
      '[INFO] BUILD FAILURE',
      `[ERROR] Failed to execute goal on project ${place.caller.path}: ${why} -> [Help 1]`,
    ],
    exit: 1,
  };
}

function composer(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const url = `${projectApi(use, place)}/packages/composer/archives/acme/${use.callee.path}.zip`;
  const start = [
    shell('composer install --no-progress --no-interaction'),
    'Installing dependencies from lock file (including require-dev)',
    `  - Downloading acme/${use.callee.path} (2.1.0)`,
  ];
  if (denial === null) return { lines: [...start, 'Generating autoload files'], exit: 0 };
  const failure = `The "${url}" file could not be downloaded (HTTP/1.1 ${String(denial.status)} ${denial.status === 404 ? 'Not Found' : 'Forbidden'})`;
  return { lines: [...start, '', 'In CurlDownloader.php line 401:', '', `  ${failure}`, ''], exit: 1 };
}

function goModule(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const module = `${hostOf(place.externalUrl)}/${use.callee.fullPath}`;
  const url = `${projectApi(use, place)}/packages/go/${module}/@v/v1.4.2.mod`;
  const command = shell('GOFLAGS=-mod=mod go mod download');
  if (denial === null) return { lines: [command, `go: downloading ${module} v1.4.2`], exit: 0 };
  const status = denial.status === 404 ? '404 Not Found' : `${String(denial.status)} Forbidden`;
  return { lines: [command, `go: ${module}@v1.4.2: reading ${url}: ${status}`], exit: 1 };
}

function nuget(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const index = `${projectApi(use, place)}/packages/nuget/index.json`;
  const start = [shell('dotnet restore'), '  Determining projects to restore...'];
  if (denial === null) return { lines: [...start, '  Restored /builds/app/app.csproj (in 1.2 sec).'], exit: 0 };
  const status = denial.status === 404 ? '404 (Not Found)' : '403 (Forbidden)';
  const failure = [
    `error NU1301: Unable to load the service index for source ${index}.`,
    `error NU1301:   Response status code does not indicate success: ${status}.`,
  ];
  return { lines: [...start, ...failure.map((line) => `/builds/app/app.csproj : ${line}`)], exit: 1 };
}

function neededArtifacts(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const id = String(1000 + use.callee.id);
  const start = `Downloading artifacts for build (${id})...`;
  const host = hostOf(place.externalUrl);
  if (denial === null)
    return {
      lines: [start, `Downloading artifacts from coordinator... ok        host=${host} id=${id} responseStatus=200 OK`],
      exit: 0,
    };
  const red = (text: string): string => `\u001b[31;1m${text}\u001b[0;m`;
  const facts = `${red('host')}=${host} ${red('id')}=${id} ${red('responseStatus')}=403 Forbidden ${red('status')}=GET ${place.externalUrl}/api/v4/jobs/${id}/artifacts: 403 Forbidden`;
  return {
    lines: [
      start,
      `${red('ERROR: Downloading artifacts from coordinator... forbidden')}  ${facts}`,
      red('FATAL: permission denied'),
    ],
    exit: 1,
  };
}

function dockerPull(use: Use, denial: Denied | null, place: ClientPlace): ClientOutput {
  const image = imageName(use, place);
  const start = [
    shell('docker login -u gitlab-ci-token -p $CI_JOB_TOKEN $CI_REGISTRY'),
    'Login Succeeded',
    shell(`docker pull ${image}`),
  ];
  const repository = image.replace(/:latest$/, '');
  if (denial === null)
    return {
      lines: [...start, `latest: Pulling from ${use.callee.fullPath}`, `Status: Downloaded newer image for ${image}`],
      exit: 0,
    };
  const refusal = `pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: ${denial.text}`;
  return { lines: [...start, `Error response from daemon: ${refusal}`], exit: 1 };
}
