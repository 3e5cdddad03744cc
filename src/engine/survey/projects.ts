import { isUnreadable, RolloutError } from '../../domain/errors.ts';
import type { ProjectRef } from '../../domain/project.ts';
import { projectId } from '../../domain/values.ts';
import type { Engine } from '../context.ts';

/** Paths that were asked of GitLab are remembered: thousands of callers name the same few. */
const MOST_REMEMBERED = 5_000;

/** Finds the project that a path or an id names: in what is known, else by asking GitLab. Lives as long as one inventory. */
export class ProjectFinder {
  readonly #engine: Pick<Engine, 'store' | 'forge'>;
  readonly #asked = new Map<string, ProjectRef | null>();

  constructor(engine: Pick<Engine, 'store' | 'forge'>) {
    this.#engine = engine;
  }

  async byId(id: number): Promise<ProjectRef | null> {
    return this.#engine.store.project(projectId(id));
  }

  /** Without asking GitLab. */
  async known(path: string): Promise<ProjectRef | null> {
    return this.#engine.store.projectByPath(path);
  }

  /** Null when nothing is there, or nothing that the token may see. */
  async byPath(path: string): Promise<ProjectRef | null> {
    const known = await this.#engine.store.projectByPath(path);
    if (known) return known;
    const key = path.toLowerCase();
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const found = await this.#ask(path);
    if (this.#asked.size < MOST_REMEMBERED) this.#asked.set(key, found);
    return found;
  }

  /** An image lies in a project or below it: the longest known path counts. */
  async byImage(path: string): Promise<ProjectRef | null> {
    const parts = path.split('/');
    for (let length = parts.length; length >= 2; length -= 1) {
      const known = await this.#engine.store.projectByPath(parts.slice(0, length).join('/'));
      if (known) return known;
    }
    return null;
  }

  async #ask(path: string): Promise<ProjectRef | null> {
    try {
      return await this.#engine.forge.projectByPath(path);
    } catch (error) {
      if (isUnreadable(error) || (error instanceof RolloutError && error.code === 'USAGE')) return null;
      throw error;
    }
  }
}
