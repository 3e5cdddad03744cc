import { random } from '../crash/process-support.ts';

/** A rule of a fault file. */
export interface Rule {
  readonly what: string;
  readonly when?: object;
  readonly [option: string]: unknown;
}

/** Whatever GitLab, or what stands before it, does to a single call (DESIGN section 7). */
export const TRANSPORT: readonly Rule[] = [
  { what: 'rate_limited', retryAfter: 1 },
  { what: 'rate_limited' },
  { what: 'status', status: 500 },
  { what: 'status', status: 502 },
  { what: 'status', status: 503 },
  { what: 'reset_before' },
  { what: 'reset_after' },
  { what: 'slow', ms: 30 },
  { what: 'truncated' },
  { what: 'html_200' },
  { what: 'expired_token' },
];

const TOOLS = 'acme/libs/tools';
/** What people do meanwhile. */
export const PEOPLE: readonly Rule[] = [
  { what: 'person_adds_entry', project: TOOLS, entry: 'acme/apps/shop' },
  { what: 'person_removes_entry', project: TOOLS, entry: 'acme/apps/web' },
  { what: 'project_moved', project: TOOLS, to: 'acme/apps/tools' },
  { what: 'project_deleted', project: TOOLS },
];

export interface Storm {
  readonly seed: number;
  readonly version: string;
  readonly rules: readonly Rule[];
  /** The unknown caller comes by in the last wave, which is then to be taken back. */
  readonly surprise: boolean;
  /** Calls after which each life of the driver ends; beyond them it lives on. */
  readonly lives: readonly { readonly calls: number; readonly after: boolean }[];
}

const VERSIONS = ['17.6.0', '18.0.0', '18.5.0', '19.4.1'];

/** A storm by its seed: some faults at some rates, a few crashes, perhaps a person. */
export function stormOf(seed: number): Storm {
  const draw = random(seed);
  const upTo = (most: number): number => Math.floor(draw() * most);
  const rules = TRANSPORT.filter(() => draw() < 0.4).map((rule): Rule => {
    const rate = rule.what === 'expired_token' ? 0.004 : 0.01 + draw() * 0.06;
    const writes = draw() < 0.3 ? { graphql: 'mutation', rate: rate * 5 } : { rate };
    return { ...rule, when: writes };
  });
  const person = draw() < 0.3 ? [{ ...PEOPLE[upTo(PEOPLE.length)]!, when: { call: 5 + upTo(60) } }] : [];
  const lives = Array.from({ length: upTo(6) }, () => ({ calls: 5 + upTo(260), after: draw() < 0.5 }));
  return {
    ...{ seed, version: VERSIONS[upTo(VERSIONS.length)]!, rules: [...rules, ...person], lives },
    surprise: draw() < 0.5,
  };
}
