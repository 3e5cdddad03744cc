import type { Evidence } from '../../domain/edges/evidence.ts';
import type { Project } from '../../domain/project.ts';
import type { Engine } from '../context.ts';
import type { ProjectReading } from '../ports.ts';
import type { InScope } from './scope.ts';

/** Stores readings: projects, the callers their logs name, and one observation per log row. */
export async function keepReadings(
  engine: Pick<Engine, 'store'>,
  readings: readonly ProjectReading[],
  inScope: InScope,
  seen: number,
): Promise<readonly Project[]> {
  const projects = readings.map(({ project }): Project => ({ ...project, inScope: inScope(project) }));
  await engine.store.putProjects(projects, seen);
  await engine.store.putCallers(readings.flatMap(({ log }) => log.map(({ caller }) => caller)));
  await engine.store.putEvidence(readings.flatMap(evidenceOf));
  return projects;
}

function evidenceOf({ project, log }: ProjectReading): readonly Evidence[] {
  return log
    .filter(({ caller }) => caller.id !== project.id)
    .map(({ caller, lastAuthorizedAt }) => ({
      caller: caller.id,
      callee: project.id,
      source: 'auth-log',
      access: null,
      policies: null,
      where: 'authentication log',
      firstSeen: lastAuthorizedAt,
      lastSeen: lastAuthorizedAt,
      certainty: 'certain',
    }));
}
