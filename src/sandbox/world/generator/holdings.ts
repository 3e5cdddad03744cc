import type { Dice } from '../hash.ts';
import type { AccessKind } from '../vocabulary.ts';
import type { Land } from './projects.ts';

/** Hubs that are reached through their packages publish some. */
const PUBLISHES: ReadonlySet<AccessKind> = new Set(['npm', 'pypi', 'maven', 'generic', 'nuget', 'terraform-module']);

/**
 * What projects hold that makes them worth guarding: packages of the hubs, environments that not everybody deploys to,
 * Terraform states, and a few personal forks. It throws dice of its own, so that everything else stays as its seed made it.
 */
export function furnish({ plots }: Land, dice: Dice): void {
  const shared = plots.filter(({ personal, hub }) => !personal && hub === null);
  for (const { project, hub, personal } of plots) {
    const leaf = project.path.slice(project.path.lastIndexOf('/') + 1);
    if (hub !== null) {
      if (PUBLISHES.has(hub)) project.packages = [leaf];
    } else if (personal) {
      const origin = shared.length > 0 && dice.chance(0.4) ? dice.pick(shared).project.path : null;
      if (origin !== null) project.forkedFrom = origin;
    } else {
      if (dice.chance(0.12))
        project.protectedEnvironments = dice.chance(0.5) ? ['production'] : ['production', 'staging'];
      if (dice.chance(0.05)) project.terraformStates = ['production'];
      if (dice.chance(0.08)) project.packages = [leaf];
    }
  }
}
