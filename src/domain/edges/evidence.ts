import type { EpochMs, ProjectId } from '../values.ts';

/** Where an observation comes from. A denial is evidence that an access was tried, not that it is wanted. */
export type EvidenceSource = 'auth-log' | 'scan' | 'trace' | 'import' | 'denial';

/** One observation of one caller reaching, or trying to reach, one callee. */
export interface Evidence {
  readonly caller: ProjectId;
  readonly callee: ProjectId;
  readonly source: EvidenceSource;
  /** Kind of access in the words of the permissions table; null where the source does not tell (the log does not). */
  readonly access: string | null;
  /** The fine-grained policies that this use asks for, where the source knows the endpoint; null where it does not. */
  readonly policies: readonly string[] | null;
  /** Where it was seen: `job 812 "build"`, `.gitlab-ci.yml:14`, `auth log`. At most 200 characters, redacted. */
  readonly where: string;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
  readonly certainty: 'certain' | 'likely';
}
