import { z } from 'zod';
import { RolloutError, type ErrorCode } from '../../../domain/errors.ts';

/**
 * What became of one request. `limited`, `unavailable`, `unreachable` and `unreadable` are worth another try when the request
 * was a read; the others stay as they are.
 */
export type FailureKind =
  'token' | 'refused' | 'missing' | 'limited' | 'unavailable' | 'unreadable' | 'unreachable' | 'tls' | 'interrupted';

/**
 * A failed exchange inside this adapter. It holds GitLab's words, cleaned, and nothing of the request: neither its headers,
 * which carry the token, nor the error of the HTTP library, which may quote them.
 */
export class HttpFailure extends Error {
  readonly kind: FailureKind;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly hint: string | null;

  constructor(
    kind: FailureKind,
    words: string,
    more: { readonly status?: number; readonly retryAfterMs?: number | null; readonly hint?: string } = {},
  ) {
    super(words);
    this.name = 'HttpFailure';
    this.kind = kind;
    this.status = more.status ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.hint = more.hint ?? null;
  }
}

const CODES: Readonly<Record<FailureKind, ErrorCode>> = {
  token: 'TOKEN_REFUSED',
  refused: 'FORGE_REFUSED',
  missing: 'FORGE_NOT_FOUND',
  limited: 'FORGE_UNAVAILABLE',
  unavailable: 'FORGE_UNAVAILABLE',
  unreadable: 'FORGE_UNREADABLE',
  unreachable: 'FORGE_UNAVAILABLE',
  tls: 'FORGE_UNAVAILABLE',
  interrupted: 'INTERRUPTED',
};

const HINTS: Readonly<Record<FailureKind, string>> = {
  token: 'Check that the access token is valid, not expired and of the right GitLab, then run the command again.',
  refused: 'Read what GitLab says; the token needs the `api` scope and the Maintainer role on the callee.',
  missing: 'Check that it still exists and that the token may see it, then take the inventory again.',
  limited: 'Run the command again later, or lower --max-rpm.',
  unavailable: 'Run the command again when GitLab responds; it goes on where it stopped.',
  unreadable: 'Check that --gitlab names a GitLab and not a sign-in page or a proxy, then run the command again.',
  unreachable: 'Check the URL given with --gitlab and the network between here and there.',
  tls: 'Set NODE_EXTRA_CA_CERTS to the file of your certificate authority, or correct the URL.',
  interrupted: 'Run the command again; it goes on where it stopped.',
};

/**
 * Puts a failure into the words of the port. Anything that is not an expected failure is a defect and comes back unchanged.
 *
 * @param operation - what was tried, and on what: `read allowlist of acme/libs/core`
 */
export function toForgeError(error: unknown, operation: string): unknown {
  if (error instanceof z.ZodError) return forgeError(unexpectedShape(error), operation);
  return error instanceof HttpFailure ? forgeError(error, operation) : error;
}

/** The same for what is known to be a failure. */
export function forgeError(error: HttpFailure, operation: string): RolloutError {
  const status = error.status === null ? '' : `HTTP ${error.status}: `;
  return new RolloutError(
    CODES[error.kind],
    `Could not ${operation}: ${status}${error.message}`,
    error.hint ?? HINTS[error.kind],
    { unanswered: isUnanswered(error) },
  );
}

/** Statuses by which a proxy says that it has waited for GitLab long enough, or lost it: GitLab may be at it still. */
const GIVEN_UP: ReadonlySet<number> = new Set([408, 502, 503, 504]);

const isUnanswered = ({ kind, status }: HttpFailure): boolean =>
  kind === 'unavailable' && (status === null || GIVEN_UP.has(status));

/** An answer in JSON that is not of the shape GitLab documents; names the place, never quotes the value. */
export function unexpectedShape(error: z.ZodError): HttpFailure {
  const places = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`);
  return new HttpFailure('unreadable', `the answer has an unexpected shape (${places.join('; ')})`);
}

/** Is it one of these failures of HTTP? */
export function isFailure(error: unknown, ...kinds: readonly FailureKind[]): error is HttpFailure {
  return error instanceof HttpFailure && kinds.includes(error.kind);
}

/** Is it an expected failure of GitLab with one of these codes? */
export function isForgeError(error: unknown, ...codes: readonly ErrorCode[]): error is RolloutError {
  return error instanceof RolloutError && codes.includes(error.code);
}

const TLS_CODE =
  /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|EPROTO|HOSTNAME_MISMATCH)/;
const NO_SERVER: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
};

/** Judges what the HTTP library threw by its code alone: its text may quote the request. */
export function networkFailure(error: unknown, host: string): HttpFailure {
  const code = errorCode(error);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    const words = `what answers at ${host} does not speak TLS (${code})`;
    return new HttpFailure('tls', words, {
      hint: 'Correct the port in --gitlab, or write http:// where there is no TLS.',
    });
  }
  if (code !== null && TLS_CODE.test(code)) {
    return new HttpFailure('tls', `the secure connection to ${host} failed (${code})`);
  }
  const reason = code === null ? undefined : NO_SERVER[code];
  if (reason !== undefined) return new HttpFailure('unreachable', `${host} cannot be reached: ${reason} (${code})`);
  return new HttpFailure('unavailable', `the connection to ${host} broke off${code === null ? '' : ` (${code})`}`);
}

/** The code of an error or of the first cause below it that has one. */
function errorCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError) return errorCode(at.errors[0]);
  }
  return null;
}
