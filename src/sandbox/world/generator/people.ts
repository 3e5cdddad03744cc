import type { Dice } from '../hash.ts';
import type { Land, Plot } from './projects.ts';
import type { OrganisationUser } from '../organisation/schema.ts';

/** The people of a made-up organisation, and those whom traffic is laid upon. */
export interface People {
  readonly users: OrganisationUser[];
  /** A bot with rights in every root. */
  readonly everywhere: string;
  /** The bot of each root. */
  readonly bots: ReadonlyMap<string, string>;
  /** Somebody with rights in the team alone, whose jobs fail elsewhere for lack of a role. */
  readonly newcomers: ReadonlyMap<string, string>;
}

/** Share of teams that have somebody who is a member of nothing else. */
const NEWCOMER_SHARE = 0.05;
/** Every member list is as long as the instance has people, so there are not more than a large office. */
const MOST_NEWCOMERS = 200;

/** Gives the made-up organisation its people: an administrator, bots, owners, newcomers. */
export function placePeople({ roots, owners, plots }: Land, dice: Dice): People {
  const main = roots[0] ?? '';
  const everywhere = 'release-bot';
  const users: OrganisationUser[] = [
    { name: 'root', admin: true, memberships: {} },
    {
      name: everywhere,
      admin: false,
      memberships: Object.fromEntries(roots.map((root) => [root, 'developer' as const])),
    },
  ];
  const bots = new Map(roots.map((root) => [root, `${root}-ci`]));
  for (const [root, name] of bots) users.push({ name, admin: false, memberships: { [root]: 'developer' } });
  for (const name of owners) users.push({ name, admin: false, memberships: { [main]: 'reporter' } });
  const newcomers = new Map<string, string>();
  for (const team of teamsOf(plots)) {
    // Even a small organisation has one.
    const comes = newcomers.size === 0 || dice.chance(NEWCOMER_SHARE);
    if (!comes || newcomers.size >= MOST_NEWCOMERS) continue;
    const name = `newcomer-${String(newcomers.size + 1)}`;
    newcomers.set(team, name);
    users.push({ name, admin: false, memberships: { [team]: 'developer' } });
  }
  return { users, everywhere, bots, newcomers };
}

function teamsOf(plots: readonly Plot[]): ReadonlySet<string> {
  return new Set(plots.filter(({ personal, hub }) => !personal && hub === null).map(({ team }) => team));
}
