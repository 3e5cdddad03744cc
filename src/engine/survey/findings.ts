import { RolloutError } from '../../domain/errors.ts';
import type { Evidence } from '../../domain/edges/evidence.ts';
import type { ProjectRef } from '../../domain/project.ts';
import type { UnresolvedAccess } from '../../domain/edges/survey.ts';

/** What one look at one project brought. */
export interface Findings {
  readonly evidence: readonly Evidence[];
  readonly unresolved: readonly UnresolvedAccess[];
  /** Callees that were not known before. */
  readonly found: readonly ProjectRef[];
  readonly problem: string | null;
}

/** What a look found that saw nothing and missed nothing. */
export const NOTHING: Findings = { evidence: [], unresolved: [], found: [], problem: null };

/** What may be wrong with a single project: it is kept as the problem of its look, and the next one is another matter. */
export const isPassedOver = (error: unknown): error is RolloutError =>
  error instanceof RolloutError && PASSED_OVER.has(error.code);

const PASSED_OVER: ReadonlySet<string> = new Set([
  'FORGE_REFUSED',
  'FORGE_NOT_FOUND',
  'FORGE_UNREADABLE',
  'FORGE_UNAVAILABLE',
]);
