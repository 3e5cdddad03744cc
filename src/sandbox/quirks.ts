import type { Quirks } from './http/versions.ts';
import { SandboxOptionsError } from './options-error.ts';
import type { WorldOptions } from './world/index.ts';
import { suggest } from './world/organisation/problems.ts';

/** Behaviours whose first release is not known for certain, as far as the world decides them. */
export type WorldQuirks = Pick<WorldOptions, 'denialWording' | 'objectStorage' | 'selfEntries' | 'offRefused'>;

/** What a list of quirks comes to; what is not there keeps the version's default. */
export interface ChosenQuirks {
  readonly http: Quirks;
  readonly world: WorldQuirks;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
interface Choice {
  readonly http: Mutable<Quirks>;
  readonly world: Mutable<WorldQuirks>;
}

interface Quirk {
  readonly values: string;
  /** Notes the choice; false for a value it does not know. */
  readonly choose: (value: string, choice: Choice) => boolean;
}

/** The names that `--quirk NAME=VALUE` takes. */
export const QUIRKS: Readonly<Record<string, Quirk>> = {
  'denial-wording': oneOf({
    path: ({ world }) => (world.denialWording = 'path'),
    id: ({ world }) => (world.denialWording = 'id'),
  }),
  'duplicate-texts': oneOf({
    older: ({ http }) => (http.olderDuplicateTexts = true),
    newer: ({ http }) => (http.olderDuplicateTexts = false),
  }),
  'remove-direction': oneOf({
    inbound: ({ http }) => (http.removeProjectDefaultsOutbound = false),
    outbound: ({ http }) => (http.removeProjectDefaultsOutbound = true),
  }),
  'self-entries': oneOf({
    allowed: ({ world }) => (world.selfEntries = true),
    refused: ({ world }) => (world.selfEntries = false),
  }),
  'switch-off-under-enforcement': oneOf({
    allowed: ({ world }) => (world.offRefused = false),
    refused: ({ world }) => (world.offRefused = true),
  }),
  'object-storage': oneOf({
    redirect: ({ world }) => (world.objectStorage = true),
    none: ({ world }) => (world.objectStorage = false),
  }),
  'trace-range': oneOf({
    ignored: ({ http }) => (http.traceRange = false),
    honoured: ({ http }) => (http.traceRange = true),
  }),
  'rate-limit-headers': oneOf({
    always: ({ http }) => (http.rateHeaders = 'always'),
    refusals: ({ http }) => (http.rateHeaders = 'refusals'),
    'retry-after': ({ http }) => (http.rateHeaders = 'retry-after'),
    none: ({ http }) => (http.rateHeaders = 'none'),
  }),
  'auth-log-limit': {
    values: 'a whole number or none',
    choose: (value, { http }) => {
      if (value === 'none') http.authLogRowLimit = null;
      else if (/^[1-9]\d{0,8}$/.test(value)) http.authLogRowLimit = Number(value);
      else return false;
      return true;
    },
  },
  'allowlist-page-size': {
    values: 'a whole number from 1 to 1000',
    choose: (value, { http }) => {
      if (!/^(?:[1-9]\d{0,2}|1000)$/.test(value)) return false;
      http.allowlistPageSize = Number(value);
      return true;
    },
  },
};

function oneOf(choices: Readonly<Record<string, (choice: Choice) => unknown>>): Quirk {
  return {
    values: Object.keys(choices).join(' or '),
    choose: (value, choice) => {
      if (!Object.hasOwn(choices, value)) return false;
      choices[value]?.(choice);
      return true;
    },
  };
}

/**
 * Reads `NAME=VALUE` texts; of two with one name the later counts.
 *
 * @throws {SandboxOptionsError} naming every text that is not a quirk
 */
export function parseQuirks(texts: readonly string[]): ChosenQuirks {
  const choice: Choice = { http: {}, world: {} };
  const problems = texts.flatMap((text) => {
    const [name = '', value = ''] = text.split(/=(.*)/s);
    const quirk = Object.hasOwn(QUIRKS, name) ? QUIRKS[name] : undefined;
    if (quirk === undefined) return [`unknown quirk "${name}"${suggest(name, Object.keys(QUIRKS))}`];
    return quirk.choose(value, choice) ? [] : [`${name} must be ${quirk.values}, not "${value}"`];
  });
  if (problems.length > 0) throw new SandboxOptionsError('quirk', problems);
  return choice;
}
