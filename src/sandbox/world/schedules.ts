import { lastRun, runTime } from './timetable.ts';
import type { Timetable } from './timetable.ts';
import type { EpochMs } from './world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The closest five-field cron text (UTC): cron cannot say "every 90 days", so months stand in for long periods. */
export function cronOf({ every, phase }: Timetable): string {
  const at = new Date(phase);
  const minute = String(at.getUTCMinutes());
  const hour = String(at.getUTCHours());
  const day = String(Math.min(at.getUTCDate(), 28));
  if (every < HOUR) return `*/${String(Math.max(1, Math.round(every / 60_000)))} * * * *`;
  if (every < DAY) return `${minute} */${String(Math.round(every / HOUR))} * * *`;
  if (every < 7 * DAY) return `${minute} ${hour} ${every === DAY ? '*' : `*/${String(Math.round(every / DAY))}`} * *`;
  if (every < 14 * DAY) return `${minute} ${hour} * * ${String(at.getUTCDay())}`;
  if (every < 28 * DAY)
    return `${minute} ${hour} ${day === '28' ? '14,28' : `${day},${String((Number(day) + 14) % 28 || 28)}`} * *`;
  const months = Math.round(every / (30 * DAY));
  if (months >= 12) return `${minute} ${hour} ${day} ${String(at.getUTCMonth() + 1)} *`;
  return `${minute} ${hour} ${day} ${months <= 1 ? '*' : `*/${String(months)}`} *`;
}

export function nextRunAt(timetable: Timetable, now: EpochMs): EpochMs {
  return runTime(timetable, lastRun(timetable, now) + 1);
}
