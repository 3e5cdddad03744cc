import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import {
  createWorld,
  describeOrganisation,
  OrganisationError,
  parseOrganisation,
} from '../../../src/sandbox/world/index.ts';
import { smallOrganisation } from './small-organisation.ts';

function problemsOf(value: unknown): readonly string[] {
  try {
    describeOrganisation(value);
  } catch (error) {
    if (error instanceof OrganisationError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('organisation file', () => {
  it('reads the same from JSON and YAML, and from what it wrote itself', () => {
    const json = parseOrganisation(JSON.stringify(smallOrganisation()));
    expect(parseOrganisation(stringify(smallOrganisation()))).toEqual(json);
    expect(parseOrganisation(JSON.stringify(json))).toEqual(json);
  });

  it("fills in GitLab's defaults", () => {
    const world = createWorld(parseOrganisation('{"projects":[{"path":"acme/web"}]}'));
    expect(world.enforced()).toBe(true);
    expect(createWorld(parseOrganisation('version: 17.11.7')).enforced()).toBe(false);
    expect(world.projects()).toMatchObject([
      { id: 1, visibility: 'private', archived: false, inboundEnabled: true, policiesEnabled: false },
    ]);
    expect(world.users()).toMatchObject([{ username: 'root', admin: true }]);
  });

  it('reports all problems at once, with their places and the nearest known key', () => {
    const value = {
      enforcd: true,
      history: '45 days',
      projects: [
        { path: 'acme/web', archivd: true, features: { repositry: 'private' }, allowlist: [{ policies: [] }] },
      ],
      jobs: [{ project: 'acme/web', name: 'x', every: '0h', uses: [{ callee: 'acme/web', access: 'gti' }] }],
    };
    const problems = problemsOf(value);
    expect(problems).toContain('enforcd: unknown key (did you mean "enforced"?)');
    expect(problems).toContain('history: is no duration (a whole number and one of s m h d w)');
    expect(problems).toContain('projects[0].archivd: unknown key (did you mean "archived"?)');
    expect(problems).toContain('projects[0].features.repositry: unknown key (did you mean "repository"?)');
    expect(problems).toContain('projects[0].allowlist[0]: needs either "project" or "group"');
    expect(problems).toContain('jobs[0].every: must be longer than nothing');
    expect(problems.some((problem) => problem.startsWith('jobs[0].uses[0].access: '))).toBe(true);
    expect(problems).toHaveLength(7);
  });

  it('finds names that stand for nothing', () => {
    const problems = problemsOf({
      users: [{ name: 'ann', memberships: { acm: 'guest' } }],
      projects: [
        { path: 'acme/web', allowlist: [{ group: 'ann' }, { project: 'acme/wep' }] },
        { path: 'Acme/Web' },
        { path: 'ann/deep/x' },
      ],
      jobs: [{ project: 'acme/web', name: 'x', user: 'anne', uses: [{ callee: 'acme/core', access: 'git' }] }],
    });
    expect(problems).toEqual([
      'projects[1].path: "Acme/Web" is there twice',
      `projects[2].path: "ann/deep/x" is below a user's own namespace, which holds no groups`,
      'users[0].memberships.acm: no group or project "acm" (did you mean "acme"?)',
      `projects[0].allowlist[0].group: no group "ann": a user's own namespace cannot be an entry`,
      expect.stringContaining('projects[0].allowlist[1].project: no project "acme/wep" (did you mean "'),
      'jobs[0].user: no user "anne" (did you mean "ann"?)',
      'jobs[0].uses[0].callee: no project "acme/core"',
    ]);
  });

  it('refuses a list longer than GitLab holds', () => {
    const callers = Array.from({ length: 201 }, (_, index) => ({ path: `acme/caller-${String(index)}` }));
    const allowlist = callers.map(({ path }) => ({ project: path }));
    expect(problemsOf({ projects: [{ path: 'acme/hub', allowlist }, ...callers] })).toEqual([
      'projects[0].allowlist: 201 project entries; GitLab holds 200',
    ]);
  });

  it('says so when the text is neither JSON nor YAML', () => {
    expect(() => parseOrganisation('{"projects": [')).toThrow(/neither JSON nor YAML/);
  });

  it('makes personal namespaces of user names, groups of all else', () => {
    const world = createWorld(describeOrganisation(smallOrganisation()));
    expect(world.findProject('OUTSIDER/API')?.project.namespace.kind).toBe('user');
    expect(world.groupByPath('outsider')).toBeNull();
    expect(world.groups().map(({ fullPath }) => fullPath)).toEqual([
      'acme',
      'acme/libs',
      'acme/apps',
      'acme/apps/shop',
    ]);
  });
});
