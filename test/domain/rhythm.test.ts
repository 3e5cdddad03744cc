import { describe, expect, it } from 'vitest';
import { rhythm } from '../../src/domain/rhythm.ts';
import { formatDuration, spokenDuration } from '../../src/domain/values.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('rhythm', () => {
  it.each([
    { every: DAY, pause: 23 * HOUR },
    { every: 6 * HOUR, pause: 6 * HOUR - 18 * MINUTE },
    { every: 0, pause: 0 },
  ])('waits a little less than $every ms, so that a daily job is never minutes too early', ({ every, pause }) => {
    expect(rhythm(every)).toBe(pause);
  });
});

describe('formatDuration', () => {
  it.each([
    { ms: DAY, text: '1d' },
    { ms: DAY + 1_000, text: '1d' },
    { ms: 14 * DAY, text: '14d' },
    { ms: 14 * DAY - 2_000, text: '14d' },
    { ms: 30 * HOUR, text: '30h' },
    { ms: 5 * HOUR + 10_000, text: '5h' },
    { ms: 90 * MINUTE, text: '90m' },
    { ms: 61_000, text: '61s' },
    { ms: -5, text: '0s' },
  ])('tells $ms ms as $text', ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('spokenDuration', () => {
  it.each([
    [0, '0s'],
    [400, '0s'],
    [59_600, '1m'],
    [90_000, '1m 30s'],
    [342 * MINUTE, '5h 42m'],
    [2 * HOUR - 1_000, '2h'],
    [DAY, '1d'],
    [3 * DAY + 4 * HOUR + 59 * MINUTE, '3d 5h'],
    [21 * DAY, '21d'],
  ])('%d ms is %s', (ms, text) => {
    expect(spokenDuration(ms)).toBe(text);
  });
});
