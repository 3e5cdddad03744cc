import { Dice } from '../hash.ts';
import { furnish } from './holdings.ts';
import { placePeople } from './people.ts';
import { placeProjects } from './projects.ts';
import { addTraffic } from './traffic.ts';
import type { Organisation } from '../organisation/schema.ts';

/** How far back the generated traffic goes; jobs that last ran before it leave no row in the log. */
const HISTORY = '45d';

/**
 * Makes up an organisation with a realistic shape: nested groups below a few roots, hub libraries with hundreds of callers,
 * bots and people (some without the role their jobs need), rare schedules, personal namespaces, repeated leaf names,
 * archived, internal and public projects, some callees limited already. It is the value an organisation file would give.
 *
 * @param size - number of projects, at least 1
 * @param seed - the same size and seed make the same organisation
 */
export function generateOrganisation({
  projects: size,
  seed,
}: {
  readonly projects: number;
  readonly seed: number;
}): Organisation {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new RangeError(`an organisation has at least one project: ${String(size)}`);
  const dice = new Dice(seed);
  const land = placeProjects(size, dice);
  furnish(land, new Dice(seed + 1));
  const people = placePeople(land, dice);
  const { jobs, projects } = addTraffic(land, people, dice);
  return {
    version: '18.5.0',
    enforced: false,
    start: '2026-03-02T08:00:00Z',
    history: HISTORY,
    seed,
    groups: [...land.groups],
    users: people.users,
    projects,
    jobs,
  };
}
