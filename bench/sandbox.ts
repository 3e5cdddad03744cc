/** What the stand-in itself costs at full size: `npx tsx bench/sandbox.ts [PROJECTS]`. In this process, so that its memory can be read. */
import { startSandbox } from '../src/sandbox/index.ts';
import { megabytes, milliseconds, printTable } from './support/table.ts';

const PROJECTS = Number(process.argv[2] ?? 100_000);
const PAGES = 40;
const DOCUMENT = `query($first: Int!, $after: String) {
  projects(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id fullPath archived
      ciCdSettings { inboundJobTokenScopeEnabled }
      ciJobTokenScopeAllowlist {
        projectsAllowlist(first: 10) { nodes { defaultPermissions target { ... on CiJobTokenAccessibleProject { id fullPath } } } }
        groupsAllowlist(first: 10) { nodes { defaultPermissions target { ... on CiJobTokenAccessibleGroup { id fullPath } } } }
      }
      ciJobTokenAuthLogs(first: 100) { pageInfo { hasNextPage endCursor } nodes { lastAuthorizedAt originProject { id fullPath } } }
    }
  }
}`;

interface Page {
  readonly data: { readonly projects: { readonly pageInfo: { readonly endCursor: string } } };
}

const began = performance.now();
const startedWith = process.cpuUsage();
const sandbox = await startSandbox({ organisation: { kind: 'generated', projects: PROJECTS, seed: 1 } });
const started = { wall: performance.now() - began, cpu: cpuSince(startedWith), rss: process.memoryUsage().rss };
const headers = { 'PRIVATE-TOKEN': sandbox.token, 'Content-Type': 'application/json' };

const pages: { wall: number; cpu: number }[] = [];
for (let after: string | null = null; pages.length < PAGES;) {
  const at = performance.now();
  const cpu = process.cpuUsage();
  const body = JSON.stringify({ query: DOCUMENT, variables: { first: 100, after } });
  const answer = await fetch(`${sandbox.url}/api/graphql`, { method: 'POST', headers, body });
  ({ endCursor: after } = ((await answer.json()) as Page).data.projects.pageInfo);
  pages.push({ wall: performance.now() - at, cpu: cpuSince(cpu) });
}
const truth = (await (await fetch(`${sandbox.url}/-/sandbox/truth`, { headers })).json()) as { edges: unknown[] };
await sandbox.close();

printTable(
  `the stand-in, ${PROJECTS.toLocaleString('en')} projects, ${truth.edges.length.toLocaleString('en')} edges with traffic`,
  ['', 'wall', 'processor', 'goal'],
  [
    ['start', milliseconds(started.wall), milliseconds(started.cpu), '30 s'],
    ['page of 100, median', milliseconds(median('wall')), milliseconds(median('cpu')), '100 ms'],
    ['memory after start', megabytes(started.rss), '', '2 GB'],
    ['memory at most', megabytes(process.resourceUsage().maxRSS * 1_024), '', '2 GB'],
  ],
);

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(key: 'wall' | 'cpu'): number {
  return pages.map((page) => page[key]).sort((a, b) => a - b)[pages.length >> 1] ?? 0;
}
