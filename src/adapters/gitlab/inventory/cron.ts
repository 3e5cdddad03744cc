import { Cron } from 'croner';

/** Runs looked at: five years of a monthly job, two months of a daily one. */
const RUNS = 60;
/** Any leap year will do; the pauses of a cron line hardly depend on when one starts to look. */
const FROM = new Date('2024-01-01T00:00:00Z');
/** A line that cannot be read is taken for a rare one: waiting in vain is the smaller harm. */
const UNKNOWN_MS = 366 * 86_400_000;

/** The longest pause between two runs of a cron line, in milliseconds. Time zones are left aside, they move all runs alike. */
export function longestPauseMs(line: string): number {
  try {
    const runs = new Cron(line, { timezone: 'UTC' }).nextRuns(RUNS, FROM);
    const pauses = runs.slice(1).map((run, index) => run.getTime() - (runs[index]?.getTime() ?? 0));
    return pauses.length === 0 ? UNKNOWN_MS : Math.max(...pauses);
  } catch {
    return UNKNOWN_MS;
  }
}
