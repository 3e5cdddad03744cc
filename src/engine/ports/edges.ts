import type { Edge, EdgeDetail, EdgeState } from '../../domain/edges/edge.ts';
import type { Evidence } from '../../domain/edges/evidence.ts';
import type { ProjectId } from '../../domain/values.ts';

/** A filter of edges: those that match every part that is given. */
export interface EdgeFilter {
  readonly callee?: ProjectId;
  /** Of any of these callees. */
  readonly callees?: readonly ProjectId[];
  readonly caller?: ProjectId;
  readonly state?: EdgeState;
}

/** Observations, and the edges they add up to. */
export interface EdgeStore {
  /** Adds observations: the same (caller, callee, source, access, where) again widens its first/last seen. Keeps `edges` in step. */
  putEvidence(evidence: readonly Evidence[]): Promise<void>;
  /** In order of callee path, then caller path. */
  edges(filter?: EdgeFilter): Promise<readonly Edge[]>;
  edge(caller: ProjectId, callee: ProjectId): Promise<EdgeDetail | null>;
  /** Uses of a callee that were noticed, by caller: at least so many, as GitLab's log keeps the last one only. */
  usesOf(callee: ProjectId): Promise<ReadonlyMap<ProjectId, number>>;
  countEdges(): Promise<Readonly<Record<EdgeState, number>>>;
}
