import type { FailureRecord } from '../domain/denial.ts';
import { edgeKey, type EdgeState } from '../domain/edge.ts';
import type { Project } from '../domain/project.ts';
import { samePath, type EpochMs, type ProjectId } from '../domain/values.ts';
import { waveState } from './decide.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { RolloutStore } from './ports.ts';

/** One time during which this rollout kept a callee enforced. */
export interface Enforcement {
  readonly waveId: number;
  readonly from: EpochMs;
  /** When the wave was taken back; null while it stands. */
  readonly until: EpochMs | null;
}

/** What denials are attributed with: what is known, and what this rollout enforced when. */
export class Investigation {
  readonly knowledge: Knowledge;
  readonly #enforcements: ReadonlyMap<ProjectId, readonly Enforcement[]>;
  readonly #byPath = new Map<string, Project>();
  readonly #states = new Map<string, EdgeState>();

  private constructor(knowledge: Knowledge, enforcements: ReadonlyMap<ProjectId, readonly Enforcement[]>) {
    this.knowledge = knowledge;
    this.#enforcements = enforcements;
    for (const project of knowledge.projects.values()) this.#byPath.set(project.path.toLowerCase(), project);
    for (const { caller, callee, state } of knowledge.edges) this.#states.set(edgeKey(caller, callee), state);
  }

  static async open(store: RolloutStore, now: EpochMs): Promise<Investigation> {
    return new Investigation(await loadKnowledge(store, now, 'deviating'), await enforcementsOf(store));
  }

  /** By path, or by the longest path that it begins with: the name of an image holds its project's path. */
  projectAt(path: string): Project | null {
    const parts = path.toLowerCase().split('/');
    for (let length = parts.length; length >= 2; length -= 1) {
      const found = this.#byPath.get(parts.slice(0, length).join('/'));
      if (found) return found;
    }
    return null;
  }

  edgeState(caller: ProjectId, callee: ProjectId): FailureRecord['edgeState'] {
    return this.#states.get(edgeKey(caller, callee)) ?? null;
  }

  /** The enforcement that a job which ended then met; the next one where it ended before any. */
  enforcementAt(callee: ProjectId, moment: EpochMs): Enforcement | null {
    const all = this.#enforcements.get(callee) ?? [];
    return (
      all.findLast(({ from, until }) => from <= moment && (until === null || moment <= until)) ??
      all.find(({ until }) => until === null) ??
      null
    );
  }

  /** When it was enforced for the first time, in a wave that was taken back included: earlier runs end before that. */
  firstEnforced(callee: ProjectId): EpochMs | null {
    return this.#enforcements.get(callee)?.[0]?.from ?? null;
  }

  /** Callees whose name ends like this; of all that stand enforced, where no name is known. */
  enforcedNamed(leaf: string | null): readonly Project[] {
    return [...this.#enforcements].flatMap(([id, enforcements]) => {
      const project = this.knowledge.projects.get(id);
      if (!project || !enforcements.some(({ until }) => until === null)) return [];
      return leaf === null || samePath(project.path.split('/').at(-1) ?? '', leaf) ? [project] : [];
    });
  }
}

async function enforcementsOf(store: RolloutStore): Promise<ReadonlyMap<ProjectId, readonly Enforcement[]>> {
  const all = new Map<ProjectId, Enforcement[]>();
  for (const wave of await store.waves()) {
    const { phase } = waveState(wave.checkpoint);
    const undone = phase === 'rolledBack' || phase === 'stale';
    for (const { callee, step, enforcedAt } of await store.waveCallees(wave.id)) {
      if (enforcedAt === null) continue;
      // `kept`: a rollback could not open it again.
      const isStanding = (step === 'enforced' || step === 'kept') && !undone;
      const enforcement = { waveId: wave.id, from: enforcedAt, until: isStanding ? null : wave.endedAt };
      if (!isStanding && wave.endedAt === null) continue;
      const list = all.get(callee);
      if (list) list.push(enforcement);
      else all.set(callee, [enforcement]);
    }
  }
  return all;
}
