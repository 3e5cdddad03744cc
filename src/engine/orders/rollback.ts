import type { RolloutEvent } from '../../domain/rollout/rollout.machine.ts';
import { spoken } from '../../domain/values.ts';
import { advance } from '../drive/advance.ts';
import { rolloutCan, rolloutState, waveCan, waveState } from '../drive/decide.ts';
import type { RolloutStore, WaveRow } from '../ports.ts';
import { HINTS, currentWave, give, refuse, type OrderContext } from './order.ts';

/** Ends the rollout where it stands; `reopen`: takes back every wave first. */
export async function abort(order: OrderContext, reopen: boolean, reason: string): Promise<void> {
  await give(order, { type: 'ABORT', reopen }, { kind: 'order', subject: 'abort', body: { reason, reopen } });
}

/** The wave that `rollback NUMBER` means: the latest attempt that still stands. */
export async function waveToRollBack({ store }: OrderContext, number: number): Promise<WaveRow> {
  const waves = (await store.waves()).filter((wave) => wave.number === number);
  const standing = waves.filter(({ checkpoint }) => waveCan(checkpoint, { type: 'ROLLBACK' })).at(-1);
  if (!standing) {
    const last = waves.at(-1);
    const phase = last ? waveState(last.checkpoint).phase : null;
    if (phase === 'rollingBack')
      throw refuse(`wave ${number} is being rolled back already`, '`tidegate tick` goes on with it.');
    const known =
      phase === null ? `there is no wave ${number}` : `wave ${number} does not stand: it is ${spoken(phase)}`;
    throw refuse(known, 'Run `tidegate status` to see the waves.');
  }
  const current = await currentWave(store);
  if (current && current.id !== standing.id) {
    throw refuse(
      `wave ${current.number} is under way`,
      `Roll back wave ${current.number} first, or let it end; or pause and abort --reopen to take back everything.`,
    );
  }
  await refuseHopeless(store, standing);
  return standing;
}

/**
 * Where the instance enforces, no project can be opened again, and taking entries from one that stays enforced would
 * shut out the approved: such a rollback is refused before it begins. What the last driver learned of the switch counts;
 * a switch that nobody could read is found out by the rollback itself, callee by callee.
 */
async function refuseHopeless(store: RolloutStore, wave: WaveRow): Promise<void> {
  if (wave.kind === 'organisation') return;
  const { identity } = await store.rollout();
  if (identity?.instanceEnforced !== true) return;
  const touched = (await store.waveCallees(wave.id)).filter(({ before }) => before !== null);
  if (touched.length === 0 || touched.some(({ before }) => before?.effective === true)) return;
  const ours = (await store.waves()).find(
    ({ kind, checkpoint }) => kind === 'organisation' && waveCan(checkpoint, { type: 'ROLLBACK' }),
  );
  const first = ours
    ? `Take back the switch first: \`tidegate rollback ${ours.number}\`, then \`tidegate tick\`, then this again.`
    : 'Only an administrator of GitLab can turn its enforcement off.';
  throw refuse(
    `wave ${wave.number} cannot be taken back: the instance enforces, so ${touched.length === 1 ? 'its project cannot' : `none of its ${touched.length} projects can`} be opened again`,
    `${first} Possible now: let in whoever lost access, with \`tidegate edges approve CALLER CALLEE --reason TEXT\`.`,
  );
}

/** Waves that stand, the latest first: what `rollback --all` takes back. */
export async function wavesThatStand({ store }: OrderContext): Promise<readonly WaveRow[]> {
  const standing = (await store.waves()).filter(({ checkpoint }) => waveCan(checkpoint, { type: 'ROLLBACK' }));
  if (standing.length > 0) return standing.toReversed();
  throw refuse('no wave stands, there is nothing to take back', 'Run `tidegate status` to see the waves.');
}

/** Orders the rollback of every wave; the next tick carries it out, and the rollout then waits for a `resume`. */
export async function rollbackAll(order: OrderContext, reason: string): Promise<void> {
  await give(order, { type: 'ROLLBACK_ALL' }, { kind: 'order', subject: 'rollback of every wave', body: { reason } });
}

/** Orders the rollback of one wave; the next tick carries it out. */
export async function rollback(order: OrderContext, shown: WaveRow, reason: string): Promise<void> {
  const { store, clock, person } = order;
  await store.transaction(async () => {
    const row = await store.rollout();
    const { context, phase } = rolloutState(row.checkpoint);
    const event: RolloutEvent = { type: 'ROLLBACK', waveId: shown.id };
    if (context.waveId !== shown.id) {
      if (!rolloutCan(row.checkpoint, event))
        throw refuse(
          `a rollback cannot start while the rollout is ${spoken(phase)}`,
          HINTS[phase] ?? 'Try again after the next tick.',
        );
      await advance(store, clock.now(), { rollout: event });
    }
    const wave = (await store.waves()).find(({ id }) => id === shown.id);
    if (!wave || !waveCan(wave.checkpoint, { type: 'ROLLBACK' }))
      throw refuse(`wave ${shown.number} has moved on`, 'Run `tidegate status`.');
    const ledger = [{ kind: 'order', subject: `rollback wave ${shown.number}`, body: { reason, by: person } }];
    await advance(store, clock.now(), { wave: { id: shown.id, event: { type: 'ROLLBACK' } }, ledger });
  });
}
