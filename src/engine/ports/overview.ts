import type { EdgeState } from '../../domain/edges/edge.ts';
import type { Task } from '../../domain/rollout/intent.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { ProjectCounts } from './projects.ts';
import type { Checkpoint } from './rollout.ts';
import type { JudgedSweep } from './watch.ts';
import type { CalleeStep, WaveRow } from './waves.ts';

/** What tells where a rollout stands, counted rather than listed: cheap however large the organisation is. */
export interface OverviewRows {
  readonly gitlabUrl: string;
  readonly checkpoint: Checkpoint;
  readonly projects: ProjectCounts;
  /** Of callees in the scope. */
  readonly edges: Readonly<Record<EdgeState, number>>;
  /** Edges of callees outside of the scope: known, but nothing waits on them. */
  readonly edgesOutside: number;
  /** Approvals of edges past their date, counted as approved above: each is to be decided anew. */
  readonly expired: number;
  /** In order of creation; `steps` are callees by step, those without any left out; `judged`: after the latest sweep. */
  readonly waves: readonly (WaveRow & {
    readonly steps: Readonly<Partial<Record<CalleeStep, number>>>;
    readonly judged: JudgedSweep | null;
  })[];
  /** Projects that a person took back by itself and that are not planned until he lifts it. */
  readonly held: readonly { readonly path: string; readonly hold: string }[];
  /** Whether any job was refused, or may have been: then there are findings to work out. */
  readonly refusals: boolean;
  readonly task: Task | null;
  readonly findings: readonly Finding[];
}
