import type { Disposition, FailureRecord } from '../domain/denial.ts';
import type { Edge } from '../domain/edge.ts';
import { RolloutError } from '../domain/errors.ts';
import { judge, type Judgement, type SoakObservation } from '../domain/gate.ts';
import type { Project } from '../domain/project.ts';
import { SCOPE_BLIND_SPOT } from '../domain/shadow.ts';
import { epochMs, samePath, type EpochMs, type ProjectId } from '../domain/values.ts';
import { fenced, type Engine } from './context.ts';
import { waveState } from './decide.ts';
import { examineJob, type Investigation } from './examine.ts';
import { keepReadings, scopeFilter, scopesOf } from './inventory.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { SweepRow, WaveRow } from './ports.ts';

/**
 * GitLab writes a log row five minutes after the access and dates it then (`CAPTURE_DELAY`): a row that young may be of an
 * access from before the enforcement.
 */
const LOG_DELAY_MS = 5 * 60_000;

/** GitLab's times have whole seconds; what ends in the second of the last look must not fall between two sweeps. */
const OVERLAP_MS = 1_000;

export interface SweepResult {
  readonly at: EpochMs;
  readonly judgement: Judgement;
  readonly seen: SoakObservation;
}

/**
 * Looks at everything that ran since the last look: pipelines of all projects in scope by the page, failed jobs only of
 * those that had any, logs only of failed jobs that were not looked at before. Then judges the wave.
 */
export async function sweepWave(engine: Engine, wave: WaveRow, soakUntil: EpochMs): Promise<SweepResult> {
  const { store, clock } = engine;
  // Taken before the first reading: whatever happens while we read belongs to the next sweep.
  const until = clock.now();
  const began = wave.startedAt ?? until;
  const sweeps = await store.sweeps(wave.id);
  const since = sweeps.at(-1)?.until ?? began;
  // What an earlier sweep could not read is still to be read: failed jobs are looked for from the last complete one.
  const lookFrom = sweeps.findLast(({ unread }) => unread.length === 0)?.until ?? began;
  let investigation = await openInvestigation(engine, until);
  const activity = await readActivity(engine, investigation.knowledge, wave, epochMs(since - OVERLAP_MS));
  const earlier =
    lookFrom < since
      ? await readActivity(engine, investigation.knowledge, wave, epochMs(lookFrom - OVERLAP_MS))
      : activity;
  const unread: string[] = [];
  const records: FailureRecord[] = [];
  const suspects = new Set([...activity.suspects, ...earlier.suspects]);
  if (await meetStrangers(engine, investigation, [...suspects])) investigation = await openInvestigation(engine, until);
  for (const project of suspects) {
    try {
      records.push(
        ...(await failuresOf(engine, investigation, project, epochMs(Math.max(began, lookFrom) - OVERLAP_MS))),
      );
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unread.push(`${investigation.knowledge.projects.get(project)?.path ?? project}: ${error.message}`);
    }
  }
  const complete = until >= soakUntil;
  if (complete) unread.push(...(await refreshCallees(engine, wave)));
  for (const record of records.filter(({ disposition }) => UNEXPECTED.has(disposition))) {
    engine.notify.note(
      `Refused: ${record.callerPath} -> ${record.calleePath ?? 'an unknown project'}, job "${record.jobName}": ${record.reason}.`,
    );
  }
  await keepSweep(engine, { waveId: wave.id, since, until, ...activity.counts, unread }, records);
  const seen = await observe(engine, wave, complete);
  return { at: until, judgement: qualified(judge(seen, engine.playbook.gates), engine.playbook.scope), seen };
}

/** Promise 7: a pass says what it could not have seen. */
function qualified(judgement: Judgement, { groups, projects }: Engine['playbook']['scope']): Judgement {
  if (judgement.verdict !== 'passed' || groups.length + projects.length === 0) return judgement;
  return { ...judgement, reasons: [...judgement.reasons, `not seen: ${SCOPE_BLIND_SPOT}`] };
}

