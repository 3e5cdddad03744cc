import {
  DEFAULT_PERMISSIONS,
  signedWidening,
  type Decision,
  type NewDecision,
} from '../../domain/decisions/decision.ts';
import { groupEntryKey } from '../../domain/plan/entries.ts';
import type { PlannedCallee, PlannedEntry } from '../../domain/plan/plan.ts';
import { spoken } from '../../domain/values.ts';
import { rolloutState, waveCan, waveState } from '../drive/decide.ts';
import { byGroupEntry } from '../planning/knowledge.ts';
import { pagesOf, storedPlan, type PlanReader } from '../planning/plan-reader.ts';
import { unsignedEntries } from '../planning/planning.ts';
import type { WaveRow } from '../ports.ts';
import { HINTS, currentWave, give, giveWave, refuse, type OrderContext } from './order.ts';

/** What the rollout waits for a person to confirm, as a value to show before asking. */
export type Confirmation =
  | { readonly kind: 'plan'; readonly plan: PlanReader }
  | {
      readonly kind: 'widening';
      readonly plan: PlanReader;
      readonly entries: readonly {
        readonly callee: PlannedCallee;
        readonly entry: PlannedEntry;
        /** What an earlier sign-off covers, which the entry has outgrown; null where there is none. */
        readonly signedFor: number | null;
      }[];
    }
  | { readonly kind: 'wave'; readonly wave: WaveRow; readonly accept: boolean };

/** What `approve` would confirm now; refused with the reason when nothing waits for it. */
export async function whatToApprove({ store }: OrderContext): Promise<Confirmation> {
  const row = await store.rollout();
  const { phase, context } = rolloutState(row.checkpoint);
  if (phase === 'awaitingPlan' || phase === 'awaitingWidening') {
    const plan = context.planHash === null ? null : await storedPlan(store, context.planHash);
    if (!plan) throw refuse('the plan is not in the database', 'Run `tidegate plan`.');
    if (phase === 'awaitingPlan') return { kind: 'plan', plan };
    return {
      kind: 'widening',
      plan,
      entries: await entriesToSign(plan, byGroupEntry(await store.groupEntryDecisions())),
    };
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

async function entriesToSign(
  plan: PlanReader,
  groupDecisions: ReadonlyMap<string, Decision>,
): Promise<Widening['entries']> {
  const entries: Widening['entries'][number][] = [];
  for (const { number } of plan.head.waves) {
    for await (const page of pagesOf(plan, number)) {
      for (const callee of page) {
        for (const entry of unsignedEntries(callee, groupDecisions)) {
          const signedFor = signedWidening(groupDecisions.get(groupEntryKey(callee.id, entry.id)));
          entries.push({ callee, entry, signedFor });
        }
      }
    }
  }
  return entries;
}

/** Records the approval of what was shown; refused when the rollout has moved to something else meanwhile. */
export async function approve(order: OrderContext, shown: Confirmation, reason: string): Promise<void> {
  switch (shown.kind) {
    case 'plan':
      return approvePlan(order, shown.plan.head.hash, reason);
    case 'widening':
      return signWidening(order, shown, reason);
    case 'wave': {
      const body = { reason, accepted: shown.accept };
      const entry = { kind: 'approval', subject: `wave ${shown.wave.number}`, body };
      return giveWave(order, shown.wave, { type: 'WAVE_APPROVED' }, entry);
    }
  }
}

async function approvePlan(order: OrderContext, hash: string, reason: string): Promise<void> {
  const { store, person } = order;
  const entry = { kind: 'approval', subject: `plan ${hash}`, body: { reason } };
  await give(order, { type: 'PLAN_APPROVED' }, entry, async () => {
    const { context } = rolloutState((await store.rollout()).checkpoint);
    if (context.planHash !== hash)
      throw refuse(`plan ${hash} is no longer the current one`, 'Run `tidegate approve` again to see the new one.');
    await store.approvePlan(hash, person);
  });
}

type Widening = Extract<Confirmation, { readonly kind: 'widening' }>;

async function signWidening(order: OrderContext, { plan, entries }: Widening, reason: string): Promise<void> {
  const decisions = entries.map((entry) => signOff(order, entry, reason));
  const ledger = { kind: 'approval', subject: `widening of plan ${plan.head.hash}`, body: { reason, decisions } };
  await give(order, { type: 'WIDENING_SIGNED' }, ledger, async () => {
    await order.store.putDecisions(decisions);
  });
}

/** Covers the amount that was shown: an entry that outgrows it is to be signed for again. */
function signOff(
  { clock, person }: OrderContext,
  { callee, entry }: Widening['entries'][number],
  reason: string,
): NewDecision {
  const { widening, policies } = entry;
  return {
    subject: { kind: 'group-entry', callee: callee.id, groupId: entry.id, groupPath: entry.path, widening },
    verdict: 'approved',
    replacedBy: null,
    by: { kind: 'person', name: person },
    owner: null,
    reason,
    permissions: entry.defaultPermissions ? DEFAULT_PERMISSIONS : { defaultPermissions: false, policies },
    evidence: `lets in ${entry.callers.length} observed callers and ${widening} other projects today`,
    decidedAt: clock.now(),
    expiresAt: null,
  };
}
