import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveResult, LiveRun } from '../world/world.ts';
import { RunnerLog } from '../world/traces.ts';
import { canOwnNetwork, inOwnNetwork, relayFrom } from './own-network.ts';
import { jobVariables } from './variables.ts';

const MAX_LOG_BYTES = 4 * 1024 * 1024;

/** Runs scripts of jobs as a runner with the shell executor does, each in a folder of its own. */
export class ShellExecutor {
  /** Whether scripts reach nothing but the stand-in. Where the platform cannot do that they have this machine's network. */
  readonly cutOff: boolean;

  constructor() {
    this.cutOff = canOwnNetwork();
  }

  /**
   * @param home - folder for the job's own one, which is gone afterwards
   * @param url - the stand-in's address, on this machine
   * @returns how it ended, and the log as the runner sends it, with the token masked
   */
  async run(
    run: LiveRun,
    token: string,
    { home, url }: { readonly home: string; readonly url: string },
  ): Promise<LiveResult> {
    const directory = join(home, `job-${String(run.id)}`);
    const build = join(directory, 'build');
    await mkdir(build, { recursive: true });
    const file = join(directory, 'script.sh');
    const log = new RunnerLog(Math.floor(run.at / 1000));
    await writeFile(file, scriptText(run, log), { mode: 0o700 });
    const { hostname, port } = new URL(url);
    const socket = join(directory, 'gitlab.sock');
    const endRelay = this.cutOff ? await relayFrom(socket, hostname, Number(port)) : () => undefined;
    const argv = this.cutOff ? inOwnNetwork(['bash', file], Number(port), socket) : ['bash', file];
    try {
      const env = { ...jobVariables(run, token, { url, directory: build }), ...basics(directory) };
      const end = await execute(argv, { cwd: build, env, timeoutMs: run.timeoutMs });
      const opening = log.opening(run.id) + 'Using Shell (bash) executor...\n';
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

/** Sources first, then each line announced and run; the first failure ends it, as with the runner's own script. */
function scriptText({ script, project }: LiveRun, log: RunnerLog): string {
  const print = (text: string): string => `printf '%s' ${quote(text)}`;
  const empty = Object.keys(project.files).length === 0;
  const checkout = empty
    ? 'git init --quiet .'
    : 'git clone --quiet --depth 20 "$CI_REPOSITORY_URL" . && git remote set-url origin "$CI_PROJECT_URL.git"';
  const lines = (script ?? []).flatMap((line) => [print(`\u001b[32;1m$ ${line}\u001b[0;m\n`), line]);
  return [
    'set -eo pipefail',
    'exec 2>&1',
    print(log.section('get_sources', 'Getting source from Git repository')),
    print('\u001b[32;1mFetching changes with git depth set to 20...\u001b[0;m\n'),
    checkout,
    print(log.section('step_script', 'Executing "step_script" stage of the job script')),
    ...lines,
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

interface End {
  readonly output: string;
  /** Exit code; null: it never started, or was killed. */
  readonly code: number | null;
  readonly timedOut: boolean;
}

interface Limits {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

function execute([command = '', ...args]: readonly string[], { cwd, env, timeoutMs }: Limits): Promise<End> {
  return new Promise((resolve) => {
    // A group of its own, so that nothing a script starts outlives it.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has ended.
      }
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
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
      kill();
      const cut =
        size > MAX_LOG_BYTES
          ? `\n\u001b[33;1mJob's log exceeded limit of ${String(MAX_LOG_BYTES)} bytes.\u001b[0;m\n`
          : '';
      resolve({ output: Buffer.concat(chunks).toString('utf8') + cut, code, timedOut });
    };
    child.once('error', () => settle(null));
    child.once('exit', () => {
      // Whatever it left running would keep the pipes open.
      kill();
    });
    child.once('close', settle);
  });
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
