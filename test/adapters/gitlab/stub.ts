import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createForge, type ForgeOptions } from '../../../src/adapters/gitlab/index.ts';
import type { Permit } from '../../../src/engine/ports.ts';

/** Never a real token; unusual enough to be found wherever it leaks to. */
export const CANARY = 'glpat-CANARY-7f3a91-must-not-leak';

export interface Seen {
  readonly method: string;
  /** Path and query below the root. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: SeenBody;
}

/** What the tests look at in a request; other bodies are compared whole. */
export interface SeenBody {
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as it is. */
  readonly body?: unknown;
  /** Takes over the socket instead. */
  readonly raw?: (response: ServerResponse) => void;
}

export interface Stub {
  readonly url: string;
  readonly seen: Seen[];
  readonly close: () => Promise<void>;
}

/** A server that answers what the test says, and remembers what it was asked. */
export async function startStub(answer: (seen: Seen, nth: number) => Reply): Promise<Stub> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const one = { method: request.method!, path: request.url!, headers: request.headers, body: parsed(text) };
      seen.push(one);
      send(response, answer(one, seen.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

function send(response: ServerResponse, { status = 200, headers = {}, body, raw }: Reply): void {
  if (raw) {
    raw(response);
    return;
  }
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(text);
}

const parsed = (text: string): SeenBody => (text === '' ? {} : (JSON.parse(text) as SeenBody));

export const connect = (url: string, options: Partial<ForgeOptions> = {}): ReturnType<typeof createForge> =>
  createForge({ url, token: () => CANARY, maxRpm: null, concurrency: 4, ...options });

const named = (names: readonly string[]) => names.map((name) => ({ name, args: [] as { name: string }[] }));

const FACT_FIELDS = [
  ...named(['packages', 'terraformStates']),
  { name: 'projectMembers', args: [{ name: 'relations' }, { name: 'accessLevels' }] },
];

/** What introspection answers on a GitLab of today, as far as the adapter asks. */
export function featuresReply(
  change: {
    readonly log?: boolean;
    readonly entries?: boolean;
    readonly archived?: boolean;
    readonly facts?: boolean;
  } = {},
): Reply {
  const { log = true, entries = true, archived = true, facts = false } = change;
  const project = ['id', ...(log ? ['ciJobTokenAuthLogs'] : []), ...(entries ? ['ciJobTokenScopeAllowlist'] : [])];
  const projects = { name: 'projects', args: archived ? [{ name: 'ids' }, { name: 'archived' }] : [{ name: 'ids' }] };
  return {
    body: {
      data: {
        metadata: { version: '18.5.0-ee', enterprise: true },
        query: { fields: [projects] },
        project: { fields: [...named(project), ...(facts ? FACT_FIELDS : [])] },
        pipeline: { fields: named(['totalJobs', 'failedJobsCount', 'warnings']) },
        mutation: { fields: named(['projectCiCdSettingsUpdate', 'ciJobTokenScopeAddGroupOrProject']) },
        policies: { enumValues: named(['READ_PACKAGES', 'ADMIN_PACKAGES']) },
        settingsInput: { inputFields: named(['fullPath', 'inboundJobTokenScopeEnabled']) },
        addInput: { inputFields: named(['projectPath', 'defaultPermissions', 'jobTokenPolicies']) },
      },
    },
  };
}

/** Is it the GraphQL document that holds this word? */
export const asks = ({ body }: Seen, word: string): boolean => body.query?.includes(word) ?? false;

export const mutates = ({ body }: Seen): boolean => body.query?.startsWith('mutation') ?? false;

interface NodeOptions {
  readonly stored?: boolean | null;
  readonly entries?: readonly unknown[];
  readonly groups?: readonly unknown[];
  readonly log?: readonly unknown[];
  readonly more?: { readonly entries?: string; readonly log?: string };
  readonly level?: number;
}

const list = (nodes: readonly unknown[], cursor?: string) => ({
  pageInfo: { hasNextPage: cursor !== undefined, endCursor: cursor ?? null },
  nodes,
});

export const entryNode = (id: number, path: string, kind: 'Project' | 'Group' = 'Project', more: object = {}) => ({
  createdAt: '2026-01-02T03:04:05Z',
  defaultPermissions: true,
  jobTokenPolicies: [],
  addedBy: { username: 'root' },
  target: { id: `gid://gitlab/${kind}/${id}`, fullPath: path },
  ...more,
});

export const logNode = (id: number, path: string, at = '2026-03-01T00:00:00Z') => ({
  lastAuthorizedAt: at,
  originProject: { id: `gid://gitlab/Project/${id}`, fullPath: path },
});

/** A permit for tests in which nobody objects. */
export const freely = (() => Promise.resolve()) as Permit;

/** A project as GraphQL tells it. */
export const projectNode = (id: number, path: string, options: NodeOptions = {}) => ({
  id: `gid://gitlab/Project/${id}`,
  fullPath: path,
  visibility: 'private',
  archived: false,
  maxAccessLevel: { integerValue: options.level ?? 40 },
  group: { id: 'gid://gitlab/Group/1' },
  ciCdSettings: { inboundJobTokenScopeEnabled: options.stored === undefined ? true : options.stored },
  ciJobTokenScopeAllowlist: {
    projectsAllowlist: list(options.entries ?? [], options.more?.entries),
    groupsAllowlist: list(options.groups ?? []),
  },
  ciJobTokenAuthLogs: list(options.log ?? [], options.more?.log),
});

export const projectsPage = (nodes: readonly unknown[], next: string | null = null, count: number | null = null) => ({
  count,
  pageInfo: { hasNextPage: next !== null, endCursor: next },
  nodes,
});
