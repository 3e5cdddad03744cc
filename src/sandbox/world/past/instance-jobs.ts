import type { EpochMs } from '../entities.ts';
import type { JobQuery, JobRun } from '../traffic/run-rows.ts';
import type { Runs } from './runs.ts';
import type { Traffic } from '../traffic/traffic.ts';

const FIRST_WINDOW = 3_600_000;

/**
 * Jobs of the whole instance, newest first. Runs are not stored, so they are looked for window by window from now back, each
 * window twice as long as the one before: a page of a busy instance is in the first, and a rare job is found in a few more.
 */
export function* instanceJobs(
  { traffic, runs, beginning }: { readonly traffic: Traffic; readonly runs: Runs; readonly beginning: EpochMs },
  now: EpochMs,
  query: JobQuery,
): Generator<JobRun> {
  let until = now;
  for (let length = FIRST_WINDOW; until >= beginning; length *= 2) {
    const after = until - length;
    yield* jobsWithin({ after, until }, traffic, runs, query);
    until = after;
  }
}

function jobsWithin(
  { after, until }: { readonly after: EpochMs; readonly until: EpochMs },
  traffic: Traffic,
  runs: Runs,
  query: JobQuery,
): readonly JobRun[] {
  const found: JobRun[] = [];
  for (const [project] of traffic.callers()) {
    if (project.deleted) continue;
    for (const job of runs.jobs(project, until, query)) {
      if (job.at <= after) break;
      // Runs outside the schedule are listed whatever the end of the window.
      if (job.at <= until) found.push(job);
    }
  }
  return found.sort((left, right) => right.id - left.id);
}
