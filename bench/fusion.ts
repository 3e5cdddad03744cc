/**
 * Recall of the log alone and of all sources, side by side: `npx tsx bench/fusion.ts [PROJECTS …]`, by default 80 and 300.
 * Two inventories are taken of a generated organisation, one with looks at single projects and one without. Then DAYS pass (120
 * unless the environment says otherwise), and what they brought is asked of the stand-in (`GET /-/sandbox/truth`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProgram } from './support/program.ts';
import { runNode, type Run } from './support/process.ts';
import { startStandIn, type StandIn } from './support/stand-in.ts';
import { printTable, seconds } from './support/table.ts';

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [80, 300];
const DAYS = Number(process.env['DAYS'] ?? 120);
const SEED = process.env['SEED'] ?? '1';

interface Pair {
  readonly caller: string;
  readonly callee: string;
}

const keyOf = ({ caller, callee }: Pair): string => `${caller} -> ${callee}`;

interface Known {
  readonly edges: ReadonlySet<string>;
  readonly requests: number;
  readonly run: Run;
}

/** What one inventory knows. @param looks - requests that looks at single projects may take */
async function known(program: string, standIn: StandIn, looks: number): Promise<Known> {
  const cwd = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  try {
    const options = { cwd, env: { TIDEGATE_TOKEN: standIn.token, TIDEGATE_GITLAB_URL: standIn.url } };
    await runNode([program, 'init', '--quiet'], options);
    writeFileSync(join(cwd, 'tidegate.yaml'), `name: fusion\nevidence: { surveys: { requests: ${looks} } }\n`);
    const run = await runNode([program, 'inventory', '--json', '--quiet'], options);
    const listed = await runNode([program, 'edges', 'list', '--json', '--quiet'], options);
    const { edges } = JSON.parse(listed.stdout) as { readonly edges: readonly Pair[] };
    const { requests } = JSON.parse(run.stdout) as { readonly requests: number };
    return { edges: new Set(edges.map(keyOf)), requests, run };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function rowsOf(program: string, projects: number): Promise<readonly (readonly string[])[]> {
  const standIn = await startStandIn(program, ['--projects', `${projects}`, '--seed', SEED]);
  try {
    // Rows of the log come five minutes late.
    await standIn.advance('10m');
    const both = [
      ['log alone', await known(program, standIn, 0)],
      ['all sources', await known(program, standIn, 100 * projects)],
    ] as const;
    await standIn.advance(`${DAYS}d`);
    const truth = await standIn.truth();
    const planted = new Set(truth.filter(({ caller, callee }) => caller !== callee).map(keyOf));
    return both.map(([name, { edges, requests, run }]) => {
      const found = [...planted].filter((edge) => edges.has(edge)).length;
      const recall = (found / planted.size).toFixed(3);
      return [
        `${projects} projects, ${name}`,
        `${found} of ${planted.size}`,
        recall,
        `${requests}`,
        seconds(run.cpuMs),
      ];
    });
  } finally {
    await standIn.stop();
  }
}

const program = builtProgram();
const rows: (readonly string[])[] = [];
for (const size of SIZES) rows.push(...(await rowsOf(program, size)));
printTable(
  `fusion: edges that ${DAYS} days used, known beforehand (seed ${SEED})`,
  ['', 'edges', 'recall', 'requests', 'processor'],
  rows,
);
