import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RolloutError } from '../../domain/errors.ts';
import type { TaskKind } from '../../domain/rollout/intent.ts';
import type { TickResult } from '../../engine/drive/run.ts';
import type { RolloutStore } from '../../engine/ports.ts';
import { globalsOf, type CliContext } from '../context.ts';
import { sleep, tickThroughOutages, type DriveFlags } from '../session/drive.ts';
import { wholeNumber } from '../arguments/numbers.ts';
import { readBounded, whyUnreadable } from '../arguments/bounded-file.ts';
import { renderTick } from './tick.ts';

/** The watch looks at what soaks, and takes back what failed. It never moves a rollout forward. */
const WATCHES: ReadonlySet<TaskKind> = new Set<TaskKind>(['sweepWave', 'rollbackWave']);

/** Shorter secrets can be guessed by trying. */
const SHORTEST_SECRET = 16;
/** While another driver holds the lease, it is asked again this often. */
const TURN_MS = 1_000;

interface WatchFlags extends DriveFlags {
  readonly listen?: boolean;
  readonly host: string;
  readonly port: number;
  readonly secretFile?: string;
  readonly prometheus?: string;
  readonly poll: number;
}

/** `tidegate watch`: sweeps while waves soak, and with `--listen` judges each failed job as GitLab tells of it. */
export function registerWatch(program: Command, context: CliContext): void {
  program
    .command('watch')
    .description('keep looking for refused jobs; with --listen, as soon as GitLab tells of them')
    .option('--listen', "take GitLab's job webhooks; sweeps then only catch what was missed")
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0: any free one', wholeNumber(0), 8787)
    .option('--secret-file <file>', 'file with the secret token of the webhook (or TIDEGATE_HOOK_SECRET)')
    .option(
      '--prometheus <url>',
      "Prometheus beside a self-managed GitLab (or TIDEGATE_PROMETHEUS_URL): sweeps when GitLab's counter of refused tokens grows",
    )
    .option('--poll <seconds>', 'look for work at least this often', wholeNumber(1), 60)
    .option('--max-rpm <n>', 'requests per minute at most', wholeNumber(1))
    .addHelpText(
      'after',
      '\nIt judges failed jobs, sweeps soaking waves and takes back a wave that fails; applying waves is left to `tick` or `run`.\n\nExample:\n  $ TIDEGATE_HOOK_SECRET=$(cat hook-secret) tidegate watch --listen --port 8787',
    )
    .action(async (flags: WatchFlags, command: Command) => {
      const all = { ...globalsOf(command), ...flags };
      // Its database stays open beside the drivers that come and go: what GitLab tells is stored whoever drives.
      const { openRollout } = await import('../session/session.ts');
      const { store } = await openRollout(context, all);
      const bell = new Bell();
      const listener = flags.listen === true ? await listen(context, all, store, bell) : null;
      try {
        await watch(context, all, store, bell);
      } finally {
        await listener?.close();
        store.close();
      }
    });
}

async function listen(
  context: CliContext,
  flags: WatchFlags,
  store: RolloutStore,
  bell: Bell,
): Promise<{ close(): Promise<void> }> {
  const secret = hookSecret(context, flags);
  const { listenForJobs } = await import('../../adapters/hooks/listener.ts');
  const { epochMs } = await import('../../domain/values.ts');
  const listening = await listenForJobs({
    ...{ secret, host: flags.host, port: flags.port },
    onFailedJob: async (event) => {
      if ((await store.putHints([{ ...event, toldAt: epochMs(Date.now()) }])) > 0) bell.ring();
    },
  });
  if (context.out.json) context.out.data(`${JSON.stringify({ schemaVersion: 1, url: listening.url })}\n`);
  context.out.note(`Listening for job events on ${listening.url}`);
  if (!['127.0.0.1', '::1', 'localhost'].includes(flags.host)) {
    context.out.note(
      'Anyone who reaches this address can try secrets: put it behind TLS, and let GitLab alone through.',
    );
  }
  return listening;
}

/** Looks whenever somebody rings, the wave is due, or the time to look has come; ends when the process is asked to. */
async function watch(context: CliContext, flags: WatchFlags, store: RolloutStore, bell: Bell): Promise<void> {
  const pollMs = flags.poll * 1_000;
  const alarm = await alarmOf(context, flags);
  let said = '';
  for (;;) {
    context.signal.throwIfAborted();
    const heard = bell.heard();
    const grown = (await alarm?.grown()) ?? 0;
    if (grown > 0) context.out.note(`GitLab has refused ${grown} more job tokens: looking at once.`);
    const result = await look(context, flags, pollMs, grown > 0);
    const what =
      result === null
        ? 'another driver is at work; it judges what GitLab tells of'
        : renderTick(result, context.out.paint);
    if (what !== said) context.out.note(what);
    said = what;
    // Hints that are left came too early, or another driver will see them: no reason to wait for the next poll.
    const left = (await store.hints(1)).length > 0;
    const awake = new AbortController();
    const signal = AbortSignal.any([context.signal, awake.signal]);
    await Promise.race([heard, sleep(left ? TURN_MS : pollMs, signal)]);
    awake.abort();
  }
}

/** Null while another driver holds the lease. */
async function look(
  context: CliContext,
  flags: WatchFlags,
  pauseMs: number,
  sweepNow: boolean,
): Promise<TickResult | null> {
  try {
    return await tickThroughOutages(context, flags, pauseMs, { kinds: WATCHES, sweepNow });
  } catch (error) {
    if (error instanceof RolloutError && (error.code === 'LEASE_HELD' || error.code === 'LEASE_LOST')) return null;
    throw error;
  }
}

async function alarmOf({ env }: CliContext, flags: WatchFlags): Promise<{ grown(): Promise<number | null> } | null> {
  const url = flags.prometheus ?? env['TIDEGATE_PROMETHEUS_URL'];
  if (url === undefined || url.trim() === '') return null;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new RolloutError('USAGE', 'the address of Prometheus is none', 'Write it as http://127.0.0.1:9090');
  }
  const { RefusalAlarm, refusedTokens } = await import('../../adapters/prometheus/counter.ts');
  return new RefusalAlarm(() => refusedTokens(url));
}

/** In bytes. */
const LARGEST_SECRET = 65_536;

/** From a file or the environment, never from an argument that other users of the machine can read. */
function hookSecret({ env, cwd }: CliContext, { secretFile }: WatchFlags): string {
  const hint = 'Set TIDEGATE_HOOK_SECRET or --secret-file to what stands as the secret token of the webhook in GitLab.';
  let text = env['TIDEGATE_HOOK_SECRET'] ?? '';
  if (secretFile !== undefined) {
    try {
      text = readBounded(resolve(cwd, secretFile), LARGEST_SECRET).toString();
    } catch (error) {
      throw new RolloutError('USAGE', `${secretFile}: cannot be read (${whyUnreadable(error)})`, hint);
    }
  }
  const secret = text.trim();
  if (secret.length >= SHORTEST_SECRET) return secret;
  const what =
    secret === '' ? 'there is no secret for the webhook' : `the secret has less than ${SHORTEST_SECRET} characters`;
  throw new RolloutError('USAGE', what, hint);
}

/** Wakes whoever waits for the next ring. */
class Bell {
  #wake: () => void = () => undefined;

  ring(): void {
    this.#wake();
  }

  /** Resolves at the next ring; called before looking, so that what rings meanwhile is heard as well. */
  heard(): Promise<void> {
    return new Promise((wake) => {
      this.#wake = wake;
    });
  }
}
