import { RolloutError } from '../domain/errors.ts';
import type { IntentOutcome, WriteAction, WriteIntent } from '../domain/intent.ts';
import { sameTarget, samePermissions, type AllowlistState, type ProjectRef } from '../domain/project.ts';
import type { SeededProof } from '../domain/reconcile.ts';
import type { Engine } from './context.ts';
import { rolloutState } from './decide.ts';

/** How a batch of writes ended, and what GitLab showed afterwards. */
export interface WriteResult {
  readonly live: AllowlistState;
  /** GitLab's words for each write it refused. */
  readonly refusals: readonly string[];
}

/** One write that goes with its proof where it needs one: enforcing without having looked cannot be written down. */
export type ProvenAction =
  Exclude<WriteAction, { kind: 'enforce' | 'setInstance' }> | { readonly kind: 'enforce'; readonly proof: SeededProof };

/**
 * The one way to change a callee on GitLab: intents committed, written, read back, settled. The caller has just read
 * the live state and found these changes missing from it, so what is there afterwards is ours.
 */
export async function writeToCallee(
  engine: Engine,
  waveId: number,
  callee: ProjectRef,
  actions: readonly ProvenAction[],
): Promise<WriteResult> {
  const intents = await commitIntents(engine, waveId, callee, actions.map(withoutProof));
  const refused = new Map<number, string>();
  for (const [index, action] of actions.entries()) {
    await permitWrite(engine);
    try {
      await send(engine, callee, action);
    } catch (error) {
      const id = intents[index]?.id;
      if (
        !(error instanceof RolloutError) ||
        error.code === 'FORGE_UNAVAILABLE' ||
        error.code === 'FORGE_UNREADABLE' ||
        id === undefined
      ) {
        // It may or may not have taken effect. Reading back decides; if that fails too, the intent stays open for the next run.
        if (error instanceof RolloutError) break;
        throw error;
      }
      if (error.code === 'TOKEN_REFUSED') throw error;
      refused.set(id, error.message);
      // Further entries would not make up for the missing one, and enforcement will not follow.
      break;
    }
  }
  const live = await engine.forge.allowlist(callee);
  await settle(engine, callee, intents, live, refused);
  return { live, refusals: [...refused.values()] };
}

const withoutProof = (action: ProvenAction): WriteAction => (action.kind === 'enforce' ? { kind: 'enforce' } : action);

async function send({ forge }: Engine, callee: ProjectRef, action: ProvenAction): Promise<void> {
  switch (action.kind) {
    case 'addEntry':
      return forge.addEntry(callee, action.entry);
    case 'removeEntry':
      return forge.removeEntry(callee, action.entry);
    case 'enforce':
      return forge.enforce(callee, action.proof);
    case 'reopen':
      return forge.reopen(callee);
  }
}

async function commitIntents(
  engine: Engine,
  waveId: number,
  callee: ProjectRef | null,
  actions: readonly WriteAction[],
): Promise<readonly WriteIntent[]> {
  const now = engine.clock.now();
  return engine.store.transaction(
    async () => {
      const intents = await engine.store.putIntents(
        actions.map((action) => ({ waveId, callee: callee?.id ?? null, action, createdAt: now })),
      );
      await engine.store.appendLedger(
        intents.map(({ id, action }) => ({
          kind: 'intent',
          subject: callee?.path ?? 'the instance',
          body: { id, waveId, action },
        })),
        now,
      );
      return intents;
    },
    await engine.lease.hold(),
  );
}

/** Is what an action wanted there now? Permissions count: an entry with other ones is not the entry that was meant. */
function holds(action: WriteAction, live: AllowlistState): boolean {
  switch (action.kind) {
    case 'addEntry':
      return live.entries.some((entry) => sameTarget(entry, action.entry) && samePermissions(entry, action.entry));
    case 'removeEntry':
      return !live.entries.some((entry) => sameTarget(entry, action.entry));
    case 'enforce':
      return live.stored ?? live.effective;
    case 'reopen':
      return !(live.stored ?? live.effective);
    case 'setInstance':
      return live.effective === action.enforced;
  }
}

