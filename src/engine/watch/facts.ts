import type { EarlierRuns } from '../../domain/watch/denial.ts';
import { isUnreadable } from '../../domain/errors.ts';
import type { Job } from '../../domain/watch/job.ts';
import type { AllowlistState, ProjectRef } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Forge } from '../ports.ts';

/** So many earlier runs tell a job that always passed from a flaky one. */
const RUNS_COMPARED = 5;

/**
 * What GitLab can be asked about a job that looks denied. Each thing is asked once however many jobs fail alike, so that
 * two thousand failed jobs cost two thousand logs and little else. Lives as long as one look.
 */
export class Facts {
  readonly #forge: Forge;
  readonly #answers = new Map<string, Promise<unknown>>();

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  /** The callee's list as it is now; null where the token may not read it. */
  allowlist(callee: ProjectRef): Promise<AllowlistState | null> {
    return this.#once(`list ${callee.id}`, () => orNull(this.#forge.allowlist(callee)));
  }

  /** Null when it cannot be told. */
  userLevel(callee: ProjectId, userId: number): Promise<number | null> {
    return this.#once(`level ${callee} ${userId}`, () => orNull(this.#forge.memberLevel(callee, userId)));
  }

  /** Who may change the callee's list: whom to ask. Empty where nobody can be named. */
  async owners(callee: ProjectId): Promise<readonly string[]> {
    return (await this.#once(`owners ${callee}`, () => orNull(this.#forge.owners(callee)))) ?? [];
  }

  /** Follows a rename; null when nothing is there or to be seen. */
  projectByPath(path: string): Promise<ProjectRef | null> {
    return this.#once(`path ${path.toLowerCase()}`, () => orNull(this.#forge.projectByPath(path)));
  }

  /** The last runs of a job that ended before a moment, the newest first; null where they cannot be read. */
  runsBefore(caller: ProjectId, name: string, moment: EpochMs): Promise<readonly Job[] | null> {
    return this.#once(`runs ${caller} ${moment} ${name}`, () =>
      orNull(this.#forge.earlierRuns(caller, name, moment, RUNS_COMPARED)),
    );
  }

  /** A run of the same job that passed after a moment: what failed then was no lasting refusal. */
  async passedAfter(caller: ProjectId, name: string, moment: EpochMs, now: EpochMs): Promise<Job | null> {
    const runs = (await this.runsBefore(caller, name, now)) ?? [];
    return runs.find(({ status, finishedAt }) => status === 'success' && (finishedAt ?? 0) > moment) ?? null;
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key) as Promise<T> | undefined;
    if (known) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    return answer;
  }
}

/**
 * What runs say of a job without their logs: `refused` is for whoever reads them.
 *
 * @param runs - newest first; null: not read
 */
export function earlierRunsOf(runs: readonly Job[] | null): Exclude<EarlierRuns, 'refused'> | null {
  if (runs === null) return null;
  if (runs.length === 0) return 'none';
  const passed = runs.filter(({ status }) => status === 'success').length;
  if (passed === runs.length) return 'passed';
  return passed === 0 ? 'failed' : 'flaky';
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
