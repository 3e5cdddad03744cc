import type { StoredJob } from '../traffic/records.ts';

/**
 * Whether this use of a container registry is the job's own image. The organisation file does not tell; every other job whose
 * first use is a container pull runs in it, so that both ways to fail are there.
 */
export function isJobImage({ uses, seed }: Pick<StoredJob, 'uses' | 'seed'>, position: number): boolean {
  return position === 0 && uses[0]?.access === 'container-registry' && seed % 2 === 0;
}
