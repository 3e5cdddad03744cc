import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freezeFor, freezeReason, frozenUntil } from '../../../src/domain/plan/freeze.ts';
import type { FreezePolicy } from '../../../src/domain/playbook.ts';
import { epochMs } from '../../../src/domain/values.ts';

const MINUTE = 60_000;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Wall clock read in another way than the code under test does: from the one formatted line of the Swedish locale. */
function wall(moment: number, timeZone: string): { day: (typeof WEEKDAYS)[number]; stamp: string } {
  const line = new Date(moment).toLocaleString('sv-SE', { timeZone });
  const stamp = `${line.slice(0, 10)}T${line.slice(11, 16)}`;
  return { day: WEEKDAYS[new Date(`${stamp}:00Z`).getUTCDay()]!, stamp };
}

function isFrozen(policy: FreezePolicy, moment: number): boolean {
  const { day, stamp } = wall(moment, policy.timeZone);
  return policy.windows.some((window) => {
    if ('days' in window)
      return (
        window.days.includes(day) &&
        stamp.slice(11) >= window.from &&
        (window.to === undefined || stamp.slice(11) < window.to)
      );
    return stamp >= window.from && stamp < window.to;
  });
}

/** Minute by minute, without any thought; null after `limit` minutes. */
function naive(policy: FreezePolicy, now: number, limit: number): number | null | 'too far' {
  if (!isFrozen(policy, now)) return null;
  for (let step = 1; step <= limit; step += 1) {
    const moment = (Math.floor(now / MINUTE) + step) * MINUTE;
    if (!isFrozen(policy, moment)) return moment;
  }
  return 'too far';
}

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns'];
/** Around these moments clocks change in one of the zones. */
const CHANGES = [
  '2026-03-08T07:00Z',
  '2026-03-29T01:00Z',
  '2026-10-25T01:00Z',
  '2026-11-01T06:00Z',
  '2026-04-04T15:00Z',
];

const two = (value: number): string => String(value).padStart(2, '0');
const timeOfDay = fc.tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 })).map(([h, m]) => `${two(h)}:${two(m)}`);
const weekly = fc.record(
  { days: fc.subarray([...WEEKDAYS], { minLength: 1 }), from: timeOfDay, to: timeOfDay },
  { requiredKeys: ['days', 'from'] },
);
const around = (base: number) =>
  fc.tuple(fc.integer({ min: -900, max: 900 }), fc.integer({ min: 1, max: 900 })).map(([start, length]) => ({
    from: new Date(base + start * MINUTE).toISOString().slice(0, 16),
    to: new Date(base + (start + length) * MINUTE).toISOString().slice(0, 16),
  }));
const cases = fc.constantFrom(...CHANGES.map((text) => Date.parse(text))).chain((base) =>
  fc.record({
    now: fc.integer({ min: -720, max: 720 }).map((minutes) => base + minutes * MINUTE + 17_000),
    policy: fc.record({
      timeZone: fc.constantFrom(...ZONES),
      windows: fc.array(fc.oneof(weekly, around(base)), { minLength: 1, maxLength: 4 }),
    }),
  }),
);

describe('frozenUntil', () => {
  // Fails when the search goes by quarters of an hour only, or takes an hour of wall clock for an hour of time.
  it('ends where a walk minute by minute ends, also where clocks change', () => {
    fc.assert(
      fc.property(cases, ({ now, policy }) => {
        const expected = naive(policy, now, 2_000);
        if (expected === 'too far') return;
        expect(frozenUntil(policy, epochMs(now))).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a gap of ten minutes between two windows', () => {
    const windows = [
      { from: '2026-05-01T08:00', to: '2026-05-01T09:02' },
      { from: '2026-05-01T09:12', to: '2026-05-01T18:00' },
    ];
    const until = frozenUntil({ timeZone: 'UTC', windows }, epochMs(Date.parse('2026-05-01T08:30Z')));
    expect(until).toBe(Date.parse('2026-05-01T09:02Z'));
  });

  it('does not wait for ever for a freeze without an end', () => {
    const now = epochMs(Date.parse('2026-05-01T08:30Z'));
    const policy: FreezePolicy = { timeZone: 'UTC', windows: [{ days: [...WEEKDAYS], from: '00:00' }] };
    expect(frozenUntil(policy, now)! - now).toBe(366 * 86_400_000);
  });

  it('holds up only the waves of owners who asked for it', () => {
    const noon = epochMs(Date.parse('2026-05-01T12:00Z'));
    const policy: FreezePolicy = {
      timeZone: 'UTC',
      windows: [{ days: ['fri'], from: '00:00', projects: ['acme/pay/**'] }],
    };
    const untilFor = (...paths: string[]) =>
      frozenUntil(
        freezeFor(
          policy,
          paths.map((path) => ({ path })),
        ),
        noon,
      );
    expect(untilFor('acme/libs/core')).toBeNull();
    expect(untilFor('acme/libs/core', 'Acme/pay/api')).toBe(Date.parse('2026-05-02T00:00Z'));
  });

  it('names the reason of the window that holds', () => {
    const policy: FreezePolicy = {
      timeZone: 'UTC',
      windows: [{ days: ['fri'], from: '12:00', reason: 'no Friday changes' }],
    };
    expect(freezeReason(policy, epochMs(Date.parse('2026-05-01T13:00Z')))).toBe('no Friday changes');
    expect(freezeReason(policy, epochMs(Date.parse('2026-05-02T13:00Z')))).toBeNull();
  });
});
