import { KEPT_FACTS, type FactReading } from '../../domain/decisions/facts.ts';
import type { ProjectRef } from '../../domain/project.ts';
import { printable, redact } from '../../domain/redact.ts';
import type { Schedule, SurveyKind } from '../../domain/edges/survey.ts';
import { fenced, type Engine } from '../context.ts';
import type { ProjectFactsReading } from '../ports.ts';
import { isPassedOver } from './findings.ts';

const LONGEST = 300;

/** What facts are looked up and kept with. */
export type FactsEngine = Pick<Engine, 'forge' | 'store' | 'clock' | 'secrets'> & {
  /** One transaction; of a driver, as long as it is one. */
  readonly commit: (work: () => Promise<void>) => Promise<void>;
};

/** Looks up what bears on risk; lives as long as one inventory, so that what holds for all projects is read once. */
export class FactLooks {
  readonly #engine: FactsEngine;
  #administratorsRead = false;

  constructor(engine: Engine | FactsEngine) {
    this.#engine = 'commit' in engine ? engine : { ...engine, commit: (work) => fenced(engine, work) };
  }

  /** Facts of many projects in one request, where GitLab takes it; committed together. */
  async take(projects: readonly ProjectRef[]): Promise<void> {
    const { forge, commit } = this.#engine;
    if (projects.length === 0) return;
    await this.#readAdministrators();
    const readings = await this.#orUnread(
      () => forge.projectFacts(projects.map(({ id }) => id)),
      (problem) => projects.map(({ id }) => ({ project: id, facts: allUnread(problem), maintainers: null })),
    );
    await commit(async () => {
      for (const reading of readings) await this.#keep('facts', reading);
    });
  }

  /** Protected environments of one callee. */
  async takeEnvironments({ id }: ProjectRef): Promise<void> {
    const fact = await this.#orUnread(
      () => this.#engine.forge.protectedEnvironments(id),
      (problem): FactReading => ({ fact: 'protectedEnvironments', count: null, problem }),
    );
    await this.#engine.commit(() => this.#keep('environments', { project: id, facts: [fact], maintainers: null }));
  }

  /** Pipeline schedules with those they run as. */
  async takeSchedules({ id }: ProjectRef): Promise<void> {
    const { forge, store, clock, commit } = this.#engine;
    const read = await this.#orUnread<{
      readonly schedules: readonly Schedule[] | null;
      readonly problem: string | null;
    }>(
      async () => ({ schedules: await forge.schedules(id), problem: null }),
      (problem) => ({ schedules: null, problem }),
    );
    await commit(async () => {
      if (read.schedules !== null) await store.putSchedules(id, read.schedules);
      await store.putSurvey({ project: id, kind: 'schedules', at: clock.now(), mark: null, problem: read.problem });
    });
  }

  async #readAdministrators(): Promise<void> {
    if (this.#administratorsRead) return;
    this.#administratorsRead = true;
    const { forge, store, commit } = this.#engine;
    const users = await this.#orUnread(
      () => forge.administrators(),
      () => null,
    );
    if (users !== null) await commit(() => store.putAdministrators(users));
  }

  /** What is wrong with a look is kept with it; only what is wrong with the whole process ends it. */
  async #orUnread<T>(read: () => Promise<T>, unread: (problem: string) => T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!isPassedOver(error)) throw error;
      return unread(this.#words(error.message));
    }
  }

  async #keep(kind: SurveyKind & ('facts' | 'environments'), reading: ProjectFactsReading): Promise<void> {
    const { store, clock } = this.#engine;
    const at = clock.now();
    const facts = reading.facts.map((one) => ({
      ...one,
      problem: one.problem === null ? null : this.#words(one.problem),
    }));
    await store.putFacts({ ...reading, facts }, at);
    const problems = facts.filter(({ count, problem }) => count === null && problem !== null);
    const problem =
      problems.length === 0 ? null : problems.map((one) => `${one.fact}: ${one.problem ?? ''}`).join('; ');
    await store.putSurvey({
      project: reading.project,
      kind,
      at,
      mark: null,
      problem: problem?.slice(0, LONGEST) ?? null,
    });
  }

  /** GitLab's words may hold what a project's name holds. */
  #words(text: string): string {
    return printable(redact(text, this.#engine.secrets)).slice(0, LONGEST);
  }
}

const allUnread = (problem: string): readonly FactReading[] =>
  KEPT_FACTS.filter((fact) => fact !== 'protectedEnvironments').map((fact) => ({ fact, count: null, problem }));

/** Everything that bears on the risk of one edge, read now: about four requests. */
export async function lookAtEdge(engine: FactsEngine, caller: ProjectRef, callee: ProjectRef): Promise<void> {
  const looks = new FactLooks(engine);
  await looks.take([caller, callee]);
  await looks.takeEnvironments(callee);
  await looks.takeSchedules(caller);
}
