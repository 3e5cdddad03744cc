import { RolloutError } from '../../domain/errors.ts';
import { spokenDuration } from '../../domain/values.ts';
import type { TickOptions, TickResult } from '../../engine/drive/run.ts';
import type { ConnectionFlags } from './connection.ts';
import type { CliContext, GlobalOptions } from '../context.ts';

/** Options of a command that drives a rollout. */
export type DriveFlags = GlobalOptions & ConnectionFlags;

/** One tick of a driver that is opened for it and closed after it. */
export async function tickOnce(context: CliContext, flags: DriveFlags, options?: TickOptions): Promise<TickResult> {
  const { openDriver } = await import('./session.ts');
  const { checkReach } = await import('./reach.ts');
  const { tick } = await import('../../engine/drive/run.ts');
  const driver = await openDriver(context, flags);
  try {
    await checkReach(driver.engine);
    return await tick(driver.engine, options);
  } finally {
    await driver.close();
  }
}

/** GitLab may be down for an hour in the weeks that `run` takes: it is asked again, and told to whoever watches. */
export async function tickThroughOutages(
  context: CliContext,
  flags: DriveFlags,
  pauseMs: number,
  options?: TickOptions,
): Promise<TickResult> {
  for (;;) {
    try {
      return await tickOnce(context, flags, options);
    } catch (error) {
      // A lease is lost when this machine slept, or its clock jumped; whoever has it now keeps it, and we are told so.
      if (!(error instanceof RolloutError) || !['FORGE_UNAVAILABLE', 'LEASE_LOST'].includes(error.code)) throw error;
      context.out.note(`${error.message}\n  Trying again in ${spokenDuration(pauseMs)}.`);
      await sleep(pauseMs, context.signal);
    }
  }
}

/** Rejects with the reason of `signal` when the process is asked to stop. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((wake, interrupt) => {
    signal.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      interrupt(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      wake();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
