import type { StoredProject } from '../state/records.ts';
import { lastRun, runTime } from '../traffic/timetable.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { JobOutcome, StoredJob } from '../traffic/records.ts';
import type { EpochMs } from '../entities.ts';
import type { AuthLogRow } from '../traffic/run-rows.ts';

/** GitLab writes rows from a delayed worker, which notes its own time: a row shows late and dates itself late. */
export const CAPTURE_DELAY_MS = 5 * 60_000;

/**
 * The callee's rows, by caller id. As in GitLab rows vanish with their caller.
 *
 * GitLab's worker also drops what it hears again within the delay, so that a row may stay up to five minutes behind; no
 * reader can tell, so that is left out.
 */
export function authLogOf(traffic: Traffic, callee: StoredProject, now: EpochMs): readonly AuthLogRow[] {
  const heardUntil = now - CAPTURE_DELAY_MS;
  const last = new Map<StoredProject, EpochMs>();
  const note = (caller: StoredProject, at: EpochMs | null): void => {
    if (at === null || at > heardUntil || caller.deleted || caller === callee) return;
    if (at > (last.get(caller) ?? -Infinity)) last.set(caller, at);
  };
  for (const job of traffic.jobsUsing(callee)) {
    job.uses.forEach((use, position) => {
      if (use.callee === callee) note(job.project, lastLogged(job, position, heardUntil));
    });
  }
  for (const { job, outcome, at, live } of traffic.extraRuns.values()) {
    if (live !== null) continue;
    if (job.uses.some((use, position) => use.callee === callee && isLogged(outcome, position))) note(job.project, at);
  }
  for (const { caller, at, verdict } of traffic.attemptsOn(callee)) {
    if (verdict.allowed && verdict.logged) note(caller, at);
  }
  return [...last]
    .map(([caller, at]) => ({ caller, lastAuthorizedAt: at + CAPTURE_DELAY_MS }))
    .sort((left, right) => left.caller.id - right.caller.id);
}

/** Whether a run that ends like this leaves a row for the use: let in, reached, and not one of the log's holes. */
function isLogged({ deniedAt, unlogged }: JobOutcome, position: number): boolean {
  return (deniedAt < 0 || position < deniedAt) && !unlogged.includes(position);
}

/** Goes through the segments by hand: a hub's page asks this some thousand times. */
function lastLogged(job: StoredJob, position: number, until: EpochMs): EpochMs | null {
  let end = until;
  for (let index = job.segments.length - 1; index >= 0; index--) {
    const segment = job.segments[index];
    if (segment === undefined) continue;
    if (segment.outcome !== null && segment.after < end && isLogged(segment.outcome, position)) {
      const at = runTime(job, lastRun(job, end));
      if (at > segment.after) return at;
    }
    end = Math.min(end, segment.after);
  }
  return null;
}
