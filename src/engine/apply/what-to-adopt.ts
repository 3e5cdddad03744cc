import { sameTarget, type AllowlistEntry, type AllowlistState, type ProjectRef } from '../../domain/project.ts';
import { spoken } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { rolloutState, type RolloutPhase } from '../drive/decide.ts';
import { refuse } from '../orders/order.ts';
import { unrecordedCallees, type UnrecordedCallee } from '../record/unrecorded.ts';
import { settleOpenIntents } from './open-intents.ts';

/** An entry that is taken up, with the projects that a group lets in by now; 0 for a project. */
export interface AdoptedEntry extends AllowlistEntry {
  readonly admits: number;
}

/** What would be taken up of one callee: writes that the record does not have, as if they had just been made. */
export interface Adoption extends ProjectRef {
  readonly entries: readonly AdoptedEntry[];
  /** Its list is on, and no write of the record turned it on: that is taken up as well. */
  readonly setting: boolean;
  /**
   * The state that a rollback restores: without all of this. A list that stays on keeps its entries all the same: nothing
   * tells what was taken away for them, and those they let in would be shut out.
   */
  readonly before: AllowlistState;
}

/** Where a plan is computed, started or taken back, another wave would come between; elsewhere the next plan counts it. */
const AT_REST: ReadonlySet<RolloutPhase> = new Set<RolloutPhase>([
  ...(['observing', 'awaitingDecisions', 'awaitingWidening', 'awaitingPlan', 'rolling'] as const),
  ...(['stopped', 'holding', 'guarding', 'aborted'] as const),
]);

/**
 * Only a rollout that is in the middle of nothing may take entries up.
 *
 * @throws RolloutError where it is, saying what
 */
export async function refuseMeanwhile({ store }: Pick<Engine, 'store'>): Promise<void> {
  const { phase } = rolloutState((await store.rollout()).checkpoint);
  if (AT_REST.has(phase)) return;
  throw refuse(
    `nothing can be adopted while the rollout is ${spoken(phase)}`,
    'Try again after the next `tidegate tick`.',
  );
}

/**
 * Looks at GitLab for what the record does not have.
 *
 * @param paths - these callees alone; empty: all
 * @throws RolloutError `ORDER_REFUSED` when there is nothing of the kind, where GitLab does not tell who added an entry, or
 *   when the rollout is in the middle of something
 */
export async function whatToAdopt(engine: Engine, paths: readonly string[]): Promise<readonly Adoption[]> {
  await refuseMeanwhile(engine);
  await refuseWithoutNames(engine);
  await settleOpenIntents(engine);
  const instance = await engine.forge.instanceEnforced();
  const ours = await enforcedByUs(engine);
  const adoptions: Adoption[] = [];
  for (const callee of chosen(await unrecordedCallees(engine.store), paths)) {
    const live = await engine.forge.allowlist(callee);
    const on = live.stored ?? live.effective;
    adoptions.push(await adoptionOf(engine, callee, live, on && instance !== true && !ours.has(callee.id)));
  }
  return adoptions;
}

/** Who added an entry, and when, is told by the same field as its permissions. */
async function refuseWithoutNames({ forge }: Engine): Promise<void> {
  const { entryPermissions, version } = await forge.capabilities();
  if (entryPermissions) return;
  throw refuse(
    `this GitLab (${version}) does not tell who added an entry, so what this account wrote cannot be told from other people's entries`,
    'GitLab tells it over GraphQL from 17.6 on. Entries that stand are relied on as they are; take back by hand what should go.',
  );
}

function chosen(lost: readonly UnrecordedCallee[], paths: readonly string[]): readonly UnrecordedCallee[] {
  const wanted = new Set(paths.map((path) => path.toLowerCase()));
  const found = lost.filter(({ path }) => paths.length === 0 || wanted.delete(path.toLowerCase()));
  const [unknown] = wanted;
  if (unknown === undefined && found.length > 0) return found;
  throw refuse(
    `no entry ${unknown === undefined ? '' : `of ${unknown} `}was added by this account and is missing in the record`,
    'The next inventory (`tidegate tick`) may find some; `tidegate findings` names them.',
  );
}

async function adoptionOf(
  { forge }: Engine,
  { id, path, entries }: UnrecordedCallee,
  live: AllowlistState,
  setting: boolean,
): Promise<Adoption> {
  const isLost = (entry: AllowlistEntry): boolean =>
    entries.some((other) => sameTarget(other, entry) && other.createdAt === entry.createdAt);
  const lost: AdoptedEntry[] = [];
  for (const entry of live.entries.filter(isLost))
    lost.push({ ...entry, admits: entry.kind === 'group' ? await sizeOf(forge, entry.path, path) : 0 });
  if (!setting && live.effective) return { id, path, entries: lost, setting, before: live };
  const rest = live.entries.filter((entry) => !isLost(entry));
  const open = { stored: live.stored === null ? null : false, effective: false };
  return { id, path, entries: lost, setting, before: { ...live, ...(setting ? open : {}), entries: rest } };
}

/** A sign-off covers an amount, so a group that cannot be counted cannot be signed for. */
async function sizeOf(forge: Engine['forge'], group: string, callee: string): Promise<number> {
  const size = await forge.groupSize(group);
  if (size !== null) return size;
  throw refuse(
    `GitLab does not tell how many projects the entry for group ${group} on ${callee} lets in`,
    'Give the token at least Reporter on that group and adopt again, or name the other callees to leave this one out.',
  );
}

/** Callees whose setting was turned on by the latest write of this record. */
async function enforcedByUs({ store }: Engine): Promise<ReadonlySet<number>> {
  const ours = new Set<number>();
  for (const wave of await store.waves())
    for (const { callee, action, outcome } of await store.intents(wave.id)) {
      if (callee === null || outcome !== 'done') continue;
      if (action.kind === 'enforce') ours.add(callee);
      else if (action.kind === 'reopen') ours.delete(callee);
    }
  return ours;
}
