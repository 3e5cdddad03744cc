import { randomBytes } from 'node:crypto';
import type { LiveRun } from '../../world/world.ts';

/** Jobs in progress and their tokens. A token dies with its job. */
export class LiveJobs {
  readonly #byToken = new Map<string, LiveRun>();

  /** Makes the job's token, in GitLab's form: the number names the partition of the table of jobs. */
  begin(run: LiveRun): string {
    const token = `glcbt-64_${randomBytes(15).toString('base64url')}`;
    this.#byToken.set(token, run);
    return token;
  }

  find(token: string): LiveRun | null {
    return this.#byToken.get(token) ?? null;
  }

  end(jobId: number): void {
    for (const [token, { id }] of this.#byToken) if (id === jobId) this.#byToken.delete(token);
  }
}
