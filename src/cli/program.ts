import { Command } from 'commander';
import type { CliContext, GlobalOptions } from './context.ts';
import { VERSION } from './version.ts';
import { registerCompact } from './commands/compact.ts';
import { registerDiagnose } from './commands/diagnose.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerInit } from './commands/init.ts';
import { registerInventory } from './commands/inventory.ts';
import { registerOrders } from './commands/orders.ts';
import { registerPlan } from './commands/plan.ts';
import { registerReport } from './commands/report.ts';
import { registerSandbox } from './commands/sandbox.ts';
import { registerScan } from './commands/scan.ts';
import { registerStatus } from './commands/status.ts';
import { registerRun, registerTick } from './commands/tick.ts';

/** In the order a person meets them. */
const COMMANDS = [
  registerInit,
  registerDoctor,
  registerInventory,
  registerPlan,
  registerTick,
  registerRun,
  registerStatus,
  registerOrders,
  registerReport,
  registerDiagnose,
  registerScan,
  registerCompact,
  registerSandbox,
];

/** The whole command line. Commands exit by throwing, so that only `main.ts` ends the process. */
export function createProgram(context: CliContext): Command {
  const program = new Command('tidegate')
    .description('Moves a GitLab organisation to enforced CI/CD job token allowlists, wave by wave.')
    .version(VERSION)
    .option('--db <file>', 'database of the rollout', 'tidegate.db')
    .option('--gitlab <url>', 'GitLab instance (else TIDEGATE_GITLAB_URL, then CI_SERVER_URL)')
    .option('--token-file <file>', 'file that holds the access token (else TIDEGATE_TOKEN, then GITLAB_TOKEN)')
    .option('--json', 'print one JSON document on stdout')
    .option('--verbose', 'more detail on stderr')
    .option('--quiet', 'errors only on stderr')
    .option('--no-color', 'no colours, also with NO_COLOR')
    .option('--yes', 'do not ask')
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => context.out.error(text.trimEnd()) });
  program.hook('preAction', (_, command) => {
    const globals = command.optsWithGlobals<GlobalOptions>();
    context.out.setMode({
      json: globals.json === true,
      quiet: globals.quiet === true,
      verbose: globals.verbose === true,
      color: globals.color !== false && context.env['NO_COLOR'] === undefined && process.stdout.isTTY,
    });
  });
  for (const register of COMMANDS) register(program, context);
  return program;
}
