import type { Evidence, EvidenceSource } from './evidence.ts';
import type { EpochMs, ProjectId } from '../values.ts';

/** What was decided of an edge; `replaced`: it gets no entry, as something else stands in. */
export type EdgeState = 'undecided' | 'approved' | 'rejected' | 'replaced';

/** One caller/callee pair with what is known of its use and what was decided. */
export interface Edge {
  readonly caller: ProjectId;
  readonly callerPath: string;
  readonly callee: ProjectId;
  readonly calleePath: string;
  readonly sources: readonly EvidenceSource[];
  /** Kinds of access seen, sorted; empty when no source tells. */
  readonly access: readonly string[];
  /** Fine-grained policies that its observations together need, those of the log aside; null where one does not tell. */
  readonly needs: readonly string[] | null;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
  readonly state: EdgeState;
  /** The decision in force; null while undecided. */
  readonly decisionId: number | null;
}

/** An observation as it is kept. */
export interface KeptEvidence extends Evidence {
  /** How often it was found to have happened anew: at least so many uses, as GitLab's log keeps the last one only. */
  readonly times: number;
}

/** An edge with each observation behind it. */
export interface EdgeDetail extends Edge {
  readonly evidence: readonly KeptEvidence[];
}

/** A key that is unique within an organisation: `7>12`, caller first. */
export const edgeKey = (caller: ProjectId, callee: ProjectId): string => `${caller}>${callee}`;
