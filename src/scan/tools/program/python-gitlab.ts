/** python-gitlab's objects in a program: which project's endpoint a call of theirs reaches. */

/** One request of the library. */
export interface LibraryRequest {
  /** Row of the program, from 0. */
  readonly row: number;
  /** REST address for each project the expression may name. */
  readonly urls: readonly string[];
  readonly method: string;
}

/** All values of an expression. */
export type Evaluate = (text: string) => readonly string[];

interface Bound {
  /** Address of the instance the client was made for. */
  readonly base: string;
  readonly projects: readonly string[];
  /** Path of the object below the project, `''` for the project itself. */
  readonly below: string;
}

// Manager or method of a project object to its REST path. Source: python-gitlab, "API examples".
const PATHS: Readonly<Record<string, string>> = {
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
const JOB_PATHS: Readonly<Record<string, string>> = { artifacts: 'jobs/1/artifacts', artifact: 'jobs/1/artifacts/any' };

const CLIENT = /\b(\w+)\s*=\s*(?:\w+\.)?Gitlab\s*\(/u;
// What the library asks when it is given no address.
const DEFAULT_BASE = 'https://gitlab.com';
const WRITES = /\.(?:create|update|delete|upload|save|stop|set)\s*\(/u;

/** Requests of clients that were made with `job_token=`. */
export function libraryRequests(code: readonly string[], evaluate: Evaluate): readonly LibraryRequest[] {
  const clients = new Map<string, string>();
  const bound = new Map<string, Bound>();
  const found: LibraryRequest[] = [];
  code.forEach((text, row) => {
    const client = CLIENT.exec(text);
    if (client) {
      const given = code
        .slice(row, row + 6)
        .join(' ')
        .slice(client.index + client[0].length);
      if (/\bjob_token\s*=/u.test(given)) clients.set(client[1] ?? '', baseOf(given, evaluate));
    }
    const direct = /\b(\w+)\.projects\.get\s*\(\s*([^]*)$/u.exec(text);
    const base = clients.get(direct?.[1] ?? '');
    if (base !== undefined) {
      const projects = evaluate(direct?.[2] ?? '');
      const rest = afterCall(direct?.[2] ?? '');
      const name = /^\s*(\w+)\s*=/u.exec(text)?.[1];
      if (rest.startsWith('.')) add({ base, projects, below: '' }, rest, row);
      else if (name !== undefined) bound.set(name, { base, projects, below: '' });
    }
    for (const [name, object] of [...bound]) {
      const use = new RegExp(`\\b${name}(\\.[a-z_][^]*)$`, 'u').exec(text)?.[1];
      if (use !== undefined) add(object, use, row);
      const job = new RegExp(`^\\s*(?:for\\s+)?(\\w+)\\s*(?:=|in)\\s*${name}\\.jobs\\.(?:get|list)\\s*\\(`, 'u').exec(
        text,
      );
      if (job) bound.set(job[1] ?? '', { ...object, below: 'jobs' });
    }
  });
  return found;

  function add({ base, projects, below }: Bound, chain: string, row: number): void {
    const member = /^\.(\w+)/u.exec(chain)?.[1] ?? '';
    const nested = /\.jobs\.(?:get|list)\([^)]*\)\.(artifacts?)\b/u.exec(chain)?.[1];
    const table = below === 'jobs' ? JOB_PATHS : PATHS;
    const path =
      nested === undefined
        ? /^\.pipelines\b.*\.jobs\b/u.test(chain)
          ? 'pipelines/1/jobs'
          : table[member]
        : JOB_PATHS[nested];
    if (path === undefined) return;
    const urls = projects.map((project) => `${base}/api/v4/projects/${project.replaceAll('/', '%2F')}/${path}`);
    found.push({ row, urls, method: WRITES.test(chain) || path === 'trigger/pipeline' ? 'POST' : 'GET' });
  }
}

/** First argument or `url=`. */
function baseOf(given: string, evaluate: Evaluate): string {
  const named = /\burl\s*=\s*([^]*)$/u.exec(given)?.[1];
  const first = /^\s*\w+\s*=(?!=)/u.test(given) ? undefined : given;
  const text = named ?? first;
  return ((text === undefined ? undefined : evaluate(text)[0]) ?? DEFAULT_BASE).replace(/\/+$/u, '');
}

/** What follows the closing bracket of an argument list. */
function afterCall(text: string): string {
  let depth = 1;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth === 0) return text.slice(index + 1);
  }
  return '';
}
