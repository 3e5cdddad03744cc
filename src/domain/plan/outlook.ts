import type { Edge } from '../edges/edge.ts';
import { frozenUntil } from './freeze.ts';
import type { PlannedCallee } from './plan.ts';
import type { WaveDigest } from './wave-digest.ts';
import type { Playbook } from '../playbook.ts';
import { epochMs, type EpochMs, type ProjectId } from '../values.ts';

/** What a wave of a plan means to the people it touches. */
export interface WaveOutlook {
  readonly number: number;
  /** Different projects among the approved callers of its callees. */
  readonly callersExposed: number;
  /** Approved edges not seen within one soak before now: the wave may well pass without having tried them. */
  readonly unproven: number;
  /**
   * Jobs of those callers that use its callees, per week: at least so many, as GitLab's log keeps the last use alone, which
   * each inventory can notice once.
   */
  readonly jobsPerWeek: number;
  readonly requests: number;
  /** Earliest start and end, where every approval comes at once and no wave is soaked twice. */
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  /** Its riskiest callees, at most three. */
  readonly riskiest: readonly Pick<PlannedCallee, 'path' | 'risk' | 'why'>[];
}

/** What is at stake in one wave, added up callee by callee. */
export interface Exposure {
  /** Different projects among the approved callers. */
  readonly callers: Set<ProjectId>;
  unproven: number;
  uses: number;
}

/** The exposure of a wave before any callee is added to it. */
export const noExposure = (): Exposure => ({ callers: new Set(), unproven: 0, uses: 0 });

/**
 * Adds the edges of one callee.
 *
 * @param uses - how often each caller was noticed to use it
 * @param soak - approved edges not seen for longer may well not be seen in a soak either
 */
export function addExposure(
  exposure: Exposure,
  edges: readonly Edge[],
  uses: ReadonlyMap<ProjectId, number>,
  soak: { readonly now: EpochMs; readonly ms: number },
): void {
  for (const { caller, state, lastSeen } of edges) {
    if (state !== 'approved') continue;
    exposure.callers.add(caller);
    exposure.uses += uses.get(caller) ?? 0;
    if (soak.now - lastSeen > soak.ms) exposure.unproven += 1;
  }
}

/** A plan, and what is known of the use of its callees. */
export interface OutlookInput {
  /** Waves to come, in order. */
  readonly waves: readonly WaveDigest[];
  readonly playbook: Pick<Playbook, 'gates' | 'observe' | 'notices'>;
  /** By number of the wave; a wave without callees has none. */
  readonly exposures: ReadonlyMap<number, Exposure>;
  readonly now: EpochMs;
  /** When the first inventory ended; null before it. */
  readonly observedSince: EpochMs | null;
}

const WEEK_MS = 604_800_000;

function outlookOf(wave: WaveDigest, from: EpochMs, input: OutlookInput): WaveOutlook {
  const { gates } = input.playbook;
  const { callers, unproven, uses } = input.exposures.get(wave.number) ?? noExposure();
  const observedMs = input.now - (input.observedSince ?? input.now);
  const told = epochMs(from + leadOf(wave, input.playbook));
  const startsAt = frozenUntil(wave.freeze, told) ?? told;
  return {
    number: wave.number,
    callersExposed: callers.size,
    unproven,
    jobsPerWeek: Math.round((uses * WEEK_MS) / Math.max(WEEK_MS, observedMs)),
    requests: wave.requests,
    startsAt,
    endsAt: epochMs(startsAt + gates.soak),
    riskiest: wave.riskiest,
  };
}

/** The time that the owners of its callees are given, where any of them is told. */
function leadOf({ refuses, instanceSwitch }: WaveDigest, { notices }: OutlookInput['playbook']): number {
  const isTold = notices.issues === 'all' || refuses;
  return notices.issues === 'off' || instanceSwitch || !isTold ? 0 : notices.lead;
}

/**
 * What each wave to come exposes and when it can end at the earliest: the observation window first, then one soak after
 * the other, each begun outside the freeze windows.
 */
export function planOutlook(input: OutlookInput): readonly WaveOutlook[] {
  const { waves, playbook, observedSince, now } = input;
  let from = epochMs(Math.max(now, (observedSince ?? now) + playbook.observe.window));
  return waves.map((wave) => {
    const outlook = outlookOf(wave, from, input);
    from = outlook.endsAt;
    return outlook;
  });
}
