import { resolve } from 'node:path';
import type { Command } from 'commander';
import { printable } from '../../domain/redact.ts';
import { globalsOf, type CliContext } from '../context.ts';
import { anchorHash } from '../arguments/anchor-hash.ts';
import { EXIT } from '../exit-codes.ts';
import { counted } from '../../domain/values.ts';

/** `tidegate backup` and `tidegate verify`: keeping the database, and trusting it. */
export function registerMaintenance(program: Command, context: CliContext): void {
  program
    .command('backup')
    .description('copy the database, also while a driver is at work')
    .argument('<file>', 'where to; it must not exist yet')
    .addHelpText('after', '\nExample:\n  $ tidegate backup tidegate-2026-03-16.db')
    .action(async (file: string, _: unknown, command: Command) => {
      const { openRollout } = await import('../session/session.ts');
      const { store } = await openRollout(context, globalsOf(command), 'look');
      const target = resolve(context.cwd, file);
      try {
        await store.backup(target);
        context.out.result({ schemaVersion: 1, backup: target }, () => `Copied to ${target}`);
      } finally {
        store.close();
      }
    });
  program
    .command('verify')
    .description('check the database: the file, the ledger, and the saved states against the rows')
    .option('--anchor <hash>', 'hash of an earlier last row of the ledger, which must still be in it', anchorHash)
    .addHelpText('after', '\nExample:\n  $ tidegate verify --json | jq -r .anchor')
    .action(async ({ anchor }: { anchor?: string }, command: Command) => {
      const { openDistrusted } = await import('../session/session.ts');
      const { verify } = await import('../../engine/record/verify.ts');
      const store = await openDistrusted(context, globalsOf(command));
      try {
        const result = await verify(store, anchor);
        const ok = result.problems.length === 0;
        context.out.result({ schemaVersion: 1, ok, ...result }, ({ problems, ledgerRows, anchor }) =>
          ok
            ? `The database is whole; ${counted(ledgerRows, 'ledger row')}, anchor ${anchor}`
            : [
                `${counted(problems.length, 'problem')}:`,
                ...problems.map((text) => `  ${printable(text)}`),
                'Restore a backup; GitLab holds the live settings, so nothing there is lost.',
              ].join('\n'),
        );
        if (!ok) context.setExit(EXIT.failed);
      } finally {
        store.close();
      }
    });
}
