import type { Command } from 'commander';
import { globalsOf, type CliContext } from '../context.ts';
import { wholeNumber } from '../arguments/numbers.ts';
import { printable } from '../../domain/redact.ts';
import { counted } from '../../domain/values.ts';

/** `tidegate inventory`: reads the organisation once, outside the rollout's own rhythm. */
export function registerInventory(program: Command, context: CliContext): void {
  program
    .command('inventory')
    .description('read every project in scope: settings, entries, log; goes on where an interrupted one stopped')
    .option('--max-rpm <n>', 'requests per minute at most', wholeNumber(1))
    .addHelpText('after', '\nExample:\n  $ tidegate inventory --max-rpm 300')
    .action(async (_: unknown, command: Command) => {
      const { keepHeapClose } = await import('../session/heap.ts');
      const { openDriver } = await import('../session/session.ts');
      const { checkReach } = await import('../session/reach.ts');
      const { readInventory } = await import('../../engine/inventory/inventory.ts');
      const { changesText } = await import('../../engine/inventory/changes.ts');
      keepHeapClose();
      const driver = await openDriver(context, globalsOf(command));
      try {
        const { engine, store } = driver;
        await checkReach(engine);
        await store.saveServer(await engine.forge.capabilities(), await engine.forge.identity());
        const { at, gone, changes, first } = await readInventory(engine);
        const projects = await store.countProjects();
        const edges = await store.countEdges();
        const unread = await store.projects({ inScope: true, unread: true });
        const result = {
          schemaVersion: 1,
          at: new Date(at).toISOString(),
          projects,
          edges,
          gone,
          changes: first ? null : changes,
          unread: unread.map(({ path, unread: why }) => ({ path, why })),
          requests: engine.forge.requestCount(),
        };
        context.out.result(result, () =>
          [
            `${counted(projects.inScope, 'project')} in scope: ${projects.enforced} enforced, ${projects.open} open, ${projects.unread} not read.`,
            `${counted(edges.undecided + edges.approved + edges.rejected + edges.replaced, 'edge')} known, ${edges.undecided} undecided. ${counted(engine.forge.requestCount(), 'request')}.`,
            ...(first ? [] : [`Since the last one: ${changesText(changes) ?? 'nothing has changed'}.`]),
            ...(first
              ? []
              : changes.renames.slice(0, 5).map(({ from, to }) => `  ${printable(from)} is now ${printable(to)}`)),
            ...some('Gone, moved out of scope, or hidden from the token:', gone),
            ...some(
              'Not read:',
              unread.map(({ path }) => path),
            ),
          ].join('\n'),
        );
      } finally {
        await driver.close();
      }
    });
}

const some = (what: string, paths: readonly string[]): readonly string[] =>
  paths.length === 0
    ? []
    : [
        `${what} ${paths.slice(0, 5).map(printable).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`,
      ];
