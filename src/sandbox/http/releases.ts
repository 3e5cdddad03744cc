import type { EpochMs, User } from '../world/world.ts';

/** A release of a project, found by its tag. */
export interface Release {
  readonly tag: string;
  readonly name: string;
  readonly description: string | null;
  readonly author: User;
  readonly createdAt: EpochMs;
  readonly releasedAt: EpochMs;
}

/** Releases made over the API, by project, newest first. */
export class ReleaseBook {
  readonly #byProject = new Map<number, Release[]>();

  list(projectId: number): readonly Release[] {
    return this.#byProject.get(projectId) ?? [];
  }

  find(projectId: number, tag: string): Release | null {
    return this.list(projectId).find((release) => release.tag === tag) ?? null;
  }

  /** Adds a release, or puts it in the place of the one with its tag. */
  put(projectId: number, release: Release): void {
    const others = this.list(projectId).filter(({ tag }) => tag !== release.tag);
    this.#byProject.set(
      projectId,
      [release, ...others].sort((left, right) => right.releasedAt - left.releasedAt),
    );
  }

  remove(projectId: number, tag: string): void {
    this.#byProject.set(
      projectId,
      this.list(projectId).filter((release) => release.tag !== tag),
    );
  }
}
