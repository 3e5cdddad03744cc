import { afterEach, describe, expect, it } from 'vitest';
import { PLANTED_PLAYBOOK, plantedOrganisation } from '../../bench/support/planted.ts';
import { StandInProcess, Workplace } from './support/process.ts';
import { Rollout, type TickAnswer } from './support/rollout.ts';

/** What `findings --json` says of one edge. */
interface Denial {
  readonly caller: string;
  readonly callee: string | null;
  readonly state: string;
  readonly disposition: string;
  readonly count: number;
  readonly owners: readonly string[];
  readonly suggestion: { readonly decision: string } | null;
}

let place: Workplace;
let standIn: StandInProcess;
afterEach(async () => {
  await standIn.stop();
  place.remove();
});

/** Ticks until nothing but a person goes on: the wave has its verdict, and its denials wait for decisions. */
async function soakThrough(rollout: Rollout): Promise<void> {
  for (let ticks = 0; ticks < 60; ticks += 1) {
    const { stdout } = await rollout.command('tick', '--json');
    const { until, what } = JSON.parse(stdout) as TickAnswer;
    if (until !== undefined) await standIn.advanceTo(until);
    else if (what.includes('sign-off')) await rollout.must('approve', '--yes', '--reason', 'planted');
    else return;
  }
  throw new Error('the wave got no verdict');
}

describe('in an organisation with planted denials', () => {
  // The same with 5,000 callers and 30 denials: `npm run bench -- denials`.
  it('finds every one of them and invents none', { timeout: 300_000 }, async () => {
    const { organisation, denials } = plantedOrganisation({ callers: 160, denials: 12, flaky: 0.02 });
    place = new Workplace();
    standIn = await StandInProcess.start(['--org', place.write('org.json', JSON.stringify(organisation))], place.path);
    const rollout = new Rollout(standIn, place);
    await rollout.init(PLANTED_PLAYBOOK('2d', 1_000));
    await soakThrough(rollout);
    const found = (await rollout.json<{ denials: readonly Denial[] }>('findings', '--all')).denials;
    expect(found.map(({ caller, callee }) => `${caller} -> ${callee ?? '?'}`).sort()).toEqual(denials);
    const plain = { disposition: 'denied', count: 1, owners: ['olga'], suggestion: { decision: 'ask' } };
    expect(found).toMatchObject(found.map(() => plain));
    const { waves } = await rollout.status();
    expect(waves).toMatchObject([
      { state: 'passed', judged: { seen: { undecidedDenials: denials.length, unclear: 0 } } },
    ]);
  });
});
