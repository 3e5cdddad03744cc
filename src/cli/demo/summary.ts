import type { Engine } from '../../engine/context.ts';
import { waveState } from '../../engine/drive/decide.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';

/** The demo in figures, each counted from the rollout's own rows or asked of the stand-in. */
export interface Summary {
  readonly projects: number;
  readonly enforced: number;
  readonly entriesAdded: number;
  readonly groupEntries: number;
  readonly widening: number;
  readonly edges: number;
  readonly rejected: number;
  readonly denied: number;
  readonly expected: number;
  readonly role: number;
  readonly unrelated: number;
  readonly passed: number;
  readonly rolledBack: number;
  readonly instanceEnforced: boolean;
  readonly elapsedMs: number;
  readonly requests: number;
}

/** Adds up what the demo did, from the database and GitLab as they are at its end. */
export async function summarise({ store, forge, clock }: Pick<Engine, 'store' | 'forge' | 'clock'>): Promise<Summary> {
  const waves = await store.waves();
  const phases = waves.map(({ checkpoint }) => waveState(checkpoint).phase);
  const standing: WriteIntent[] = [];
  for (const [index, wave] of waves.entries()) {
    if (phases[index] === 'passed')
      standing.push(...(await store.intents(wave.id)).filter(({ outcome }) => outcome === 'done'));
  }
  const added = standing.flatMap(({ action }) => (action.kind === 'addEntry' ? [action.entry] : []));
  const failures = await store.failures();
  const count = (...dispositions: readonly string[]): number =>
    failures.filter(({ disposition }) => dispositions.includes(disposition)).length;
  const edges = await store.countEdges();
  const projects = await store.countProjects();
  const { firstAt } = await store.inventories();
  return {
    projects: projects.inScope,
    enforced: projects.enforced,
    entriesAdded: added.length,
    groupEntries: added.filter(({ kind }) => kind === 'group').length,
    widening: await standingWidening(
      store,
      waves.filter((_, index) => phases[index] === 'passed'),
    ),
    edges: edges.approved + edges.rejected + edges.replaced + edges.undecided,
    rejected: edges.rejected,
    denied: count('denied', 'unclear'),
    expected: count('expected'),
    role: count('role', 'policy', 'earlier'),
    unrelated: count('unrelated'),
    passed: phases.filter((phase) => phase === 'passed').length,
    rolledBack: phases.filter((phase) => phase === 'rolledBack').length,
    instanceEnforced: (await forge.instanceEnforced()) === true,
    elapsedMs: clock.now() - (firstAt ?? clock.now()),
    requests: forge.requestCount(),
  };
}

async function standingWidening(
  store: Engine['store'],
  passed: readonly { readonly planHash: string; readonly number: number }[],
): Promise<number> {
  let widening = 0;
  for (const { planHash, number } of passed) {
    const wave = await store.planWave(planHash, number);
    for (const { add } of wave?.callees ?? []) widening += add.reduce((sum, entry) => sum + entry.widening, 0);
  }
  return widening;
}
