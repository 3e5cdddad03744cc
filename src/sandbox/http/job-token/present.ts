import type { LiveRun } from '../../world/world.ts';
import type { Call, Stand } from '../env.ts';

const JOB_USER = 'gitlab-ci-token';

/** How a route takes a job's token: as header or parameter, by HTTP Basic, or as bearer token. */
export type Way = 'request' | 'basic' | 'bearer';

/** The token a call presents in one of these ways, and the job behind it; a null job: the token is dead or unknown. */
export interface Presented {
  readonly token: string;
  readonly run: LiveRun | null;
}

/** User and password of HTTP Basic; null without any. */
export function basicCredentials(call: Call): { readonly user: string; readonly password: string } | null {
  const encoded = /^basic\s+([\w+/=-]+)$/i.exec(call.req.header('authorization') ?? '')?.[1];
  if (encoded === undefined) return null;
  const [user = '', password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s);
  return { user, password };
}

/** The job's token of a call; null where it presents none. Routes that are not open to job tokens never ask. */
export function presentedJobToken(stand: Stand, call: Call, ways: readonly Way[]): Presented | null {
  for (const way of ways) {
    const token = READERS[way](call);
    // A bearer token may be a person's as well.
    if (token === null || (way === 'bearer' && !token.startsWith('glcbt-'))) continue;
    return { token, run: stand.liveJobs.find(token) };
  }
  return null;
}

const READERS: Readonly<Record<Way, (call: Call) => string | null>> = {
  request: (call) => given(call.req.header('job-token')) ?? given(call.req.query('job_token')),
  basic: (call) => {
    const basic = basicCredentials(call);
    return basic?.user === JOB_USER ? basic.password : null;
  },
  bearer: (call) => /^bearer\s+(\S+)$/i.exec(call.req.header('authorization') ?? '')?.[1] ?? null,
};

function given(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
