import { RolloutError } from '../../domain/errors.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { ProjectRef } from '../../domain/project.ts';
import { printable } from '../../domain/redact.ts';
import { samePath } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import type { FeatureReading, ScopeName } from '../ports.ts';
import { nameOf, scopeToday } from './scope.ts';

/*
 * A playbook names groups and projects by path. Once such a name was seen, GitLab's id stands for it: what is renamed or moved
 * stays in scope, and what takes over an old path while the first owner of it is still there does not come into scope.
 */

interface Found {
  readonly id: number;
  readonly path: string;
}

/** Looks up the groups of the scope: one request each. Returns the scope in the names of today. */
export async function followGroups(engine: Engine): Promise<Playbook['scope']> {
  const { store, forge, playbook } = engine;
  const known = await store.scopeNames();
  const found = new Map<string, Found>();
  for (const name of playbook.scope.groups) {
    const group = await follow(engine, known, { kind: 'group', name }, (at) => forge.group(at));
    if (group === null) throw unseen('group', name, nameOf(known, 'group', name));
    found.set(name, group);
  }
  await keep(engine, 'group', found);
  return scopeToday(engine);
}

/** The same for the projects of the scope, with their feature levels. Those that have gone meanwhile are left out. */
export async function followProjects(engine: Engine): Promise<readonly (ProjectRef & FeatureReading)[]> {
  const { store, forge, playbook } = engine;
  const known = await store.scopeNames();
  const found = new Map<string, ProjectRef & FeatureReading>();
  for (const name of playbook.scope.projects) {
    const project = await follow(engine, known, { kind: 'project', name }, (at) => forge.namedProject(at));
    const before = nameOf(known, 'project', name);
    if (project !== null) found.set(name, project);
    else if (before === undefined) throw unseen('project', name);
    else engine.notify.alert(lost(before));
  }
  await keep(engine, 'project', found);
  return [...found.values()];
}

async function follow<T extends Found>(
  { notify }: Engine,
  known: readonly ScopeName[],
  { kind, name }: Pick<ScopeName, 'kind' | 'name'>,
  look: (at: string | number) => Promise<T | null>,
): Promise<T | null> {
  const before = nameOf(known, kind, name);
  const same = before === undefined ? null : await look(before.id);
  const found = same ?? (await look(name));
  if (found === null) return null;
  if (before !== undefined && found.id !== before.id) notify.alert(replaced(before, found.id));
  else if (!samePath(found.path, name) && before?.path !== found.path) notify.note(renamed({ kind, name }, found));
  return found;
}

/** A project that cannot be seen for the moment keeps its id. */
async function keep(engine: Engine, kind: ScopeName['kind'], found: ReadonlyMap<string, Found>): Promise<void> {
  const { store, playbook } = engine;
  const names = kind === 'group' ? playbook.scope.groups : playbook.scope.projects;
  await fenced(engine, async () => {
    const known = await store.scopeNames();
    const rows = names.flatMap((name): readonly ScopeName[] => {
      const now = found.get(name) ?? nameOf(known, kind, name);
      return now === undefined ? [] : [{ kind, name, id: now.id, path: now.path }];
    });
    await store.putScopeNames(kind, rows);
  });
}

const renamed = ({ kind, name }: Pick<ScopeName, 'kind' | 'name'>, { id, path }: Found): string =>
  `scope.${kind}s names ${printable(name)}, which is ${printable(path)} now (${kind} ${id}). It stays in scope; name it so in tidegate.yaml.`;

const replaced = ({ kind, name, id }: ScopeName, now: number): string =>
  `scope.${kind}s names ${printable(name)}: ${kind} ${id}, which was there, is gone or hidden from the token, and ${kind} ${now} has its path. The latter is in scope from now on.`;

const lost = ({ name, id, path }: ScopeName): string =>
  `scope.projects names ${printable(name)} (project ${id}, last seen as ${printable(path)}), which is gone or hidden from the token: it is left out. Take it out of tidegate.yaml, or give the token its rights back.`;

const unseen = (kind: ScopeName['kind'], name: string, before?: ScopeName): RolloutError =>
  new RolloutError(
    'NOTHING_SELECTED',
    `scope.${kind}s names ${printable(name)}${before ? ` (${kind} ${before.id}, last seen as ${printable(before.path)})` : ''}, which ${before ? 'is gone or hidden from the token' : 'the token cannot see'}`,
    before ? 'Take it out of tidegate.yaml, or give the token its rights back.' : 'Correct the path in tidegate.yaml.',
  );
