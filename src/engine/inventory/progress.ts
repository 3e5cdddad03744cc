import type { Engine } from '../context.ts';
import type { Position, Stage } from './position.ts';
import { STAGES } from './position.ts';
import { scopesOf } from './scope.ts';

/** How much of an inventory is done, in requests. */
export interface Forecast {
  readonly total: number | null;
  readonly requests: number;
  readonly expected: number;
  readonly leftMs: number | null;
}

/** What is still to come, beside pages. */
export interface Due {
  readonly jobs: boolean;
  readonly looks: number;
}

const SHARED_PAGE = 100;
const NAMED_PAGE = 50;
/** Before so many requests a rate is chance. */
const ENOUGH = 3;

/**
 * Tells how many requests an inventory will take and how long. Each stage is worth what its part that is done has cost per
 * project; a stage that has not begun, what its pages would. Time follows the pace so far without its pauses, or the one that
 * GitLab's limit leaves, whichever is slower, after the pause that is under way.
 */
export class Progress {
  readonly #engine: Engine;
  readonly #began: number;
  readonly #earlier: number;
  /** Projects of the last inventory: those of now are seldom fewer. Null in the first. */
  readonly #before: number | null;
  /** Projects that lists were said to have, by the place of the scope in the playbook. */
  readonly #told = new Map<number, number>();
  #total: number | null;
  #perProject = 1 / SHARED_PAGE;
  #stageBegan: { readonly stage: Stage; readonly requests: number; readonly done: number } | null = null;

  /** @param total - projects of the last inventory; null for the first */
  constructor(engine: Engine, earlier: number, total: number | null) {
    this.#engine = engine;
    this.#began = engine.clock.local();
    this.#earlier = earlier - engine.forge.requestCount();
    this.#total = total;
    this.#before = total;
  }

  /** Requests of this inventory so far, those of earlier processes included. */
  get requests(): number {
    return this.#earlier + this.#engine.forge.requestCount();
  }

  /** Projects there are to read; null while nobody has told. */
  get projects(): number | null {
    return this.#total;
  }

  /**
   * Takes what GitLab says is in the list of one scope. Lists that were not asked yet count as those that were do on
   * average, unless an earlier inventory tells.
   */
  total(scope: number, told: number | null): void {
    if (told === null) return;
    this.#told.set(scope, told);
    const { playbook } = this.#engine;
    const known = [...this.#told.values()].reduce((sum, size) => sum + size, 0);
    const unasked = Math.max(0, scopesOf(playbook.scope).length - 1 - Math.max(...this.#told.keys()));
    const more = this.#before === null ? Math.round((known / this.#told.size) * unasked) : 0;
    this.#total = Math.max(known + more + playbook.scope.projects.length, this.#before ?? 0);
  }

  /** @param due - what stages to come will take: whether jobs are counted, and requests of looks at single projects */
  report(position: Position, done: number, due: Due): Forecast {
    const { stage } = position;
    if (this.#stageBegan?.stage !== stage) this.#stageBegan = { stage, requests: this.requests, done };
    const total = Math.max(this.#total ?? done, done);
    const expected = this.requests + this.#left(position, total - done, total, due);
    return { total: this.#total, requests: this.requests, expected, leftMs: this.#leftMs(expected) };
  }

  #left({ stage, shared, surveyed, kept }: Position, undone: number, total: number, due: Due): number {
    const scopes = scopesOf(this.#engine.playbook.scope).length;
    const named = this.#engine.playbook.scope.projects.length;
    const growth = total / Math.max(1, total - undone);
    const lists = [shared.public, shared.internal].map((size) => pagesOf(size * growth, scopes));
    const whole: Readonly<Record<Exclude<Stage, 'survey'>, number>> = {
      projects: Math.ceil(undone * this.#cost(total - undone)),
      named: named + Math.ceil(named / NAMED_PAGE),
      // As many as moved meanwhile: nobody can know.
      missed: 0,
      features: lists.reduce((sum, pages) => sum + pages, 0),
      jobs: due.jobs ? pagesOf(total, scopes) : 0,
    };
    const at = STAGES.indexOf(stage);
    const looks = Math.max(0, due.looks - surveyed - (stage === 'survey' ? kept : 0));
    return STAGES.slice(at).reduce((sum, name) => {
      if (name === 'survey') return sum + looks;
      // What is undone of the projects is counted without what is done; of the others it has to be taken off.
      return sum + Math.max(0, whole[name] - (name === stage && name !== 'projects' ? this.#ofStage() : 0));
    }, 0);
  }

  /** Requests of the stage under way. */
  #ofStage(): number {
    return this.requests - (this.#stageBegan?.requests ?? this.requests);
  }

  /** Requests per project of the pages: as they were so far in this process. */
  #cost(read: number): number {
    const began = this.#stageBegan;
    if (began?.stage === 'projects' && read > began.done && this.#ofStage() >= ENOUGH) {
      this.#perProject = this.#ofStage() / (read - began.done);
    }
    return this.#perProject;
  }

  #leftMs(expected: number): number | null {
    const { forge, clock } = this.#engine;
    const own = this.requests - this.#earlier;
    if (own < ENOUGH) return null;
    const { leastMs, pauses } = forge.pace();
    // What was waited for a limit that was not known yet will not come again: from then on it is kept to.
    const paceMs = (clock.local() - this.#began - pauses.behindMs) / Math.max(1, own);
    return pauses.toComeMs + (expected - this.requests) * Math.max(paceMs, leastMs);
  }
}

/** Requests for lists of so many in all: the last page of each is seldom full. */
const pagesOf = (items: number, lists: number): number =>
  items === 0 ? 0 : Math.max(lists, Math.ceil(items / SHARED_PAGE + (lists - 1) / 2));
