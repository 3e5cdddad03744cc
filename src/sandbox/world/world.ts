import type { EpochMs } from './entities.ts';
import type { Past } from './past/past.ts';
import type { Places } from './places.ts';
import type { RunsOnDemand } from './runs-on-demand.ts';
import type { Settings } from './settings/settings.ts';
import type { TokenUse } from './token-use.ts';

export type * from './entities.ts';
export type * from './traffic/live-run.ts';
export type * from './traffic/run-rows.ts';
export type * from './state/writes.ts';

/**
 * The simulated organisation behind the stand-in. Time stands still except in {@link World.advance}; a change takes
 * effect for every run later than the present moment.
 */
export interface World extends Places, Settings, Past, RunsOnDemand, TokenUse {
  /** `MAJOR.MINOR.PATCH` as the instance reports it. */
  readonly version: string;
  /** Whether downloads of packages and artifacts are redirected to object storage. */
  readonly objectStorage: boolean;
  now(): EpochMs;
  /** Moves the clock on by a whole number of milliseconds ≥ 0 and lets the traffic of that time happen. */
  advance(byMs: number): void;
  /** Address that traces and web links show, without a trailing slash. */
  externalUrl(): string;
  setExternalUrl(url: string): void;
}
