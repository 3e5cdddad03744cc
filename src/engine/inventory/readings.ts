import type { Evidence } from '../../domain/edges/evidence.ts';
import type { Project } from '../../domain/project.ts';
import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import type { ProjectReading } from '../ports.ts';
import { scopeBetween, scopeToday, type InScope } from './scope.ts';

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

/** Stores projects that are read again between two inventories, as part of the last one. */
export async function keepAgain(engine: Engine, readings: readonly ProjectReading[]): Promise<void> {
  const { store } = engine;
  await fenced(engine, async () => {
    const known = await store.projectsById(readings.map(({ project }) => project.id));
    // A caller known by name alone was never put anywhere.
    const placed = known.filter(({ readAt }) => readAt !== null);
    const { count } = await store.inventories();
    await keepReadings(engine, readings, scopeBetween(await scopeToday(engine), placed), count);
  });
}

function evidenceOf({ project, log }: ProjectReading): readonly Evidence[] {
  return log
    .filter(({ caller }) => caller.id !== project.id)
    .map(({ caller, lastAuthorizedAt }) => [caller, earlier(lastAuthorizedAt, project.readAt)] as const)
    .map(([caller, seen]) => ({
      caller: caller.id,
      callee: project.id,
      source: 'auth-log',
      access: null,
      policies: null,
      where: 'authentication log',
      firstSeen: seen,
      lastSeen: seen,
      certainty: 'certain',
    }));
}

/** Nothing has been seen in the future, whatever a log says: it would count as used for ever. */
const earlier = (moment: EpochMs, readAt: EpochMs | null): EpochMs =>
  readAt === null || moment <= readAt ? moment : readAt;
