import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../../src/adapters/gitlab/clock.ts';
import { createSystemClock } from '../../../src/adapters/notify/system.ts';

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

  it('follows a jump of the server in either direction', () => {
    const { clock } = clockAt(0);
    clock.observe(date(90_000));
    expect(clock.now()).toBe(90_000);
    clock.observe(date(900_000));
    expect(clock.now()).toBe(900_000);
    clock.observe(date(60_000));
    expect(clock.now()).toBe(60_000);
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
