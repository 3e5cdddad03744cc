import { differences } from '../../domain/plan/reconcile.ts';
import type { Plan, PlanBody } from '../../domain/plan/plan.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import { hashPlan } from '../planning/plan-hash.ts';
import type { LedgerRow, RolloutStore, WaveRow } from '../ports.ts';
import { bearsOut } from './bears-out.ts';
import { chartsAgainst, tellsOfWaves } from './charts-against-ledger.ts';
import { DecisionsAgainst } from './decisions-against-ledger.ts';
import { momentsAgainst } from './moments-against-ledger.ts';

/*
 * The ledger's chain shows that the ledger is as it was written. Here the other tables are held against it: what was
 * decided, planned, approved and written to GitLab has to be what the ledger recorded of it.
 */

type Body = LedgerRow['body'];

interface Recording {
  readonly at: number;
  readonly body: Body;
}

/** What the ledger says, gathered in one pass; only what later rows are compared with is kept. */
interface Recorded {
  readonly intents: Map<number, Recording>;
  readonly outcomes: Map<number, Recording>;
  readonly decisions: DecisionsAgainst;
  readonly approvedPlans: Map<string, unknown>;
  /** What happened to waves, oldest first. */
  readonly waves: LedgerRow[];
  readonly drift: LedgerRow[];
  /** Decisions that were put into question. */
  readonly questioned: Set<number>;
}

const PAGE = 500;

/** One line for each row that the ledger does not bear out. */
export async function rowsAgainstLedger(store: RolloutStore): Promise<readonly string[]> {
  const recorded = await gather(store);
  const waves = await store.waves();
  return [
    ...(await intentsAgainst(store, waves, recorded)),
    ...(await recorded.decisions.faults()),
    ...(await questionsAgainst(store, recorded)),
    ...(await plansAgainst(store, recorded)),
    ...(await snapshotsAgainstPlans(store, waves)),
    ...(await chartsAgainst(store, waves, recorded.waves)),
    ...(await momentsAgainst(store, waves, recorded.drift)),
  ];
}

async function gather(store: RolloutStore): Promise<Recorded> {
  const recorded: Recorded = {
    ...{ intents: new Map(), outcomes: new Map(), decisions: new DecisionsAgainst(store) },
    ...{ approvedPlans: new Map(), questioned: new Set(), waves: [], drift: [] },
  };
  for (let after = 0; ; after += PAGE) {
    const rows = await store.ledger({ after, limit: PAGE });
    for (const row of rows) await note(recorded, row);
    if (rows.length < PAGE) return recorded;
  }
}

async function note(recorded: Recorded, row: LedgerRow): Promise<void> {
  const { kind, subject, body, at } = row;
  if (tellsOfWaves(row)) recorded.waves.push(row);
  else if (kind === 'drift') recorded.drift.push(row);
  if (kind === 'intent') recorded.intents.set(Number(body['id']), { at, body });
  else if (kind === 'outcome') recorded.outcomes.set(Number(body['id']), { at, body });
  else if (kind === 'decision') await recorded.decisions.one(body);
  else if (kind === 'decisions') {
    recorded.decisions.batch(Number(body['first']), Number(body['count']));
  } else if (kind === 'questioned') {
    for (const { decision } of body['approvals'] as readonly { readonly decision: number }[])
      recorded.questioned.add(decision);
  } else if (kind === 'approval') {
    const decisions = body['decisions'];
    for (const one of Array.isArray(decisions) ? (decisions as readonly unknown[]) : [])
      recorded.decisions.signOff(one);
    const plan = /^plan (\S+)$/.exec(subject)?.[1];
    if (plan !== undefined) recorded.approvedPlans.set(plan, body['by']);
  }
}

async function intentsAgainst(
  store: RolloutStore,
  waves: readonly WaveRow[],
  { intents, outcomes }: Recorded,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const missing = new Set(intents.keys());
  for (const wave of [...waves.map(({ id }) => id), null]) {
    for (const intent of await store.intents(wave)) {
      missing.delete(intent.id);
      const problem = intentFault(intent, intents.get(intent.id), outcomes.get(intent.id));
      if (problem !== null) problems.push(`intent ${intent.id} ${problem}`);
    }
  }
  return [...problems, ...[...missing].map((id) => `intent ${id} is in the ledger and not stored`)];
}

function intentFault(
  { waveId, action, outcome, detail, createdAt, settledAt }: WriteIntent,
  intended: Recording | undefined,
  settled: Recording | undefined,
): string | null {
  if (!intended) return 'is in no row of the ledger';
  const { body } = intended;
  if (
    !bearsOut({ waveId, action }, { waveId: body['waveId'] ?? null, action: body['action'] }) ||
    createdAt !== intended.at
  )
    return 'is not what the ledger recorded';
  const recorded = settled
    ? { outcome: settled.body['outcome'], detail: settled.body['detail'], settledAt: settled.at }
    : { outcome: null, detail: null, settledAt: null };
  return bearsOut({ outcome, detail, settledAt }, recorded) ? null : 'ended otherwise than the ledger recorded';
}

/** An approval that was put into question counts for nothing: one that does again was tampered with. */
async function questionsAgainst(store: RolloutStore, { questioned }: Recorded): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const id of questioned) {
    if ((await store.decision(id))?.question === null)
      problems.push(`decision ${id} was put into question, and is stored as if it were in force`);
  }
  return problems;
}

async function plansAgainst(store: RolloutStore, { approvedPlans }: Recorded): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { hash, approvedBy } of await store.plans()) {
    const plan = await store.plan(hash);
    if (plan && !isBound(plan)) problems.push(`plan ${hash} is not what its hash was made of`);
    if (approvedBy !== null && approvedPlans.get(hash) !== approvedBy)
      problems.push(`plan ${hash} is approved by ${approvedBy}, which the ledger does not say`);
  }
  return problems;
}

/** By the hash as it is made today, or as versions made it that knew neither tightening nor the reason for a place. */
function isBound({ hash, createdAt: _, ...body }: Plan): boolean {
  return hashPlan(body) === hash || hashPlan(asEarlier(body)) === hash;
}

const asEarlier = (body: PlanBody): PlanBody => ({
  ...body,
  waves: body.waves.map((wave) => ({
    ...wave,
    callees: wave.callees.map((callee) => {
      const { remove, narrow, placed, ...rest } = callee;
      const kept = { ...(remove.length > 0 ? { remove } : {}), ...(narrow.length > 0 ? { narrow } : {}) };
      return { ...rest, ...kept, ...(placed === '' ? {} : { placed }) } as typeof callee;
    }),
  })),
});

/** What a rollback would restore was compared with the plan when it was kept, so it still has to agree with it. */
async function snapshotsAgainstPlans(store: RolloutStore, waves: readonly WaveRow[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const wave of waves) {
    const planned = (await store.plan(wave.planHash))?.waves.find(({ number }) => number === wave.number);
    const callees = new Map(planned?.callees.map((callee) => [callee.id, callee]));
    for (const { callee, path, before } of await store.waveCallees(wave.id)) {
      const name = `wave ${wave.number}: ${path}`;
      const plan = callees.get(callee);
      if (!plan) problems.push(`${name} is not in the plan of its wave`);
      else if (before && differences(plan.before, before, { entries: [], setting: false }).length > 0)
        problems.push(`${name}: its earlier state is not the one that was planned for`);
    }
  }
  return problems;
}
