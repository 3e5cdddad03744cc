import { mix } from '../hash.ts';
import { lastRun, runTime } from './timetable.ts';
import type { Stretch, Timetable } from './timetable.ts';
import type { JobOutcome, Segment, StoredJob } from './records.ts';
import type { EpochMs } from '../entities.ts';

/** The outcome in force at a moment; null where the job does not run (or time had not begun). */
export function outcomeAt(segments: readonly Segment[], at: EpochMs): JobOutcome | null {
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index];
    if (segment !== undefined && segment.after < at) return segment.outcome;
  }
  return null;
}

/** Segments with runs in them, newest first, each with the stretch it covers up to `until`. */
export function* stretches(
  segments: readonly Segment[],
  until: EpochMs,
): Generator<Stretch & { readonly outcome: JobOutcome }> {
  let end = until;
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index];
    if (segment === undefined) continue;
    if (segment.outcome !== null && segment.after < end)
      yield { after: segment.after, until: end, outcome: segment.outcome };
    end = Math.min(end, segment.after);
  }
}

/** Whether two runs would end alike, so that one stretch of time holds both. */
export function sameOutcome(left: JobOutcome | null, right: JobOutcome | null): boolean {
  if (left === null || right === null) return left === right;
  return (
    left.deniedAt === right.deniedAt &&
    left.denial?.cause === right.denial?.cause &&
    left.denial?.text === right.denial?.text &&
    left.unlogged.length === right.unlogged.length &&
    left.unlogged.every((position, index) => position === right.unlogged[index])
  );
}

/** Whether this run of a flaky job fails for its own reasons; the same answer for ever. */
export function failsByItself(job: StoredJob, at: EpochMs): boolean {
  if (job.flaky === 0) return false;
  const second = Math.floor(at / 1000);
  return mix(job.seed, second | 0) / 4_294_967_296 < job.flaky;
}

/** Whether this run fails, refused or by itself. */
export function runFails(job: StoredJob, outcome: JobOutcome, at: EpochMs): boolean {
  return outcome.deniedAt >= 0 || failsByItself(job, at);
}

/** Times of runs, newest first. `until` is included, `after` is not. */
export function* runTimes(
  timetable: Timetable & { readonly segments: readonly Segment[] },
  until: EpochMs,
): Generator<EpochMs> {
  for (const stretch of stretches(timetable.segments, until)) {
    for (let run = lastRun(timetable, stretch.until); ; run--) {
      const at = runTime(timetable, run);
      if (at <= stretch.after) break;
      yield at;
    }
  }
}

/** The same for failed runs alone; long good times are passed over without a look at each run. */
export function* failedRunTimes(job: StoredJob, until: EpochMs): Generator<EpochMs> {
  for (const { after, until: end, outcome } of stretches(job.segments, until)) {
    if (outcome.deniedAt < 0 && job.flaky === 0) continue;
    for (let run = lastRun(job, end); ; run--) {
      const at = runTime(job, run);
      if (at <= after) break;
      if (runFails(job, outcome, at)) yield at;
    }
  }
}
