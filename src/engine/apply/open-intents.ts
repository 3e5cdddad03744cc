import { RolloutError } from '../../domain/errors.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import type { ProjectId } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { INSTANCE, readSwitch } from './instance-switch.ts';
import { settleLookedUp } from './looked-up.ts';
import { settle } from './writes.ts';

/**
 * After a crash: every intent without an outcome is looked up on GitLab, never repeated. What is there was written by
 * the process that died, because an intent is committed only after its change was seen to be missing.
 *
 * @returns how many were settled; those of a callee that cannot be seen now stay open
 */
export async function settleOpenIntents(engine: Engine): Promise<number> {
  const callees = new Map<ProjectId, WriteIntent[]>();
  let settled = 0;
  for (const intent of await engine.store.openIntents()) {
    const { callee, action } = intent;
    if (callee !== null) callees.set(callee, [...(callees.get(callee) ?? []), intent]);
    if (action.kind !== 'setInstance') continue;
    await settleLookedUp(engine, INSTANCE, intent, (await readSwitch(engine)) === action.enforced);
    settled += 1;
  }
  for (const [callee, intents] of callees) settled += await settleCallee(engine, callee, intents);
  return settled;
}

async function settleCallee(engine: Engine, callee: ProjectId, intents: readonly WriteIntent[]): Promise<number> {
  const known = await engine.store.project(callee);
  if (!known) return 0;
  const ref = { id: known.id, path: known.path };
  const live = await engine.forge.allowlist(ref).catch((error: unknown) => {
    if (error instanceof RolloutError && NOT_SHOWN.has(error.code)) return error;
    throw error;
  });
  if (live instanceof RolloutError) {
    // Out of sight is not gone: what we wrote may stand there, and is ours to take back once it can be seen again.
    const gone = live.code === 'FORGE_NOT_FOUND' && (await seesAll(engine.store));
    if (!gone) return 0;
  }
  await settle(engine, ref, intents, live instanceof RolloutError ? null : live);
  return intents.length;
}

const NOT_SHOWN: ReadonlySet<string> = new Set(['FORGE_NOT_FOUND', 'FORGE_REFUSED']);

/** GitLab answers 404 for what is hidden as for what is deleted; of an administrator's token nothing is hidden. */
export const seesAll = async (store: Engine['store']): Promise<boolean> =>
  (await store.rollout()).identity?.admin === true;
