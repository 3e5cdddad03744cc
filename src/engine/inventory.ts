import { RolloutError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Project } from '../domain/project.ts';
import { pathMatcher } from '../domain/rules.ts';
import { samePath, type EpochMs } from '../domain/values.ts';
import type { Engine } from './context.ts';
import type { ProjectReading, ScopeQuery } from './ports.ts';

/** Where a half-read inventory goes on: which of the scopes, and after what in it. */
interface Position {
  readonly scope: number;
  readonly after: string | null;
}

export const scopesOf = (playbook: Playbook): readonly ScopeQuery[] =>
  playbook.scope.groups.length === 0 && playbook.scope.projects.length === 0
    ? [{ kind: 'all' }]
    : playbook.scope.groups.map((path) => ({ kind: 'group', path }));

/** Is a project a callee of this rollout, as the playbook's scope says? */
export function scopeFilter(
  scope: Playbook['scope'],
): (project: { readonly path: string; readonly archived: boolean }) => boolean {
  const excluded = scope.exclude.map(pathMatcher);
  const everything = scope.groups.length === 0 && scope.projects.length === 0;
  const below = (group: string, path: string): boolean => samePath(path.slice(0, group.length + 1), `${group}/`);
  return ({ path, archived }) => {
    if (excluded.some((matches) => matches(path)) || (archived && scope.archived === 'exclude')) return false;
    return (
      everything ||
      scope.groups.some((group) => below(group, path)) ||
      scope.projects.some((named) => samePath(named, path))
    );
  };
}

/**
 * Reads every project in scope with settings, entries and log, page by page. Each page is committed with the place where
 * the next one starts, so a killed inventory goes on where it stopped.
 *
 * @returns when it ended, by GitLab's clock
 */
export async function readInventory(
  engine: Engine,
): Promise<{ readonly at: EpochMs; readonly projects: number; readonly gone: readonly string[] }> {
  const { store, clock, playbook } = engine;
  const begun = await store.inventoryCursor();
  const seen = begun?.seen ?? (await store.inventories()).count + 1;
  let done = begun?.done ?? 0;
  let position: Position = begun ? (JSON.parse(begun.cursor) as Position) : { scope: 0, after: null };
  const scopes = scopesOf(playbook);
  const inScope = scopeFilter(playbook.scope);
  for (let scope = scopes[position.scope]; scope; scope = scopes[position.scope]) {
    engine.signal.throwIfAborted();
    const page = await engine.forge.projects(scope, position.after);
    position = page.next === null ? { scope: position.scope + 1, after: null } : { ...position, after: page.next };
    done += page.items.length;
    const cursor = { seen, cursor: JSON.stringify(position), done };
    await store.transaction(
      async () => {
        await keepReadings(engine, page.items, inScope, seen);
        await store.setInventoryCursor(cursor);
      },
      await engine.lease.hold(),
    );
    engine.notify.progress({ what: 'inventory', done, total: page.total, requests: engine.forge.requestCount() });
  }
  done += await readNamedProjects(engine, inScope, seen);
  const { inScope: selected } = await store.countProjects();
  if (selected === 0) throw nothingSelected(playbook);
  const at = clock.now();
  const gone = await store.transaction(
    async () => {
      const unseen = await store.forgetUnseen(seen);
      await store.setInventoryCursor(null);
      await store.finishInventory(seen, at);
      return unseen;
    },
    await engine.lease.hold(),
  );
  return { at, projects: done, gone: gone.map(({ path }) => path) };
}

const nothingSelected = (playbook: Playbook): RolloutError =>
  new RolloutError(
    'NOTHING_SELECTED',
    `the playbook selects no project: groups ${JSON.stringify(playbook.scope.groups)}, projects ${JSON.stringify(playbook.scope.projects)}, without ${JSON.stringify(playbook.scope.exclude)}`,
    'Check `scope` in tidegate.yaml, and that the token can see these groups (`tidegate doctor`).',
  );

async function readNamedProjects(
  engine: Engine,
  inScope: ReturnType<typeof scopeFilter>,
  seen: number,
): Promise<number> {
  const named = engine.playbook.scope.projects;
  const refs = [];
  for (const path of named) {
    const ref = await engine.forge.projectByPath(path);
    if (!ref) {
      throw new RolloutError(
        'NOTHING_SELECTED',
        `scope.projects names ${path}, which the token cannot see`,
        'Correct the path in tidegate.yaml.',
      );
    }
    refs.push(ref.id);
  }
  for (let start = 0; start < refs.length; start += 50) {
    const readings = await engine.forge.projectsById(refs.slice(start, start + 50));
    await engine.store.transaction(() => keepReadings(engine, readings, inScope, seen), await engine.lease.hold());
  }
  return refs.length;
}

/** Stores readings: projects, the callers their logs name, and one observation per log row. */
export async function keepReadings(
  engine: Engine,
  readings: readonly ProjectReading[],
  inScope: ReturnType<typeof scopeFilter>,
  seen: number,
): Promise<void> {
  const projects = readings.map(({ project }): Project => ({ ...project, inScope: inScope(project) }));
  await engine.store.putProjects(projects, seen);
  await engine.store.putCallers(readings.flatMap(({ log }) => log.map(({ caller }) => caller)));
  await engine.store.putEvidence(readings.flatMap(evidenceOf));
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
