import { RolloutError } from '../../domain/errors.ts';
import type { RolloutEvent } from '../../domain/rollout/rollout.machine.ts';
import { spoken } from '../../domain/values.ts';
import type { WaveEvent } from '../../domain/rollout/wave.machine.ts';
import { advance } from '../drive/advance.ts';
import { rolloutCan, rolloutState, waveCan } from '../drive/decide.ts';
import type { Clock, LedgerEntry, RolloutStore, WaveRow } from '../ports.ts';

/** What an operator's order is carried out with. No lease: an order is one transaction, and a driver sees it at once. */
export interface OrderContext {
  readonly store: RolloutStore;
  readonly clock: Clock;
  /** Name of the person, for the record. */
  readonly person: string;
}

/** An order that makes no sense now. */
export const refuse = (message: string, hint: string): RolloutError => new RolloutError('ORDER_REFUSED', message, hint);

/** The wave that the rollout is at; null between waves. */
export async function currentWave(store: RolloutStore): Promise<WaveRow | null> {
  const { context } = rolloutState((await store.rollout()).checkpoint);
  return (await store.waves()).find(({ id }) => id === context.waveId) ?? null;
}

/** What to do instead, by the state that an order does not fit. */
export const HINTS: Readonly<Record<string, string>> = {
  awaitingDecisions:
    'Edges wait for a decision: `tidegate edges list --state undecided`, then `tidegate edges approve` or `reject`.',
  stopped: 'A wave was rolled back. Decide its edges, then `tidegate resume`.',
  holding: 'Projects are held back: `tidegate plan show` names the reasons.',
  aborted: 'The rollout has ended; `tidegate abort --reopen` takes back the waves that stand.',
  reopening: 'Every wave is being taken back; `tidegate tick` goes on with it.',
  restoringAll: 'Every wave is being taken back; `tidegate tick` goes on with it.',
  restoring: 'A wave is being taken back; `tidegate tick` goes on with it.',
};

/** Hands an order to the rollout, with its rows and its ledger entry; refused where the chart would ignore it. */
export async function give(
  { store, clock, person }: OrderContext,
  event: RolloutEvent,
  entry: LedgerEntry,
  rows?: () => Promise<void>,
): Promise<void> {
  await store.transaction(async () => {
    const row = await store.rollout();
    if (!rolloutCan(row.checkpoint, event)) {
      const { phase, paused } = rolloutState(row.checkpoint);
      if (paused && event.type === 'PAUSE') {
        throw refuse('the rollout is paused already', 'Nothing is written until `tidegate resume`.');
      }
      throw refuse(
        `this cannot be ordered now: the rollout is ${spoken(phase)}`,
        HINTS[phase] ?? 'Run `tidegate status` to see what is next.',
      );
    }
    await rows?.();
    const ledger = [{ ...entry, body: { ...entry.body, by: person } }];
    await advance(store, clock.now(), { rollout: event, ledger });
  });
}

/** The same for the wave under way. */
export async function giveWave(
  { store, clock, person }: OrderContext,
  shown: WaveRow,
  event: WaveEvent,
  entry: LedgerEntry,
  rows?: () => Promise<void>,
): Promise<void> {
  await store.transaction(async () => {
    const { context } = rolloutState((await store.rollout()).checkpoint);
    const wave = (await store.waves()).find(({ id }) => id === shown.id);
    if (!wave || context.waveId !== wave.id || !waveCan(wave.checkpoint, event))
      throw refuse(`wave ${shown.number} has moved on`, 'Run `tidegate status`.');
    const ledger = [{ ...entry, body: { ...entry.body, by: person } }];
    await advance(store, clock.now(), { wave: { id: wave.id, event }, ledger, ...(rows ? { rows } : {}) });
  });
}
