/**
 * How right the time left of an inventory is under a limit: `npx tsx bench/time-left.ts [PROJECTS [PER_MINUTE]]`, by default 1,500 and 60.
 * The stand-in tells its limit in its settings and refusals, by `Retry-After` alone, or not at all; each report is held against when the
 * inventory really ended. It takes as long as the limit wants: by default four minutes each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createForge } from '../src/adapters/gitlab/index.ts';
import { openStore } from '../src/adapters/sqlite/index.ts';
import { playbookSchema } from '../src/domain/playbook.ts';
import { startRollout } from '../src/engine/drive/decide.ts';
import { takeLease } from '../src/engine/drive/lease.ts';
import { chartSettings } from '../src/engine/drive/tasks.ts';
import { readInventory } from '../src/engine/inventory/inventory.ts';
import { builtProgram } from './support/program.ts';
import { startStandIn, type StandIn } from './support/stand-in.ts';
import { printTable } from './support/table.ts';

const [PROJECTS = 1_500, PER_MINUTE = 60] = process.argv.slice(2).map(Number);
const WAYS = ['always', 'retry-after', 'none'] as const;

interface Report {
  readonly at: number;
  readonly requests: number;
  readonly leftMs: number | null;
  readonly limitKnown: boolean;
}

async function reportsOf({
  url,
  token,
}: StandIn): Promise<{ readonly reports: readonly Report[]; readonly end: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const { forge, clock } = createForge({
    ...{ url, token: () => token, maxRpm: null, concurrency: 4, timeoutMs: 60_000 },
    notify: () => undefined,
  });
  const store = await openStore(join(directory, 'tidegate.db'), {
    ...{ create: true, clock, actor: () => ({ osUser: 'bench', gitlabUser: null, ciJob: null }) },
  });
  try {
    const playbook = playbookSchema.parse({});
    const { checkpoint } = startRollout(chartSettings(playbook));
    const names = { id: 'bench', gitlabUrl: url, playbookName: 'tidegate.yaml', playbookText: '' };
    await store.createRollout({ ...names, createdAt: clock.now(), checkpoint, capabilities: null, identity: null });
    const reports: Report[] = [];
    await readInventory({
      ...{ forge, store, clock, playbook, signal: new AbortController().signal },
      lease: await takeLease(store, clock, 'bench', () => true),
      notify: {
        note: () => undefined,
        alert: () => undefined,
        progress: ({ requests, leftMs = null, limitKnown = false }) =>
          reports.push({ at: performance.now(), requests, leftMs, limitKnown }),
      },
      ...{ gitlabUrl: url, registryHost: null, secrets: [token] },
    });
    return { reports, end: performance.now() };
  } finally {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The largest error in the time of the whole, in percent, among reports after the first tenth of the requests. */
function worst(reports: readonly Report[], end: number, began: number, fits: (report: Report) => boolean): string {
  const all = reports.at(-1)?.requests ?? 0;
  const errors = reports.flatMap((report) =>
    report.leftMs === null || report.requests < all / 10 || !fits(report)
      ? []
      : [Math.abs(report.at + report.leftMs - end) / (end - began)],
  );
  return errors.length === 0 ? '-' : `${(100 * Math.max(...errors)).toFixed(1)} %`;
}

const program = builtProgram();
const rows: (readonly string[])[] = [];
for (const way of WAYS) {
  const organisation = ['--projects', `${PROJECTS}`, '--seed', '1', '--rate-limit', `${PER_MINUTE}`];
  const standIn = await startStandIn(program, [...organisation, '--quirk', `rate-limit-headers=${way}`]);
  const began = performance.now();
  const { reports, end } = await reportsOf(standIn).finally(() => standIn.stop());
  const known = reports.find(({ limitKnown }) => limitKnown);
  rows.push([
    way,
    `${reports.at(-1)?.requests ?? 0}`,
    known === undefined ? 'never' : `request ${known.requests}`,
    worst(reports, end, began, ({ limitKnown }) => limitKnown),
    worst(reports, end, began, ({ limitKnown }) => !limitKnown),
  ]);
}
printTable(
  `time left of ${PROJECTS} projects at ${PER_MINUTE} requests a minute (goal: right within 20 % after the first tenth)`,
  ['limit told', 'requests', 'known from', 'worst from then on', 'before'],
  rows,
);
