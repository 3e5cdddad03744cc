import type { Command } from 'commander';
import { printable } from '../../../domain/redact.ts';
import { isoTime } from '../../../domain/values.ts';
import type { Anchor } from '../../../engine/record/anchor.ts';
import type { LedgerRow, RolloutStore } from '../../../engine/ports.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../../context.ts';
import { anchorHash } from '../../arguments/anchor-hash.ts';
import { EXIT } from '../../exit-codes.ts';
import { wholeNumber } from '../../arguments/numbers.ts';
import type { Output } from '../../terminal/output.ts';
import { rowText } from './text.ts';
import { suggestion, lookAtRollout } from '../edges/lookup.ts';
import { counted } from '../../../domain/values.ts';

const PAGE = 5_000;
const DEFAULT_LIMIT = 50;

interface ShowFlags {
  readonly after?: number;
  readonly limit: number;
  readonly kind?: string;
}

/** `tidegate ledger`: the record that nobody can alter unseen. */
export function registerLedger(program: Command, context: CliContext): void {
  const ledger = program
    .command('ledger')
    .description('the append-only record: who did what, when, why; show, verify, anchor')
    .addHelpText('after', '\nExample:\n  $ tidegate ledger verify');
  ledger
    .command('show')
    .description('rows of the record, oldest first; the latest ones unless --after says where to begin')
    .option('--after <n>', 'begin after this row', wholeNumber(0))
    .option('--limit <n>', 'at most this many rows', wholeNumber(1), DEFAULT_LIMIT)
    .option('--kind <kind>', 'only rows of this kind, such as decision')
    .addHelpText('after', '\nExample:\n  $ tidegate ledger show --kind decision --limit 20')
    .action(async (flags: ShowFlags, command: Command) => {
      await lookAtRollout(context, command, async ({ store }) => {
        const { rows, kinds } = await readRows(store, flags);
        if (flags.kind !== undefined && rows.length === 0) noteMissing(context.out, flags.kind, kinds);
        context.out.result({ schemaVersion: 1, rows: rows.map(toJson) }, (_, paint) =>
          rows.length === 0 ? 'No rows.' : rows.map((row) => rowText(row, paint, context.out.textColumns)).join('\n'),
        );
      });
    });
  ledger
    .command('verify')
    .description('recompute the chain of hashes; exit 1 and the first bad row when it does not hold')
    .option('--anchor <hash>', 'hash of an earlier last row: fails unless it is still there', anchorHash)
    .addHelpText(
      'after',
      '\nKeep the last hash somewhere else (`tidegate ledger anchor`): it proves later that no row was cut off the end.\n\nExample:\n  $ tidegate ledger verify --anchor "$(cat anchor.txt)"',
    )
    .action(async ({ anchor }: { anchor?: string }, command: Command) => {
      const { rows, last, problem } = await verify(context, globalsOf(command), anchor);
      if (problem !== null) context.setExit(EXIT.failed);
      const { paint } = context.out;
      if (problem !== null)
        context.out.error(
          '  Stop here, keep the file as it is, and compare it with a backup or with an anchor that was kept elsewhere.',
        );
      context.out.result({ schemaVersion: 1, intact: problem === null, rows, last, problem }, () =>
        problem === null
          ? `${paint('green', 'The ledger holds')}: ${counted(rows, 'row')}, last hash ${last}${anchor === undefined ? '' : '; the anchor is in it'}`
          : `${paint('red', 'The ledger is broken')}: ${printable(problem)}; the ${counted(rows, 'row before it holds', 'rows before it hold')}, last hash ${last}`,
      );
    });
  registerAnchor(ledger, context);
}

function registerAnchor(ledger: Command, context: CliContext): void {
  ledger
    .command('anchor')
    .description('the last hash of the record, to be kept where nobody who can alter the database can alter it')
    .option('--issue <project>', 'also add it to an issue of this project; asking again adds nothing')
    .addHelpText(
      'after',
      '\nThe playbook key `ledger: { anchorIssue: PROJECT }` does the same by itself.\n\nExample:\n  $ tidegate ledger anchor --issue acme/security/records',
    )
    .action(async ({ issue }: { issue?: string }, command: Command) => {
      const anchor = issue === undefined ? await readAnchor(context, command) : await publish(context, command, issue);
      context.out.result({ schemaVersion: 1, ...anchor }, ({ rows, hash, issue: at }) =>
        at === null
          ? `${hash}  (${counted(rows, 'row')})`
          : `${hash}  (${counted(rows, 'row')}), kept in ${printable(at)}`,
      );
    });
}

async function readAnchor(context: CliContext, command: Command): Promise<Anchor & { readonly issue: null }> {
  const { currentAnchor } = await import('../../../engine/record/anchor.ts');
  const { openRollout } = await import('../../session/session.ts');
  const { store } = await openRollout(context, globalsOf(command), 'look');
  try {
    return { ...(await currentAnchor(store)), issue: null };
  } finally {
    store.close();
  }
}

/** As a driver, so that two of them cannot add the same note. */
async function publish(context: CliContext, command: Command, project: string) {
  const { publishAnchor } = await import('../../../engine/record/anchor.ts');
  const { openDriver } = await import('../../session/session.ts');
  const driver = await openDriver(context, globalsOf(command));
  try {
    await driver.engine.forge.identity();
    const { rows, hash, issue } = await publishAnchor(driver.engine, project);
    return { rows, hash, issue: issue ?? project };
  } finally {
    await driver.close();
  }
}

async function verify(
  context: CliContext,
  globals: GlobalOptions,
  anchor: string | undefined,
): Promise<Awaited<ReturnType<RolloutStore['verifyLedger']>>> {
  const { openDistrusted } = await import('../../session/session.ts');
  const store = await openDistrusted(context, globals);
  try {
    return await store.verifyLedger(anchor);
  } finally {
    store.close();
  }
}

interface Found {
  readonly rows: readonly LedgerRow[];
  /** Every kind that was met on the way. */
  readonly kinds: ReadonlySet<string>;
}

/** The first `limit` rows after `after`; without it, the last `limit` rows. */
async function readRows(store: RolloutStore, { after, limit, kind }: ShowFlags): Promise<Found> {
  const kinds = new Set<string>();
  let rows: LedgerRow[] = [];
  let from = after ?? (kind === undefined ? Math.max(0, ((await store.latestLedger())?.seq ?? 0) - limit) : 0);
  for (;;) {
    const page = await store.ledger({ after: from, limit: PAGE });
    for (const row of page) kinds.add(row.kind);
    rows.push(...(kind === undefined ? page : page.filter((row) => row.kind === kind)));
    if (after === undefined) rows = rows.slice(-limit);
    else if (rows.length >= limit) return { rows: rows.slice(0, limit), kinds };
    if (page.length < PAGE) return { rows, kinds };
    from = page.at(-1)?.seq ?? from;
  }
}

function noteMissing(out: Output, kind: string, kinds: ReadonlySet<string>): void {
  const known = [...kinds].sort();
  const near = known.includes(kind) ? '' : suggestion(kind, known);
  out.note(
    `No row of kind ${printable(kind)}${near}${known.length > 0 ? ` (kinds here: ${known.map(printable).join(', ')})` : ''}`,
  );
}

const toJson = (row: LedgerRow): object => ({ ...row, at: isoTime(row.at), localAt: isoTime(row.localAt) });
