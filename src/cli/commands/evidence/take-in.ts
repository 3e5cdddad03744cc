import type { Evidence } from '../../../domain/edges/evidence.ts';
import type { ProjectRef } from '../../../domain/project.ts';
import { epochMs, projectId, type EpochMs } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import type { EvidenceRow, FileKind, Tally } from './rows.ts';

/** Rows that name a project which is not known are named up to this many. */
const NAMED = 50;
const BATCH = 1_000;

/** What became of the rows of a file. */
export interface Taken {
  readonly observations: number;
  /** Rows that name a project which is not known. */
  readonly skipped: number;
  /** The first of them, with the names that are not known. */
  readonly unknown: readonly { readonly line: number; readonly projects: readonly string[] }[];
}

/** What all rows of a file have in common. */
export interface Source {
  readonly kind: FileKind;
  /** The file's name as it stands with each observation. */
  readonly name: string;
  readonly now: EpochMs;
}

/**
 * Takes the rows of a file one by one and stores them by the batch: to be called in a transaction that is given up when the
 * tally has a problem in the end.
 *
 * @param store - null: nothing is stored
 */
export async function takeIn(
  rows: AsyncIterable<EvidenceRow> | Iterable<EvidenceRow>,
  tally: Tally,
  source: Source,
  known: Pick<RolloutStore, 'project' | 'projectByPath'>,
  store: Pick<RolloutStore, 'putEvidence'> | null,
): Promise<Taken> {
  const find = finder(known);
  const unknown: { line: number; projects: readonly string[] }[] = [];
  let [observations, skipped] = [0, 0];
  let batch: Evidence[] = [];
  const write = async (): Promise<void> => {
    if (tally.problemCount === 0) await store?.putEvidence(batch);
    batch = [];
  };
  for await (const row of rows) {
    const [caller, callee] = [await find(row.caller), await find(row.callee)];
    if (!caller || !callee) {
      skipped += 1;
      const projects = [...(caller ? [] : [`${row.caller}`]), ...(callee ? [] : [`${row.callee}`])];
      if (unknown.length < NAMED) unknown.push({ line: row.line, projects });
      continue;
    }
    if (caller.id === callee.id) continue;
    observations += 1;
    batch.push(observationOf(row, caller, callee, source));
    if (batch.length === BATCH) await write();
  }
  if (batch.length > 0) await write();
  return { observations, skipped, unknown };
}

/** Asks for each project once. */
function finder({ project, projectByPath }: Pick<RolloutStore, 'project' | 'projectByPath'>) {
  const known = new Map<string | number, ProjectRef | null>();
  return async (named: string | number): Promise<ProjectRef | null> => {
    const before = known.get(named);
    if (before !== undefined) return before;
    const found = await (typeof named === 'number' ? project(projectId(named)) : projectByPath(named));
    const ref = found && { id: found.id, path: found.path };
    known.set(named, ref);
    return ref;
  };
}

/** The row in the words of the store. A row without a time was seen when it was taken in. */
function observationOf(
  { line, access, seenAt }: EvidenceRow,
  caller: ProjectRef,
  callee: ProjectRef,
  { kind, name, now }: Source,
): Evidence {
  // Nothing has been seen in the future, whatever a file says.
  const seen = epochMs(Math.min(seenAt ?? now, now));
  return {
    ...{ caller: caller.id, callee: callee.id, access, policies: null, firstSeen: seen, lastSeen: seen },
    ...(kind === 'auth-log'
      ? { source: 'auth-log', where: 'authentication log', certainty: 'certain' }
      : { source: 'import', where: kind === 'logs' ? name : `${name}:${line}`, certainty: certaintyOf(kind) }),
  };
}

/** GitLab's own log says what happened; a list says what somebody believes. */
const certaintyOf = (kind: FileKind): Evidence['certainty'] => (kind === 'logs' ? 'certain' : 'likely');
