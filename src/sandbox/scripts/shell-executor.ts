import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { LiveResult, LiveRun } from '../world/world.ts';
import { RunnerLog } from '../world/traces/traces.ts';
import { runChild, type End } from './child.ts';
import { commandFor, probeCutOff, type CutOff } from './cut-off.ts';
import { relayFrom, withRelay } from './relay.ts';
import { scriptText } from './script-text.ts';
import { jobVariables } from './variables.ts';

const MOST_AT_ONCE = 4;

/** Where a job runs. */
export interface Workplace {
  /** Folder for the job's own one, which is gone afterwards. */
  readonly home: string;
  /** The stand-in's address, on this machine. */
  readonly url: string;
  /** Commit that is checked out; null for an empty repository. */
  readonly head: string | null;
}

/** Runs scripts of jobs as a runner with the shell executor does, each in a folder of its own, a few at a time. */
export class ShellExecutor {
  readonly cutOff: CutOff = probeCutOff();
  readonly #gate = pLimit(MOST_AT_ONCE);
  readonly #stop = new AbortController();

  /** @returns how it ended, and the log as the runner sends it, with the token masked */
  run(run: LiveRun, token: string, workplace: Workplace): Promise<LiveResult> {
    return this.#gate(() => this.#run(run, token, workplace));
  }

  /** Ends what is running; from now on every script ends at once. */
  close(): void {
    this.#stop.abort();
  }

  async #run(run: LiveRun, token: string, { home, url, head }: Workplace): Promise<LiveResult> {
    const directory = join(home, `job-${String(run.id)}`);
    const build = join(directory, 'build');
    await mkdir(build, { recursive: true });
    const file = join(directory, 'script.sh');
    const log = new RunnerLog(Math.floor(run.at / 1000));
    const opening = log.opening(run.id) + log.shellExecutor('ci-pool-2');
    await writeFile(file, scriptText(run, log), { mode: 0o700 });
    const port = Number(new URL(url).port);
    const socket = join(directory, 'gitlab.sock');
    const { network } = this.cutOff;
    const endRelay = network ? await relayFrom(socket, new URL(url).hostname, port) : () => undefined;
    const shell = ['bash', file];
    const argv = network ? commandFor(this.cutOff, withRelay(shell, port, socket), directory) : shell;
    const env = { ...basics(directory), ...jobVariables(run, token, { url, directory: build, head }) };
    try {
      const limits = { cwd: build, env, timeoutMs: run.timeoutMs, signal: this.#stop.signal };
      const end = await runChild(argv, limits);
      log.reached(end.output);
      const trace = `${opening}${end.output}${log.ending(failureText(end, run.timeoutMs))}`;
      return { failureReason: reasonOf(end), trace: trace.replaceAll(token, '[MASKED]') };
    } finally {
      endRelay();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

function basics(home: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    npm_config_update_notifier: 'false',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
}

function reasonOf({ code, timedOut }: End): LiveResult['failureReason'] {
  if (timedOut) return 'job_execution_timeout';
  if (code === 0) return null;
  return code === null ? 'runner_system_failure' : 'script_failure';
}

function failureText(end: End, timeoutMs: number): string | null {
  if (end.timedOut) return `execution took longer than ${String(Math.round(timeoutMs / 1000))}s seconds`;
  if (end.code === 0) return null;
  return end.code === null ? 'the shell cannot be started' : `exit status ${String(end.code)}`;
}
