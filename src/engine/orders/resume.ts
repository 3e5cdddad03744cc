import { samePath, spoken } from '../../domain/values.ts';
import { rolloutCan, rolloutState, waveCan } from '../drive/decide.ts';
import type { RolloutStore } from '../ports.ts';
import { HINTS, currentWave, give, giveWave, refuse, type OrderContext } from './order.ts';

/** Stops the driver after what it is doing; nothing begins until `resume`. */
export async function pause(order: OrderContext, reason: string): Promise<void> {
  await give(order, { type: 'PAUSE' }, { kind: 'order', subject: 'pause', body: { reason } });
}

/** What `resume` would set going again, in words. */
export async function whatToResume({ store }: OrderContext): Promise<string> {
  const row = await store.rollout();
  const { phase, paused } = rolloutState(row.checkpoint);
  if (paused) return 'lift the pause';
  if (phase === 'stopped') return 'look at GitLab again, decide, plan and go on after the wave that was rolled back';
  if (phase === 'restoreBlocked' || phase === 'reopenBlocked') return 'try again to take back every wave';
  if (phase === 'holding') return 'look at GitLab again for the projects that are held back';
  const wave = await currentWave(store);
  if (wave && waveCan(wave.checkpoint, { type: 'RESUME', at: 0 })) return `go on with wave ${wave.number}`;
  throw refuse(
    `there is nothing to resume: the rollout is ${spoken(phase)}`,
    HINTS[phase] ?? 'Run `tidegate tick` or `tidegate status`.',
  );
}

/** Lifts a pause, or sets going again what `whatToResume` said. */
export async function resume(order: OrderContext, reason: string): Promise<void> {
  const { store, clock } = order;
  const row = await store.rollout();
  const wave = rolloutCan(row.checkpoint, { type: 'RESUME' }) ? null : await currentWave(store);
  const ledger = { kind: 'order', subject: 'resume', body: { reason, wave: wave?.number ?? null } };
  if (rolloutCan(row.checkpoint, { type: 'RESUME' })) return give(order, { type: 'RESUME' }, ledger);
  if (!wave) throw refuse('there is nothing to resume', 'Run `tidegate status`.');
  return giveWave(order, wave, { type: 'RESUME', at: clock.now() }, ledger, () => retryFailed(store, wave.id));
}

/** Lets a project be planned again that `rollback --project` had taken back. */
export async function resumeProject(
  { store, clock, person }: OrderContext,
  path: string,
  reason: string,
): Promise<void> {
  await store.transaction(async () => {
    const found = (await store.heldCallees()).filter((callee) => samePath(callee.path, path));
    if (found.length === 0)
      throw refuse(
        `${path} was not taken back by itself`,
        'Run `tidegate plan show` to see what is held back, and why.',
      );
    for (const { waveId, callee } of found) await store.saveWaveCallee(waveId, callee, { hold: null });
    const body = { reason, by: person };
    await store.appendLedger([{ kind: 'order', subject: `resume ${path}`, body }], clock.now());
  });
}

/** Callees that could not be changed are tried again: what stopped them may have been put right. */
async function retryFailed(store: RolloutStore, waveId: number): Promise<void> {
  for (const { callee, step } of await store.waveCallees(waveId)) {
    if (step === 'failed') await store.saveWaveCallee(waveId, callee, { step: 'pending', problem: null });
  }
}
