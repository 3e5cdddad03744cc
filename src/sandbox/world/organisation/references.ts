import type { Organisation, OrganisationProject } from './schema.ts';
import { suggest } from './problems.ts';
import type { Problem } from './problems.ts';

/** GitLab's limit of project entries and, counted apart, of group entries per callee. */
export const ENTRY_LIMIT = 200;

/** The administrator every GitLab has; the file need not name it. */
export const ROOT_USER = 'root';

/** Paths the file names, lower-cased because GitLab's routes ignore case. */
interface Names {
  readonly projects: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
}

/**
 * Finds what no single value shows: names that stand for nothing, or for two things at once. Groups need no declaration
 * (a project's path implies them); a first path segment that is a user's name is that user's own namespace.
 */
export function findReferenceProblems(organisation: Organisation): Problem[] {
  const names = collectNames(organisation);
  return [
    ...doubled(
      'projects',
      'path',
      organisation.projects.map(({ path }) => path),
    ),
    ...doubled(
      'projects',
      'id',
      organisation.projects.map(({ id }) => (id === undefined ? null : String(id))),
    ),
    ...doubled(
      'users',
      'name',
      organisation.users.map(({ name }) => name),
    ),
    ...doubled(
      'jobs',
      'name',
      organisation.jobs.map(({ project, name }) => `${project} ${name}`),
    ),
    ...namespaceProblems(organisation, names),
    ...membershipProblems(organisation, names),
    ...organisation.projects.flatMap((project, index) =>
      allowlistProblems(project, `projects[${String(index)}].allowlist`, names),
    ),
    ...organisation.projects.flatMap((project, index) => forkProblems(project, index, names)),
    ...jobProblems(organisation, names),
  ];
}

function forkProblems({ path, forkedFrom }: OrganisationProject, index: number, names: Names): Problem[] {
  if (forkedFrom === undefined) return [];
  const at = `projects[${String(index)}].forkedFrom`;
  if (forkedFrom.toLowerCase() === path.toLowerCase()) return [{ path: at, message: 'a project is no fork of itself' }];
  if (names.projects.has(forkedFrom.toLowerCase())) return [];
  return [{ path: at, message: `no project "${forkedFrom}"${suggest(forkedFrom, names.projects.values())}` }];
}

function collectNames({ projects, groups, users }: Organisation): Names {
  const userNames = byLowerCase([ROOT_USER, ...users.map(({ name }) => name)]);
  const groupPaths = new Set(groups.flatMap((path) => [path, ...ancestors(path)]));
  for (const { path } of projects) {
    const own = userNames.has(path.slice(0, path.indexOf('/')).toLowerCase());
    if (!own) for (const group of ancestors(path)) groupPaths.add(group);
  }
  return { projects: byLowerCase(projects.map(({ path }) => path)), groups: byLowerCase(groupPaths), users: userNames };
}

/** Of several spellings the first counts. */
function byLowerCase(paths: Iterable<string>): ReadonlyMap<string, string> {
  const spellings = new Map<string, string>();
  for (const path of paths) {
    if (!spellings.has(path.toLowerCase())) spellings.set(path.toLowerCase(), path);
  }
  return spellings;
}

/** `a/b/c` has `a/b` and `a`. */
export function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) found.push(path.slice(0, end));
  return found;
}

function doubled(list: string, key: string, values: readonly (string | null)[]): Problem[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (value === null) return [];
    const lower = value.toLowerCase();
    if (seen.has(lower)) return [{ path: `${list}[${String(index)}].${key}`, message: `"${value}" is there twice` }];
    seen.add(lower);
    return [];
  });
}

function namespaceProblems({ groups, projects }: Organisation, names: Names): Problem[] {
  const problems: Problem[] = [];
  groups.forEach((path, index) => {
    if (names.users.has((path.split('/')[0] ?? '').toLowerCase())) {
      problems.push({
        path: `groups[${String(index)}]`,
        message: `"${path}" is in a user's own namespace, which holds no groups`,
      });
    }
  });
  projects.forEach(({ path }, index) => {
    const at = `projects[${String(index)}].path`;
    const [first = '', , third] = path.split('/');
    if (third !== undefined && names.users.has(first.toLowerCase())) {
      problems.push({ path: at, message: `"${path}" is below a user's own namespace, which holds no groups` });
    }
    if (names.groups.has(path.toLowerCase())) problems.push({ path: at, message: `"${path}" is a group as well` });
  });
  return problems;
}

function membershipProblems({ users }: Organisation, names: Names): Problem[] {
  return users.flatMap(({ memberships }, index) =>
    Object.keys(memberships)
      .filter((path) => !names.groups.has(path.toLowerCase()) && !names.projects.has(path.toLowerCase()))
      .map((path) => ({
        path: `users[${String(index)}].memberships.${path}`,
        message: `no group or project "${path}"${suggest(path, names.groups.values())}`,
      })),
  );
}

function allowlistProblems({ path: callee, allowlist }: OrganisationProject, at: string, names: Names): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  allowlist.forEach(({ project, group }, index) => {
    const [kind, path, known] =
      project === undefined
        ? (['group', group ?? '', names.groups] as const)
        : (['project', project, names.projects] as const);
    const where = `${at}[${String(index)}].${kind}`;
    if (!known.has(path.toLowerCase())) {
      const reason =
        kind === 'group' && names.users.has(path.toLowerCase())
          ? ": a user's own namespace cannot be an entry"
          : suggest(path, known.values());
      problems.push({ path: where, message: `no ${kind} "${path}"${reason}` });
    }
    const key = `${kind} ${path.toLowerCase()}`;
    if (seen.has(key)) problems.push({ path: where, message: `"${path}" is on the allowlist of "${callee}" twice` });
    seen.add(key);
  });
  const groups = allowlist.filter(({ group }) => group !== undefined).length;
  for (const [kind, count] of [
    ['group', groups],
    ['project', allowlist.length - groups],
  ] as const) {
    if (count > ENTRY_LIMIT)
      problems.push({ path: at, message: `${String(count)} ${kind} entries; GitLab holds ${String(ENTRY_LIMIT)}` });
  }
  return problems;
}

function jobProblems({ jobs }: Organisation, names: Names): Problem[] {
  return jobs.flatMap((job, index) => {
    const at = `jobs[${String(index)}]`;
    const problems: Problem[] = [];
    const expectProject = (path: string, where: string): void => {
      if (names.projects.has(path.toLowerCase())) return;
      problems.push({ path: where, message: `no project "${path}"${suggest(path, names.projects.values())}` });
    };
    expectProject(job.project, `${at}.project`);
    if (job.user !== undefined && !names.users.has(job.user.toLowerCase())) {
      problems.push({ path: `${at}.user`, message: `no user "${job.user}"${suggest(job.user, names.users.values())}` });
    }
    job.uses.forEach(({ callee }, use) => {
      expectProject(callee, `${at}.uses[${String(use)}].callee`);
    });
    return problems;
  });
}
