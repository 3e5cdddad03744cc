import { createHash } from 'node:crypto';
import type { Job } from '../../domain/watch/job.ts';

/** What a look remembers of the logs that were read: so many, the last ones first. */
const MOST_KEPT = 20;

type Named = Pick<Job, 'id' | 'name'>;

/** The jobs whose logs are read this time, and what the next look goes by. */
export interface Turns<T extends Named> {
  readonly jobs: readonly T[];
  /** What the next look should know, once these logs were read. */
  readonly mark: string;
}

/**
 * Whose logs to read: first of jobs that none was read of, then of those that ran again since. One log each time, the newest,
 * would be that of the same job for ever.
 *
 * @param jobs - the latest run of each job, newest first
 * @param mark - of the look before; null for the first
 */
export function turnsOf<T extends Named>(jobs: readonly T[], mark: string | null, most: number): Turns<T> {
  const read = new Map((mark ?? '').split(',').map((pair) => [pair.split(':')[0], pair.split(':')[1]]));
  const never = jobs.filter(({ name }) => read.get(keyOf(name)) === undefined);
  const again = jobs.filter(({ name, id }) => (read.get(keyOf(name)) ?? runOf(id)) !== runOf(id));
  const chosen = [...never, ...again].slice(0, most);
  const before = jobs.filter((job) => !chosen.includes(job) && read.get(keyOf(job.name)) !== undefined);
  const pairs = [
    ...chosen.map(({ name, id }) => `${keyOf(name)}:${runOf(id)}`),
    ...before.map(({ name }) => `${keyOf(name)}:${read.get(keyOf(name)) ?? ''}`),
  ];
  return { jobs: chosen, mark: pairs.slice(0, MOST_KEPT).join(',') };
}

const keyOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);
const runOf = (id: number): string => id.toString(36);
