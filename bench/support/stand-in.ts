import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface StandIn {
  readonly url: string;
  readonly token: string;
  /** Lets simulated time pass, with everything that runs in it. */
  readonly advance: (duration: string) => Promise<void>;
  /** The same up to a moment, whole seconds up; never back. */
  readonly advanceTo: (moment: string) => Promise<void>;
  /** Runs a job of a project now. */
  readonly runJob: (project: string, name: string) => Promise<void>;
  /** Has job events sent to `url`, as a webhook of the whole organisation would. */
  readonly hook: (url: string, token: string) => Promise<void>;
  /** Which edges traffic used so far. */
  readonly truth: () => Promise<readonly { readonly caller: string; readonly callee: string }[]>;
  /** Number of the latest call that it answered. */
  readonly lastRequest: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts `tidegate sandbox` with an organisation (`--org FILE` or `--projects N`), in a process of its own. */
export async function startStandIn(program: string, organisation: readonly string[]): Promise<StandIn> {
  const args = [program, 'sandbox', '--port', '0', ...organisation];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout)) {
    const { url, token } = JSON.parse(line) as { url: string; token: string };
    const control = async (path: string, body?: object): Promise<unknown> => {
      const init = body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      };
      const response = await fetch(new URL(`/-/sandbox/${path}`, url), init);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    return {
      url,
      token,
      advance: async (duration) => {
        await control('clock', { advance: duration });
      },
      advanceTo: async (moment) => {
        const { now } = (await control('clock')) as { readonly now: string };
        const ahead = Math.ceil((Date.parse(moment) - Date.parse(now)) / 1_000);
        if (ahead > 0) await control('clock', { advance: `${ahead}s` });
      },
      runJob: async (project, name) => {
        await control('jobs', { project, name });
      },
      hook: async (at, secret) => {
        await control('hooks', { url: at, token: secret });
      },
      truth: async () => {
        const { edges } = (await control('truth')) as { readonly edges: Awaited<ReturnType<StandIn['truth']>> };
        return edges;
      },
      lastRequest: async () => {
        const calls = (await control('requests?after=0')) as readonly { readonly n: number }[];
        return calls.at(-1)?.n ?? 0;
      },
      stop,
    };
  }
  throw new Error('the stand-in ended before it listened');
}
