import { RepositoryStore } from './git/repository-store.ts';
import { createApp } from './http/app.ts';
import type { Stand } from './http/env.ts';
import { FaultEngine } from './http/faults/engine.ts';
import { FaultFileError, parseFaults } from './http/faults/schema.ts';
import { IssueBook } from './http/issues.ts';
import { LiveJobs } from './http/job-token/live-jobs.ts';
import { Journal } from './http/journal/journal.ts';
import { ObjectStorage } from './http/packages/object-storage.ts';
import { PackageStore } from './http/packages/store.ts';
import { RateLimiter } from './http/limits/rate-limit.ts';
import { ReleaseBook } from './http/releases.ts';
import { listen } from './http/server.ts';
import { ImageStore } from './http/registry/images.ts';
import { RegistryTokens } from './http/registry/tokens.ts';
import { TokenRegistry } from './http/tokens.ts';
import { atLeast, capabilitiesOf, parseVersion, type GitLabVersion, type Quirks } from './http/versions.ts';
import { lineFinder } from './lines.ts';
import { SandboxOptionsError } from './options-error.ts';
import type { WorldQuirks } from './quirks.ts';
import type { CutOff } from './scripts/cut-off.ts';
import { ShellExecutor } from './scripts/shell-executor.ts';
import { createWorld, generateOrganisation, OrganisationError, parseOrganisation } from './world/index.ts';
import type { Organisation, World } from './world/index.ts';
import type { Problem } from './world/organisation/problems.ts';

export { SandboxOptionsError } from './options-error.ts';
export { parseQuirks, QUIRKS } from './quirks.ts';

/** Where the organisation comes from: a description, the text of an organisation file, or the generator. */
export type OrganisationSource =
  | { readonly kind: 'value'; readonly organisation: Organisation }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'generated'; readonly projects: number; readonly seed: number };

/** How a stand-in is started; what is left out takes the default that the command line names. */
export interface SandboxOptions {
  readonly organisation: OrganisationSource;
  /** Default 127.0.0.1. Any address but loopback demands `token`. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Wins over the organisation's own version. */
  readonly gitlabVersion?: string | null;
  /** Text of a fault file, JSON or YAML. */
  readonly faults?: string | null;
  /** API calls per minute and user; default unlimited. */
  readonly rateLimit?: number | null;
  /** The administrator's token; default a random one. */
  readonly token?: string | null;
  readonly quirks?: Quirks;
  /** Runs the scripts of jobs on this machine when they are asked for. Default false. */
  readonly allowScripts?: boolean;
  readonly worldQuirks?: WorldQuirks;
}

/** A running stand-in: its address and an administrator's token. */
export interface RunningSandbox {
  readonly url: string;
  readonly token: string;
  /** What scripts of jobs are kept away from here; null: none is run. */
  readonly scripts: CutOff | null;
  close(): Promise<void>;
}

const OLDEST = '16.0';
/** Nothing is known of versions from here on. */
const TOO_NEW = '20.0';

/**
 * Starts a GitLab stand-in and resolves when it listens.
 *
 * @throws {SandboxOptionsError} for bad options or files; the system's error when the address cannot be had
 */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host) && (options.token ?? '') === '') {
    throw new SandboxOptionsError('host', [`${host} is not this machine alone: a token of your own is needed`]);
  }
  const { faults: faultFile } = options;
  const faults = faultFile == null ? null : inFaultFile(() => new FaultEngine(parseFaults(faultFile)));
  const world = worldOf(options);
  inFaultFile(() =>
    faults?.expectPlaces((path) => world.findProject(path) !== null || world.groupByPath(path) !== null),
  );
  const version = versionOf(world.version, 'organisation');
  const tokens = new TokenRegistry();
  const stand: Stand = {
    world,
    can: capabilitiesOf(version, options.quirks),
    callsPerMinute: options.rateLimit ?? null,
    tokens,
    journal: new Journal(world),
    issues: new IssueBook(),
    liveJobs: new LiveJobs(),
    repositories: new RepositoryStore(world),
    packages: packagesOf(world),
    images: new ImageStore(),
    registryTokens: new RegistryTokens(),
    releases: new ReleaseBook(),
    objects: new ObjectStorage(),
    scripts: options.allowScripts === true ? new ShellExecutor() : null,
  };
  const secret = issueTokens(stand, options.token ?? null);
  const app = createApp(stand, {
    limiter: options.rateLimit == null ? null : new RateLimiter(options.rateLimit),
    faults,
    controlSecret: isLoopback(host) ? null : secret,
  });
  const listening = await listen(app, { host, port: options.port ?? 0, now: () => world.now() });
  world.setExternalUrl(listening.url);
  const close = async (): Promise<void> => {
    stand.scripts?.close();
    await listening.close();
    await stand.repositories.close();
  };
  return { url: listening.url, token: secret, scripts: stand.scripts?.cutOff ?? null, close };
}

