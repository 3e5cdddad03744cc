import { RolloutError } from '../../domain/errors.ts';
import { fenced, type Engine } from '../context.ts';
import type { LookedUpResult } from './looked-up.ts';
import { writeLookedUp } from './looked-up.ts';

/** How the ledger calls what is not a project. */
export const INSTANCE = 'the instance';

/** Sets or clears the switch of the whole instance. */
export async function writeInstanceSwitch(engine: Engine, waveId: number, enforced: boolean): Promise<LookedUpResult> {
  const result = await writeLookedUp(engine, {
    place: { waveId, callee: null, subject: INSTANCE },
    action: { kind: 'setInstance', enforced },
    purpose: enforced ? 'apply' : 'rollback',
    send: (permit) => engine.forge.setInstanceEnforced(enforced, permit),
    isThere: async () => (await readSwitch(engine)) === enforced,
  });
  if (result.done) await noteSwitch(engine, enforced);
  return result;
}

/** What is kept of the server says so too: whoever gives an order before the next tick goes by that. */
async function noteSwitch(engine: Engine, enforced: boolean): Promise<void> {
  await fenced(engine, async () => {
    const { capabilities, identity } = await engine.store.rollout();
    if (capabilities && identity)
      await engine.store.saveServer(capabilities, { ...identity, instanceEnforced: enforced });
  });
}

/** @throws RolloutError `FORGE_UNREADABLE` for a token that may not read it: unknown is not off */
export async function readSwitch({ forge }: Pick<Engine, 'forge'>): Promise<boolean> {
  const value = await forge.instanceEnforced();
  if (value !== null) return value;
  throw new RolloutError(
    'FORGE_UNREADABLE',
    'the instance switch cannot be read back',
    'Use an administrator’s token.',
  );
}
