/**
 * Why an expected failure happened. Refused and unavailable differ: what GitLab refuses stays refused until somebody
 * changes something, what is unavailable is worth another try. Of a store, unavailable is the wrong file or one that this user
 * may not use; blocked is the right one on a full disk, or in another process's hands.
 */
export type ErrorCode =
  | 'USAGE'
  | 'PLAYBOOK_INVALID'
  | 'NOTHING_SELECTED'
  | 'TOKEN_MISSING'
  | 'TOKEN_REFUSED'
  | 'FORGE_REFUSED'
  | 'FORGE_NOT_FOUND'
  | 'FORGE_UNAVAILABLE'
  | 'FORGE_UNREADABLE'
  | 'STORE_UNAVAILABLE'
  | 'STORE_BLOCKED'
  | 'STORE_NEWER'
  | 'STORE_FOREIGN'
  | 'STORE_CORRUPT'
  | 'STALE_REVISION'
  | 'LEASE_HELD'
  | 'LEASE_LOST'
  | 'PLAN_STALE'
  | 'ORDER_REFUSED'
  | 'LIMIT_UNREACHABLE'
  | 'INTERRUPTED';

/** An expected failure: what happened, to what, and one sentence on what to do next. Never carries a token. */
export class RolloutError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** It was sent, and nobody knows what became of it: a write may still take effect after a look that did not find it. */
  readonly unanswered: boolean;

  constructor(code: ErrorCode, message: string, hint: string, options: { cause?: unknown; unanswered?: boolean } = {}) {
    super(message, options);
    this.name = 'RolloutError';
    this.code = code;
    this.hint = hint;
    this.unanswered = options.unanswered ?? false;
  }
}

/** GitLab answered, and asking again would bring the same answer: a thing to be reported as unread. */
export const isUnreadable = (error: unknown): error is RolloutError =>
  error instanceof RolloutError &&
  (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND' || error.code === 'FORGE_UNREADABLE');
