import type { Edge } from './edge.ts';
import { frozenUntil } from './freeze.ts';
import type { Plan, PlannedCallee, PlannedWave } from './plan.ts';
import type { Playbook } from './playbook.ts';
import { epochMs, type EpochMs, type ProjectId } from './values.ts';

/** What a wave of a plan means to the people it touches. */
export interface WaveOutlook {
  readonly number: number;
  /** Different projects among the approved callers of its callees. */
  readonly callersExposed: number;
  /** Approved edges not seen within one soak before now: the wave may well pass without having tried them. */
  readonly unproven: number;
  readonly requests: number;
  /** Earliest start and end, where every approval comes at once and no wave is soaked twice. */
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  /** Its riskiest callees, at most three. */
  readonly riskiest: readonly Pick<PlannedCallee, 'path' | 'risk' | 'why'>[];
}

export interface OutlookInput {
  readonly plan: Pick<Plan, 'waves'>;
  readonly playbook: Pick<Playbook, 'gates' | 'freeze' | 'observe'>;
  readonly edgesOf: (callee: ProjectId) => readonly Edge[];
  readonly now: EpochMs;
  /** When the first inventory ended; null before it. */
  readonly observedSince: EpochMs | null;
  /** Waves that have passed: they are left out. */
  readonly passed: number;
}

const RISKIEST = 3;

/** Requests for one callee: read, compare and read back, one for each entry, one to enforce. */
const requestsFor = ({ add, enforce }: PlannedCallee): number => 3 + add.length + (enforce ? 1 : 0);

function outlookOf(wave: PlannedWave, from: EpochMs, input: OutlookInput): WaveOutlook {
  const { gates, freeze } = input.playbook;
  const approved = wave.callees.flatMap(({ id }) => input.edgesOf(id).filter(({ state }) => state === 'approved'));
  const startsAt = frozenUntil(freeze, from) ?? from;
  return {
    number: wave.number,
    callersExposed: new Set(approved.map(({ caller }) => caller)).size,
    unproven: approved.filter(({ lastSeen }) => input.now - lastSeen > gates.soak).length,
    requests: wave.callees.reduce((sum, callee) => sum + requestsFor(callee), 0),
    startsAt,
    endsAt: epochMs(startsAt + gates.soak),
    riskiest: [...wave.callees]
      .sort((a, b) => b.risk - a.risk || (a.path < b.path ? -1 : 1))
      .slice(0, RISKIEST)
      .map(({ path, risk, why }) => ({ path, risk, why })),
  };
}

/**
 * What each wave to come exposes and when it can end at the earliest: the observation window first, then one soak after
 * the other, each begun outside the freeze windows.
 */
export function planOutlook(input: OutlookInput): readonly WaveOutlook[] {
  const { plan, playbook, observedSince, now, passed } = input;
  let from = epochMs(Math.max(now, (observedSince ?? now) + playbook.observe.window));
  return plan.waves
    .filter(({ number }) => number > passed)
    .map((wave) => {
      const outlook = outlookOf(wave, from, input);
      from = outlook.endsAt;
      return outlook;
    });
}
