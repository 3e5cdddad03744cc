import type { EpochMs, ProjectId } from './values.ts';

/**
 * What a failed job means for the rollout.
 * `denied`: the allowlist refused an access that is approved or that nobody has decided on.
 * `expected`: it refused an access that was rejected.
 * `role`, `policy`: the token was let in, the user or the permission was not enough.
 * `earlier`: the job failed the same way before the wave.
 * `unrelated`: its own tests, an outage, another host.
 * `unclear`: it may be a denial and nothing settles it; counts against the wave.
 */
export type Disposition = 'denied' | 'expected' | 'role' | 'policy' | 'earlier' | 'unrelated' | 'unclear';

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
  /** One redacted line of the log; null when the log says nothing. */
  readonly quote: string | null;
  readonly reason: string;
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
