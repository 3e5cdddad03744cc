import { epochMs, type EpochMs } from '../../src/domain/values.ts';
import type { Clock } from '../../src/engine/ports.ts';

/** GitLab's and this machine's time in one: stands until it is moved. */
export class FakeClock implements Clock {
  time: EpochMs;

  constructor(start = '2026-03-02T08:00:00Z') {
    this.time = epochMs(Date.parse(start));
  }

  now(): EpochMs {
    return this.time;
  }

  local(): EpochMs {
    return this.time;
  }

  pass(ms: number): void {
    this.time = epochMs(this.time + ms);
  }

  passUntil(moment: EpochMs): void {
    this.time = epochMs(Math.max(this.time, moment));
  }
}
