import type { FreezePolicy } from '../playbook.ts';
import { pathMatcher } from '../path-pattern.ts';
import { epochMs, type EpochMs } from '../values.ts';

const STEP_MINUTES = 15;
const MINUTE_MS = 60_000;
const STEP_MS = STEP_MINUTES * MINUTE_MS;
const YEAR_MS = 366 * 86_400_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

interface LocalTime {
  /** `2026-12-18T18:00`, which sorts as time does. */
  readonly stamp: string;
  readonly day: (typeof DAYS)[number];
  readonly time: string;
}

/** The wall clock of that zone. Reading it from Intl keeps summer time right without a table of our own. */
function localTimeIn(timeZone: string): (moment: EpochMs) => LocalTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (moment) => {
    const part = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    const date = `${part.get('year') ?? ''}-${part.get('month') ?? ''}-${part.get('day') ?? ''}`;
    const time = `${part.get('hour') ?? ''}:${part.get('minute') ?? ''}`;
    const weekday = DAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'sun';
    return { stamp: `${date}T${time}`, day: weekday, time };
  };
}

function covers(window: FreezePolicy['windows'][number], at: LocalTime): boolean {
  if (!('days' in window)) return window.from <= at.stamp && at.stamp < window.to;
  if (!window.days.includes(at.day) || at.time < window.from) return false;
  return window.to === undefined || at.time < window.to;
}

/** The windows that concern any of these callees: those of everybody, and those that their owners asked for. */
export function freezeFor(policy: FreezePolicy, callees: readonly { readonly path: string }[]): FreezePolicy {
  const concerned = freezeOf(policy);
  for (const { path } of callees) concerned.add(path);
  return concerned.policy();
}

/** The same for callees that come one by one. */
export function freezeOf(policy: FreezePolicy): {
  readonly add: (path: string) => void;
  readonly policy: () => FreezePolicy;
} {
  const windows = policy.windows.map((window) => {
    const matchers = window.projects?.map(pathMatcher) ?? null;
    return { window, matchers, concerns: matchers === null };
  });
  return {
    add: (path) => {
      for (const one of windows) one.concerns ||= one.matchers?.some((matches) => matches(path)) === true;
    },
    policy: () => ({ ...policy, windows: windows.filter(({ concerns }) => concerns).map(({ window }) => window) }),
  };
}

/** A gap between two freezes can begin only where a window ends, at midnight, or where summer time begins or ends. */
function endingMinutes({ windows }: FreezePolicy): readonly number[] {
  const minutes = windows.flatMap(({ to }) => (to === undefined ? [] : [Number(to.slice(-2)) % STEP_MINUTES]));
  return [...new Set([0, ...minutes])].sort((a, b) => a - b);
}

/**
 * When the freeze that holds at `now` ends, to the minute; null when none holds. Windows that follow each other without
 * a gap count as one. Gives up after a year: the last moment looked at is returned.
 *
 * Looks only at the minutes of each quarter of an hour in which a gap can begin: zones differ by whole quarters.
 */
export function frozenUntil(policy: FreezePolicy, now: EpochMs): EpochMs | null {
  if (policy.windows.length === 0) return null;
  const local = localTimeIn(policy.timeZone);
  const frozen = (moment: number): boolean => policy.windows.some((window) => covers(window, local(epochMs(moment))));
  if (!frozen(now)) return null;
  const minutes = endingMinutes(policy);
  for (let quarter = Math.floor(now / STEP_MS) * STEP_MS; quarter - now < YEAR_MS; quarter += STEP_MS) {
    const end = minutes.map((minute) => quarter + minute * MINUTE_MS).find((at) => at > now && !frozen(at));
    if (end !== undefined) return epochMs(end);
  }
  return epochMs(now + YEAR_MS);
}

/** The reason of the window that holds at `now`, for messages; null when none holds or none was given. */
export function freezeReason(policy: FreezePolicy, now: EpochMs): string | null {
  const at = localTimeIn(policy.timeZone)(now);
  return policy.windows.find((window) => covers(window, at))?.reason ?? null;
}

/** No gap in a whole year: what these windows hold up never starts. */
export function neverThaws(policy: FreezePolicy, now: EpochMs): boolean {
  const until = frozenUntil(policy, now);
  return until !== null && until - now >= YEAR_MS - STEP_MS;
}
