import type { Command } from 'commander';
import { RolloutError } from '../../domain/errors.ts';
import { printable } from '../../domain/redact.ts';
import { counted } from '../../domain/values.ts';
import type { OrderContext } from '../../engine/orders/order.ts';
import type { RolloutStore, WaveCallee, WaveRow } from '../../engine/ports.ts';
import type { RollbackResult } from '../../engine/apply/rollback.ts';
import { confirm } from '../terminal/ask.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { carryOut, DEFAULT_REASON, type OrderFlags } from './orders.ts';

interface RollbackFlags extends OrderFlags {
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly project?: string;
}

const EXAMPLES = `
Examples:
  $ tidegate rollback 2 --dry-run
  $ tidegate rollback --project acme/libs/core --reason "incident 4711"
  $ tidegate rollback --all`;

/** `tidegate rollback`: a wave, one project, or everything. */
export function registerRollback(program: Command, context: CliContext): void {
  program
    .command('rollback')
    .description('restore the earlier state of a wave, a project or all, keeping what people changed meanwhile')
    .argument('[wave]', 'number of the wave')
    .option('--project <path>', 'one project alone, at once; its wave goes on without it')
    .option('--all', 'every wave, the latest first, with the next tick')
    .option('--dry-run', 'say what would happen, change nothing')
    .option('--reason <text>', 'why, for the ledger', DEFAULT_REASON)
    .addHelpText('after', EXAMPLES)
    .action(async (number: string | undefined, flags: RollbackFlags, command: Command) => {
      const told = [number, flags.project, flags.all].filter((part) => part !== undefined);
      if (told.length !== 1) {
        throw new RolloutError(
          'USAGE',
          'say what to roll back: the number of a wave, --project PATH or --all',
          'See `tidegate status` for the waves.',
        );
      }
      if (flags.project !== undefined) return rollBackProject(context, command, flags.project, flags);
      if (number === undefined) return rollBackAll(context, command, flags);
      return rollBackWave(context, command, waveNumber(number), flags);
    });
}

function waveNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new RolloutError('USAGE', `"${printable(text)}" is no wave`, 'Write its number, such as 2.');
}

async function rollBackWave(context: CliContext, command: Command, number: number, flags: RollbackFlags) {
  const orders = await import('../../engine/orders/rollback.ts');
  if (flags.dryRun === true) {
    return rehearse(context, globalsOf(command), `wave ${number}`, async (order) => [
      { wave: await orders.waveToRollBack(order, number), only: null },
    ]);
  }
  return carryOut(context, command, `\`tidegate tick\` rolls back wave ${number}.`, async (order) => {
    const wave = await orders.waveToRollBack(order, number);
    const question = `This takes back wave ${number} (${wave.kind}). Go on?`;
    if (!(await confirm(context, globalsOf(command), question))) return false;
    await orders.rollback(order, wave, flags.reason);
    return true;
  });
}

async function rollBackAll(context: CliContext, command: Command, flags: RollbackFlags) {
  const orders = await import('../../engine/orders/rollback.ts');
  if (flags.dryRun === true) {
    return rehearse(context, globalsOf(command), 'every wave', async (order) =>
      (await orders.wavesThatStand(order)).map((wave) => ({ wave, only: null })),
    );
  }
  return carryOut(context, command, '`tidegate tick` rolls back every wave.', async (order) => {
    const waves = await orders.wavesThatStand(order);
    const question = `This takes back ${counted(waves.length, 'wave')}, the latest first. Go on?`;
    if (!(await confirm(context, globalsOf(command), question))) return false;
    await orders.rollbackAll(order, flags.reason);
    return true;
  });
}

