import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './terminal/output.ts';

/** The database of a rollout where none is named. */
export const DEFAULT_DB = 'tidegate.db';

/** The options that every command understands (`command.optsWithGlobals()`). */
export interface GlobalOptions {
  readonly db: string;
  readonly gitlab?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly yes?: boolean;
}

/**
 * What a command may touch of the process. Commands parse, call one library function, print and set an exit code; they
 * import what they need inside their action, so that `tidegate --version` loads next to nothing.
 */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly out: Output;
  /** Aborted by the first SIGINT or SIGTERM: finish what is in flight, save, say how to go on. */
  readonly signal: AbortSignal;
  readonly setExit: (code: ExitCode) => void;
}

/** The global options as this command sees them. */
export function globalsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}
