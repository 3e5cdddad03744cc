import { hasToken } from '../../marks.ts';
import type { Use } from '../../reach/findings.ts';
import { splitUrl } from '../../reach/instance.ts';
import type { Arg, Call } from '../../shell/call.ts';

/** A request a program is about to send. */
interface Request {
  readonly url: Arg;
  readonly method: string;
  readonly token: boolean;
  readonly likely: boolean;
  /** Sent in the body, as the trigger API expects it. */
  readonly bodyToken: boolean;
}

/** Not in `PRIVATE-TOKEN` or `DEPLOY-TOKEN`, where it answers 401 for a job token. */
const TOKEN_HEADER = /^\s*(?:job-token|authorization|token)\s*:/iu;

/** A header that carries the job token in a place where GitLab looks for it. */
export const isTokenHeader = (header: string): boolean => TOKEN_HEADER.test(header) && hasToken(header);

const FORM_FIELD = /(?:^|&)(?:job_)?token=([^&]*)/gu;
/** A field of the object itself, not of one inside it. */
const JSON_FIELD = /^\s*\{(?:(?:[^{}]|\{[^{}]*\})*,)?\s*"?(?:job_)?token"?\s*:\s*"?([^",}]*)/u;

/** A form or a JSON object that gives the job token as its field `token` or `job_token`, wherever it stands there. */
export const isTokenBody = (body: string): boolean =>
  [...body.matchAll(FORM_FIELD), JSON_FIELD.exec(body)].some((match) => hasToken(match?.[1] ?? ''));

/** Reports a request with the job token; one without it, or to another host, is none. */
export function request(call: Call, { url, method, token, likely, bodyToken }: Request): void {
  const parts = splitUrl(url.value.includes('://') ? url.value : `https://${url.value}`);
  if (!parts) return;
  const query = /[?&](?:job_token|token|access_token)=/u.test(parts.query) && hasToken(parts.query);
  const inside = hasToken(parts.password) || hasToken(parts.user);
  const trigger = /\/trigger\/pipeline\/?$/u.test(parts.path);
  if (trigger) {
    if (bodyToken || query) call.findings.api(url.value, { at: url.at, method: 'POST' });
    return;
  }
  if (!token && !query && !inside && !bodyToken) return;
  const use: Use = { at: url.at, method, likely };
  call.findings.api(url.value.includes('://') ? url.value : `https://${url.value}`, use);
}
