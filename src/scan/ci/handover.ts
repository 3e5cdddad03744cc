import type { Binding, Line } from '../shell/state.ts';
import type { Dict, Tree } from './tree.ts';
import { child, itemsOf, textOf } from './tree.ts';

/** What a job leaves to later ones: the files of its artifacts as far as they are known, and the variables of its dotenv reports. */
export interface Handover {
  readonly files: ReadonlyMap<string, readonly Line[]>;
  readonly variables: ReadonlyMap<string, Binding>;
}

/** Of a job that receives nothing. */
export const NOTHING_HANDED: Handover = { files: new Map(), variables: new Map() };

/** Ways in which earlier jobs may have ended that are told apart. */
export const MAX_HANDOVERS = 4;
const MAX_SOURCES = 200;

const STAGES = ['build', 'test', 'deploy'];

/** Whether a job leaves anything. */
export const handsOver = (job: Tree): boolean => {
  const artifacts = child(job, 'artifacts');
  return (
    child(artifacts, 'paths') !== undefined ||
    child(artifacts, 'reports', 'dotenv') !== undefined ||
    textOf(child(artifacts, 'untracked')) === 'true'
  );
};

/** The jobs that a job receives from: those of `needs`, else of earlier stages or, of these, what `dependencies` names. */
export class Sources {
  readonly #stages: readonly string[];
  /** Jobs that leave something, with their stage. */
  readonly #givers = new Map<string, number>();

  constructor(config: Dict, jobs: ReadonlyMap<string, Dict>) {
    const named = itemsOf(child(config, 'stages')).map(textOf);
    this.#stages = ['.pre', ...(named.length > 0 ? named : STAGES), '.post'];
    for (const [name, job] of jobs) if (handsOver(job)) this.#givers.set(name, this.#stage(job));
  }

  /** @param needs what `rules:needs` puts in the place of the job's own, or undefined */
  of(job: Dict, needs: Tree | undefined): readonly string[] {
    const written = needs ?? child(job, 'needs');
    const listed = child(job, 'dependencies');
    const named = listed === undefined ? null : new Set(itemsOf(listed).map(textOf));
    const found =
      written === undefined
        ? this.#earlier(this.#stage(job))
        : itemsOf(written).flatMap((need) => neededJob(need) ?? []);
    return found.filter((name) => this.#givers.has(name) && (named === null || named.has(name))).slice(0, MAX_SOURCES);
  }

  #stage(job: Dict): number {
    const name = textOf(child(job, 'stage'));
    return this.#stages.indexOf(name === '' ? 'test' : name);
  }

  #earlier(stage: number): readonly string[] {
    return [...this.#givers].flatMap(([name, other]) => (other < stage ? [name] : []));
  }
}

/** The job of this pipeline that an entry of `needs` names, unless it leaves the artifacts alone. */
function neededJob(need: Tree): string | null {
  if (need.kind === 'scalar') return textOf(need);
  if (child(need, 'project') ?? child(need, 'pipeline')) return null;
  return textOf(child(need, 'artifacts')) === 'false' ? null : textOf(child(need, 'job'));
}

/** Every way to receive one of the alternatives of each job; a later job's file or variable wins. */
export function combined(sources: readonly (readonly Handover[])[]): readonly Handover[] {
  let found: readonly Handover[] = [NOTHING_HANDED];
  for (const alternatives of sources) {
    if (alternatives.length === 0) continue;
    found = found
      .flatMap((before) =>
        alternatives.map((one) => ({
          files: new Map([...before.files, ...one.files]),
          variables: new Map([...before.variables, ...one.variables]),
        })),
      )
      .slice(0, MAX_HANDOVERS);
  }
  return found;
}
