import type { FailureRecord } from '../../domain/watch/denial.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import type { SoakObservation } from '../../domain/watch/gate.ts';
import { pathMatcher } from '../../domain/path-pattern.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Schedule } from '../../domain/edges/survey.ts';
import { formatDuration, isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { waveState } from '../drive/decide.ts';
import { edgesInto } from '../planning/knowledge.ts';
import { openedCallees } from './callees.ts';
import type { SweepRow, WaveRow } from '../ports.ts';

/**
 * GitLab writes a log row five minutes after the access and dates it then (`CAPTURE_DELAY`): a row that young may be of an
 * access from before the enforcement.
 */
const LOG_DELAY_MS = 5 * 60_000;

/** An approved edge into a callee of the wave, and when that was enforced. */
export interface WatchedEdge {
  readonly edge: Edge;
  readonly enforcedAt: EpochMs;
}

/** Everything that was seen of a wave since it was enforced. */
export interface Observation {
  readonly seen: SoakObservation;
  /** The schedules that an extended soak waits for, one line each. */
  readonly waitsFor: readonly string[];
}

type Rows = Pick<Engine, 'store' | 'clock' | 'playbook'>;

/**
 * Adds up everything seen of a wave since it was enforced.
 *
 * @param complete - the soak is over and the last sweep reaches its end
 * @param proven - count which edges were used again as well, which takes a look at each
 */
export async function observe(engine: Rows, wave: WaveRow, complete: boolean, proven = true): Promise<Observation> {
  const { store, clock } = engine;
  const sweeps = await store.sweeps(wave.id);
  const { resumedAt } = waveState(wave.checkpoint).context;
  const failures = (await store.failures({ waveId: wave.id })).filter(
    ({ finishedAt }) => resumedAt === null || finishedAt >= resumedAt,
  );
  const approved = await watchedEdges(engine, wave);
  const proof = proven ? await proofOf(engine, wave, approved) : NO_PROOF;
  const count = (wanted: (record: FailureRecord) => boolean): number => failures.filter(wanted).length;
  const allJobs = sum(sweeps, (sweep) => sweep.allJobs);
  const seen = {
    soakedMs: Math.max(0, clock.now() - (wave.startedAt ?? clock.now())),
    jobs: approved.length > 0 ? sum(sweeps, (sweep) => sweep.callerJobs) : allJobs,
    allJobs,
    approvedEdges: approved.length,
    ...{ dueEdges: proof.due, exercisedEdges: proof.exercised, scheduledEdges: proof.waitsFor.length },
    approvedDenials: count(({ disposition, edgeState }) => disposition === 'denied' && edgeState === 'approved'),
    undecidedDenials: count(({ disposition, edgeState }) => disposition === 'denied' && edgeState !== 'approved'),
    unclear: count(({ disposition }) => disposition === 'unclear'),
    expectedDenials: count(({ disposition }) => disposition === 'expected'),
    newFailures: await newFailures(engine, wave, approved),
    unreadLogs: count(({ disposition }) => disposition === 'unread'),
    settled: count(({ disposition }) => disposition === 'settled'),
    opened: (await openedCallees(store, wave)).length,
    unread: new Set(sweeps.at(-1)?.unread ?? []).size,
    complete,
  };
  return { seen, waitsFor: proof.waitsFor };
}

const sum = (sweeps: readonly SweepRow[], part: (sweep: SweepRow) => number): number =>
  sweeps.reduce((all, sweep) => all + part(sweep), 0);

/** What the list did is counted as denials; this is what else became worse for the known callers. */
const COUNTED_ELSEWHERE: ReadonlySet<FailureRecord['disposition']> = new Set([
  ...(['denied', 'expected', 'unclear', 'unread', 'settled', 'earlier'] as const),
]);

async function newFailures({ store }: Rows, wave: WaveRow, approved: readonly WatchedEdge[]): Promise<number> {
  const callers = new Set(approved.map(({ edge }) => edge.caller));
  const since = wave.startedAt;
  if (since === null || callers.size === 0) return 0;
  const { resumedAt } = waveState(wave.checkpoint).context;
  return (await store.failures({ before: 'passed', since })).filter(
    ({ caller, disposition, finishedAt }) =>
      callers.has(caller) && !COUNTED_ELSEWHERE.has(disposition) && (resumedAt === null || finishedAt >= resumedAt),
  ).length;
}

interface Proof {
  readonly due: number;
  readonly exercised: number;
  readonly waitsFor: readonly string[];
}

const NO_PROOF: Proof = { due: 0, exercised: 0, waitsFor: [] };

/**
 * Edges that were used within one soak before enforcement or since, those used since, and those whose rare job is yet to
 * come. GitLab's log counts, and jobs known to have used the edge; a denial and a line in a file are sightings as well, but
 * prove no access.
 */
async function proofOf(
  { store, clock, playbook }: Rows,
  wave: WaveRow,
  approved: readonly WatchedEdge[],
): Promise<Proof> {
  const rest = restOfSoak(wave, clock.now());
  const schedules = groupSchedules(await store.schedules(RARE_MS));
  const waitsFor: string[] = [];
  let due = 0;
  let exercised = 0;
  for (const { edge, enforcedAt } of approved) {
    const { evidence } = (await store.edge(edge.caller, edge.callee)) ?? { evidence: [] };
    const last = Math.max(
      0,
      ...evidence.filter(({ source }) => source === 'auth-log').map(({ lastSeen }) => lastSeen - LOG_DELAY_MS),
      ...evidence.filter(({ source }) => source === 'trace').map(({ lastSeen }) => lastSeen),
    );
    if (last >= enforcedAt - playbook.gates.soak) due += 1;
    if (last >= enforcedAt) exercised += 1;
    else {
      const told = scheduleOf(playbook, edge, Math.max(last, edge.firstSeen), rest);
      waitsFor.push(...(told.length > 0 ? told : readScheduleOf(schedules, edge, enforcedAt, rest)));
    }
  }
  return { due, exercised, waitsFor };
}

/** What runs more often than this has run during any soak. */
const RARE_MS = 86_400_000;

type Schedules = ReadonlyMap<ProjectId, readonly Schedule[]>;

function groupSchedules(all: Awaited<ReturnType<Rows['store']['schedules']>>): Schedules {
  const byCaller = new Map<ProjectId, Schedule[]>();
  for (const schedule of all) byCaller.set(schedule.project, [...(byCaller.get(schedule.project) ?? []), schedule]);
  return byCaller;
}

/** A schedule of the caller, as GitLab has it, that has not run since enforcement and will within these bounds. */
function readScheduleOf(
  schedules: Schedules,
  { caller, callerPath, calleePath }: Edge,
  enforcedAt: EpochMs,
  { from, until }: { readonly from: number; readonly until: number },
): readonly string[] {
  return (schedules.get(caller) ?? [])
    .filter(({ lastRunAt }) => lastRunAt === null || lastRunAt < enforcedAt)
    .flatMap(({ nextRunAt }) => (nextRunAt !== null && nextRunAt > from && nextRunAt <= until ? [nextRunAt] : []))
    .slice(0, 1)
    .map((at) => `${callerPath} -> ${calleePath}, scheduled at ${isoTime(at)}`);
}

/** From now until the last moment to which the playbook lets the soak be extended. */
function restOfSoak(wave: WaveRow, now: EpochMs): { readonly from: number; readonly until: number } {
  const { soakMs, extensionsLeft } = waveState(wave.checkpoint).context;
  return { from: now, until: now + soakMs * extensionsLeft };
}

/** The known schedule of an edge that comes round within these bounds, in words; nothing where there is none. */
function scheduleOf(
  { evidence }: Playbook,
  { callerPath, calleePath }: Edge,
  lastUse: number,
  { from, until }: { readonly from: number; readonly until: number },
): readonly string[] {
  return evidence.schedules
    .filter(
      ({ callers, every }) => pathMatcher(callers)(callerPath) && lastUse + every > from && lastUse + every <= until,
    )
    .slice(0, 1)
    .map(({ every }) => `${callerPath} -> ${calleePath}, every ${formatDuration(every)}`);
}

/** Approved edges into the wave's callees with the moment of enforcement. */
async function watchedEdges({ store, clock }: Rows, wave: WaveRow): Promise<readonly WatchedEdge[]> {
  const callees = (await store.waveCallees(wave.id)).flatMap(({ callee, enforcedAt }) =>
    enforcedAt === null ? [] : [{ callee, enforcedAt }],
  );
  const ids = callees.map(({ callee }) => callee);
  const edges = await edgesInto(store, ids, clock.now());
  return callees.flatMap(({ callee, enforcedAt }) =>
    (edges.get(callee) ?? []).filter(({ state }) => state === 'approved').map((edge) => ({ edge, enforcedAt })),
  );
}
