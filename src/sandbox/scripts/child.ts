import { spawn } from 'node:child_process';

const MAX_LOG_BYTES = 4 * 1024 * 1024;

/** How a program ended. Output beyond 4 MiB is cut. */
export interface End {
  readonly output: string;
  /** Exit code; null: it never started, or was killed. */
  readonly code: number | null;
  readonly timedOut: boolean;
}

/** Where a program runs, and what ends it. */
export interface Limits {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends it at once, with all that it started. */
  readonly signal: AbortSignal;
}

/** Runs a program to its end in a process group of its own, so that nothing it starts outlives it. */
export function runChild([command = '', ...args]: readonly string[], limits: Limits): Promise<End> {
  const { cwd, env, timeoutMs, signal } = limits;
  return new Promise((resolve) => {
    // Its input stays open as long as this process lives: a relay inside ends with it.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    const kill = (): void => killGroup(child.pid);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    signal.addEventListener('abort', kill, { once: true });
    const chunks: Buffer[] = [];
    let size = 0;
    const keep = (chunk: Buffer): void => {
      if (size < MAX_LOG_BYTES) chunks.push(chunk.subarray(0, MAX_LOG_BYTES - size));
      size += chunk.length;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const settle = (code: number | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      kill();
      const cut = size > MAX_LOG_BYTES ? LIMIT_REACHED : '';
      resolve({ output: Buffer.concat(chunks).toString('utf8') + cut, code, timedOut });
    };
    child.once('error', () => settle(null));
    // Whatever it left running would keep the pipes open.
    child.once('exit', kill);
    child.once('close', settle);
    if (signal.aborted) kill();
  });
}

const LIMIT_REACHED = `\n\u001b[33;1mJob's log exceeded limit of ${String(MAX_LOG_BYTES)} bytes.\u001b[0;m\n`;

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
}
