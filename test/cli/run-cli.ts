import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CliContext } from '../../src/cli/context.ts';
import { explain } from '../../src/cli/explain.ts';
import { Output } from '../../src/cli/terminal/output.ts';
import { createProgram } from '../../src/cli/program.ts';

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a command in this process, as `main.ts` does. */
export async function run(args: readonly string[], { cwd, env = {}, stdin = '' }: Place): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({ write: (text: string) => ((written[name] += text), true) });
  const out = new Output(into('stdout'), into('stderr'));
  let code = 0;
  const context: CliContext = {
    env,
    cwd,
    stdin: Readable.from([Buffer.from(stdin)]) as unknown as NodeJS.ReadStream,
    out,
    signal: new AbortController().signal,
    setExit: (exit) => {
      code = exit;
    },
  };
  try {
    const program = await createProgram(context, args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = explain(error, out, [env['TIDEGATE_TOKEN'] ?? '']);
  }
  return { code, ...written };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Node with the program's sources and these arguments, as words for a shell. */
export const nodeWords = (args: readonly string[]): readonly string[] => [
  process.execPath,
  '--import',
  join(ROOT, 'node_modules/tsx/dist/loader.mjs'),
  join(ROOT, 'src/cli/main.ts'),
  ...args,
];

interface Spawn extends Place {
  /** Gives up root's rights, which bypass permissions. */
  readonly uid?: number | undefined;
  /** A shell script that becomes the program with `exec "$@"`, after it has changed the process. */
  readonly shell?: string;
}

/** The program as a process of its own. */
export function spawned(args: readonly string[], { cwd, env = {}, stdin = '', uid, shell }: Spawn): Run {
  const words = nodeWords(args);
  const [program = '', ...rest] = shell === undefined ? words : ['/bin/bash', '-c', shell, 'bash', ...words];
  const result = spawnSync(program, rest, {
    cwd,
    encoding: 'utf8',
    input: stdin,
    timeout: 60_000,
    // The compiler's cache may belong to another user.
    env: { PATH: process.env['PATH'], TSX_DISABLE_CACHE: '1', ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** A directory of its own for one test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'tidegate-cli-'));

  /** Names, modes and contents: what a refused command must not change. */
  state(): Readonly<Record<string, string>> {
    const entries = readdirSync(this.path, { recursive: true, encoding: 'utf8' }).sort();
    return Object.fromEntries(
      entries.map((name) => {
        const file = join(this.path, name);
        const { mode } = statSync(file);
        const content = statSync(file).isFile() ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
        return [name, `${mode.toString(8)} ${content}`];
      }),
    );
  }

  file(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    chmodSync(this.path, 0o755);
    rmSync(this.path, { recursive: true, force: true });
  }
}
