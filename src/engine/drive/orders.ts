import { DEFAULT_PERMISSIONS, signedWidening, type NewDecision } from '../../domain/decisions/decision.ts';
import { groupEntryKey } from '../../domain/plan/entries.ts';
import { RolloutError } from '../../domain/errors.ts';
import type { Plan, PlannedCallee, PlannedEntry } from '../../domain/plan/plan.ts';
import type { RolloutEvent } from '../../domain/rollout/rollout.machine.ts';
import { samePath, spoken } from '../../domain/values.ts';
import type { WaveEvent } from '../../domain/rollout/wave.machine.ts';
import { advance } from './advance.ts';
import { rolloutCan, rolloutState, waveCan, waveState } from './decide.ts';
import { byGroupEntry } from '../planning/knowledge.ts';
import { unsignedEntries } from '../planning/planning.ts';
import type { Clock, LedgerEntry, RolloutStore, WaveRow } from '../ports.ts';

/** What an operator's order is carried out with. No lease: an order is one transaction, and a driver sees it at once. */
export interface OrderContext {
  readonly store: RolloutStore;
  readonly clock: Clock;
  /** Name of the person, for the record. */
  readonly person: string;
}

/** What the rollout waits for a person to confirm, as a value to show before asking. */
export type Confirmation =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | {
      readonly kind: 'widening';
      readonly plan: Plan;
      readonly entries: readonly {
        readonly callee: PlannedCallee;
        readonly entry: PlannedEntry;
        /** What an earlier sign-off covers, which the entry has outgrown; null where there is none. */
        readonly signedFor: number | null;
      }[];
    }
  | { readonly kind: 'wave'; readonly wave: WaveRow; readonly accept: boolean };

const refuse = (message: string, hint: string): RolloutError => new RolloutError('ORDER_REFUSED', message, hint);

async function currentWave(store: RolloutStore): Promise<WaveRow | null> {
  const { context } = rolloutState((await store.rollout()).checkpoint);
  return (await store.waves()).find(({ id }) => id === context.waveId) ?? null;
}

/** What `approve` would confirm now; refused with the reason when nothing waits for it. */
export async function whatToApprove({ store }: OrderContext): Promise<Confirmation> {
  const row = await store.rollout();
  const { phase, context } = rolloutState(row.checkpoint);
  if (phase === 'awaitingPlan' || phase === 'awaitingWidening') {
    const plan = context.planHash === null ? null : await store.plan(context.planHash);
    if (!plan) throw refuse('the plan is not in the database', 'Run `tidegate plan`.');
    if (phase === 'awaitingPlan') return { kind: 'plan', plan };
    const groupDecisions = byGroupEntry(await store.groupEntryDecisions());
    const entries = unsignedEntries(plan, groupDecisions).map(({ callee, entry }) => ({
      ...{ callee, entry },
      signedFor: signedWidening(groupDecisions.get(groupEntryKey(callee.id, entry.id))),
    }));
    return { kind: 'widening', plan, entries };
  }
  const wave = await currentWave(store);
  if (wave && waveCan(wave.checkpoint, { type: 'WAVE_APPROVED' })) {
    return { kind: 'wave', wave, accept: waveState(wave.checkpoint).phase === 'inconclusive' };
  }
  throw refuse(
    `nothing waits for approval: the rollout is at "${spoken(phase)}"`,
    HINTS[phase] ?? 'Run `tidegate status` to see what is next.',
  );
}

const HINTS: Readonly<Record<string, string>> = {
  awaitingDecisions:
    'Edges wait for a decision: `tidegate edges list --state undecided`, then `tidegate edges approve` or `reject`.',
  stopped: 'A wave was rolled back. Decide its edges, then `tidegate resume`.',
  holding: 'Projects are held back: `tidegate plan show` names the reasons.',
  aborted: 'The rollout has ended; `tidegate abort --reopen` takes back the waves that stand.',
  reopening: 'Every wave is being taken back; `tidegate tick` goes on with it.',
  restoringAll: 'Every wave is being taken back; `tidegate tick` goes on with it.',
  restoring: 'A wave is being taken back; `tidegate tick` goes on with it.',
};

