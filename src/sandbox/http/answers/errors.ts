import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Bodies of refused REST calls: GitLab's helpers write `message`, Grape's parameter checks and the token checks `error`. */
export type ErrorBody =
  | { readonly message: string | { readonly base: readonly string[] } }
  | { readonly error: string; readonly error_description?: string; readonly scope?: string };

/** The text of a body, for places that show texts alone. */
export function textOf(body: ErrorBody): string {
  if (!('message' in body)) return body.error;
  return typeof body.message === 'string' ? body.message : body.message.base.join(', ');
}

/** A REST call that ends with this status and body. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly body: ErrorBody;

  constructor(status: ContentfulStatusCode, body: ErrorBody) {
    super(textOf(body));
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

/** What GitLab answers without a token, or with one that it does not know. */
export function unauthorized(): ApiError {
  return new ApiError(401, { message: '401 Unauthorized' });
}

/** `403 Forbidden`, or `403 Forbidden - <reason>`. */
export function forbidden(reason?: string): ApiError {
  return new ApiError(403, { message: reason === undefined ? '403 Forbidden' : `403 Forbidden - ${reason}` });
}

/** `404 <what> Not Found`; without a name `404 Not Found`. */
export function notFound(what?: string): ApiError {
  return new ApiError(404, { message: what === undefined ? '404 Not Found' : `404 ${what} Not Found` });
}

/** GitLab's `bad_request!`: `400 Bad request - <reason>`. */
export function badRequest(reason: string): ApiError {
  return new ApiError(400, { message: `400 Bad request - ${reason}` });
}

/** Grape's parameter validation: 400 with `error`. */
export function invalidParameter(text: string): ApiError {
  return new ApiError(400, { error: text });
}

/** 405 as GitLab words it for moved projects and unsupported paging. */
export function methodNotAllowed(message: string): ApiError {
  return new ApiError(405, { message });
}

/** 403 for a token whose scopes do not reach that far. */
export function insufficientScope(needed: readonly string[]): ApiError {
  return new ApiError(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: needed.join(' '),
  });
}
