import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const USAGE = new URL('usage.mjs', import.meta.url).href;

/** One whole process, from its start to its end. */
export interface Run {
  readonly ms: number;
  /** Processor time: unlike the clock on the wall it does not grow with what else the machine does. */
  readonly cpuMs: number;
  /** Largest resident memory, in bytes. */
  readonly peak: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that count as done; anything else ends the bench with the process's own words. */
  readonly codes?: readonly number[];
  readonly timeoutMs?: number;
  /** Reads what it prints and lets it go: hundreds of megabytes are no text. */
  readonly discard?: boolean;
}

/** Runs Node with these arguments and measures it from outside; its memory is what it reports when it ends. */
export async function runNode(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd = process.cwd(), env = {}, codes = [0], timeoutMs = 1_800_000, discard = false } = options;
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const file = join(directory, 'usage');
  try {
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', USAGE, ...args], {
      cwd,
      env: { ...process.env, ...env, TIDEGATE_BENCH_USAGE: file },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      const keep = name === 'stderr' || !discard;
      child[name].setEncoding('utf8').on('data', (part: string) => (text[name] += keep ? part : ''));
    }
    const code = await new Promise<number | null>((done, fail) => {
      child.on('error', fail).on('close', done);
    });
    const ms = performance.now() - began;
    if (code === null || !codes.includes(code)) {
      throw new Error(`${args.join(' ')} ended with ${code ?? 'a signal'}:\n${text.stderr.slice(-2_000)}`);
    }
    const { peak, cpuMs } = JSON.parse(readFileSync(file, 'utf8')) as { peak: number; cpuMs: number };
    return { ms, cpuMs, peak, code, ...text };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs the same process so often and takes the middle one by time: a busy machine makes single runs slow. */
export async function medianRun(times: number, args: readonly string[], options?: RunOptions): Promise<Run> {
  const runs: Run[] = [];
  for (let n = 0; n < times; n += 1) runs.push(await runNode(args, options));
  const middle = runs.sort((a, b) => a.ms - b.ms)[Math.floor(runs.length / 2)];
  if (!middle) throw new Error('nothing was run');
  return middle;
}
