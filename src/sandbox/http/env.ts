import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { User, World } from '../world/world.ts';
import type { IssueBook } from './issues.ts';
import type { Journal } from './journal.ts';
import type { AccessToken, TokenRegistry } from './tokens.ts';
import type { Capabilities } from './versions.ts';

/** Everything one running stand-in holds; routes take what they need from it. */
export interface Stand {
  readonly world: World;
  readonly can: Capabilities;
  readonly tokens: TokenRegistry;
  readonly journal: Journal;
  readonly issues: IssueBook;
}

/** Who is asking: the user behind a valid token. Absent for anonymous calls. */
export interface Viewer {
  readonly user: User;
  readonly token: AccessToken;
}

/** Types of the Hono application. */
export interface SandboxEnv {
  Bindings: HttpBindings;
  Variables: { viewer: Viewer | null };
}

export type Call = Context<SandboxEnv>;
export type Routes = Hono<SandboxEnv>;
