import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, start, type Ended } from '../integration/support/process.ts';
import type { Call } from '../integration/support/oracle.ts';
import type { Rollout } from '../integration/support/rollout.ts';

/** Mulberry32: the same seed gives the same numbers, 0 ≤ value < 1. */
export function random(seed: number): () => number {
  let draws = 0;
  return () => {
    draws += 1;
    let state = (seed + draws * 0x6d2b79f5) | 0;
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Running {
  readonly child: ChildProcess;
  readonly end: Promise<Ended>;
}

export function startTick(rollout: Rollout): Running {
  const child = start(['tick', '--json'], rollout.shell);
  return { child, end: ended(child) };
}

export async function callCount(rollout: Rollout): Promise<number> {
  return (await rollout.standIn.control<readonly Call[]>('requests')).length;
}

/** Waits until the stand-in has answered `calls` further calls, or the process is gone. Reads a slice, not the whole journal. */
export async function afterCalls({ child }: Running, rollout: Rollout, from: number, calls: number): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const rows = await rollout.standIn.control<readonly Call[]>(`requests?after=${from}&limit=${calls}`);
    if (rows.length >= calls) return;
    await sleep(2);
  }
}

/** A tick that gets SIGKILL after so many calls and milliseconds; ends by itself when it is quicker. */
export async function killedTick(rollout: Rollout, calls: number, delayMs: number): Promise<Ended> {
  const from = await callCount(rollout);
  const tick = startTick(rollout);
  await afterCalls(tick, rollout, from, calls);
  await sleep(delayMs);
  tick.child.kill('SIGKILL');
  return tick.end;
}
