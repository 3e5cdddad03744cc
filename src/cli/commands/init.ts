import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RolloutError } from '../../domain/errors.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { RolloutStore } from '../../engine/ports.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../context.ts';

interface InitFlags {
  readonly playbook?: string;
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
    .option('--playbook <name>', 'a shipped one (standard, cautious, fast, tighten) or a file (default: standard)')
    .option('--group <path...>', 'full paths of the groups in scope (default: all the token sees)')
    .addHelpText('after', EXAMPLE)
    .action(async (flags: InitFlags, command: Command) => {
      const globals = globalsOf(command);
      await refuseIgnored(context, flags);
      await init(context, globals, flags);
    });
}

/** What was asked for must not be dropped without a word because a playbook is there already. */
async function refuseIgnored(context: CliContext, { playbook, group = [] }: InitFlags): Promise<void> {
  const file = resolve(context.cwd, PLAYBOOK_FILE);
  if (!existsSync(file) || (playbook === undefined && group.length === 0)) return;
  const { playbookFor } = await import('../playbook/shipped.ts');
  const { readPlaybookText } = await import('../playbook/file.ts');
  // The same command again, after one that was stopped half-way.
  if (readPlaybookText(file) === playbookFor(playbook ?? 'standard', group, context.cwd)) return;
  throw new RolloutError(
    'USAGE',
    `${file} is there already and says something else`,
    'Leave out --playbook and --group to use it as it is, or move it away first.',
  );
}

/**
 * Creates playbook and database: both or neither.
 *
 * @throws RolloutError `USAGE`, `PLAYBOOK_INVALID` or `STORE_*`
 */
export async function init(context: CliContext, globals: GlobalOptions, flags: InitFlags): Promise<void> {
  const { gitlabUrlOf } = await import('../session/connection.ts');
  const { openDatabase } = await import('../session/session.ts');
  const { readPlaybook, readPlaybookText } = await import('../playbook/file.ts');
  const { playbookFor } = await import('../playbook/shipped.ts');
  const { createSystemClock } = await import('../../adapters/notify/system.ts');
  const url = gitlabUrlOf(context, globals, null);
  const file = resolve(context.cwd, PLAYBOOK_FILE);
  const kept = existsSync(file);
  const name = flags.playbook ?? 'standard';
  const text = kept ? readPlaybookText(file) : playbookFor(name, flags.group ?? [], context.cwd);
  const playbook = readPlaybook(text, kept ? file : name);
  const database = resolve(context.cwd, globals.db);
  const clock = createSystemClock();
  await refuseTaken(database, () => openDatabase(context, globals, clock, 'change'));
  const written: string[] = [];
  let store: RolloutStore | null = null;
  try {
    store = await openDatabase(context, globals, clock, 'create');
    await createRollout(store, { url, text, name, playbook, at: clock.now() }, () => {
      written.push(database, `${database}-wal`, `${database}-shm`);
      // Remembered before it is filled: a full disk leaves half a file.
      if (!kept) writePlaybook(file, text, () => written.push(file));
    });
  } catch (error) {
    store?.close();
    removeAll(isEmpty(database) ? [...written, database] : written);
    throw error;
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

interface NewRollout {
  readonly url: string;
  readonly name: string;
  readonly text: string;
  readonly playbook: Playbook;
  readonly at: EpochMs;
}

async function createRollout(store: RolloutStore, rollout: NewRollout, last: () => void): Promise<void> {
  const { startRollout } = await import('../../engine/drive/decide.ts');
  const { chartSettings } = await import('../../engine/drive/tasks.ts');
  const { url, name, text, playbook, at } = rollout;
  const step = startRollout(chartSettings(playbook));
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
    await store.appendLedger([{ kind: 'init', subject: url, body: { playbook: name, text } }], at);
    last();
  });
}

const isEmpty = (file: string): boolean => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size === 0;
};

/** What another init made meanwhile is not in the list: it is filled under the lock of the database. */
function removeAll(files: readonly string[]): void {
  for (const file of files) rmSync(file, { force: true });
}

/** A file without a rollout is what an init leaves behind that was killed: it may be used. */
async function refuseTaken(database: string, open: () => Promise<RolloutStore>): Promise<void> {
  if (!existsSync(database) || isEmpty(database)) return;
  const store = await open();
  try {
    const { gitlabUrl } = await store.rollout();
    throw new RolloutError(
      'STORE_FOREIGN',
      `${database} holds a rollout of ${gitlabUrl} already`,
      'Go on with `tidegate tick`, or name another file with --db for a new one.',
    );
  } catch (error) {
    if (!(error instanceof RolloutError) || error.code !== 'ORDER_REFUSED') throw error;
  } finally {
    store.close();
  }
}

function writePlaybook(file: string, text: string, begun: () => void): void {
  try {
    const descriptor = openSync(file, 'wx');
    begun();
    try {
      writeFileSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new RolloutError(
      code === 'ENOSPC' ? 'STORE_BLOCKED' : 'STORE_UNAVAILABLE',
      `${file} cannot be written (${code})`,
      code === 'ENOSPC'
        ? 'Free some space and run the command again; nothing was left behind.'
        : 'Choose a directory that can be written to; nothing was left behind.',
      { cause: error },
    );
  }
}
