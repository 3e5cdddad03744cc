import { describe, expect, it } from 'vitest';
import { personWait, waveAtHand, type WaveAtHand } from '../../../src/engine/drive/waits.ts';

const STOPPED = { phase: 'stopped', planHash: null, undecided: 0, unsigned: 0, staleInRow: 0 } as const;
const wave = (verdict: WaveAtHand['verdict']): WaveAtHand => ({ number: 2, phase: 'rolledBack', verdict, seen: null });

describe('what a stopped rollout waits for', () => {
  it.each([
    ['a wave that failed', STOPPED, wave('failed'), 'wave 2 was rolled back', /who was refused.*`tidegate resume`$/],
    [
      'a wave that a person took back',
      STOPPED,
      wave('passed'),
      'a wave was rolled back',
      /^`tidegate ledger show`.*plans/,
    ],
    ['a wave that could not be carried out', STOPPED, wave(null), 'a wave was rolled back', /^`tidegate ledger show`/],
    [
      'GitLab moving',
      { ...STOPPED, staleInRow: 2 },
      wave(null),
      /had moved .* 3 times in a row$/,
      /reads and plans again$/,
    ],
  ])('%s', (_, rollout, at, what, next) => {
    expect(personWait(rollout, at)).toEqual({
      kind: 'gate-failed',
      what: typeof what === 'string' ? what : expect.stringMatching(what),
      next: expect.stringMatching(next),
    });
  });
});

describe('the wave at hand', () => {
  const waves = [{ id: 1 }, { id: 2 }];
  it.each([
    ['the one it is at', { phase: 'rolling', waveId: 1 }, 1],
    ['none between two waves', { phase: 'deciding', waveId: null }, undefined],
    ['the last one where it has stopped', { phase: 'stopped', waveId: null }, 2],
  ] as const)('is %s', (_, rollout, id) => {
    expect(waveAtHand(rollout, waves)?.id).toBe(id);
  });
});
