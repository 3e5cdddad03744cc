import { z } from 'zod';

/** GitLab's counter of job tokens that were refused, of the whole instance and without a name in it. */
const QUERY = 'sum(gitlab_ci_job_token_authorization_failures)';
const TIMEOUT_MS = 5_000;

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/**
 * How many job tokens GitLab has refused so far, as a Prometheus server beside it tells.
 *
 * @param url - of the Prometheus server, as `http://127.0.0.1:9090`
 * @returns null when it does not answer, or has no such counter
 */
export async function refusedTokens(url: string): Promise<number | null> {
  try {
    const address = `${url.replace(/\/+$/, '')}/api/v1/query?${new URLSearchParams({ query: QUERY }).toString()}`;
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    const answer = Answer.safeParse(await response.json());
    const value = Number(answer.data?.data.result[0]?.value[1]);
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

/** Tells when the counter has grown. A counter that fell was set back by a restart of GitLab. */
export class RefusalAlarm {
  readonly #read: () => Promise<number | null>;
  #last: number | null = null;

  constructor(read: () => Promise<number | null>) {
    this.#read = read;
  }

  /** How many tokens were refused since the last question; 0 at the first one, null when nobody answers. */
  async grown(): Promise<number | null> {
    const now = await this.#read();
    if (now === null) return null;
    const grown = this.#last === null ? 0 : now < this.#last ? now : now - this.#last;
    this.#last = now;
    return grown;
  }
}
