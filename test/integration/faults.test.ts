import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { carryOut, type Outcome } from './support/outcome.ts';
import { shipped } from './support/playbooks.ts';
import { Workplace } from './support/process.ts';
import type { Rollout } from './support/rollout.ts';

const SOAK = process.env['TIDEGATE_SOAK'] === '1';

const organisation = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/organisations/${name}.yaml`, import.meta.url));

interface Rule {
  readonly what: string;
  readonly when?: object;
  readonly [option: string]: unknown;
}

interface Disturbance {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Left out of the short run: the storm has it too. */
  readonly soak?: boolean;
}

const OFTEN = { rate: 0.06 };
const WRITES = { rate: 0.2, graphql: 'mutation' };

/** Whatever GitLab, or what stands before it, does to a single call: a rollout gets over it, perhaps in several runs. */
const TRANSPORT: readonly Disturbance[] = [
  {
    name: 'a storm of everything',
    rules: [
      { what: 'rate_limited', when: { rate: 0.02 }, retryAfter: 1 },
      { what: 'rate_limited', when: { rate: 0.02 } },
      { what: 'status', when: { rate: 0.02 }, status: 500 },
      { what: 'status', when: { rate: 0.02 }, status: 502 },
      { what: 'status', when: { rate: 0.02 }, status: 503 },
      { what: 'reset_before', when: { rate: 0.02 } },
      { what: 'reset_after', when: { rate: 0.02 } },
      { what: 'reset_after', when: WRITES },
      { what: 'truncated', when: { rate: 0.02 } },
      { what: 'html_200', when: { rate: 0.02 } },
      { what: 'slow', when: { every: 9 }, ms: 100 },
    ],
  },
  { name: '429 with Retry-After', rules: [{ what: 'rate_limited', when: OFTEN, retryAfter: 1 }], soak: true },
  { name: '429 without a word', rules: [{ what: 'rate_limited', when: OFTEN }], soak: true },
  { name: '500', rules: [{ what: 'status', when: OFTEN, status: 500 }], soak: true },
  { name: '502', rules: [{ what: 'status', when: OFTEN, status: 502 }], soak: true },
  { name: '503', rules: [{ what: 'status', when: OFTEN, status: 503 }], soak: true },
  { name: 'resets before the call', rules: [{ what: 'reset_before', when: OFTEN }], soak: true },
  {
    name: 'resets after writes took effect',
    rules: [{ what: 'reset_after', when: { ...WRITES, rate: 0.5 } }],
    soak: true,
  },
  {
    name: 'every write answered with 429',
    rules: [{ what: 'rate_limited', when: { ...WRITES, rate: 0.5 } }],
    soak: true,
  },
  { name: 'truncated JSON', rules: [{ what: 'truncated', when: OFTEN }], soak: true },
  { name: 'HTML with status 200', rules: [{ what: 'html_200', when: OFTEN }], soak: true },
];

const PLAYBOOK = shipped('fast');

async function disturbed(
  name: string,
  rules: readonly Rule[],
  more: Partial<Parameters<typeof carryOut>[0]>,
): Promise<Outcome> {
  const place = new Workplace();
  try {
    const faults = place.write('faults.json', JSON.stringify({ seed: 4, rules }));
    return await carryOut({ standIn: ['--org', organisation(name), '--faults', faults], playbook: PLAYBOOK, ...more });
  } finally {
    place.remove();
  }
}

describe('faults on the way to GitLab', () => {
  it.for(TRANSPORT)(
    '$name: stops with a clear message at worst, and is done when run again',
    { timeout: 600_000 },
    async ({ rules, soak }, { skip }) => {
      skip(soak === true && !SOAK, 'set TIDEGATE_SOAK=1 to run it');
      const outcome = await disturbed(SOAK ? 'two-roots' : 'open-source', rules, {
        habits: { again: [1], patience: 15 },
      });
      expect(outcome.problems, outcome.journey.story.join('\n')).toEqual([]);
      expect(outcome.journey.end).toBe('guarding');
    },
  );

  it('says that the token has expired, and goes on with a new one', { timeout: 600_000 }, async () => {
    const renew = async (rollout: Rollout): Promise<void> => {
      const { token } = await rollout.standIn.control<{ token: string }>('tokens', { user: 'root' });
      rollout.useToken(token);
    };
    const said: string[] = [];
    const outcome = await disturbed('open-source', [{ what: 'expired_token', when: { call: 40 } }], {
      habits: {
        tick: async (rollout) => {
          const result = await rollout.command('tick', '--json');
          if (result.code !== 2) return result;
          said.push(result.stderr);
          await renew(rollout);
          return rollout.command('tick', '--json');
        },
      },
    });
    expect(outcome.problems, outcome.journey.story.join('\n')).toEqual([]);
    expect(outcome.journey.end).toBe('guarding');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/token/i);
  });
});
