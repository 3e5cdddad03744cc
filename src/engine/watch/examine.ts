import {
  attributeByBackground,
  attributeByList,
  entryAt,
  leafNamed,
  unclear,
  withoutCallee,
  type Attribution,
  type Background,
  type Circumstances,
} from '../../domain/watch/attribution.ts';
import { ALARMING, type EarlierRuns, type FailureRecord } from '../../domain/watch/denial.ts';
import { canHaveBeenRefused, type Job } from '../../domain/watch/job.ts';
import type { Project } from '../../domain/project.ts';
import { isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import { diagnose, type Diagnosis } from '../../trace/index.ts';
import type { Engine } from '../context.ts';
import { earlierRunsOf, Facts } from './facts.ts';
import type { Investigation } from './investigation.ts';

/** The wave that is watched: failures of its known callers are held against what these jobs did before it. */
export interface Watched {
  readonly waveId: number;
  readonly startedAt: EpochMs;
  readonly callers: ReadonlySet<ProjectId>;
}

/** Why a log could not be judged yet; the job is looked at again. */
export class LogNotReady extends Error {}

/** A log that is still empty may be on its way from the runner to where GitLab keeps it. */
const LOG_SETTLES_MS = 10 * 60_000;

/** Reads the logs of failed jobs as streams and says whose fault each failure is. For one look at GitLab. */
export class Examiner {
  readonly facts: Facts;
  readonly #engine: Engine;
  readonly #investigation: Investigation;
  readonly #watched: Watched | null;

  constructor(engine: Engine, investigation: Investigation, watched: Watched | null) {
    this.facts = new Facts(engine.forge);
    this.#engine = engine;
    this.#investigation = investigation;
    this.#watched = watched;
  }

  /**
   * @throws LogNotReady when the log is not there and may yet come
   * @throws RolloutError when GitLab does not answer
   */
  async examine(caller: Project, job: Job): Promise<FailureRecord> {
    const finishedAt = job.finishedAt ?? this.#engine.clock.now();
    const { diagnosis, empty } = await this.#readTrace(caller, job);
    const blank: FailureRecord = {
      ...blankRecord(caller, job, finishedAt),
      ...{ access: diagnosis.access, verdict: empty ? null : diagnosis.verdict, signature: diagnosis.signature },
      ...{ line: diagnosis.line, quote: diagnosis.quote, reason: diagnosis.reason, confidence: diagnosis.confidence },
    };
    if (empty && canHaveBeenRefused(job) && this.#engine.clock.now() - finishedAt < LOG_SETTLES_MS)
      throw new LogNotReady('its log is empty so far');
    if (empty) return this.#withoutLog(blank, job, ERASED);
    const plain = withoutCallee(diagnosis);
    const namesCallee = diagnosis.callee !== null || diagnosis.calleeId !== null;
    if (plain && !(plain.disposition === 'role' && namesCallee)) return this.#ordinary({ ...blank, ...plain });
    const found = await this.#findCallee(caller, diagnosis);
    if (found.kind === 'none') return this.#ordinary({ ...blank, ...(plain ?? found.attribution) });
    if (found.kind === 'several') return this.#ambiguous(blank, caller, job, found.projects);
    return this.#attribute(blank, caller, job, diagnosis, found.project);
  }

  /** A failed job that GitLab will not show, as far as it can be judged by the runs around it. */
  unreadable(caller: Project, job: Job, why: string): Promise<FailureRecord> {
    const finishedAt = job.finishedAt ?? this.#engine.clock.now();
    return this.#withoutLog(blankRecord(caller, job, finishedAt), job, `it could not be judged (${why})`);
  }

  async #attribute(
    blank: FailureRecord,
    caller: Project,
    job: Job,
    refused: Diagnosis,
    callee: Project,
  ): Promise<FailureRecord> {
    const investigation = this.#investigation;
    const { finishedAt } = blank;
    const enforcement = investigation.enforcementAt(callee.id, finishedAt);
    // Only a callee that this rollout enforced can have lost a caller by it: the others need no request.
    const allowlist = enforcement === null ? callee.allowlist : await this.facts.allowlist(callee);
    const facts: Circumstances = {
      refused,
      finishedAt,
      caller: { id: caller.id, path: caller.path, personal: caller.personal },
      callee: {
        project: { ...callee, allowlist },
        enforcedAt: enforcement?.from ?? null,
        undone: enforcement !== null && enforcement.until !== null,
      },
      edgeState: await investigation.edgeState(caller.id, callee.id),
    };
    const record: FailureRecord = {
      ...blank,
      ...{ callee: callee.id, calleePath: callee.path, edgeState: facts.edgeState },
      waveId: enforcement?.waveId ?? null,
    };
    const byList = attributeByList(facts);
    if (byList) return this.#ordinary({ ...record, ...byList });
    const background = await this.#background(caller, job, callee);
    const attribution = (await this.#passedSince(facts, caller, job)) ?? attributeByBackground(facts, background);
    const owners = ALARMING.has(attribution.disposition) ? await this.facts.owners(callee.id) : [];
    return { ...record, before: background.before, ...attribution, owners };
  }

  /** A plain 404 has harmless causes, and a refusal by the list does not go away by itself. */
  async #passedSince(facts: Circumstances, caller: Project, job: Job): Promise<Attribution | null> {
    const { refused, callee, finishedAt } = facts;
    const stands = callee.project.allowlist?.effective === true && entryAt({ ...facts, finishedAt: NEVER }) === null;
    if (refused.verdict !== 'not_found_ambiguous' || !stands) return null;
    const passed = await this.facts.passedAfter(caller.id, job.name, finishedAt, this.#engine.clock.now());
    if (!passed) return null;
    return {
      disposition: 'unrelated',
      reason: `the same job passed at ${isoTime(passed.finishedAt ?? finishedAt)} although the list had not changed`,
      confidence: 0.85,
      disproof: `a later run that did not ask ${callee.project.path} for anything`,
    };
  }

  /** Failures that are not ours still count in one way: a wave whose callers fail more than before needs a look. */
  async #ordinary(record: FailureRecord): Promise<FailureRecord> {
    const watched = this.#watched;
    if (watched === null || !watched.callers.has(record.caller) || record.finishedAt < watched.startedAt) return record;
    const runs = await this.facts.runsBefore(record.caller, record.jobName, watched.startedAt);
    return { ...record, before: earlierRunsOf(runs) };
  }

  /** The log is gone or was never written: what the job failed of cannot be told from it. */
  async #withoutLog(blank: FailureRecord, job: Job, why: string): Promise<FailureRecord> {
    if (!canHaveBeenRefused(job)) {
      const reason = `it did not come to run (${job.failureReason ?? 'unknown'})`;
      return { ...blank, reason, confidence: 0.9, disproof: null };
    }
    const now = this.#engine.clock.now();
    const watched = this.#watched?.callers.has(blank.caller) === true ? this.#watched : null;
    const before = watched && (await this.facts.runsBefore(blank.caller, job.name, watched.startedAt));
    const record = { ...blank, before: earlierRunsOf(before), waveId: watched?.waveId ?? null };
    const passed = await this.facts.passedAfter(blank.caller, job.name, blank.finishedAt, now);
    if (passed) {
      const reason = `${why}; the same job passed at ${isoTime(passed.finishedAt ?? now)}`;
      return { ...record, disposition: 'unrelated', reason, confidence: 0.8, disproof: 'an entry added in between' };
    }
    if (record.before === 'failed') {
      const reason = `${why}; the same job failed before the wave as well`;
      return { ...record, disposition: 'earlier', reason, confidence: 0.7, disproof: 'its log' };
    }
    const reason = `${why}: whether an access was refused cannot be told`;
    return {
      ...record,
      disposition: 'unread',
      reason,
      confidence: 0,
      disproof: 'a later run of the same job that passes',
    };
  }

  /** GitLab's own sentence, and several projects that it can mean: refused for certain, by which one is open. */
  async #ambiguous(
    blank: FailureRecord,
    caller: Project,
    job: Job,
    projects: readonly Project[],
  ): Promise<FailureRecord> {
    const names = projects.map(({ path }) => path).slice(0, 5);
    const enforcements = projects.flatMap(({ id }) => this.#investigation.enforcementAt(id, blank.finishedAt) ?? []);
    const since = enforcements.map(({ from }) => from).sort((a, b) => a - b)[0] ?? blank.finishedAt;
    const before = earlierRunsOf(await this.facts.runsBefore(caller.id, job.name, since));
    const waves = new Set(enforcements.map(({ waveId }) => waveId));
    const record = { ...blank, before, waveId: [...waves].at(-1) ?? null };
    if (blank.finishedAt < since) {
      return { ...record, disposition: 'earlier', reason: 'the job ended before the wave', confidence: 0.95 };
    }
    const could = `several enforced projects could have refused it: ${names.join(', ')}`;
    if (blank.verdict !== 'allowlist_denied' || before !== 'passed') return { ...record, ...unclear(could) };
    return {
      ...record,
      disposition: 'denied',
      reason: `${could}; the runs before the wave passed`,
      confidence: 0.9,
      disproof: 'an entry for the caller on each of them when the job ran',
    };
  }

  async #readTrace(caller: Project, job: Job): Promise<{ readonly diagnosis: Diagnosis; readonly empty: boolean }> {
    const { projects } = this.#investigation;
    let bytes = 0;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    };
    const diagnosis = await diagnose(counted(await this.#engine.forge.trace(caller.id, job.id)), {
      callerPath: caller.path,
      gitlabUrl: this.#engine.gitlabUrl,
      registryHost: this.#engine.registryHost,
      projectIds: (id) => projects.get(id as ProjectId)?.path ?? null,
      secrets: this.#engine.secrets,
    });
    return { diagnosis, empty: bytes === 0 };
  }

  /** Which project refused: by id, by path, or by the bare name in GitLab's sentence where only one project fits. */
  async #findCallee(caller: Project, diagnosis: Diagnosis): Promise<Found> {
    const investigation = this.#investigation;
    const { projects } = investigation;
    const byId = diagnosis.calleeId === null ? undefined : projects.get(diagnosis.calleeId as ProjectId);
    if (byId) return { kind: 'project', project: byId };
    if (diagnosis.callee !== null) {
      const path = diagnosis.callee;
      // A job may go by the name that a project had before it was renamed or moved: GitLab redirects, and so do we.
      const exact = investigation.projectAt(path) ?? projects.get((await this.facts.projectByPath(path))?.id ?? NOBODY);
      return exact ? { kind: 'project', project: exact } : none(`${path} is not part of this rollout`);
    }
    const leaf = leafNamed(diagnosis.quote);
    const named = investigation.enforcedNamed(leaf).filter(({ id }) => id !== caller.id);
    const callees = await investigation.calleesOf(caller.id);
    const isKnown = ({ id }: Project): boolean => callees.has(id);
    const candidates = leaf === null ? named.filter(isKnown) : named;
    const uncovered = await this.#uncovered(caller, candidates);
    const known = uncovered.filter(isKnown);
    const [only] = uncovered.length === 1 ? uncovered : known.length === 1 ? known : [];
    if (only) return { kind: 'project', project: only };
    if (uncovered.length > 0) return { kind: 'several', projects: uncovered };
    return none('no project that this rollout enforced could have refused it');
  }

  /** Those without an entry for the caller. The lists as they were read last do: this narrows down, it does not judge. */
  async #uncovered(caller: Project, candidates: readonly Project[]): Promise<readonly Project[]> {
    const open: Project[] = [];
    for (const project of candidates) {
      const allowlist = candidates.length > MANY ? project.allowlist : await this.facts.allowlist(project);
      const callee = { project: { ...project, allowlist }, enforcedAt: null, undone: false };
      const about = { caller: { id: caller.id, path: caller.path, personal: caller.personal }, callee };
      if (entryAt({ ...about, finishedAt: NEVER, refused: NOTHING, edgeState: null }) === null) open.push(project);
    }
    return open;
  }

  /** The job's user and its runs before the wave: asked only where everything else speaks for a denial. */
  async #background(caller: Project, job: Job, callee: Project): Promise<Background & { before: EarlierRuns }> {
    const userLevel = job.user === null ? null : await this.facts.userLevel(callee.id, job.user.id);
    const moment = this.#investigation.firstEnforced(callee.id) ?? job.finishedAt ?? this.#engine.clock.now();
    const runs = await this.facts.runsBefore(caller.id, job.name, moment);
    const latest = runs?.[0];
    if (latest?.status === 'failed' && (await this.#wasRefusedBy(caller, latest, callee))) {
      return { userLevel, before: 'refused' };
    }
    return { userLevel, before: earlierRunsOf(runs) ?? 'none' };
  }

  async #wasRefusedBy(caller: Project, run: Job, callee: Project): Promise<boolean> {
    const { diagnosis } = await this.#readTrace(caller, run);
    if (withoutCallee(diagnosis)) return false;
    const found = await this.#findCallee(caller, diagnosis);
    return found.kind === 'project' && found.project.id === callee.id;
  }
}

const ERASED = 'its log is empty or erased';

function blankRecord(caller: Project, job: Job, finishedAt: EpochMs): FailureRecord {
  return {
    ...{ jobId: job.id, jobName: job.name, caller: caller.id, callerPath: caller.path },
    ...{ callee: null, calleePath: null, access: null, finishedAt, edgeState: null },
    ...{ verdict: null, signature: null, line: null, quote: null, before: null, owners: [], waveId: null },
    ...{ webUrl: job.webUrl, disposition: 'unrelated', reason: '', confidence: 0, disproof: null },
  };
}

const NOBODY = -1 as ProjectId;
const NEVER = Infinity as EpochMs;
/** From here on the lists are not read anew just to narrow down a name. */
const MANY = 10;
const NOTHING = { verdict: 'other', reason: '', confidence: 0 } as const;

type Found =
  | { readonly kind: 'project'; readonly project: Project }
  | { readonly kind: 'several'; readonly projects: readonly Project[] }
  | { readonly kind: 'none'; readonly attribution: Attribution };

const none = (reason: string): Found => ({
  kind: 'none',
  attribution: { disposition: 'unrelated', reason, confidence: 0.8, disproof: null },
});
