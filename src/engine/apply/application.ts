import { RolloutError } from '../../domain/errors.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import type { Engine } from '../context.ts';
import type { WaveRow } from '../ports.ts';

/** A wave that is being applied. */
export interface Application {
  readonly engine: Engine;
  readonly wave: WaveRow;
  /** What was written for a callee before this run. */
  readonly written: (callee: number) => readonly WriteIntent[];
}

/** A problem of one callee that stops that callee, not the wave. */
export class CalleeStopped extends Error {}

/** Failures that belong to one callee; outages, a lost lease and defects stop the driver instead. */
export function problemOf(error: unknown): string | null {
  if (error instanceof CalleeStopped) return error.message;
  if (error instanceof RolloutError && (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND'))
    return error.message;
  return null;
}
