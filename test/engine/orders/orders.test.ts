import { expect, it } from 'vitest';
import { RolloutError } from '../../../src/domain/errors.ts';
import { rolloutState, waveState } from '../../../src/engine/drive/decide.ts';
import { approve, whatToApprove } from '../../../src/engine/orders/approve.ts';
import { pause, resume } from '../../../src/engine/orders/resume.ts';
import { abort, rollback, waveToRollBack } from '../../../src/engine/orders/rollback.ts';
import { observed } from '../../crash/observed-store.ts';
import { TestRollout } from '../rollout.ts';

const ORDERS: Readonly<Record<string, (rollout: TestRollout) => Promise<void>>> = {
  pause: ({ orders }) => pause(orders, 'test'),
  resume: ({ orders }) => resume(orders, 'test'),
  abort: ({ orders }) => abort(orders, false, 'test'),
  'abort --reopen': ({ orders }) => abort(orders, true, 'test'),
  approve: async ({ orders }) => approve(orders, await whatToApprove(orders), 'test'),
  rollback: async ({ orders }) => rollback(orders, await waveToRollBack(orders, 1), 'test'),
};

/** Gives each order to a copy of the rollout as it stands, and lets a driver take it up. */
async function tryAll(rollout: TestRollout, where: string, before: readonly string[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [name, order] of Object.entries(ORDERS)) {
    const fork = await rollout.fork();
    for (const earlier of before) await ORDERS[earlier]?.(fork).catch(() => undefined);
    const rows = async () => (await fork.store.ledger()).length;
    const had = await rows();
    const refusal: unknown = await order(fork).then(
      () => null,
      (error: unknown) => error,
    );
    const said = refusal instanceof RolloutError && refusal.code === 'ORDER_REFUSED' && refusal.hint !== '';
    const done = refusal === null && (await rows()) > had;
    if (!said && !done) wrong.push(`${where}, ${name}: neither refused nor recorded (${String(refusal)})`);
    if (said && /\b[a-z]+[A-Z]/.test(refusal.message))
      wrong.push(`${where}, ${name}: a name of the code: ${refusal.message}`);
    // Whatever came of it, the driver gets somewhere: an order that sends it round in circles never returns.
    const result = await fork.tick().catch((error: unknown) => error);
    if (result instanceof Error) wrong.push(`${where}, ${name}: ${result.message}`);
    fork.close();
  }
  return wrong;
}

/*
 * Every place in which a rollout was seen, each order there, also after a pause and after an abort. Fails when an abort
 * keeps the wave (`leaveWave` in rollout.machine.ts): the driver then takes up a task that it may not carry out, for ever.
 */
it.each([
  ['with all approvals', { approvals: { plan: true, waves: 'each' } }],
  ['with too little traffic', { gates: { soak: '1h', sweepEvery: '1h', minJobs: 9_999 } }],
])('carries out every order in every state or refuses it with a hint, %s', { timeout: 120_000 }, async (_, change) => {
  const rollout = await TestRollout.create(change);
  const seen = new Set<string>();
  const wrong: string[] = [];
  const look = async (): Promise<void> => {
    const { phase, context } = rolloutState((await rollout.store.rollout()).checkpoint);
    const wave = (await rollout.store.waves()).find(({ id }) => id === context.waveId);
    const where = `${phase}/${wave ? waveState(wave.checkpoint).phase : 'no wave'}`;
    if (seen.has(where)) return;
    seen.add(where);
    for (const before of [[], ['pause'], ['abort']]) wrong.push(...(await tryAll(rollout, where, before)));
  };
  rollout.seen = { ...rollout.seen, store: (store) => observed(store, look) };
  for (let round = 0; round < 14; round += 1) {
    const { kind } = await rollout.run();
    if (kind === 'done') break;
    await look();
    await rollout.approve();
  }
  rollout.close();
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(6);
});

it('says of a rollout that is paused already that it is, and what goes on', async () => {
  const rollout = await TestRollout.create({});
  await pause(rollout.orders, 'incident');
  await expect(pause(rollout.orders, 'incident')).rejects.toMatchObject({
    message: 'the rollout is paused already',
    hint: expect.stringContaining('tidegate resume') as string,
  });
  rollout.close();
});
