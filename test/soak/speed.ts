import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** Pauses between attempts are this many times shorter: a storm costs its calls, not its patience. */
const TIMES = 25;
const { setTimeout: wait } = timers;

/** Import before anything that waits. Only pauses taken from `node:timers/promises` are shortened. */
timers.setTimeout = ((ms?: number, ...rest: [unknown, object?]) =>
  wait(Math.min(ms ?? 0, Math.ceil((ms ?? 0) / TIMES)), ...rest)) as typeof timers.setTimeout;
syncBuiltinESMExports();
