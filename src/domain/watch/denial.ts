import type { EpochMs, ProjectId } from '../values.ts';

/**
 * What a failed job means for the rollout.
 * `denied`: the allowlist refused an access that is approved or that nobody has decided on.
 * `expected`: it refused an access that was rejected.
 * `role`, `policy`: the token was let in, the user or the permission was not enough.
 * `earlier`: the job failed the same way before the wave.
 * `unrelated`: its own tests, an outage, another host.
 * `unclear`: it may be a denial and nothing settles it; keeps the wave from passing.
 * `unread`: it may be one, and its log is gone or empty; keeps the wave from passing as well.
 * `settled`: it was one of the last two, and a person has looked into it and says that it was none.
 */
export type Disposition =
  'denied' | 'expected' | 'role' | 'policy' | 'earlier' | 'unrelated' | 'unclear' | 'unread' | 'settled';

/** What nothing in GitLab settles but a later run: a person may, from what they know of the job. A denial is decided instead. */
export const SETTLEABLE: readonly Disposition[] = ['unclear', 'unread'];

/** Dispositions that a person has to hear of: access was lost, or may have been. */
export const ALARMING: ReadonlySet<Disposition> = new Set<Disposition>(['denied', 'unclear', 'unread']);

/**
 * How the last runs of a job before the wave ended. `passed`: all did. `flaky`: some did. `refused`: the last one was
 * refused in the same way. `failed`: all failed, of something else. `none`: there are none.
 */
export type EarlierRuns = 'passed' | 'flaky' | 'refused' | 'failed' | 'none';

/** A failed job that was looked at, with what was made of it. */
export interface FailureRecord {
  readonly jobId: number;
  readonly jobName: string;
  readonly caller: ProjectId;
  readonly callerPath: string;
  readonly callee: ProjectId | null;
  readonly calleePath: string | null;
  readonly access: string | null;
  readonly finishedAt: EpochMs;
  readonly disposition: Disposition;
  /** What the edge was decided as when the job was judged; null when there is no edge. */
  readonly edgeState: 'undecided' | 'approved' | 'rejected' | 'replaced' | null;
  /** What the log says by itself; null when it could not be read. */
  readonly verdict: string | null;
  /** Row of the signature table that matched, and the 1-based line of the log; null where nothing did. */
  readonly signature: string | null;
  readonly line: number | null;
  /** One redacted line of the log; null when the log says nothing. */
  readonly quote: string | null;
  readonly reason: string;
  /** 0 to 1: how sure the disposition is. */
  readonly confidence: number;
  /** What, if it were seen, would show the disposition to be wrong; null where nothing more can be said. */
  readonly disproof: string | null;
  /** Null when nobody asked. */
  readonly before: EarlierRuns | null;
  /** Who looks after the callee: names of users, at most five; empty when nobody asked or nobody could be found. */
  readonly owners: readonly string[];
  /** The wave that enforced the callee; null when none did. */
  readonly waveId: number | null;
  readonly webUrl: string | null;
}

/** Something a person should look at. */
export interface Finding {
  readonly id: number;
  readonly at: EpochMs;
  readonly kind: 'denial' | 'late-denial' | 'person-edit' | 'unread' | 'moved' | 'callee-failed' | 'drift';
  readonly subject: string;
  readonly text: string;
}
