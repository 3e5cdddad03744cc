import type { StoredProject } from '../state/records.ts';
import type { Runs } from './runs.ts';
import { lastRun, runTime } from '../traffic/timetable.ts';
import type { Timetable } from '../traffic/timetable.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { EpochMs } from '../entities.ts';
import type { PipelineSchedule } from '../traffic/run-rows.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The closest five-field cron text (UTC): cron cannot say "every 90 days", so months stand in for long periods. */
function cronOf({ every, phase }: Timetable): string {
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

function nextRunAt(timetable: Timetable, now: EpochMs): EpochMs {
  return runTime(timetable, lastRun(timetable, now) + 1);
}

interface Rooms {
  readonly traffic: Traffic;
  readonly runs: Runs;
  readonly beginning: EpochMs;
}

/** The project's jobs that a schedule of its own starts, one schedule per pipeline. */
export function schedulesOf(
  { traffic, runs, beginning }: Rooms,
  project: StoredProject,
  now: EpochMs,
): readonly PipelineSchedule[] {
  const plans = traffic.plansOf(project).filter(({ scheduled }) => scheduled);
  return plans.map((plan) => ({
    id: plan.slot + 1,
    project,
    description: plan.jobs.map(({ name }) => name).join(', '),
    cron: cronOf(plan),
    periodMs: plan.every,
    owner: plan.user,
    active: !project.archived,
    createdAt: beginning,
    nextRunAt: nextRunAt(plan, now),
    lastPipelineId: runs.lastPipelineId(plan, now),
  }));
}
