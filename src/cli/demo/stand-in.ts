import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RolloutError } from '../../domain/errors.ts';
import { formatDuration } from '../../domain/values.ts';

const START_LIMIT_MS = 30_000;

/** The first line of the stand-in's stdout. */
const Hello = z.object({ url: z.string(), token: z.string() });

/** The bundled GitLab in a process of its own, with the handle that real ones lack: its time can be moved. */
export interface StandIn {
  readonly url: string;
  readonly token: string;
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts `tidegate sandbox --org FILE` as anybody would, and waits until it listens. */
export async function startStandIn(organisationFile: string): Promise<StandIn> {
  const program = fileURLToPath(new URL('../../../bin/tidegate.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'sandbox', '--org', organisationFile, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => words.push(text));
  const ended = once(child, 'exit');
  const line = await firstLine(child.stdout, ended).catch((error: unknown) => {
    child.kill();
    throw new RolloutError(
      'USAGE',
      `the stand-in did not start: ${words.join('').trim()}`,
      'Try `tidegate sandbox` by itself.',
      { cause: error },
    );
  });
  const { url, token } = Hello.parse(JSON.parse(line));
  return {
    url,
    token,
    advance: (ms) => moveClock(url, ms),
    close: async () => {
      child.kill();
      await ended;
    },
  };
}

async function firstLine(stream: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<string> {
  const lines = createInterface({ input: stream });
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const gone = ended.then(() => {
    throw new Error('it ended');
  });
  const [line] = (await Promise.race([once(lines, 'line', { signal: limit }), gone])) as [string];
  return line;
}

async function moveClock(url: string, ms: number): Promise<void> {
  const advance = formatDuration(Math.ceil(ms / 1_000) * 1_000);
  const seconds = `${Math.ceil(ms / 1_000)}s`;
  const response = await fetch(`${url}/-/sandbox/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance: seconds }),
  });
  if (!response.ok) throw new Error(`the stand-in did not move its clock by ${advance}: ${response.status}`);
}