/** The packages that the organisation file names, each with one version and one small file. */
function packagesOf(world: World): PackageStore {
  const store = new PackageStore();
  for (const { id: projectId, packages, createdAt: at } of world.projects()) {
    for (const name of packages) {
      const bytes = new TextEncoder().encode(`${name} 1.0.0\n`);
      store.add({ projectId, type: 'generic', name, version: '1.0.0', fileName: `${name}.txt`, bytes, at });
    }
  }
  return store;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function versionOf(text: string, where: 'gitlab-version' | 'organisation'): GitLabVersion {
  const refuse = (problem: string): never => {
    throw new SandboxOptionsError(where, [where === 'organisation' ? `version: ${problem}` : problem]);
  };
  const version = parseVersion(text) ?? refuse(`"${text}" is no GitLab version such as 18.5.0`);
  if (!atLeast(version, OLDEST)) refuse(`${text} is older than ${OLDEST}`);
  if (atLeast(version, TOO_NEW)) refuse(`${text} is newer than all that is known here (19.x)`);
  return version;
}

function worldOf(options: SandboxOptions): World {
  if (options.gitlabVersion != null) versionOf(options.gitlabVersion, 'gitlab-version');
  try {
    return createWorld(organisationOf(options.organisation), {
      ...(options.gitlabVersion == null ? {} : { version: options.gitlabVersion }),
      ...options.worldQuirks,
      scripts: options.allowScripts === true,
    });
  } catch (error) {
    if (!(error instanceof OrganisationError)) throw error;
    throw new SandboxOptionsError('organisation', describeProblems(error.problems, options.organisation));
  }
}

/** Each with the line it is on, where the organisation comes as a text. */
function describeProblems(problems: readonly Problem[], source: OrganisationSource): readonly string[] {
  const lineOf = source.kind === 'text' ? lineFinder(source.text) : () => null;
  return problems.map(({ path, message }) => {
    const line = lineOf(path);
    return [line === null ? '' : `line ${String(line)}: `, path === '' ? '' : `${path}: `, message].join('');
  });
}

function organisationOf(source: OrganisationSource): Organisation {
  switch (source.kind) {
    case 'value':
      return source.organisation;
    case 'text':
      return parseOrganisation(source.text);
    case 'generated':
      return generateOrganisation({ projects: source.projects, seed: source.seed });
  }
}

function inFaultFile<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof FaultFileError) throw new SandboxOptionsError('faults', error.problems);
    throw error;
  }
}

/** Every user gets a token that writes and one that reads; the first administrator's writing one is the answer. */
function issueTokens({ world, tokens }: Stand, ownSecret: string | null): string {
  const users = world.users();
  const administrator = users.find(({ admin }) => admin);
  if (administrator === undefined) throw new SandboxOptionsError('organisation', ['users: no administrator']);
  const createdAt = world.now();
  const own = ownSecret === null || ownSecret === '' ? {} : { secret: ownSecret };
  const { secret } = tokens.issue({ user: administrator, name: 'sandbox', scopes: ['api'], createdAt, ...own });
  for (const user of users) {
    if (user.id !== administrator.id) tokens.issue({ user, name: 'sandbox', scopes: ['api'], createdAt });
    tokens.issue({ user, name: 'sandbox, read only', scopes: ['read_api'], createdAt });
  }
  return secret;
}
