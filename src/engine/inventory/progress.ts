import type { Engine } from '../context.ts';
import type { Position, Stage } from './position.ts';
import { STAGES } from './position.ts';

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
/** Before so many requests a rate is chance. */
const ENOUGH = 3;

/**
 * Tells how many requests an inventory will take and how long. Each stage is worth what its part that is done has cost per
 * project; a stage that has not begun, what its pages would. Time follows the pace so far, or the one that GitLab's limit
 * leaves, whichever is slower.
 */
export class Progress {
  readonly #engine: Engine;
  readonly #began: number;
  readonly #earlier: number;
  readonly #perProject = new Map<Stage, number>();
  #total: number | null;
  #stageBegan: { readonly stage: Stage; readonly requests: number; readonly done: number } | null = null;

  /** @param total - projects of the last inventory; null for the first */
  constructor(engine: Engine, earlier: number, total: number | null) {
    this.#engine = engine;
    this.#began = engine.clock.local();
    this.#earlier = earlier - engine.forge.requestCount();
    this.#total = total;
  }

  /** Requests of this inventory so far, those of earlier processes included. */
  get requests(): number {
    return this.#earlier + this.#engine.forge.requestCount();
  }

  /** Projects there are to read; null while nobody has told. */
  get projects(): number | null {
    return this.#total;
  }

  total(told: number | null): void {
    if (told !== null) this.#total = Math.max(told, this.#total ?? 0);
  }

  /** @param due - what stages to come will take: whether jobs are counted, and requests of looks at single projects */
  report(position: Position, done: number, due: Due): Forecast {
    const { stage } = position;
    if (this.#stageBegan?.stage !== stage) this.#stageBegan = { stage, requests: this.requests, done };
    const total = Math.max(this.#total ?? done, done);
    const expected = this.requests + this.#left(position, total - done, total, due);
    return { total: this.#total, requests: this.requests, expected, leftMs: this.#leftMs(expected) };
  }

  #left(position: Position, undone: number, total: number, due: Due): number {
    const { stage, shared } = position;
    const at = STAGES.indexOf(stage);
    const shares = total === 0 ? 0 : (shared.public + shared.internal) / Math.max(1, total - undone);
    const pages = Math.ceil(undone * this.#cost(undone, total));
    const features = at <= 2 ? Math.ceil((total * shares) / SHARED_PAGE) : 0;
    const jobs = at <= 3 && due.jobs ? Math.ceil(total / SHARED_PAGE) : 0;
    const looks = Math.max(0, due.looks - position.surveyed - (at === 4 ? position.kept : 0));
    return (at === 0 ? pages : 0) + features + jobs + looks;
  }

  /** Requests per project of the pages: as they were so far. */
  #cost(undone: number, total: number): number {
    const read = total - undone;
    const began = this.#stageBegan;
    if (began?.stage === 'projects' && read > began.done && this.requests - began.requests >= ENOUGH) {
      this.#perProject.set('projects', (this.requests - began.requests) / (read - began.done));
    }
    return this.#perProject.get('projects') ?? 1 / SHARED_PAGE;
  }

  #leftMs(expected: number): number | null {
    const { forge, clock } = this.#engine;
    const own = this.requests - this.#earlier;
    if (own < ENOUGH) return null;
    const paceMs = (clock.local() - this.#began) / Math.max(1, own);
    return (expected - this.requests) * Math.max(paceMs, forge.paceMs());
  }
}
