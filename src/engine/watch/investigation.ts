import type { FailureRecord } from '../../domain/watch/denial.ts';
import type { EdgeState } from '../../domain/edges/edge.ts';
import type { Project } from '../../domain/project.ts';
import { samePath, type EpochMs, type ProjectId } from '../../domain/values.ts';
import { waveState } from '../drive/decide.ts';
import { statesOfCaller } from '../planning/knowledge.ts';
import type { RolloutStore } from '../ports.ts';

/** One time during which this rollout kept a callee enforced. */
export interface Enforcement {
  readonly waveId: number;
  readonly from: EpochMs;
  /** When the wave was taken back; null while it stands. */
  readonly until: EpochMs | null;
}

/**
 * What denials are attributed with: every project, what this rollout enforced when, and the edges of callers as they stood
 * when the first failure of each was looked at. Edges are read by caller: a look at one job must not load a million of them.
 */
export class Investigation {
  readonly projects: ReadonlyMap<ProjectId, Project>;
  readonly #store: RolloutStore;
  readonly #now: EpochMs;
  readonly #enforcements: ReadonlyMap<ProjectId, readonly Enforcement[]>;
  readonly #byPath = new Map<string, Project>();
  readonly #states = new Map<ProjectId, Promise<ReadonlyMap<ProjectId, EdgeState>>>();

  private constructor(
    store: RolloutStore,
    now: EpochMs,
    projects: readonly Project[],
    enforcements: ReadonlyMap<ProjectId, readonly Enforcement[]>,
  ) {
    this.#store = store;
    this.#now = now;
    this.projects = new Map(projects.map((project) => [project.id, project]));
    this.#enforcements = enforcements;
    for (const project of projects) this.#byPath.set(project.path.toLowerCase(), project);
  }

  static async open(store: RolloutStore, now: EpochMs): Promise<Investigation> {
    return new Investigation(store, now, await store.projects(), await enforcementsOf(store));
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

  async edgeState(caller: ProjectId, callee: ProjectId): Promise<FailureRecord['edgeState']> {
    return (await this.calleesOf(caller)).get(callee) ?? null;
  }

  /** The callees that a caller is known to use, and what was decided on each edge. */
  calleesOf(caller: ProjectId): Promise<ReadonlyMap<ProjectId, EdgeState>> {
    const known = this.#states.get(caller) ?? statesOfCaller(this.#store, caller, this.#now);
    this.#states.set(caller, known);
    return known;
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
      const project = this.projects.get(id);
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
