import { Command } from 'commander';
import { DEFAULT_DB, type CliContext, type GlobalOptions } from './context.ts';
import { complaint } from './explain.ts';
import { VERSION } from './version.ts';
import { wrapHelp } from './terminal/wrap.ts';

const EXAMPLE = `
Example (a first look, nothing but this machine is touched):
  $ tidegate demo

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 waiting for time,
4 waiting for a person, 5 a gate failed, 6 another driver, 130 interrupted.`;

/** Under the help of each command: what it takes as well. */
const GLOBALS = `
Every command also takes --db, --gitlab, --token-file, --json, --verbose, --quiet, --no-color and --yes: see tidegate --help.`;

/** The command line without its commands: global options, help, version. Commands exit by throwing. */
export function createRoot(context: CliContext): Command {
  const program = new Command('tidegate')
    .description('Moves a GitLab organisation to enforced CI/CD job token allowlists, wave by wave.')
    .version(VERSION)
    .option('--db <file>', 'database of the rollout', DEFAULT_DB)
    .option('--gitlab <url>', 'GitLab instance (else TIDEGATE_GITLAB_URL, then CI_SERVER_URL)')
    .option('--token-file <file>', 'file that holds the access token (else TIDEGATE_TOKEN, then GITLAB_TOKEN)')
    .option('--json', 'print one JSON document on stdout')
    .option('--verbose', 'more detail on stderr')
    .option('--quiet', 'errors only on stderr')
    .option('--no-color', 'no colours, also with NO_COLOR')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLE)
    .addHelpText('afterAll', ({ command }) => (command.parent ? GLOBALS : ''))
    .showHelpAfterError('  Add --help to see how it is used.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.data(wrapHelp(text, context.out.columns)),
      getOutHelpWidth: () => context.out.columns,
      writeErr: (text) => context.out.error(text.trimEnd()),
      outputError: (text) => context.out.error(complaint(text, context.out.errorColumns)),
    });
  program.hook('preAction', (_, command) => {
    const globals = command.optsWithGlobals<GlobalOptions>();
    context.out.setMode({
      json: globals.json === true,
      quiet: globals.quiet === true,
      verbose: globals.verbose === true,
      color: globals.color !== false && context.env['NO_COLOR'] === undefined && process.stdout.isTTY,
    });
  });
  return program;
}
