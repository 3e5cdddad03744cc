import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Engine } from '../../engine/context.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Output } from '../terminal/output.ts';
import type { StandIn } from '../demo/stand-in.ts';
import { counted } from '../../domain/values.ts';

const EXAMPLE = `
Example:
  $ tidegate demo

Starts the bundled GitLab stand-in on this machine, takes a company of 300 projects from open to enforced in
accelerated time, and leaves database, playbook and report in ./tidegate-demo to look at afterwards:
  $ cd tidegate-demo && tidegate status && tidegate ledger show`;

const OPENING = `Starting a GitLab stand-in: about 300 projects, every one open to every job token.
Its time is moved on whenever Tidegate waits; the dates are the company's. What a person
decides is played and begins with "you:". All the rest is what Tidegate does by itself.
`;

const DAY_MS = 86_400_000;

const PLAYBOOK = `# The playbook of the demo: as standard.yaml, with shorter looks.
name: demo
observe: { window: 14d, every: 3d }
# The story is about what GitLab's log alone misses: nothing else is looked at.
evidence: { surveys: { requests: 0 } }
decisions:
  rules:
    - name: same-organisation
      when: { sameGroup: 1, seenWithin: 45d }
      then: approve
      expires: 365d
      reason: Used within the last weeks, inside the same top-level group.
waves:
  pilot: { size: 5 }
  sizes: [60, "50%", "100%"]
gates: { soak: 7d, sweepEvery: 1d }
approvals: { plan: true, waves: none }
`;

/** `tidegate demo`: the whole migration against the stand-in, told as it happens. */
export function registerDemo(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('the whole migration of a made-up company, in under a minute')
    .option('--dir <path>', 'where database, playbook and report are left', 'tidegate-demo')
    .addHelpText('after', EXAMPLE)
    .action(async (flags: { dir: string }, command: Command) => {
      await demo(context, globalsOf(command), resolve(context.cwd, flags.dir));
    });
}

async function demo(context: CliContext, globals: GlobalOptions, dir: string): Promise<void> {
  const { startStandIn } = await import('../demo/stand-in.ts');
  const { demoOrganisation } = await import('../demo/organisation.ts');
  prepare(dir);
  const organisationFile = resolve(dir, 'organisation.json');
  writeFileSync(organisationFile, JSON.stringify(demoOrganisation(), null, 1));
  context.out.note(OPENING);
  const started = performance.now();
  const standIn = await startStandIn(organisationFile);
  try {
    await playDemo(context, globals, dir, standIn, started);
  } finally {
    await standIn.close();
  }
}

/** Removes what an earlier demo left; nothing else of the folder is touched. */
function prepare(dir: string): void {
  mkdirSync(dir, { recursive: true });
  for (const file of ['tidegate.db', 'tidegate.db-wal', 'tidegate.db-shm', 'tidegate.yaml', 'tidegate-report.html']) {
    rmSync(resolve(dir, file), { force: true });
  }
}

async function playDemo(
  context: CliContext,
  globals: GlobalOptions,
  dir: string,
  standIn: StandIn,
  started: number,
): Promise<void> {
  const { openDriver } = await import('../session/session.ts');
  const { init } = await import('./init.ts');
  const { createNarrator } = await import('../demo/narrator.ts');
  const { playRollout } = await import('../demo/story.ts');
  writeFileSync(resolve(dir, 'tidegate.yaml'), PLAYBOOK);
  const inside: CliContext = {
    ...context,
    cwd: dir,
    env: { ...context.env, TIDEGATE_TOKEN: standIn.token, TIDEGATE_GITLAB_URL: standIn.url },
  };
  const { gitlab: _gitlab, tokenFile: _tokenFile, ...rest } = globals;
  const here: GlobalOptions = { ...rest, db: 'tidegate.db' };
  const silent = new Output({ write: () => true }, { write: () => true });
  await init({ ...inside, out: silent }, here, { playbook: 'standard' });
  const driver = await openDriver(inside, here);
  try {
    const narrator = createNarrator(context.out, driver.clock);
    const engine: Engine = {
      ...driver.engine,
      // What would be posted to people at once belongs to the story as well.
      notify: {
        ...driver.engine.notify,
        note: (text) => narrator.tidegate(text),
        alert: (text) => narrator.tidegate(text),
      },
    };
    const result = await playRollout(engine, standIn, driver, narrator);
    narrator.tidegate(`Done: ${result.what}.`);
    await finish(context, engine, dir, started);
  } finally {
    await driver.close();
  }
}

async function finish(context: CliContext, engine: Engine, dir: string, started: number): Promise<void> {
  const { readReportInput } = await import('./report/input.ts');
  const { buildReport } = await import('../../report/model/model.ts');
  const { renderReport } = await import('../../report/render.ts');
  const { summarise } = await import('../demo/summary.ts');
  const { shellWord } = await import('../terminal/shell-word.ts');
  const input = await readReportInput(engine.store, engine.clock, engine.forge.requestCount());
  const report = resolve(dir, 'tidegate-report.html');
  writeFileSync(report, renderReport(buildReport(input), 'html'));
  const summary = await summarise(engine);
  const seconds = (performance.now() - started) / 1_000;
  context.out.result({ schemaVersion: 1, ...summary, seconds: Math.round(seconds), report }, (_, paint) =>
    [
      '',
      paint('bold', 'What happened'),
      `  projects enforced   ${summary.enforced} of ${summary.projects}`,
      `  entries added       ${summary.entriesAdded} (${summary.groupEntries} of them groups)`,
      `  widening            ${counted(summary.widening, 'project')} beyond those observed, signed off`,
      `  edges rejected      ${summary.rejected} of ${summary.edges}`,
      `  denials             ${summary.denied} unexpected, ${summary.expected} expected (rejected edges)`,
      `  other failed jobs   ${summary.role} for want of a role, ${summary.unrelated} of their own`,
      `  waves               ${summary.passed} passed, ${summary.rolledBack} rolled back and planned again`,
      `  instance switch     ${summary.instanceEnforced ? 'on' : 'off'}`,
      `  time                ${counted(Math.round(summary.elapsedMs / DAY_MS), 'day')} of the company in ${seconds.toFixed(1)} s`,
      `  API requests        ${summary.requests} (${(summary.requests / summary.projects).toFixed(1)} per project)`,
      `  report              ${relative(context.cwd, report)}`,
      '',
      paint('bold', 'Look around (the stand-in has ended; its rollout is all there)'),
      ...lookAround(context, dir, shellWord),
      '',
      paint('bold', 'On your own GitLab (nothing is changed before you approve a plan)'),
      '  tidegate init --gitlab https://gitlab.example.com --group your-group',
      '  tidegate doctor',
    ].join('\n'),
  );
  if (summary.enforced !== summary.projects || !summary.instanceEnforced) context.setExit(EXIT.failed);
}

/** Commands to be typed as they stand, in the directory where the demo was started. */
function lookAround({ cwd, env }: CliContext, dir: string, quote: (word: string) => string): readonly string[] {
  // Started by npm, the program may not be on the path.
  const program = env['npm_lifecycle_event'] === undefined ? 'tidegate' : 'npx tidegate';
  const db = `--db ${quote(join(relative(cwd, dir) || '.', 'tidegate.db'))}`;
  return [
    'status',
    'edges why acme/finance/closing acme/data/schema',
    'edges why partners/insights/scraper acme/data/customers',
    'ledger verify',
  ].map((command) => `  ${program} ${command} ${db}`);
}
