import type { StoredProject } from '../state/records.ts';
import { stretches } from '../traffic/segments.ts';
import { countRuns, lastRun, runTime } from '../traffic/timetable.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { ExtraAttempt, JobOutcome, StoredJob, Use } from '../traffic/records.ts';
import type { EpochMs } from '../entities.ts';
import type { TruthEdge } from '../traffic/run-rows.ts';

type Tally = { -readonly [Key in keyof TruthEdge]: TruthEdge[Key] };

/** What some uses came to: how many, and when the first and last of them were. */
interface Count {
  readonly allowed: boolean;
  readonly times: number;
  readonly first: EpochMs;
  readonly last: EpochMs;
}

/** What all traffic up to now did, one line per caller, callee and access; made caller by caller while it is read. */
export function* truthOf(traffic: Traffic, now: EpochMs): Generator<TruthEdge> {
  const attempts = new Map<StoredProject, ExtraAttempt[]>();
  for (const attempt of traffic.extraAttempts) {
    const list = attempts.get(attempt.caller);
    if (list === undefined) attempts.set(attempt.caller, [attempt]);
    else list.push(attempt);
  }
  for (const [caller, jobs] of traffic.callers()) {
    yield* tallyCaller(traffic, caller, jobs, attempts.get(caller) ?? [], now);
    attempts.delete(caller);
  }
  for (const [caller, own] of attempts) yield* tallyCaller(traffic, caller, [], own, now);
}

function tallyCaller(
  traffic: Traffic,
  caller: StoredProject,
  jobs: readonly StoredJob[],
  attempts: readonly ExtraAttempt[],
  now: EpochMs,
): Iterable<TruthEdge> {
  const edges = new Map<string, Tally>();
  for (const job of jobs) {
    job.uses.forEach((use, position) => {
      for (const count of countUses(job, position, now)) add(edges, caller, use, count);
    });
  }
  for (const { job, outcome, at, live } of traffic.extraRunsOf(caller)) {
    if (live !== null) continue;
    job.uses.forEach((use, position) => {
      const allowed = fate(outcome, position);
      if (allowed !== null) add(edges, caller, use, { allowed, times: 1, first: at, last: at });
    });
  }
  for (const attempt of attempts) {
    add(edges, caller, attempt, { allowed: attempt.verdict.allowed, times: 1, first: attempt.at, last: attempt.at });
  }
  return edges.values();
}

/** True: let in, false: refused, null: an earlier refusal ended the job before it got there. */
function fate({ deniedAt }: JobOutcome, position: number): boolean | null {
  if (deniedAt === position) return false;
  return deniedAt < 0 || position < deniedAt ? true : null;
}

function* countUses(job: StoredJob, position: number, now: EpochMs): Generator<Count> {
  for (const stretch of stretches(job.segments, now)) {
    const allowed = fate(stretch.outcome, position);
    const times = countRuns(job, stretch);
    if (allowed === null || times === 0) continue;
    const last = lastRun(job, stretch.until);
    yield { allowed, times, first: runTime(job, last - times + 1), last: runTime(job, last) };
  }
}

function add(
  edges: Map<string, Tally>,
  caller: StoredProject,
  { callee, access }: Use,
  { allowed, times, first, last }: Count,
): void {
  const key = `${access} ${String(callee.id)}`;
  let tally = edges.get(key);
  if (tally === undefined) {
    tally = { caller: caller.fullPath, callee: callee.fullPath, access, allowed: 0, denied: 0, first, last };
    edges.set(key, tally);
  }
  if (allowed) tally.allowed += times;
  else tally.denied += times;
  tally.first = Math.min(tally.first, first);
  tally.last = Math.max(tally.last, last);
}
