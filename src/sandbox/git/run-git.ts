import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** Long enough for a repository of some thousand files on a busy machine. */
const TIMEOUT_MS = 60_000;

/** git as it is out of the box: nobody's own settings, no questions asked. */
export function gitEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
  };
}

/** Starts git, which is stopped after a minute unless the options say otherwise. */
export function spawnGit(args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn('git', args, { timeout: TIMEOUT_MS, ...options });
}

/**
 * Runs git to its end.
 *
 * @returns what it wrote to stdout
 * @throws an error with git's own words when it fails or is not installed
 */
export async function runGit(args: readonly string[], home: string, input: Uint8Array | null = null): Promise<Buffer> {
  const child = spawnGit(args, { env: gitEnvironment(home), stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const words: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => words.push(chunk));
  // A git that ends early closes its input; its exit code tells why.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input ?? undefined);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${Buffer.concat(words).toString('utf8').trim()}`);
  return Buffer.concat(output);
}
