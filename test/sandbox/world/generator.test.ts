import { describe, expect, it } from 'vitest';
import { createWorld, describeOrganisation, generateOrganisation } from '../../../src/sandbox/world/index.ts';
import { stopwatch } from '../../processor-time.ts';

const DAY = 86_400_000;
const organisation = generateOrganisation({ projects: 400, seed: 7 });

function callersPerCallee(): Map<string, Set<string>> {
  const callers = new Map<string, Set<string>>();
  for (const { project, uses } of organisation.jobs) {
    for (const { callee } of uses) callers.set(callee, (callers.get(callee) ?? new Set()).add(project));
  }
  return callers;
}

describe('generated organisation', () => {
  it('is the same for the same seed, and an organisation file', () => {
    expect(generateOrganisation({ projects: 400, seed: 7 })).toEqual(organisation);
    expect(generateOrganisation({ projects: 400, seed: 8 }).jobs).not.toEqual(organisation.jobs);
    expect(describeOrganisation(JSON.parse(JSON.stringify(organisation)))).toEqual(organisation);
  });

  it.each([1, 2, 9, 25, 60, 400])('has exactly %i projects, all legal', (size) => {
    const generated = generateOrganisation({ projects: size, seed: 3 });
    expect(generated.projects).toHaveLength(size);
    expect(describeOrganisation(JSON.parse(JSON.stringify(generated))).projects).toHaveLength(size);
  });

  it('has a hub with more callers than a list holds', () => {
    const counts = [...callersPerCallee().values()].map(({ size }) => size).sort((left, right) => right - left);
    expect(counts[0]).toBeGreaterThan(200);
    expect(counts.filter((count) => count > 40).length).toBeGreaterThanOrEqual(3);
  });

  it('has everything a rollout stumbles over', () => {
    const { projects, jobs, users, groups } = organisation;
    const leaves = projects.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
    expect(new Set(leaves).size).toBeLessThan(leaves.length / 2);
    expect(Math.max(...groups.map((path) => path.split('/').length))).toBeGreaterThanOrEqual(4);
    for (const visibility of ['private', 'internal', 'public'])
      expect(projects.some((project) => project.visibility === visibility)).toBe(true);
    expect(projects.some(({ archived }) => archived)).toBe(true);
    expect(projects.some(({ inboundEnabled, allowlist }) => inboundEnabled && allowlist.length > 0)).toBe(true);
    expect(projects.some(({ path }) => users.some(({ name }) => path.startsWith(`${name}/`)))).toBe(true);
    for (const every of ['1w', '30d', '90d']) expect(jobs.some((job) => job.every === every)).toBe(true);
    expect(jobs.some(({ flaky }) => flaky > 0)).toBe(true);
    const rootOf = (path: string): string => path.slice(0, path.indexOf('/'));
    expect(jobs.some(({ project, uses }) => uses.some(({ callee }) => rootOf(callee) !== rootOf(project)))).toBe(true);
  });

  it('works as it is, but for jobs whose person lacks a role', () => {
    const world = createWorld(organisation);
    world.advance(60 * DAY);
    const denied = [...world.truth()].filter((edge) => edge.denied > 0);
    expect(denied.length).toBeGreaterThan(0);
    for (const { caller, callee, access } of denied) {
      const users = organisation.jobs
        .filter(
          ({ project, uses }) =>
            project === caller && uses.some((use) => use.callee === callee && use.access === access),
        )
        .map(({ user }) => user ?? '');
      expect(users.filter((user) => user.startsWith('newcomer-'))).not.toEqual([]);
    }
  });

  it('keeps quarterly jobs out of the first log', () => {
    const world = createWorld(organisation);
    const quarterly = organisation.jobs.filter(({ every }) => every === '90d');
    expect(quarterly.length).toBeGreaterThan(0);
    for (const { project, name } of quarterly) {
      const id = world.findProject(project)?.project.id ?? 0;
      expect([...world.jobs(id)].filter((job) => job.name === name)).toEqual([]);
    }
  });

  it('starts with 20,000 projects, and a month passes, in seconds', () => {
    const elapsed = stopwatch();
    const world = createWorld(generateOrganisation({ projects: 20_000, seed: 1 }));
    world.setEnforced(true);
    world.advance(30 * DAY);
    expect([...world.projectsIn(world.groups()[0]?.id ?? 0, true)].length).toBeGreaterThan(10_000);
    expect(elapsed()).toBeLessThan(30_000);
  }, 60_000);
});
