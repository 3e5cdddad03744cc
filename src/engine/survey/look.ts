import type { Project } from '../../domain/project.ts';
import type { Schedule, Survey, SurveyKind } from '../../domain/edges/survey.ts';
import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { FactLooks } from './facts.ts';
import { isPassedOver, NOTHING, type Findings } from './findings.ts';
import { ProjectFinder } from './projects.ts';
import { markOf, scanProject, type SharedTexts } from './scan.ts';
import { openAccesses, readTraces } from './traces.ts';
import { turnsOf } from './turns.ts';

const FETCHED = 500;

/** Looks that bring evidence of edges; the others bring facts of projects. */
type EvidenceKind = Exclude<SurveyKind, 'facts' | 'environments'>;

/** A look that found what the last one did says nothing new. */
interface Outcome {
  readonly mark: string | null;
  readonly findings: Findings | 'same';
  readonly schedules?: readonly Schedule[];
}

/** Looks at single projects; lives as long as one inventory, so that what many share is read once. */
export class Looks {
  readonly #engine: Engine;
  readonly #finder: ProjectFinder;
  readonly #facts: FactLooks;
  readonly #shared: SharedTexts = new Map();
  /** Whose turn it is, fetched by the hundred: finding them takes a pass over all projects. */
  readonly #queues = new Map<SurveyKind, Project[]>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#finder = new ProjectFinder(engine);
    this.#facts = new FactLooks(engine);
  }

  /** The next ones whose turn it is. */
  async due(
    kind: SurveyKind,
    before: { readonly stale: EpochMs; readonly retry: EpochMs },
    count: number,
  ): Promise<readonly Project[]> {
    let queue = this.#queues.get(kind) ?? [];
    if (queue.length === 0) {
      queue = [...(await this.#engine.store.dueForSurvey(kind, before, FETCHED))];
      this.#queues.set(kind, queue);
    }
    return queue.splice(0, count);
  }

  /** Looks of one kind at several projects, at once or in one request; each is kept by itself. */
  async take(kind: SurveyKind, projects: readonly Project[]): Promise<void> {
    if (kind === 'facts') return this.#facts.take(projects);
    const each = async (project: Project): Promise<void> =>
      kind === 'environments' ? this.#facts.takeEnvironments(project) : this.#take(kind, project);
    const taken = await Promise.allSettled(projects.map(each));
    const failed = taken.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /**
   * One look, with everything it brought committed at once. What GitLab refuses or cannot answer for this project is kept
   * as its problem; the next project is another matter.
   */
  async #take(kind: EvidenceKind, project: Project): Promise<void> {
    const { store } = this.#engine;
    const before = await store.survey(project.id, kind);
    const { mark, findings, schedules } = await this.#outcome(kind, project, before);
    await fenced(this.#engine, async () => {
      if (schedules) await store.putSchedules(project.id, schedules);
      if (findings !== 'same') {
        await store.putCallers(findings.found);
        await store.putEvidence(findings.evidence);
        if (kind !== 'schedules' && findings.problem === null) {
          await store.putUnresolved(project.id, kind === 'scan' ? 'scan' : 'trace', findings.unresolved);
        }
      }
      const problem = findings === 'same' ? (before?.problem ?? null) : findings.problem;
      await store.putSurvey({ project: project.id, kind, at: this.#engine.clock.now(), mark, problem });
    });
  }

  async #outcome(kind: EvidenceKind, project: Project, before: Survey | null): Promise<Outcome> {
    try {
      switch (kind) {
        case 'schedules':
          return { mark: null, findings: NOTHING, schedules: await this.#engine.forge.schedules(project.id) };
        case 'scan':
          return await this.#scan(project, before);
        case 'traces':
          return await this.#traces(project, before);
      }
    } catch (error) {
      if (!isPassedOver(error)) throw error;
      return { mark: before?.mark ?? null, findings: { ...NOTHING, problem: error.message } };
    }
  }

  async #scan(project: Project, before: Survey | null): Promise<Outcome> {
    const listing = await this.#engine.forge.repository(project.id);
    if (listing === null) return { mark: null, findings: NOTHING };
    const mark = markOf(listing);
    if (before?.mark === mark && before.problem === null) return { mark, findings: 'same' };
    return { mark, findings: await scanProject(this.#engine, project, listing, this.#finder, this.#shared) };
  }

  async #traces(project: Project, before: Survey | null): Promise<Outcome> {
    const { forge, store, playbook } = this.#engine;
    const latest = await forge.succeededJobs(project.id);
    const { jobs, mark } = turnsOf(latest, before?.mark ?? null, playbook.evidence.surveys.traces);
    if (jobs.length === 0 && before !== null) return { mark, findings: 'same' };
    const findings = await readTraces(this.#engine, project, jobs, this.#finder);
    const others = latest.filter((job) => !jobs.includes(job));
    const kept = openAccesses(await store.unresolved(project.id), others);
    return { mark, findings: { ...findings, unresolved: [...findings.unresolved, ...kept] } };
  }
}
