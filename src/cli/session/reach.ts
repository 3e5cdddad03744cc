import { RolloutError } from '../../domain/errors.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Engine } from '../../engine/context.ts';
import { rolloutState, type RolloutPhase } from '../../engine/drive/decide.ts';
import { scopeFilter, scopesOf } from '../../engine/inventory/inventory.ts';

/** GitLab's access level of a Maintainer: what reading and changing an allowlist takes. */
export const MAINTAINER = 40;

const WRITING: ReadonlySet<RolloutPhase> = new Set([
  'awaitingPlan',
  'starting',
  'rolling',
  'restoring',
  'restoringAll',
  'reopening',
]);

/**
 * Looks whether the token can do what comes next, before a driver begins: weeks of watching with a token that reads nothing
 * would be lost, and a wave that fails for lack of a right would be rolled back as if the organisation were to blame.
 *
 * @throws RolloutError `NOTHING_SELECTED` for groups that are not there, `TOKEN_REFUSED` for a token without the rights
 */
export async function checkReach(engine: Engine): Promise<void> {
  const { store } = engine;
  await engine.forge.capabilities();
  // One that was under way when its process ended has read its first page already.
  const begun = (await store.inventories()).count > 0 || (await store.inventoryCursor()) !== null;
  if (!begun) await checkFirstRead(engine);
  const { phase } = rolloutState((await store.rollout()).checkpoint);
  if (WRITING.has(phase)) await checkMayWrite(engine);
}

async function checkFirstRead({ forge, playbook }: Engine): Promise<void> {
  const scopes = scopesOf(playbook.scope);
  const missing: string[] = [];
  for (const scope of scopes) {
    if (scope.kind === 'group' && (await forge.group(scope.path)) === null) missing.push(scope.path);
  }
  if (missing.length > 0) {
    throw new RolloutError(
      'NOTHING_SELECTED',
      `the playbook selects groups that do not exist, or that the token cannot see: ${missing.join(', ')}`,
      'Correct scope.groups in tidegate.yaml, or use a token that sees them.',
    );
  }
  const inScope = scopeFilter(playbook.scope);
  let selected = 0;
  for (const scope of scopes) {
    const page = await forge.projects(scope, null);
    const chosen = page.items.filter(({ project }) => inScope(project));
    // One that can be read, or more pages than this look is for: the inventory will tell.
    if (page.next !== null || chosen.some(({ project }) => project.unread === null)) return;
    selected += chosen.length;
  }
  // Projects that are named one by one are looked up by the inventory.
  if (playbook.scope.projects.length > 0) return;
  if (selected === 0) throw nothingSelected(playbook.scope);
  throw new RolloutError(
    'TOKEN_REFUSED',
    `the token can read the job token settings of ${selected === 1 ? 'not even the one project' : `none of the ${selected} projects`} in scope`,
    'Use a token of a Maintainer of these projects or groups; `tidegate doctor` shows what a token may do.',
  );
}

function nothingSelected({ groups, exclude }: Playbook['scope']): RolloutError {
  const from = groups.length === 0 ? 'everything the token sees' : `the groups ${groups.join(', ')}`;
  const without = exclude.length === 0 ? '' : ` without ${exclude.join(', ')}`;
  return new RolloutError(
    'NOTHING_SELECTED',
    `the playbook selects no project: ${from}${without}`,
    'Check `scope` in tidegate.yaml, and what the token can see (`tidegate doctor`).',
  );
}

async function checkMayWrite({ forge }: Engine): Promise<void> {
  const { scopes } = await forge.identity();
  if (scopes === null || scopes.includes('api')) return;
  throw new RolloutError(
    'TOKEN_REFUSED',
    `the token has the scope ${scopes.join(', ')}, and what comes next changes allowlists`,
    'Use a token with the scope `api`; nothing was changed.',
  );
}