const isUnreadable = (error: unknown): error is RolloutError =>
  error instanceof RolloutError &&
  (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND' || error.code === 'FORGE_UNREADABLE');

/** Which callees this rollout enforced, when, and in which wave: what denials are attributed to. */
async function openInvestigation(engine: Engine, now: EpochMs): Promise<Investigation> {
  const knowledge = await loadKnowledge(engine.store, now, 'deviating');
  const enforced = new Map<ProjectId, { readonly waveId: number; readonly at: EpochMs }>();
  const touched = new Map<ProjectId, EpochMs>();
  for (const wave of await engine.store.waves()) {
    const { phase } = waveState(wave.checkpoint);
    const undone = phase === 'rolledBack' || phase === 'stale';
    for (const { callee, step, enforcedAt } of await engine.store.waveCallees(wave.id)) {
      if (enforcedAt === null) continue;
      if (!touched.has(callee)) touched.set(callee, enforcedAt);
      if (step === 'enforced' && !undone) enforced.set(callee, { waveId: wave.id, at: enforcedAt });
    }
  }
  return { knowledge, enforced, touched };
}

interface Activity {
  readonly suspects: readonly ProjectId[];
  readonly counts: Pick<SweepRow, 'projects' | 'callerJobs' | 'allJobs'>;
}

/** Callers of the wave's callees whose accesses were approved. */
async function knownCallers(engine: Engine, knowledge: Knowledge, wave: WaveRow): Promise<ReadonlySet<ProjectId>> {
  const callees = new Set((await engine.store.waveCallees(wave.id)).map(({ callee }) => callee));
  const approved = knowledge.edges.filter(({ callee, state }) => state === 'approved' && callees.has(callee));
  return new Set(approved.map(({ caller }) => caller));
}

async function readActivity(engine: Engine, knowledge: Knowledge, wave: WaveRow, since: EpochMs): Promise<Activity> {
  const callers = await knownCallers(engine, knowledge, wave);
  const suspects = new Set<ProjectId>();
  const visited = new Set<ProjectId>();
  let callerJobs = 0;
  let allJobs = 0;
  for (const scope of scopesOf(engine.playbook)) {
    let after: string | null = null;
    do {
      engine.signal.throwIfAborted();
      const page = await engine.forge.activity(scope, since, after);
      for (const item of page.items) {
        visited.add(item.project);
        allJobs += item.jobs;
        if (callers.has(item.project)) callerJobs += item.jobs;
        if (item.suspicious || item.more) suspects.add(item.project);
      }
      after = page.next;
      engine.notify.progress({
        what: `wave ${wave.number}: watching`,
        done: visited.size,
        total: page.total,
        requests: engine.forge.requestCount(),
      });
    } while (after !== null);
  }
  // Callers outside the scope's groups are in no page: their failed jobs are asked for one by one.
  const groups = scopesOf(engine.playbook).flatMap((scope) => (scope.kind === 'group' ? [`${scope.path}/`] : ['']));
  const isPaged = (path: string): boolean => groups.some((group) => samePath(path.slice(0, group.length), group));
  for (const caller of callers) {
    if (!visited.has(caller) && !isPaged(knowledge.projects.get(caller)?.path ?? '')) suspects.add(caller);
  }
  return { suspects: [...suspects], counts: { projects: visited.size, callerJobs, allJobs } };
}

/** Projects made since the last inventory fail like others: they are read before their jobs are judged. */
async function meetStrangers(
  engine: Engine,
  { knowledge }: Investigation,
  suspects: readonly ProjectId[],
): Promise<boolean> {
  const strangers = suspects.filter((id) => !knowledge.projects.has(id));
  const { count } = await engine.store.inventories();
  for (let start = 0; start < strangers.length; start += 50) {
    const readings = await engine.forge.projectsById(strangers.slice(start, start + 50));
    await fenced(engine, () => keepReadings(engine, readings, scopeFilter(engine.playbook.scope), count));
  }
  return strangers.length > 0;
}

async function failuresOf(
  engine: Engine,
  investigation: Investigation,
  project: ProjectId,
  since: EpochMs,
): Promise<readonly FailureRecord[]> {
  const caller = investigation.knowledge.projects.get(project);
  if (!caller) throw new RolloutError('FORGE_NOT_FOUND', 'it is hidden from the token', 'Give the token access.');
  const jobs = await engine.forge.failedJobs(project, since);
  const known = await engine.store.knownFailures(jobs.map(({ id }) => id));
  const records: FailureRecord[] = [];
  for (const job of jobs) {
    if (!known.has(job.id)) records.push(await examineJob(engine, investigation, caller, job));
  }
  return records;
}

/**
 * The log moves on when an edge is used: read again for the wave's callees, so that exercised edges show.
 *
 * @returns callees that could not be read, one line each: whether their callers came back is not known
 */
async function refreshCallees(engine: Engine, wave: WaveRow): Promise<readonly string[]> {
  const unread: string[] = [];
  const { count } = await engine.store.inventories();
  const callees = await engine.store.waveCallees(wave.id);
  for (let start = 0; start < callees.length; start += 50) {
    const readings = await engine.forge.projectsById(callees.slice(start, start + 50).map(({ callee }) => callee));
    for (const { project } of readings) if (project.unread !== null) unread.push(`${project.path}: ${project.unread}`);
    await fenced(engine, () => keepReadings(engine, readings, scopeFilter(engine.playbook.scope), count));
  }
  return unread;
}

const UNEXPECTED: ReadonlySet<Disposition> = new Set(['denied', 'unclear']);

/** Stores what was seen. An unexpected denial becomes evidence, so that its edge waits for a decision, and a finding. */
async function keepSweep(
  engine: Engine,
  sweep: Omit<SweepRow, 'id'>,
  records: readonly FailureRecord[],
): Promise<void> {
  const { store, clock } = engine;
  await store.transaction(
    async () => {
      await store.putSweep(sweep);
      await store.putFailures(records);
      for (const record of records) {
        if (record.callee === null || !UNEXPECTED.has(record.disposition)) continue;
        await store.putEvidence([
          {
            caller: record.caller,
            callee: record.callee,
            source: 'denial',
            access: record.access,
            where: `job ${record.jobId} "${record.jobName}"`.slice(0, 200),
            firstSeen: record.finishedAt,
            lastSeen: record.finishedAt,
            policies: null,
            certainty: record.disposition === 'denied' ? 'certain' : 'likely',
          },
        ]);
        await store.putFinding({
          at: clock.now(),
          kind: record.waveId === sweep.waveId ? 'denial' : 'late-denial',
          subject: `${record.callerPath} -> ${record.calleePath ?? 'unknown'}`,
          text: `job ${record.jobId} "${record.jobName}" was refused: ${record.reason}`,
        });
      }
      await store.appendLedger(
        records
          .filter(({ disposition }) => disposition !== 'unrelated')
          .map((record) => ({
            kind: 'failure',
            subject: `${record.callerPath} -> ${record.calleePath ?? 'unknown'}`,
            body: { job: record.jobId, disposition: record.disposition, reason: record.reason, wave: record.waveId },
          })),
        clock.now(),
      );
    },
    await engine.lease.hold(),
  );
}

/** Adds up everything seen of a wave since it was enforced. */
export async function observe(
  engine: Pick<Engine, 'store' | 'clock' | 'playbook'>,
  wave: WaveRow,
  complete: boolean,
): Promise<SoakObservation> {
  const { store, clock, playbook } = engine;
  const sweeps = await store.sweeps(wave.id);
  const { resumedAt } = waveState(wave.checkpoint).context;
  const failures = (await store.failures({ waveId: wave.id })).filter(
    ({ finishedAt }) => resumedAt === null || finishedAt >= resumedAt,
  );
  const edges = await waveEdges(engine, wave, await loadKnowledge(store, clock.now(), 'deviating'));
  // Only the end of a soak asks for it, and it takes a query per edge.
  const due = complete ? await dueEdges(store, edges.approved, playbook.gates.soak) : { due: 0, exercised: 0 };
  const count = (wanted: (record: FailureRecord) => boolean): number => failures.filter(wanted).length;
  const sum = (part: (sweep: SweepRow) => number): number => sweeps.reduce((all, sweep) => all + part(sweep), 0);
  const allJobs = sum((sweep) => sweep.allJobs);
  return {
    jobs: edges.approved.length > 0 ? sum((sweep) => sweep.callerJobs) : allJobs,
    allJobs,
    dueEdges: due.due,
    exercisedEdges: due.exercised,
    approvedDenials: count(({ disposition, edgeState }) => disposition === 'denied' && edgeState === 'approved'),
    undecidedDenials: count(({ disposition, edgeState }) => disposition === 'denied' && edgeState !== 'approved'),
    unclear: count(({ disposition }) => disposition === 'unclear'),
    expectedDenials: count(({ disposition }) => disposition === 'expected'),
    unread: new Set(sweeps.at(-1)?.unread ?? []).size,
    complete,
  };
}

/**
 * Edges that were used within one soak before enforcement or since, and those used since. Only GitLab's log counts: a
 * denial and a line in a file are sightings as well, but prove no access.
 */
async function dueEdges(
  store: Engine['store'],
  approved: readonly { readonly edge: Edge; readonly enforcedAt: EpochMs }[],
  soakMs: number,
): Promise<{ readonly due: number; readonly exercised: number }> {
  let due = 0;
  let exercised = 0;
  for (const { edge, enforcedAt } of approved) {
    const detail = await store.edge(edge.caller, edge.callee);
    const used = (detail?.evidence ?? []).filter(({ source }) => source === 'auth-log').map(({ lastSeen }) => lastSeen);
    const last = Math.max(0, ...used);
    if (last >= enforcedAt - soakMs) due += 1;
    if (last >= enforcedAt + LOG_DELAY_MS) exercised += 1;
  }
  return { due, exercised };
}

/** Approved edges into the wave's callees with the moment of enforcement, and the callees themselves. */
export async function waveEdges(
  { store }: Pick<Engine, 'store'>,
  wave: WaveRow,
  knowledge: Knowledge,
): Promise<{
  readonly approved: readonly { readonly edge: Edge; readonly enforcedAt: EpochMs }[];
  readonly callees: readonly Project[];
}> {
  const rows = await store.waveCallees(wave.id);
  const approved = rows.flatMap(({ callee, enforcedAt }) =>
    enforcedAt === null
      ? []
      : knowledge
          .edgesOf(callee)
          .filter(({ state }) => state === 'approved')
          .map((edge) => ({ edge, enforcedAt })),
  );
  return { approved, callees: rows.flatMap(({ callee }) => knowledge.projects.get(callee) ?? []) };
}
