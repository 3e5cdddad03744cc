import { nearestEntry } from '../domain/access.ts';
import {
  attributeByBackground,
  attributeByList,
  leafNamed,
  withoutCallee,
  type Attribution,
  type Background,
  type Circumstances,
} from '../domain/attribution.ts';
import type { FailureRecord } from '../domain/denial.ts';
import { RolloutError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { Project } from '../domain/project.ts';
import { callerOf } from '../domain/shadow.ts';
import { samePath, type EpochMs, type ProjectId } from '../domain/values.ts';
import { diagnose, type Diagnosis, type Refusal } from '../trace/index.ts';
import type { Engine } from './context.ts';
import type { Knowledge } from './knowledge.ts';

/** What denials are attributed with: what is known, and what this rollout enforced. */
export interface Investigation {
  readonly knowledge: Knowledge;
  readonly enforced: ReadonlyMap<ProjectId, { readonly waveId: number; readonly at: EpochMs }>;
  /** When each callee was enforced for the first time, in a wave that was rolled back included: earlier runs end before it. */
  readonly touched: ReadonlyMap<ProjectId, EpochMs>;
}

/** Reads one failed job's log as a stream and says whose fault the failure is. */
export async function examineJob(
  engine: Engine,
  investigation: Investigation,
  caller: Project,
  job: Job,
): Promise<FailureRecord> {
  const diagnosis = await readTrace(engine, caller, job);
  const finishedAt = job.finishedAt ?? engine.clock.now();
  const blank = {
    jobId: job.id,
    jobName: job.name,
    caller: caller.id,
    callerPath: caller.path,
    callee: null,
    calleePath: null,
    access: diagnosis.access,
    finishedAt,
    edgeState: null,
    quote: diagnosis.quote,
    waveId: null,
    webUrl: job.webUrl,
  };
  const plain = withoutCallee(diagnosis);
  const namesCallee = diagnosis.callee !== null || diagnosis.calleeId !== null;
  if (plain && !(plain.disposition === 'role' && namesCallee)) return { ...blank, ...plain };
  const found = findCallee(investigation, caller, diagnosis);
  if (found.kind === 'none') return { ...blank, ...(plain ?? found.attribution) };
  const { project } = found;
  const enforcement = investigation.enforced.get(project.id) ?? null;
  const facts: Circumstances = {
    refused: diagnosis,
    finishedAt,
    caller: { id: caller.id, path: caller.path, personal: caller.personal },
    callee: { project, enforcedAt: enforcement?.at ?? null },
    edgeState: edgeStateOf(investigation, caller, project),
  };
  const attribution =
    attributeByList(facts) ??
    attributeByBackground(facts, await background(engine, investigation, caller, job, project));
  return {
    ...blank,
    callee: project.id,
    calleePath: project.path,
    edgeState: facts.edgeState,
    waveId: enforcement?.waveId ?? null,
    ...attribution,
  };
}

const edgeStateOf = ({ knowledge }: Investigation, caller: Project, callee: Project): FailureRecord['edgeState'] =>
  knowledge.edgesOf(callee.id).find((edge) => edge.caller === caller.id)?.state ?? null;

async function readTrace(engine: Engine, caller: Project, job: Job): Promise<Diagnosis> {
  return diagnose(await engine.forge.trace(caller.id, job.id), {
    callerPath: caller.path,
    gitlabUrl: engine.gitlabUrl,
    registryHost: engine.registryHost,
    projectIds: () => null,
    secrets: engine.secrets,
  });
}

type Found =
  | { readonly kind: 'project'; readonly project: Project }
  | { readonly kind: 'none'; readonly attribution: Attribution };

const none = (disposition: Attribution['disposition'], reason: string): Found => ({
  kind: 'none',
  attribution: { disposition, reason },
});

/** Which project refused: by id, by path, or by the bare name in GitLab's sentence where only one project fits. */
function findCallee(investigation: Investigation, caller: Project, diagnosis: Diagnosis): Found {
  const { projects } = investigation.knowledge;
  const named: Pick<Refusal, 'callee' | 'calleeId' | 'quote'> | Diagnosis = diagnosis;
  const byId = named.calleeId === null ? undefined : projects.get(named.calleeId as ProjectId);
  if (byId) return { kind: 'project', project: byId };
  const all = [...projects.values()];
  if (named.callee !== null) {
    const path = named.callee;
    // An image path holds the project's path as its beginning.
    const exact = all.find((project) => samePath(project.path, path)) ?? longestPrefix(all, path);
    return exact ? { kind: 'project', project: exact } : none('unrelated', `${path} is not part of this rollout`);
  }
  const leaf = leafNamed(named.quote);
  const uncovered = all.filter((project) => couldRefuse(investigation, caller, project));
  const candidates =
    leaf === null
      ? uncovered.filter((project) => isKnownEdge(investigation, caller, project))
      : uncovered.filter(({ path }) => samePath(path.split('/').at(-1) ?? '', leaf));
  const [only] = candidates;
  if (only && candidates.length === 1) return { kind: 'project', project: only };
  const known = candidates.filter((project) => isKnownEdge(investigation, caller, project));
  const [first] = known;
  if (first && known.length === 1) return { kind: 'project', project: first };
  if (candidates.length === 0) {
    return none('unrelated', 'no project that this rollout enforced could have refused it');
  }
  return none(
    'unclear',
    `several enforced projects could have refused it: ${candidates
      .map(({ path }) => path)
      .slice(0, 5)
      .join(', ')}`,
  );
}

const longestPrefix = (projects: readonly Project[], path: string): Project | undefined =>
  projects
    .filter((project) => samePath(path.slice(0, project.path.length + 1), `${project.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];

/** Enforced by this rollout, and without an entry for the caller. */
function couldRefuse({ enforced }: Investigation, caller: Project, project: Project): boolean {
  if (!enforced.has(project.id)) return false;
  return nearestEntry(project.allowlist?.entries ?? [], callerOf(caller.id, caller.path, caller.personal)) === null;
}

const isKnownEdge = (investigation: Investigation, caller: Project, project: Project): boolean =>
  edgeStateOf(investigation, caller, project) !== null;

/** The job's user and its run before the wave: asked only where everything else speaks for a denial. */
async function background(
  engine: Engine,
  investigation: Investigation,
  caller: Project,
  job: Job,
  callee: Project,
): Promise<Background> {
  const userLevel = job.user === null ? null : await engine.forge.memberLevel(callee.id, job.user.id).catch(orNull);
  const before = investigation.touched.get(callee.id) ?? job.finishedAt ?? engine.clock.now();
  const [earlier] = await engine.forge.earlierRuns(caller.id, job.name, before, 1);
  if (!earlier) return { userLevel, before: 'none' };
  if (earlier.status === 'success') return { userLevel, before: 'passed' };
  const diagnosis = await readTrace(engine, caller, earlier);
  const found = withoutCallee(diagnosis) ? null : findCallee(investigation, caller, diagnosis);
  const same = found?.kind === 'project' && found.project.id === callee.id;
  return { userLevel, before: same ? 'same' : 'other' };
}

function orNull(error: unknown): null {
  if (error instanceof RolloutError && (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND'))
    return null;
  throw error;
}
