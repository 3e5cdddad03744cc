import { ciFiles } from './files.ts';
import { PEER_ACCESS } from './names.ts';
import type { People } from './people.ts';
import type { Land, Plot } from './projects.ts';
import type { Dice } from '../hash.ts';
import type { OrganisationJob, OrganisationProject } from '../organisation/schema.ts';
import { ENTRY_LIMIT } from '../organisation/references.ts';

type Use = OrganisationJob['uses'][number];

/** Share of all projects that call the n-th hub, and the most callers one has however large the organisation. */
const HUB_SHARES = [0.8, 0.5, 0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.07, 0.06, 0.05, 0.05, 0.04, 0.04] as const;
const MOST_HUB_CALLERS = 3_000;

/** Where a project may look for callees. */
interface Neighbourhood {
  readonly hubs: readonly Plot[];
  readonly byTeam: ReadonlyMap<string, readonly Plot[]>;
  readonly byRoot: ReadonlyMap<string, readonly Plot[]>;
  readonly all: readonly Plot[];
}

/** The projects with their CI files and entries, and the jobs that run in them. */
export interface Settled {
  readonly projects: OrganisationProject[];
  readonly jobs: OrganisationJob[];
}

/** Gives projects their jobs, their CI files, and the callees that are limited already the entries their callers need. */
export function addTraffic({ plots }: Land, people: People, dice: Dice): Settled {
  const around: Neighbourhood = {
    hubs: plots.filter(({ hub }) => hub !== null),
    byTeam: groupPlots(plots, ({ team }) => team),
    byRoot: groupPlots(plots, ({ root }) => root),
    all: plots,
  };
  const rootOf = new Map(plots.map(({ project, root }) => [project.path, root]));
  const jobs: OrganisationJob[] = [];
  const projects: OrganisationProject[] = [];
  for (const plot of plots) {
    const own = plot.project.archived ? [] : jobsOf(plot, around, people, rootOf, dice);
    jobs.push(...own);
    projects.push({ ...plot.project, files: ciFiles(plot.project.path, own) });
  }
  return { jobs, projects: withEntries(projects, jobs, rootOf) };
}

function groupPlots(plots: readonly Plot[], keyOf: (plot: Plot) => string): ReadonlyMap<string, readonly Plot[]> {
  const groups = new Map<string, Plot[]>();
  for (const plot of plots) {
    const group = groups.get(keyOf(plot));
    if (group === undefined) groups.set(keyOf(plot), [plot]);
    else group.push(plot);
  }
  return groups;
}

function jobsOf(
  plot: Plot,
  around: Neighbourhood,
  people: People,
  rootOf: ReadonlyMap<string, string>,
  dice: Dice,
): OrganisationJob[] {
  const jobs = [toJob(plot, 'build', usualPeriod(dice), hubUses(plot, around, dice), dice)];
  jobs.push(toJob(plot, 'test', usualPeriod(dice), teamUses(plot, around, dice), dice));
  if (dice.chance(0.4))
    jobs.push(
      toJob(plot, 'integration', dice.pick(['1d', '1d', '1w'] as const), distantUses(plot, around, dice), dice),
    );
  const rare = dice.next();
  if (rare < 0.05) jobs.push(toJob(plot, 'quarterly-audit', '90d', distantUses(plot, around, dice), dice));
  else if (rare < 0.12) jobs.push(toJob(plot, 'monthly-report', '30d', distantUses(plot, around, dice), dice));
  const newcomer = people.newcomers.get(plot.team);
  return jobs.map((job) => {
    const strangers = job.uses.some(({ callee }) => rootOf.get(callee) !== plot.root);
    const bot = strangers ? people.everywhere : people.bots.get(plot.root);
    const person = job.name === 'integration' ? newcomer : undefined;
    const user = plot.personal ? plot.team : (person ?? bot);
    return user === undefined ? job : { ...job, user };
  });
}

function usualPeriod(dice: Dice): string {
  return dice.pick(['2h', '6h', '6h', '12h', '1d', '1d', '1d', '3d'] as const);
}

function toJob({ project }: Plot, name: string, every: string, uses: readonly Use[], dice: Dice): OrganisationJob {
  const hours = { '2h': 2, '6h': 6, '12h': 12, '1d': 24, '3d': 72, '1w': 168, '30d': 720, '90d': 1080 }[every] ?? 24;
  return {
    project: project.path,
    name,
    every,
    // A quarterly job has its first run within 45 days, and so its last one before the log begins.
    at: `${String(dice.below(hours * 60))}m`,
    allowFailure: dice.chance(0.05),
    flaky: dice.chance(0.04) ? 0.01 + Math.round(dice.next() * 9) / 100 : 0,
    schedule: hours > 24 || dice.chance(0.2),
    uses: [...uses],
  };
}

/** Each hub is called with its own share, whatever the size, up to a limit. */
function hubUses(plot: Plot, { hubs, all }: Neighbourhood, dice: Dice): Use[] {
  return hubs.flatMap(({ project, hub }, rank) => {
    const share = Math.min(HUB_SHARES[rank] ?? 0, MOST_HUB_CALLERS / all.length);
    return hub === null || project === plot.project || !dice.chance(share)
      ? []
      : [{ callee: project.path, access: hub }];
  });
}

function teamUses(plot: Plot, { byTeam }: Neighbourhood, dice: Dice): Use[] {
  return pickUses(plot, byTeam.get(plot.team) ?? [], 4 + dice.below(6), dice);
}

/** Mostly within the company, now and then into another one's root. */
function distantUses(plot: Plot, { byRoot, all }: Neighbourhood, dice: Dice): Use[] {
  return pickUses(
    plot,
    !plot.personal && dice.chance(0.15) ? all : (byRoot.get(plot.root) ?? all),
    5 + dice.below(9),
    dice,
  );
}

function pickUses(plot: Plot, among: readonly Plot[], count: number, dice: Dice): Use[] {
  const uses = new Map<string, Use>();
  for (let index = 0; index < count; index++) {
    const { project, personal } = dice.pick(among);
    // Nobody but their owner knows of personal projects.
    if (project === plot.project || (personal && !plot.personal)) continue;
    if (plot.personal && personal && !project.path.startsWith(`${plot.team}/`)) continue;
    uses.set(project.path, { callee: project.path, access: dice.pick(PEER_ACCESS) });
  }
  return [...uses.values()];
}

/** What is limited already works: its list holds its callers, or their roots where they are too many. */
function withEntries(
  projects: readonly OrganisationProject[],
  jobs: readonly OrganisationJob[],
  rootOf: ReadonlyMap<string, string>,
): OrganisationProject[] {
  const limited = new Map(
    projects.filter(({ inboundEnabled }) => inboundEnabled).map(({ path }) => [path, new Set<string>()]),
  );
  for (const { project, uses } of jobs) {
    for (const { callee } of uses) if (callee !== project) limited.get(callee)?.add(project);
  }
  return projects.map((project) => {
    const callers = limited.get(project.path);
    if (callers === undefined || callers.size === 0) return project;
    if (callers.size <= ENTRY_LIMIT) return { ...project, allowlist: [...callers].map((path) => ({ project: path })) };
    const roots = new Set([...callers].map((path) => rootOf.get(path) ?? ''));
    return { ...project, allowlist: [...roots].map((path) => ({ group: path })) };
  });
}