/** Records the approval of what was shown; refused when the rollout has moved to something else meanwhile. */
export async function approve(order: OrderContext, shown: Confirmation, reason: string): Promise<void> {
  const { store, clock, person } = order;
  const now = clock.now();
  switch (shown.kind) {
    case 'plan': {
      const { hash } = shown.plan;
      await give(
        order,
        { type: 'PLAN_APPROVED' },
        { kind: 'approval', subject: `plan ${hash}`, body: { reason } },
        async () => {
          const { context } = rolloutState((await store.rollout()).checkpoint);
          if (context.planHash !== hash)
            throw refuse(
              `plan ${hash} is no longer the current one`,
              'Run `tidegate approve` again to see the new one.',
            );
          await store.approvePlan(hash, person);
        },
      );
      return;
    }
    case 'widening': {
      const decisions = shown.entries.map(({ callee, entry }): NewDecision => ({
        subject: {
          ...{ kind: 'group-entry', callee: callee.id, groupId: entry.id, groupPath: entry.path },
          widening: entry.widening,
        },
        verdict: 'approved',
        replacedBy: null,
        by: { kind: 'person', name: person },
        owner: null,
        reason,
        permissions: entry.defaultPermissions
          ? DEFAULT_PERMISSIONS
          : { defaultPermissions: false, policies: entry.policies },
        evidence: `lets in ${entry.callers.length} observed callers and ${entry.widening} other projects today`,
        decidedAt: now,
        expiresAt: null,
      }));
      const ledger = { kind: 'approval', subject: `widening of plan ${shown.plan.hash}`, body: { reason, decisions } };
      await give(order, { type: 'WIDENING_SIGNED' }, ledger, async () => {
        await store.putDecisions(decisions);
      });
      return;
    }
    case 'wave':
      await giveWave(
        order,
        shown.wave,
        { type: 'WAVE_APPROVED' },
        { kind: 'approval', subject: `wave ${shown.wave.number}`, body: { reason, accepted: shown.accept } },
      );
  }
}

async function give(
  { store, clock, person }: OrderContext,
  event: RolloutEvent,
  entry: LedgerEntry,
  rows?: () => Promise<void>,
): Promise<void> {
  await store.transaction(async () => {
    const row = await store.rollout();
    if (!rolloutCan(row.checkpoint, event)) {
      const { phase } = rolloutState(row.checkpoint);
      throw refuse(
        `this cannot be ordered now: the rollout is ${phase}`,
        HINTS[phase] ?? 'Run `tidegate status` to see what is next.',
      );
    }
    await rows?.();
    const ledger = [{ ...entry, body: { ...entry.body, by: person } }];
    await advance(store, clock.now(), { rollout: event, ledger });
  });
}

async function giveWave(
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
    `there is nothing to resume: the rollout is ${phase}`,
    HINTS[phase] ?? 'Run `tidegate tick` or `tidegate status`.',
  );
}

export async function resume(order: OrderContext, reason: string): Promise<void> {
  const { store, clock } = order;
  const ledger = { kind: 'order', subject: 'resume', body: { reason } };
  const row = await store.rollout();
  if (rolloutCan(row.checkpoint, { type: 'RESUME' })) return give(order, { type: 'RESUME' }, ledger);
  const wave = await currentWave(store);
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

export async function abort(order: OrderContext, reopen: boolean, reason: string): Promise<void> {
  await give(order, { type: 'ABORT', reopen }, { kind: 'order', subject: 'abort', body: { reason, reopen } });
}

/** The wave that `rollback NUMBER` means: the latest attempt that still stands. */
export async function waveToRollBack({ store }: OrderContext, number: number): Promise<WaveRow> {
  const waves = (await store.waves()).filter((wave) => wave.number === number);
  const standing = waves.filter(({ checkpoint }) => waveCan(checkpoint, { type: 'ROLLBACK' })).at(-1);
  if (!standing) {
    const last = waves.at(-1);
    const known = last
      ? `wave ${number} does not stand: it is ${spoken(waveState(last.checkpoint).phase)}`
      : `there is no wave ${number}`;
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
    `wave ${wave.number} cannot be taken back: the instance enforces, so none of its ${touched.length} projects can be opened again`,
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
          `a rollback cannot start while the rollout is ${phase}`,
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
