import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../../../src/adapters/gitlab/http/clock.ts';
import { createSystemClock } from '../../../../src/adapters/notify/system.ts';

function clockAt(local: number): { clock: ServerClock; pass: (ms: number) => void } {
  let monotonic = 5_000;
  const clock = new ServerClock({ monotonic: () => monotonic, local: () => local });
  return { clock, pass: (ms) => (monotonic += ms) };
}

const date = (ms: number): string => new Date(ms).toUTCString();

describe('ServerClock', () => {
  it('tells the local time before any answer', () => {
    expect(clockAt(1_000).clock.now()).toBe(1_000);
  });

  it("follows the server's date and goes on from it", () => {
    const { clock, pass } = clockAt(1_000);
    clock.observe(date(90_000));
    pass(250);
    expect(clock.now()).toBe(90_250);
    expect(clock.local()).toBe(1_000);
  });

  it('does not step back because dates carry whole seconds', () => {
    const { clock, pass } = clockAt(0);
    clock.observe(date(90_000));
    pass(900);
    expect(clock.now()).toBe(90_900);
    clock.observe(date(90_000));
    expect(clock.now()).toBe(90_900);
    pass(950);
    expect(clock.now()).toBe(90_950);
  });

  it.each([
    ['a day ahead', 86_400_000],
    ['years ahead', 1e11],
    ['a day back', -86_400_000],
  ])('follows a jump of %s once a second answer tells the same', (_, jump) => {
    const { clock, pass } = clockAt(0);
    clock.observe(date(1e12));
    pass(1_000);
    clock.observe(date(1e12 + 1_000 + jump));
    expect(clock.now()).toBe(1e12 + 1_000);
    pass(3_000);
    clock.observe(date(1e12 + 4_000 + jump));
    expect(clock.now()).toBe(1e12 + 4_000 + jump);
  });

  it.each([1e11, 86_400_000, -86_400_000])('does not believe a single stray date, %d ms off', (off) => {
    const { clock, pass } = clockAt(0);
    clock.observe(date(1e12));
    for (let second = 1; second <= 20; second += 1) {
      pass(1_000);
      clock.observe(date(1e12 + second * 1_000 + (second % 2 === 0 ? off : 0)));
      expect(clock.now()).toBe(1e12 + second * 1_000);
    }
  });

  it('does not take two stray dates for one jump when they differ', () => {
    const { clock } = clockAt(0);
    for (const moment of [1e12, 2e12, 3e12]) clock.observe(date(moment));
    expect(clock.now()).toBe(1e12);
  });

  it('recovers from a stray date that was the first one', () => {
    const { clock } = clockAt(0);
    for (const moment of [2e12, 1e12, 1e12]) clock.observe(date(moment));
    expect(clock.now()).toBe(1e12);
  });

  it.each([60_000, -60_000])('follows a server that is set by %d ms at once', (ms) => {
    const { clock } = clockAt(0);
    clock.observe(date(1e12));
    expect(clock.now()).toBe(1e12);
    clock.observe(date(1e12 + ms));
    expect(clock.now()).toBe(1e12 + ms);
  });

  it('ignores what is no date', () => {
    const { clock } = clockAt(7);
    clock.observe('yesterday');
    clock.observe(null);
    expect(clock.now()).toBe(7);
  });
});

describe('createSystemClock', () => {
  it('tells the time of this machine in both places', () => {
    const clock = createSystemClock();
    const before = Date.now();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.local() - before).toBeLessThan(5_000);
  });
});
