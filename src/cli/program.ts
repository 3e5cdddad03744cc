import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { createRoot } from './root.ts';

type Register = (program: Command, context: CliContext) => void;

/** One module with the commands it registers. Loaded when one of them is called, so that each command starts fast. */
interface CommandModule {
  /** The heading that the help lists them under. */
  readonly group: string;
  readonly names: readonly string[];
  readonly load: () => Promise<Register>;
}

const grouped = (group: string, modules: readonly Omit<CommandModule, 'group'>[]): readonly CommandModule[] =>
  modules.map((module) => ({ group, ...module }));

/** In the order a person meets them. */
const MODULES: readonly CommandModule[] = [
  ...grouped('Begin:', [
    { names: ['demo'], load: async () => (await import('./commands/demo.ts')).registerDemo },
    { names: ['init'], load: async () => (await import('./commands/init.ts')).registerInit },
    { names: ['doctor'], load: async () => (await import('./commands/doctor.ts')).registerDoctor },
  ]),
  ...grouped('Look and decide:', [
    { names: ['inventory'], load: async () => (await import('./commands/inventory.ts')).registerInventory },
    { names: ['edges'], load: async () => (await import('./commands/edges/index.ts')).registerEdges },
    { names: ['evidence'], load: async () => (await import('./commands/evidence/index.ts')).registerEvidence },
    { names: ['shadow'], load: async () => (await import('./commands/shadow/index.ts')).registerShadow },
    { names: ['plan'], load: async () => (await import('./commands/plan/index.ts')).registerPlan },
  ]),
  ...grouped('Carry out:', [
    { names: ['tick'], load: async () => (await import('./commands/tick.ts')).registerTick },
    { names: ['run'], load: async () => (await import('./commands/tick.ts')).registerRun },
    { names: ['watch'], load: async () => (await import('./commands/watch.ts')).registerWatch },
    { names: ['status'], load: async () => (await import('./commands/status.ts')).registerStatus },
    { names: ['findings'], load: async () => (await import('./commands/findings.ts')).registerFindings },
  ]),
  ...grouped('Step in:', [
    {
      names: ['approve', 'pause', 'resume', 'abort'],
      load: async () => (await import('./commands/orders.ts')).registerOrders,
    },
    { names: ['rollback'], load: async () => (await import('./commands/rollback.ts')).registerRollback },
    { names: ['adopt'], load: async () => (await import('./commands/adopt.ts')).registerAdopt },
  ]),
  ...grouped('Show and keep:', [
    { names: ['report'], load: async () => (await import('./commands/report/index.ts')).registerReport },
    { names: ['export'], load: async () => (await import('./commands/export.ts')).registerExport },
    { names: ['ledger'], load: async () => (await import('./commands/ledger/index.ts')).registerLedger },
    { names: ['backup', 'verify'], load: async () => (await import('./commands/maintenance.ts')).registerMaintenance },
  ]),
  ...grouped('Without a rollout:', [
    { names: ['diagnose'], load: async () => (await import('./commands/diagnose/index.ts')).registerDiagnose },
    { names: ['scan'], load: async () => (await import('./commands/scan/index.ts')).registerScan },
    { names: ['compact'], load: async () => (await import('./commands/compact.ts')).registerCompact },
    { names: ['sandbox'], load: async () => (await import('./commands/sandbox.ts')).registerSandbox },
  ]),
];

/** Every command by name, in the order of the help. */
export const COMMAND_NAMES: readonly string[] = MODULES.flatMap(({ names }) => names);

/**
 * The command line for these arguments: with the module of the command they call, or with all commands where the help
 * or the search for a misspelt one needs them.
 *
 * @param args - what follows the program's name
 */
export async function createProgram(context: CliContext, args: readonly string[] = []): Promise<Command> {
  const root = createRoot(context);
  if (args.length === 1 && ['--version', '-V'].includes(args[0] ?? '')) return root;
  const called = calledCommand(root, args);
  const needed = MODULES.filter(({ names }) => called !== null && names.includes(called));
  for (const { group, load } of needed.length > 0 ? needed : MODULES)
    (await load())(root.commandsGroup(group), context);
  return root;
}

/** The first argument that is neither an option nor the value of one. */
function calledCommand(root: Command, args: readonly string[]): string | null {
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-')) return arg;
    const option = root.options.find(({ long, short }) => arg === long || arg === short);
    if (option?.required === true) at += 1;
  }
  return null;
}
