import { inForce, type NewDecision } from '../../domain/decisions/decision.ts';
import type { PlannedCallee, PlanBody } from '../../domain/plan/plan.ts';
import { targetKey, type EntryPermissions, type EntryTarget } from '../../domain/project.ts';
import type { WaveAction } from '../../domain/rollout/intent.ts';
import { counted, epochMs, isoTime, projectId, type EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { advance } from '../drive/advance.ts';
import { decideWave, rolloutCan, rolloutState, startWave } from '../drive/decide.ts';
import { refuse } from '../orders/order.ts';
import { hashPlan } from '../planning/plan-hash.ts';
import { passedWaves } from '../planning/planning.ts';
import type { Checkpoint, LedgerEntry } from '../ports.ts';
import { commitIntents, recordOutcome } from './intents.ts';
import { refuseMeanwhile, type AdoptedEntry, type Adoption } from './what-to-adopt.ts';

/** Who adopts, and why. */
export interface Adopter {
  readonly person: string;
  readonly reason: string;
}

/**
 * Takes up what the record does not have as a wave of its own, which has passed: intents that are done, and the state from
 * before them. From then on it is rolled back like every other wave. Nothing is sent to GitLab.
 *
 * @returns the number of that wave
 * @throws RolloutError `ORDER_REFUSED` for an entry whose caller nobody has approved: it needs a decision like every other
 */
export async function adopt(engine: Engine, adoptions: readonly Adoption[], by: Adopter): Promise<number> {
  const { store, clock } = engine;
  return fenced(engine, async () => {
    await refuseMeanwhile(engine);
    const now = clock.now();
    const decisions = await decisionsFor(engine, adoptions, by, now);
    const number = await nextNumber(engine);
    const waveId = await putWave(engine, number, adoptions, by, now);
    for (const { id: callee, path, entries, setting, before } of adoptions) {
      await store.saveWaveCallee(waveId, callee, { before });
      const added = entries.map((entry): WaveAction => {
        return { kind: 'addEntry', entry: bare(entry), decisions: [decisions.get(keyOf(callee, entry)) ?? 0] };
      });
      const actions: readonly WaveAction[] = setting ? [...added, { kind: 'enforce' }] : added;
      for (const intent of await commitIntents(engine, { waveId, callee, subject: path }, actions))
        await recordOutcome(engine, path, intent, 'done', null);
      await store.saveWaveCallee(waveId, callee, { step: 'enforced', enforcedAt: wholeSecond(now) });
    }
    // What was planned counted these as other people's, and its waves are numbered without this one.
    const row = await store.rollout();
    const woken = { type: 'WOKEN', stale: true } as const;
    if (rolloutCan(row.checkpoint, woken)) await advance(store, now, { rollout: woken });
    return number;
  });
}

/** The number after that of the wave that is under way, or that is next. */
async function nextNumber({ store }: Engine): Promise<number> {
  const { waveId } = rolloutState((await store.rollout()).checkpoint).context;
  return passedWaves(await store.waves()).length + (waveId === null ? 1 : 2);
}

const wholeSecond = (moment: EpochMs): EpochMs => epochMs(Math.floor(moment / 1_000) * 1_000);
const keyOf = (callee: number, entry: EntryTarget): string => `${callee} ${targetKey(entry)}`;
const bare = ({ kind, id, path, defaultPermissions, policies }: EntryTarget & EntryPermissions) => ({
  ...{ kind, id, path, defaultPermissions, policies },
});

/** The decision that allows each entry: that on its edge, as ever; for a group the person who adopts it signs. */
async function decisionsFor(
  { store }: Engine,
  adoptions: readonly Adoption[],
  by: Adopter,
  now: EpochMs,
): Promise<ReadonlyMap<string, number>> {
  const decisions = new Map<string, number>();
  const undecided: string[] = [];
  for (const adoption of adoptions) {
    for (const entry of adoption.entries) {
      const key = keyOf(adoption.id, entry);
      if (entry.kind === 'group') decisions.set(key, await signGroup(store, adoption, entry, by, now));
      else {
        const decision = (await store.decisionsOn(projectId(entry.id), adoption.id)).at(-1);
        if (decision?.verdict === 'approved' && inForce(decision, now)) decisions.set(key, decision.id);
        else undecided.push(`${entry.path} ${adoption.path}`);
      }
    }
  }
  const [first] = undecided;
  if (first === undefined) return decisions;
  throw refuse(
    `nobody has approved ${undecided.length} of these entries: ${undecided
      .slice(0, 5)
      .map((edge) => edge.replace(' ', ' -> '))
      .join(', ')}`,
    `An entry needs a decision: \`tidegate edges approve ${first} --reason TEXT\`, then adopt again.`,
  );
}

async function signGroup(
  store: Engine['store'],
  { id: callee, path }: Adoption,
  entry: AdoptedEntry,
  { person, reason }: Adopter,
  now: EpochMs,
): Promise<number> {
  const { id: groupId, path: groupPath, admits, defaultPermissions, policies } = entry;
  const decision: NewDecision = {
    subject: { kind: 'group-entry', callee, groupId, groupPath, widening: admits },
    ...{ verdict: 'approved', replacedBy: null, by: { kind: 'person', name: person }, owner: null, reason },
    permissions: { defaultPermissions, policies },
    evidence: `adopted: the entry stands since ${isoTime(entry.createdAt ?? now)} and lets in ${counted(admits, 'project')} today`,
    ...{ decidedAt: now, expiresAt: null },
  };
  const [id = 0] = await store.putDecisions([decision]);
  const subject = `group ${groupPath} -> ${path}`;
  await store.appendLedger([{ kind: 'decision', subject, body: { id, ...decision } }], now);
  return id;
}

/** Nobody watched it: it is inconclusive, and the person who adopts it accepts it as it is. */
const CHART = { needsApproval: false, rollbackOnFailure: false, soakMs: 0, sweepEveryMs: 0, extensionsLeft: 0 };

async function putWave(
  { store }: Engine,
  number: number,
  adoptions: readonly Adoption[],
  { person, reason }: Adopter,
  now: EpochMs,
): Promise<number> {
  const callees = adoptions.map(plannedAs);
  const body: PlanBody = {
    waves: [{ number, kind: 'wave', callees, instanceSwitch: false }],
    ...{ held: [], widening: 0, noSwitchBecause: 'it only takes up what was written already', requests: 0 },
  };
  const planHash = hashPlan(body);
  await store.savePlan({ ...body, hash: planHash, createdAt: now });
  const at = wholeSecond(now);
  const id = await store.createWave(
    { number, planHash, kind: 'wave', checkpoint: acceptedChart(at), startedAt: now, endedAt: now },
    adoptions,
  );
  const subject = `wave ${number}`;
  const what = {
    by: person,
    reason,
    callees: adoptions.map(({ path, setting, entries }) => ({ path, setting, entries: entries.map(bare) })),
  };
  const rows: readonly LedgerEntry[] = [
    { kind: 'adoption', subject, body: what },
    { kind: 'wave', subject, body: { plan: planHash, kind: 'wave', callees: callees.length, settings: CHART } },
    { kind: 'wave-applied', subject, body: { at: isoTime(at), failed: 0 } },
    {
      kind: 'verdict',
      subject,
      body: { verdict: 'inconclusive', at: isoTime(at), reasons: ['adopted, and watched by nobody'] },
    },
    { kind: 'approval', subject, body: { by: person, reason, accepted: true } },
  ];
  await store.appendLedger(rows, now);
  return id;
}

function acceptedChart(at: EpochMs): Checkpoint {
  const events = [
    { type: 'APPLIED', at },
    { type: 'SWEPT', at, verdict: 'inconclusive' },
    { type: 'WAVE_APPROVED' },
  ] as const;
  return events.reduce((checkpoint, event) => decideWave(checkpoint, event).checkpoint, startWave(CHART).checkpoint);
}

/** As a plan would have had it: a rollback restores the state that it was made for. */
function plannedAs({ id, path, entries, setting, before }: Adoption): PlannedCallee {
  return {
    ...{ id, path, before, relyOn: [], remove: [], narrow: [], enforce: setting },
    add: entries.map(({ admits, ...entry }) => ({ ...bare(entry), callers: [], widening: admits })),
    ...{
      approvedCallers: 0,
      rejectedCallers: 0,
      risk: 0,
      why: 'adopted: written before, and not in the record',
      placed: 'adopted',
    },
  };
}
