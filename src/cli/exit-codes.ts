import type { ErrorCode } from '../domain/errors.ts';

/** The exit codes of every command. Public: scripts and schedulers branch on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  waitingForTime: 3,
  waitingForPerson: 4,
  gateFailed: 5,
  leaseHeld: 6,
  interrupted: 130,
} as const;

/** One of the codes above. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'PLAYBOOK_INVALID',
  'NOTHING_SELECTED',
  'TOKEN_MISSING',
  'TOKEN_REFUSED',
  'STORE_UNAVAILABLE',
  'STORE_NEWER',
  'STORE_FOREIGN',
]);

/** The exit code an expected failure ends with. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (code === 'LEASE_HELD' || code === 'LEASE_LOST') return EXIT.leaseHeld;
  if (code === 'INTERRUPTED') return EXIT.interrupted;
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}
