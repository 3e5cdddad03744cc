import { openApi } from './openapi.ts';
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../../src/sandbox/index.ts';

/** A small organisation: a library open to all, its callers, a maintainer, a guest and people of their own. */
export const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '10d',
  seed: 1,
  groups: ['acme', 'acme/libs', 'acme/apps', 'other'],
  users: [
    { name: 'root', admin: true },
    { name: 'ci-bot', memberships: { acme: 'developer' } },
    { name: 'mia', memberships: { 'acme/libs': 'maintainer', 'acme/apps': 'guest' } },
    { name: 'gus', memberships: { acme: 'guest' } },
  ],
  projects: [
    {
      path: 'acme/libs/core',
      id: 101,
      visibility: 'private',
      inboundEnabled: false,
      policiesEnabled: true,
      files: { 'README.md': 'hello', 'src/main.c': 'int main;' },
    },
    { path: 'acme/libs/tools', id: 102, visibility: 'private', inboundEnabled: false },
    { path: 'acme/apps/web', id: 103, visibility: 'private' },
    { path: 'acme/apps/shop', id: 104, visibility: 'private' },
    { path: 'other/secret', id: 105, visibility: 'private' },
    { path: 'other/open', id: 106, visibility: 'public', archived: true },
  ],
  jobs: [
    {
      project: 'acme/apps/web',
      name: 'build',
      every: '6h',
      at: '1h',
      user: 'ci-bot',
      uses: [{ callee: 'acme/libs/core', access: 'git' }],
    },
    {
      project: 'acme/apps/shop',
      name: 'test',
      every: '1d',
      at: '2h',
      user: 'ci-bot',
      uses: [{ callee: 'acme/libs/core', access: 'git' }],
    },
  ],
};

/** What rows of lists have, as far as tests look at them. */
export interface Row {
  readonly id: number;
  readonly path: string;
  readonly fullPath: string;
  readonly full_path: string;
  readonly type: string;
  readonly status: number | string;
  readonly caller: string;
  readonly change: { readonly kind: string } | null;
  readonly originProject: { readonly fullPath: string };
  readonly ciJobTokenScopeAllowlist: object | null;
  readonly ciJobTokenAuthLogs: object | null;
  readonly pipelines: { readonly nodes: readonly object[] };
}

/** Reads a list of an answer; an answer that is no list has no rows. */
export function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? (value as readonly Row[]) : [];
}

export type Reply = Awaited<ReturnType<StandIn['call']>>;

/** One running stand-in with a client of a few lines. */
export class StandIn {
  readonly running: RunningSandbox;
  readonly #tokens = new Map<string, string>();

  /** Faults spoil answers on purpose. */
  readonly #spoilt: boolean;

  private constructor(running: RunningSandbox, spoilt: boolean) {
    this.running = running;
    this.#spoilt = spoilt;
  }

  static async start(options: Partial<SandboxOptions> = {}, organisation: object = ORGANISATION): Promise<StandIn> {
    const standIn = new StandIn(
      await startSandbox({ organisation: { kind: 'text', text: JSON.stringify(organisation) }, ...options }),
      options.faults != null,
    );
    const { body } = await standIn.call('GET', '/-/sandbox/tokens');
    for (const { user, token, scopes } of body.tokens as { user: string; token: string; scopes: string[] }[]) {
      standIn.#tokens.set(`${user} ${scopes.join(' ')}`, token);
    }
    return standIn;
  }

  token(user: string, scope = 'api'): string {
    const token = this.#tokens.get(`${user} ${scope}`);
    if (token === undefined) throw new Error(`no token of ${user} for ${scope}`);
    return token;
  }

  async call(method: string, path: string, options: { token?: string | null; json?: unknown; headers?: object } = {}) {
    const token = options.token === undefined ? this.running.token : options.token;
    const response = await fetch(`${this.running.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === null ? {} : { 'PRIVATE-TOKEN': token }),
        ...(options.json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
    });
    const text = await response.text();
    // What an answer holds is for the test to say.
    const body = JSON.parse(isJson(text) ? text : 'null');
    return { status: response.status, headers: response.headers, text, body };
  }

  /** As {@link call} below `/api/v4`; an answer that is not as GitLab's description has it fails the test. */
  async rest(method: string, path: string, options: { token?: string | null; json?: unknown; headers?: object } = {}) {
    const reply = await this.call(method, `/api/v4${path}`, options);
    const type = reply.headers.get('content-type') ?? '';
    const answer = { method, path: path.replace(/\?.*$/s, ''), status: reply.status, type, text: reply.text };
    const problems = this.#spoilt ? null : (openApi?.check(answer) ?? null);
    if (problems !== null && problems.length > 0)
      throw new Error(`${method} ${path} is not as GitLab's: ${problems.join('; ')}`);
    return reply;
  }

  async graphql(query: string, variables: object = {}, token?: string | null): Promise<Reply> {
    return this.call('POST', '/api/graphql', { json: { query, variables }, ...(token === undefined ? {} : { token }) });
  }

  close(): Promise<void> {
    return this.running.close();
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
