import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { RepositoryStore } from '../git/repository-store.ts';
import type { ShellExecutor } from '../scripts/shell-executor.ts';
import type { Attempt, User, World } from '../world/world.ts';
import type { IssueBook } from './issues.ts';
import type { LiveJobs } from './job-token/live-jobs.ts';
import type { Journal } from './journal/journal.ts';
import type { ObjectStorage } from './packages/object-storage.ts';
import type { PackageStore } from './packages/store.ts';
import type { ImageStore } from './registry/images.ts';
import type { RegistryTokens } from './registry/tokens.ts';
import type { ReleaseBook } from './releases.ts';
import type { AccessToken, TokenRegistry } from './tokens.ts';
import type { Capabilities } from './versions.ts';

/** Everything one running stand-in holds; routes take what they need from it. */
export interface Stand {
  readonly world: World;
  readonly can: Capabilities;
  /** Calls that each user may make; null: as many as they like. */
  readonly callsPerMinute: number | null;
  readonly tokens: TokenRegistry;
  readonly journal: Journal;
  readonly issues: IssueBook;
  readonly liveJobs: LiveJobs;
  readonly repositories: RepositoryStore;
  readonly packages: PackageStore;
  readonly images: ImageStore;
  readonly registryTokens: RegistryTokens;
  readonly releases: ReleaseBook;
  readonly objects: ObjectStorage;
  /** Null: scripts of jobs are not run. */
  readonly scripts: ShellExecutor | null;
}

/** Who is asking: the user behind a valid token. Absent for anonymous calls. */
export interface Viewer {
  readonly user: User;
  readonly token: AccessToken;
}

/** Types of the Hono application. */
export interface SandboxEnv {
  Bindings: HttpBindings;
  Variables: {
    viewer: Viewer | null;
    /** What a job's token was judged for; counted when the answer is known. */
    attempt: Attempt | null;
  };
}

/** One request on its way through a route. */
export type Call = Context<SandboxEnv>;
/** A set of routes, to be mounted on another. */
export type Routes = Hono<SandboxEnv>;