/** Writes itself, as a driver: nobody wants to wait for the next tick with one project that is broken. */
async function rollBackProject(context: CliContext, command: Command, path: string, flags: RollbackFlags) {
  const globals = globalsOf(command);
  if (flags.dryRun === true) {
    return rehearse(context, globals, path, async ({ store }) => {
      const { wave, callee } = await standing(store, path);
      return [{ wave, only: callee }];
    });
  }
  const { openDriver } = await import('../session/session.ts');
  const { rollbackProject } = await import('../../engine/apply/rollback.ts');
  const driver = await openDriver(context, globals);
  try {
    const found = await standing(driver.store, path);
    const name = found.callee.path;
    const question = `This takes back ${printable(name)}, which wave ${found.wave.number} changed. Go on?`;
    if (!(await confirm(context, globals, question))) {
      context.out.result({ schemaVersion: 1, done: false }, () => 'Nothing was changed.');
      return;
    }
    // Whose token it is, for the ledger.
    await driver.engine.forge.identity();
    const result = await rollbackProject(driver.engine, found, `taken back by ${driver.person}: ${flags.reason}`);
    if (result.obstacles.length > 0) context.setExit(EXIT.failed);
    context.out.result({ schemaVersion: 1, done: true, project: name, ...result }, () =>
      [
        `${printable(name)}: ${result.reopened > 0 ? 'open again, ' : ''}${counted(result.removed, 'entry', 'entries')} removed${result.restored > 0 ? `, ${result.restored} put back` : ''}.`,
        ...remarks(result),
        `It is not planned again until \`tidegate resume --project ${printable(name)}\`.`,
      ].join('\n'),
    );
  } finally {
    await driver.close();
  }
}

async function standing(store: RolloutStore, path: string) {
  const { standingCallee } = await import('../../engine/apply/rollback.ts');
  const found = await standingCallee(store, path);
  if (found) return found;
  throw new RolloutError(
    'ORDER_REFUSED',
    `no wave that stands has changed ${printable(path)}`,
    'Check the path; `tidegate report` lists what each wave changed.',
  );
}

interface Rehearsed {
  readonly wave: WaveRow;
  readonly only: WaveCallee | null;
}

async function rehearse(
  context: CliContext,
  globals: GlobalOptions,
  what: string,
  find: (order: OrderContext) => Promise<readonly Rehearsed[]>,
): Promise<void> {
  const { connect } = await import('../session/connection.ts');
  const { openRollout } = await import('../session/session.ts');
  const { rehearseRollback } = await import('../../engine/apply/rollback.ts');
  const session = await openRollout(context, globals, 'look');
  try {
    const chosen = await find(session);
    const { forge } = await connect(context, globals, session.row.gitlabUrl);
    const results: (RollbackResult & { readonly wave: number; readonly kind: WaveRow['kind'] })[] = [];
    for (const { wave, only } of chosen) {
      const { number, kind } = wave;
      results.push({ wave: number, kind, ...(await rehearseRollback({ store: session.store, forge }, wave, only)) });
    }
    const [first] = results;
    const json = results.length === 1 ? { ...first } : { waves: results };
    context.out.result({ schemaVersion: 1, ...json }, () =>
      [
        `Rolling back ${printable(what)} would, with GitLab as it is now:`,
        ...results.flatMap((result) => [`  wave ${result.wave}: ${wouldDo(result)}`, ...remarks(result)]),
        'Nothing was changed.',
      ].join('\n'),
    );
  } finally {
    session.store.close();
  }
}

/** What taking back a wave would do, in words; `nothing` where it would not. */
export function wouldDo({
  kind,
  reopened,
  removed,
  restored,
}: RollbackResult & { readonly kind: WaveRow['kind'] }): string {
  if (kind === 'organisation') return reopened > 0 ? 'turn the switch of the instance off' : 'nothing';
  const parts = [
    ...(reopened > 0 ? [`open ${counted(reopened, 'project')} again`] : []),
    ...(removed > 0 ? [`remove ${counted(removed, 'entry', 'entries')}`] : []),
    ...(restored > 0 ? [`put back ${restored}`] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

const remarks = ({ kept, obstacles }: RollbackResult): readonly string[] => [
  ...kept.map((word) => `    kept: ${printable(word)}`),
  ...obstacles.map((word) => `    not possible: ${printable(word)}`),
];
