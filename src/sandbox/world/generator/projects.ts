import { DIVISIONS, HUBS, LEAVES, PEOPLE, ROOTS, TEAMS } from './names.ts';
import type { Dice } from '../hash.ts';
import type { OrganisationProject } from '../organisation/schema.ts';
import type { AccessKind } from '../vocabulary.ts';

/** A project while it is placed: where it is and what it is for. */
export interface Plot {
  readonly project: OrganisationProject;
  readonly root: string;
  /** Group of the closest colleagues; a personal project's own namespace. */
  readonly team: string;
  readonly personal: boolean;
  /** How callers reach a hub; null for an ordinary project. */
  readonly hub: AccessKind | null;
}

/** The groups and projects of a made-up organisation before people and traffic. */
export interface Land {
  readonly groups: ReadonlySet<string>;
  readonly roots: readonly string[];
  readonly plots: readonly Plot[];
  /** Names of the people with projects of their own. */
  readonly owners: readonly string[];
}

const PROJECTS_PER_ROOT = 12_000;
const PROJECTS_PER_TEAM = 7;
/** Teams in a division, so that a division is a group worth an entry. */
const TEAMS_PER_DIVISION = 6;

/** Lays out groups and projects: hubs first, then teams, then personal projects. */
export function placeProjects(size: number, dice: Dice): Land {
  const roots = nameRoots(Math.min(ROOTS.length, Math.max(size > 20 ? 2 : 1, Math.ceil(size / PROJECTS_PER_ROOT))));
  const groups = new Set<string>(roots);
  const plots: Plot[] = [];
  const add = (path: string, plot: Omit<Plot, 'project'>): void => {
    plots.push({ ...plot, project: { ...describeProject(path, plot, dice), id: plots.length + 1 } });
  };
  const mainRoot = roots[0] ?? '';
  for (const { path, access } of HUBS.slice(0, Math.max(1, Math.min(HUBS.length, Math.floor(size / 8))))) {
    add(`${mainRoot}/platform/${path}`, { root: mainRoot, team: `${mainRoot}/platform`, personal: false, hub: access });
  }
  const personal = size < 20 ? 0 : Math.max(1, Math.round(size * 0.03));
  for (let number = 0; plots.length < size - personal; number++)
    addTeam(number, roots, size - personal, plots, add, dice);
  const owners = addPersonal(personal, mainRoot, add, dice);
  for (const { project, personal: own } of plots) if (!own) addAncestors(groups, project.path);
  return { groups, roots, plots, owners };
}

function nameRoots(count: number): readonly string[] {
  return ROOTS.slice(0, count);
}

type Add = (path: string, plot: Omit<Plot, 'project'>) => void;

/** The first root holds about four of five teams; every seventh team has subteams of its own. */
function addTeam(
  number: number,
  roots: readonly string[],
  size: number,
  plots: readonly Plot[],
  add: Add,
  dice: Dice,
): void {
  const root = dice.chance(0.8) ? (roots[0] ?? '') : dice.pick(roots);
  const division = numbered(DIVISIONS, Math.floor(number / TEAMS_PER_DIVISION));
  const team = `${root}/${division}/${numbered(TEAMS, number)}`;
  const count = Math.min(size - plots.length, 2 + dice.below(2 * PROJECTS_PER_TEAM - 3));
  const first = dice.below(LEAVES.length);
  for (let index = 0; index < count; index++) {
    const leaf = LEAVES[(first + index) % LEAVES.length] ?? 'api';
    const below = number % 7 === 3 && index % 2 === 1 ? `${team}/internal` : team;
    add(`${below}/${leaf}`, { root, team, personal: false, hub: null });
  }
}

/** `word`, then `word-2` and so on once the words are used up. */
function numbered(words: readonly string[], number: number): string {
  const round = Math.floor(number / words.length);
  const word = words[number % words.length] ?? '';
  return round === 0 ? word : `${word}-${String(round + 1)}`;
}

function addPersonal(count: number, root: string, add: Add, dice: Dice): readonly string[] {
  const owners: string[] = [];
  for (let index = 0; index < count; index++) {
    // Every fourth personal project is a second one of the person before.
    const second = index % 4 === 3;
    const owner = second ? (owners.at(-1) ?? '') : numbered(PEOPLE, owners.length);
    if (!second) owners.push(owner);
    const leaf = second ? 'sandbox' : dice.pick(['api', 'playground', 'web'] as const);
    add(`${owner}/${leaf}`, { root, team: owner, personal: true, hub: null });
  }
  return owners;
}

function describeProject(path: string, { hub, personal }: Omit<Plot, 'project'>, dice: Dice): OrganisationProject {
  const luck = dice.next();
  const visibility = luck < 0.03 ? 'public' : luck < 0.13 ? 'internal' : 'private';
  const closed = visibility !== 'private' && dice.chance(0.2);
  return {
    path,
    visibility: hub === null ? visibility : 'private',
    archived: hub === null && dice.chance(0.03),
    // The organisation is an old one: what was made since 15.9 is limited already.
    inboundEnabled: hub === null && !personal && dice.chance(0.08),
    policiesEnabled: dice.chance(0.04),
    features: closed && hub === null ? { repository: 'private' } : {},
    allowlist: [],
    files: {},
    ...{ protectedEnvironments: [], terraformStates: [], packages: [] },
  };
}

function addAncestors(groups: Set<string>, path: string): void {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) groups.add(path.slice(0, cut));
}
