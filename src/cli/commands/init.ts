import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RolloutError } from '../../domain/errors.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../context.ts';

interface InitFlags {
  readonly playbook: string;
  readonly group?: readonly string[];
}

const PLAYBOOK_FILE = 'tidegate.yaml';

const EXAMPLE = `
Example:
  $ tidegate init --gitlab https://gitlab.example.com --group acme --playbook standard

Writes a commented tidegate.yaml and creates the database; nothing is sent to GitLab.
A tidegate.yaml that is there already is kept and used.`;

/** `tidegate init`: a playbook to edit and a database to begin with. */
export function registerInit(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('write a playbook and create the database of a rollout')
    .option('--playbook <name>', 'a shipped playbook (standard, cautious, fast) or a file', 'standard')
    .option('--group <path...>', 'full paths of the groups in scope (default: everything the token sees)')
    .addHelpText('after', EXAMPLE)
    .action(async (flags: InitFlags, command: Command) => {
      await init(context, globalsOf(command), flags);
    });
}

export async function init(context: CliContext, globals: GlobalOptions, flags: InitFlags): Promise<void> {
  const { gitlabUrlOf, openDatabase } = await import('../session.ts');
  const { readPlaybook } = await import('../playbook-file.ts');
  const { startRollout } = await import('../../engine/decide.ts');
  const { chartSettings } = await import('../../engine/tasks.ts');
  const { createSystemClock } = await import('../../adapters/notify/system.ts');
  const url = gitlabUrlOf(context, globals, null);
  const file = resolve(context.cwd, PLAYBOOK_FILE);
  const kept = existsSync(file);
  const text = kept
    ? readFileSync(file, 'utf8')
    : withGroups(shippedPlaybook(context, flags.playbook), flags.group ?? []);
  const playbook = readPlaybook(text, kept ? file : flags.playbook);
  const database = resolve(context.cwd, globals.db);
  if (existsSync(database)) {
    throw new RolloutError(
      'STORE_FOREIGN',
      `${database} is there already`,
      'Go on with `tidegate tick`, or name another file with --db.',
    );
  }
  const clock = createSystemClock();
  const store = await openDatabase(context, globals, clock, true);
  try {
    const step = startRollout(chartSettings(playbook));
    const at = clock.now();
    await store.transaction(async () => {
      await store.createRollout({
        id: randomUUID(),
        gitlabUrl: url,
        playbookName: PLAYBOOK_FILE,
        playbookText: text,
        createdAt: at,
        checkpoint: step.checkpoint,
        capabilities: null,
        identity: null,
      });
      for (const [index, task] of step.tasks.entries()) {
        await store.putTask({ key: `0/${index}`, kind: task.kind, waveId: null, notBefore: null });
      }
      await store.appendLedger([{ kind: 'init', subject: url, body: { playbook: flags.playbook, text } }], at);
    });
    if (!kept) writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    throw notWritable(error, file);
  }
  store.close();
  context.out.result({ schemaVersion: 1, database, playbook: file, gitlab: url, kept }, (result) =>
    [
      `${result.kept ? 'Kept' : 'Wrote'} ${result.playbook}`,
      `Created ${result.database} for ${result.gitlab}`,
      'Next: look through tidegate.yaml, then `tidegate doctor` and `tidegate tick`.',
    ].join('\n'),
  );
}

function notWritable(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'EACCES' && code !== 'EROFS' && code !== 'ENOSPC' && code !== 'EPERM') return error;
  return new RolloutError(
    'STORE_UNAVAILABLE',
    `${file} cannot be written (${code})`,
    'Choose a directory that can be written to; nothing was left behind.',
  );
}

function shippedPlaybook(context: CliContext, name: string): string {
  const shipped = fileURLToPath(new URL(`../../../playbooks/${name}.yaml`, import.meta.url));
  const file = /^[a-z][a-z0-9-]*$/.test(name) && existsSync(shipped) ? shipped : resolve(context.cwd, name);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  throw new RolloutError(
    'USAGE',
    `there is no playbook ${name}`,
    'Shipped ones: standard, cautious, fast; or name a file.',
  );
}

/** Fills in the scope where the shipped file leaves it open; the comments around it stay. */
function withGroups(text: string, groups: readonly string[]): string {
  if (groups.length === 0) return text;
  return text.replace(/^ {2}groups: \[\]$/m, `  groups: ${JSON.stringify(groups)}`);
}
