import type { Edge } from '../edges/edge.ts';
import type { Playbook } from '../playbook.ts';
import type { Project } from '../project.ts';
import { pathMatcher } from '../path-pattern.ts';
import type { ShadowDenial } from './shadow.ts';
import type { Schedule } from '../edges/survey.ts';
import { counted, epochMs, formatDuration, isoTime, type EpochMs, type ProjectId } from '../values.ts';

/** A job of a caller that comes round seldom: a schedule that GitLab knows, or one that the playbook names. */
export interface RareJob {
  readonly everyMs: number;
  /** Null where only the playbook knows of it, and before its first run. */
  readonly lastRunAt: EpochMs | null;
  /** False for a schedule too rare to be waited for. What a person wrote into the playbook always is. */
  readonly waitedFor: boolean;
}

/** What readiness is judged by, the same for every callee. */
export interface ReadinessInput {
  readonly playbook: Pick<Playbook, 'observe' | 'evidence'>;
  /** The first inventory; null before it. */
  readonly observedSince: EpochMs | null;
  readonly now: EpochMs;
  /** Schedules that GitLab knows, by caller; those that come round within the window need not be there. */
  readonly schedules: ReadonlyMap<ProjectId, readonly Schedule[]>;
  /** Projects whose schedules were read, whether they have any or not. */
  readonly schedulesRead: ReadonlySet<ProjectId>;
}

/** Why a callee should not be enforced yet. `time`: waiting is enough; the others need a person, or a reading. */
export interface Hindrance {
  readonly kind: 'time' | 'denials' | 'unread';
  readonly text: string;
}

/** What speaks against enforcing a callee now; nothing does where `hindrances` is empty. */
export interface Readiness {
  readonly hindrances: readonly Hindrance[];
  /** Schedules that are too rare to be waited for: what they do may come as a surprise. */
  readonly notWaitedFor: readonly string[];
  /** Callers whose schedules were not read: rare jobs of theirs are unknown. */
  readonly schedulesUnread: number;
}

/** Judges callees against one state of the organisation. */
export interface ReadinessJudge {
  /** Until when a callee's callers want it to be watched; null when their schedules have come round. */
  readonly schedule: (edges: readonly Edge[]) => Hindrance | null;
  readonly judge: (callee: Project, edges: readonly Edge[], denials: readonly ShadowDenial[]) => Readiness;
}

/** Judges callees one by one; patterns and schedules are prepared once. */
export function readinessJudge(input: ReadinessInput): ReadinessJudge {
  const { playbook, observedSince, now, schedulesRead } = input;
  const rareJobs = rareJobsOf(input);

  /** The caller that is waited for longest. */
  const schedule = (edges: readonly Edge[]): Hindrance | null => {
    let latest = { until: now as number, text: '' };
    for (const edge of edges) {
      for (const { everyMs, lastRunAt, waitedFor } of rareJobs(edge)) {
        const until = (observedSince ?? now) + everyMs;
        const cameRound = observedSince !== null && lastRunAt !== null && lastRunAt >= observedSince;
        if (cameRound || !waitedFor || until <= latest.until) continue;
        latest = { until, text: `${rareText(edge, everyMs)}: watched until ${isoTime(epochMs(until))}` };
      }
    }
    return latest.text === '' ? null : { kind: 'time', text: latest.text };
  };

  const judge: ReadinessJudge['judge'] = (callee, edges, denials) => {
    const hindrances: (Hindrance | null)[] = [
      callee.allowlist === null ? { kind: 'unread', text: `not read: ${callee.unread ?? 'not yet'}` } : null,
      windowLeft(observedSince, playbook.observe.window, now),
      schedule(edges),
      denialsLeft(denials),
    ];
    return {
      hindrances: hindrances.filter((one) => one !== null),
      notWaitedFor: edges.flatMap((edge) =>
        rareJobs(edge).flatMap(({ everyMs, waitedFor }) => (waitedFor ? [] : [rareText(edge, everyMs)])),
      ),
      schedulesUnread: edges.filter(({ caller }) => !schedulesRead.has(caller)).length,
    };
  };
  return { schedule, judge };
}

const rareText = ({ callerPath }: Edge, everyMs: number): string =>
  `${callerPath} has a job every ${formatDuration(everyMs)}`;

function windowLeft(observedSince: EpochMs | null, window: number, now: EpochMs): Hindrance | null {
  if (observedSince === null) return { kind: 'unread', text: 'there is no inventory yet' };
  const until = observedSince + window;
  return until <= now ? null : { kind: 'time', text: `watched until ${isoTime(epochMs(until))}` };
}

/** Who was refused on purpose is no hindrance. */
function denialsLeft(denials: readonly ShadowDenial[]): Hindrance | null {
  const open = denials.filter(({ expected }) => !expected);
  const sure = open.filter(({ certain }) => certain).length;
  if (open.length === 0) return null;
  const words = [
    ...(sure > 0 ? [`${counted(sure, 'caller')} would be denied`] : []),
    ...(open.length > sure ? [`${counted(open.length - sure, 'caller')} may be denied`] : []),
  ];
  return { kind: 'denials', text: words.join(', ') };
}

/** The rare jobs of an edge's caller, looked up once per caller. */
function rareJobsOf({ playbook, schedules }: ReadinessInput): (edge: Edge) => readonly RareJob[] {
  const { window, rarestSchedule } = playbook.observe;
  const named = playbook.evidence.schedules.map(({ callers, every }) => ({ matches: pathMatcher(callers), every }));
  const known = new Map<ProjectId, readonly RareJob[]>();
  return ({ caller, callerPath }) => {
    const before = known.get(caller);
    if (before) return before;
    const jobs = [
      ...named
        .filter(({ matches }) => matches(callerPath))
        .map(({ every }) => ({ everyMs: every, lastRunAt: null, waitedFor: true })),
      ...(schedules.get(caller) ?? [])
        .filter(({ everyMs }) => everyMs > window)
        .map(({ everyMs, lastRunAt }) => ({ everyMs, lastRunAt, waitedFor: everyMs <= rarestSchedule })),
    ];
    known.set(caller, jobs);
    return jobs;
  };
}
