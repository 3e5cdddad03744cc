import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, fetch as fetchBy, type RequestInit } from 'undici';
import { builtProgram } from './build.ts';

/** How a command ended. `signal` is set where it was killed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Only what a bare shell would have: nothing of the machine that runs the tests decides how a command behaves. */
const bareEnvironment = (): Environment => ({
  PATH: process.env['PATH'] ?? '',
  HOME: tmpdir(),
  TZ: 'UTC',
  NO_COLOR: '1',
});

/** No command of these tests takes this long; one that does hangs. */
const HANGS_AFTER_MS = 90_000;

/** What still runs when the tests are cut off ends with them. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function start(args: readonly string[], options: { cwd: string; env?: Environment }): ChildProcess {
  const child = spawn(process.execPath, [builtProgram(), ...args], {
    cwd: options.cwd,
    env: { ...bareEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs one command to its end. */
export function run(args: readonly string[], options: { cwd: string; env?: Environment }): Promise<Ended> {
  return ended(start(args, options));
}

export function ended(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => (output[name] += chunk));
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output });
    });
  });
}

/** A directory of its own for one rollout, and the means to be rid of it. */
export class Workplace {
  readonly path = mkdtempSync(join(tmpdir(), 'tidegate-outside-'));

  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

const ownConnection = new Agent({ pipelining: 0 });

/**
 * A request on a connection that no other has used or will use. `Connection: close` alone does not do that: such a request
 * still goes out on a kept connection, which the server may be about to close, and what changes something must not be
 * repeated.
 */
export const fetchAlone = (url: string, init: RequestInit = {}): ReturnType<typeof fetchBy> =>
  fetchBy(url, { ...init, dispatcher: ownConnection });

/** A running stand-in, looked at through its control routes only. */
export class StandInHandle {
  readonly url: string;
  readonly token: string;

  constructor({ url, token }: { readonly url: string; readonly token: string }) {
    this.url = url;
    this.token = token;
  }

  async control<T>(path: string, body?: object): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    const post = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {};
    const response = await fetchAlone(`${this.url}/-/sandbox/${path}`, post);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Moves the simulated time to `moment`, whole seconds up; never back. */
  async advanceTo(moment: string): Promise<void> {
    const { now } = await this.control<{ now: string }>('clock');
    const seconds = Math.ceil((Date.parse(moment) - Date.parse(now)) / 1_000);
    if (seconds > 0) await this.control('clock', { advance: `${seconds}s` });
  }
}

/** One stand-in in a process of its own. */
export class StandInProcess extends StandInHandle {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: { url: string; token: string }) {
    super(address);
    this.#child = child;
  }

  static async start(args: readonly string[], cwd: string): Promise<StandInProcess> {
    const child = start(['sandbox', '--port', '0', ...args], { cwd });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    if (!child.stdout) throw new Error('no pipe to the stand-in');
    for await (const line of createInterface({ input: child.stdout })) {
      return new StandInProcess(child, JSON.parse(line) as { url: string; token: string });
    }
    throw new Error(`the stand-in did not start: ${stderr}`);
  }

  async stop(): Promise<void> {
    const end = ended(this.#child);
    this.#child.kill('SIGTERM');
    await end;
  }
}
