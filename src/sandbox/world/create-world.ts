import { buildDirectory, buildJobs } from './build.ts';
import { Changes } from './settings/changes.ts';
import { Clock } from './clock.ts';
import { durationMs } from './organisation/durations.ts';
import { usualWording } from './access/instance.ts';
import type { Instance } from './access/instance.ts';
import type { Organisation } from './organisation/schema.ts';
import { pastOf } from './past/past.ts';
import { placesOf } from './places.ts';
import type { DenialWording } from './access/refusals.ts';
import { RunIds } from './traffic/run-ids.ts';
import { Runs } from './past/runs.ts';
import { runsOnDemand } from './runs-on-demand.ts';
import { settingsOf } from './settings/settings.ts';
import { tokenUseOf } from './token-use.ts';
import { Traffic } from './traffic/traffic.ts';
import { isAtLeast, parseVersion } from './access/version.ts';
import type { World } from './world.ts';

/** What is settled when a world is made rather than by its description. */
export interface WorldOptions {
  /** Wins over the description's version. */
  readonly version?: string;
  /** How refusals name the callee where versions are not known for certain; default by version. */
  readonly denialWording?: DenialWording;
  /** Whether downloads are redirected to object storage (and so leave no row in the log). Default true. */
  readonly objectStorage?: boolean;
  /** Whether a project may stand on its own allowlist; default from 18.0, the release is not known for certain. */
  readonly selfEntries?: boolean;
  /** Whether enforcement bars switching off; default from 18.0, the release is not known for certain. */
  readonly offRefused?: boolean;
  /** Whether jobs with a script are begun and ended by whoever runs their scripts, from the start on. Default false. */
  readonly scripts?: boolean;
  /** Default `https://gitlab.example.com`. */
  readonly externalUrl?: string;
}

/** Sets up the world of a checked description; its history has happened and the clock stands at its start. */
export function createWorld(organisation: Organisation, options: WorldOptions = {}): World {
  const version = options.version ?? organisation.version;
  const instance = instanceOf(version, organisation, options);
  const start = Date.parse(organisation.start);
  const beginning = start - durationMs(organisation.history);
  const clock = new Clock(start);
  const directory = buildDirectory(organisation, beginning);
  const { jobs, plans } = buildJobs(organisation, directory, { start, scripts: options.scripts ?? false });
  const traffic = new Traffic(instance, { plans, jobs }, { beginning, start });
  const jobIds = new RunIds(beginning, jobs.length);
  const pipelineIds = new RunIds(beginning, plans.length);
  const runs = new Runs(traffic, jobIds, pipelineIds, beginning);
  const changes = new Changes(directory, instance, traffic);
  let url = options.externalUrl ?? 'https://gitlab.example.com';
  return {
    version,
    objectStorage: instance.objectStorage,
    now: () => clock.now(),
    advance: (byMs) => {
      // Changes made up to now act on all that happens from here on.
      if (byMs > 0) traffic.settle(clock.now());
      clock.advance(byMs);
    },
    externalUrl: () => url,
    setExternalUrl: (text) => {
      url = text.replace(/\/+$/, '');
    },
    ...placesOf(directory),
    ...settingsOf(directory, instance, changes, clock),
    ...pastOf({ directory, traffic, runs, beginning, clock, externalUrl: () => url }),
    ...runsOnDemand({ directory, traffic, jobIds, pipelineIds, runs, clock }),
    ...tokenUseOf(directory, instance, traffic, clock),
  };
}

function instanceOf(text: string, organisation: Organisation, options: WorldOptions): Instance {
  const version = parseVersion(text);
  const since18 = isAtLeast(version, 18, 0);
  return {
    version,
    wording: options.denialWording ?? usualWording(version),
    objectStorage: options.objectStorage ?? true,
    selfEntries: options.selfEntries ?? since18,
    offRefused: options.offRefused ?? since18,
    enforced: organisation.enforced ?? since18,
  };
}
