import type { EpochMs } from '../entities.ts';

/** Moments `phase + k · every` for all whole `k`; `every` > 0, both in milliseconds. */
export interface Timetable {
  readonly every: number;
  readonly phase: EpochMs;
}

/** A stretch of time without its first moment: what happens at the moment of a change belongs to the time before it. */
export interface Stretch {
  readonly after: EpochMs;
  readonly until: EpochMs;
}

/** The last run at or before a moment, as its number. */
export function lastRun({ every, phase }: Timetable, until: EpochMs): number {
  return Math.floor((until - phase) / every);
}

/** When the run of this number starts. */
export function runTime({ every, phase }: Timetable, run: number): EpochMs {
  return phase + run * every;
}

/** How many runs start in a stretch of time. */
export function countRuns(timetable: Timetable, { after, until }: Stretch): number {
  return until <= after ? 0 : lastRun(timetable, until) - lastRun(timetable, after);
}

/** Whether a moment is one of the timetable's. */
export function isRunTime({ every, phase }: Timetable, at: EpochMs): boolean {
  return (at - phase) % every === 0;
}
