import type { Clock } from '../../engine/ports.ts';
import { epochMs } from '../../domain/values.ts';

/** This machine's own clock in both places: for work that never speaks to GitLab. */
export function createSystemClock(): Clock {
  const local = () => epochMs(Date.now());
  return { now: local, local };
}