async function settle(
  engine: Engine,
  callee: ProjectRef,
  intents: readonly WriteIntent[],
  live: AllowlistState,
  refused: ReadonlyMap<number, string>,
): Promise<void> {
  const { store, clock } = engine;
  const now = clock.now();
  await store.transaction(
    async () => {
      for (const { id, action } of intents) {
        const words = refused.get(id) ?? null;
        const outcome: IntentOutcome = holds(action, live) ? 'done' : words === null ? 'absent' : 'refused';
        await store.settleIntents([id], outcome, words, now);
        await store.appendLedger(
          [{ kind: 'outcome', subject: callee.path, body: { id, outcome, detail: words } }],
          now,
        );
      }
      await store.updateAllowlist(callee.id, live, now);
    },
    await engine.lease.hold(),
  );
}

/** Sets or clears the switch of the whole instance, by the same protocol. */
export async function writeInstanceSwitch(
  engine: Engine,
  waveId: number,
  enforced: boolean,
): Promise<{ readonly done: boolean; readonly refusal: string | null }> {
  const [intent] = await commitIntents(engine, waveId, null, [{ kind: 'setInstance', enforced }]);
  await permitWrite(engine);
  let refusal: string | null = null;
  try {
    await engine.forge.setInstanceEnforced(enforced);
  } catch (error) {
    if (!(error instanceof RolloutError) || error.code === 'TOKEN_REFUSED') throw error;
    if (error.code !== 'FORGE_UNAVAILABLE' && error.code !== 'FORGE_UNREADABLE') refusal = error.message;
  }
  const done = (await readSwitch(engine)) === enforced;
  if (intent) await settleSwitch(engine, intent, done, refusal);
  return { done, refusal };
}

async function readSwitch(engine: Engine): Promise<boolean> {
  const value = await engine.forge.instanceEnforced();
  if (value !== null) return value;
  throw new RolloutError(
    'FORGE_UNREADABLE',
    'the instance switch cannot be read back',
    'Use an administrator’s token.',
  );
}

async function settleSwitch(engine: Engine, intent: WriteIntent, done: boolean, refusal: string | null): Promise<void> {
  const now = engine.clock.now();
  const outcome: IntentOutcome = done ? 'done' : refusal === null ? 'absent' : 'refused';
  await engine.store.transaction(
    async () => {
      await engine.store.settleIntents([intent.id], outcome, refusal, now);
      await engine.store.appendLedger(
        [{ kind: 'outcome', subject: 'the instance', body: { id: intent.id, outcome, detail: refusal } }],
        now,
      );
    },
    await engine.lease.hold(),
  );
}

/**
 * After a crash: every intent without an outcome is looked up on GitLab, never repeated. What is there was written by
 * the process that died, because an intent is committed only after its change was seen to be missing.
 */
export async function settleOpenIntents(engine: Engine): Promise<number> {
  const open = await engine.store.openIntents();
  const callees = new Map<number, WriteIntent[]>();
  for (const intent of open) {
    if (intent.callee === null) {
      const { action } = intent;
      if (action.kind === 'setInstance')
        await settleSwitch(engine, intent, (await readSwitch(engine)) === action.enforced, null);
      continue;
    }
    callees.set(intent.callee, [...(callees.get(intent.callee) ?? []), intent]);
  }
  for (const intents of callees.values()) {
    const id = intents[0]?.callee ?? null;
    const known = id === null ? null : await engine.store.project(id);
    if (!known) continue;
    const ref = { id: known.id, path: known.path };
    const live = await engine.forge.allowlist(ref).catch((error: unknown) => {
      // A callee that is gone keeps nothing of ours.
      if (error instanceof RolloutError && error.code === 'FORGE_NOT_FOUND')
        return { stored: null, effective: false, entries: [] };
      throw error;
    });
    await settle(engine, ref, intents, live, new Map());
  }
  return open.length;
}

const WRITING: ReadonlySet<string> = new Set(['rolling', 'restoring', 'reopening']);

/**
 * Asked before every single write: is the lease still ours, and has nobody said stop meanwhile? An operator's pause or
 * abort in another terminal takes effect here, within one call.
 */
export async function permitWrite(engine: Engine): Promise<void> {
  engine.signal.throwIfAborted();
  await engine.lease.hold();
  const { checkpoint } = await engine.store.rollout();
  const { phase, paused } = rolloutState(checkpoint);
  if (paused || !WRITING.has(phase)) {
    throw new RolloutError(
      'INTERRUPTED',
      `no further write: the rollout is ${paused ? 'paused' : phase}`,
      'Go on with `tidegate resume`.',
    );
  }
}
