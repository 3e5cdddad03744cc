import type { NarrowingFacts } from '../../domain/access/permissions.ts';
import type { ProjectId } from '../../domain/values.ts';
import type { RolloutStore } from '../ports.ts';

/** Callers whose files were read to the end, with nothing left open in them: what their jobs reach is known without a run. */
export async function followedCallers(
  store: Pick<RolloutStore, 'surveys' | 'unresolved'>,
): Promise<ReadonlySet<ProjectId>> {
  const whole = (await store.surveys('scan')).filter(({ problem, mark }) => problem === null && mark !== null);
  const open = new Set(
    (await store.unresolved()).filter(({ source }) => source === 'scan').map(({ caller }) => caller),
  );
  return new Set(whole.map(({ project }) => project).filter((project) => !open.has(project)));
}

/** What the narrowest permissions of an edge hang on beyond the edge itself. */
export async function narrowingFacts(
  store: Pick<RolloutStore, 'rollout' | 'surveys' | 'unresolved'>,
): Promise<NarrowingFacts> {
  const { capabilities } = await store.rollout();
  return { policies: capabilities?.policies ?? [], followed: await followedCallers(store) };
}
