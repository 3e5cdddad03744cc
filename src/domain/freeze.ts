import type { FreezePolicy } from './playbook.ts';
import { epochMs, type EpochMs } from './values.ts';

const STEP_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
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

/**
 * When the freeze that holds at `now` ends, to the minute; null when none holds.
 * Windows that follow each other without a gap count as one. Gives up after a year: the last moment looked at is returned.
 */
export function frozenUntil(policy: FreezePolicy, now: EpochMs): EpochMs | null {
  if (policy.windows.length === 0) return null;
  const local = localTimeIn(policy.timeZone);
  const frozen = (moment: number): boolean => policy.windows.some((window) => covers(window, local(epochMs(moment))));
  if (!frozen(now)) return null;
  let moment = Math.floor(now / STEP_MS) * STEP_MS + STEP_MS;
  while (frozen(moment) && moment - now < YEAR_MS) moment += STEP_MS;
  while (moment - MINUTE_MS > now && !frozen(moment - MINUTE_MS)) moment -= MINUTE_MS;
  return epochMs(moment);
}

/** The reason of the window that holds at `now`, for messages; null when none holds or none was given. */
export function freezeReason(policy: FreezePolicy, now: EpochMs): string | null {
  const at = localTimeIn(policy.timeZone)(now);
  return policy.windows.find((window) => covers(window, at))?.reason ?? null;
}
