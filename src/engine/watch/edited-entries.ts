import type { PlannedCallee } from '../../domain/plan/plan.ts';
import { differences, proveSeeded } from '../../domain/plan/reconcile.ts';
import { sameTarget, type AllowlistEntry, type AllowlistState } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { WaveCallee, WaveRow } from '../ports.ts';

/**
 * What people did to the entries of a wave's callees since it was applied. It stays; but an entry that an approved caller needs
 * and that is gone is told before the caller's next job fails of it.
 *
 * @param planned - what the wave was to do, by callee
 * @param lists - as they were read just now; left out: not read
 */
export function editedEntries(
  wave: WaveRow,
  rows: readonly WaveCallee[],
  planned: ReadonlyMap<ProjectId, PlannedCallee>,
  lists: ReadonlyMap<ProjectId, AllowlistState | null>,
  at: EpochMs,
): readonly Omit<Finding, 'id'>[] {
  return rows.flatMap(({ callee, path, step, before }) => {
    const [plan, list] = [planned.get(callee), lists.get(callee)];
    if (step !== 'enforced' || !plan || !list || !before) return [];
    const words = differences(expectedOf(plan, before), list, { entries: [], setting: true });
    const proof = proveSeeded(plan, list);
    const refused = 'missing' in proof ? proof.missing : [];
    const named = words.map((word) => ({
      ...{ at, kind: 'drift' as const, subject: path },
      text: `${word}, not by this rollout, since wave ${wave.number} was applied: it stays so`,
    }));
    const lost = refused.map((entry) => ({
      ...{ at, kind: 'drift' as const, subject: path },
      text: `entry ${entry}, which approved callers need, is missing while the list is on: they are refused until it is added again, or \`tidegate rollback --project ${path}\` opens the list`,
    }));
    return [...named, ...lost];
  });
}

/** The list as the wave left it. */
function expectedOf({ add, remove, narrow }: PlannedCallee, before: AllowlistState): AllowlistState {
  const kept = before.entries
    .filter((entry) => ![...remove, ...add].some((other) => sameTarget(other, entry)))
    .map((entry) => ({ ...entry, ...narrow.find((other) => sameTarget(other, entry)) }));
  const added = add.map((entry): AllowlistEntry => ({ ...entry, addedBy: null, createdAt: null }));
  return { ...before, entries: [...kept, ...added] };
}
