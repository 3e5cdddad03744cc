import { inForce, signedWidening } from '../../domain/decisions/decision.ts';
import { groupEntryKey, signOffOf } from '../../domain/plan/entries.ts';
import { nearestEntry } from '../../domain/access/access.ts';
import { edgeKey, type Edge } from '../../domain/edges/edge.ts';
import { RolloutError } from '../../domain/errors.ts';
import { freezeFor, frozenUntil } from '../../domain/plan/freeze.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import type { PlannedCallee, PlannedEntry, PlannedWave, TightenedEntry } from '../../domain/plan/plan.ts';
import { isRefused } from '../../domain/plan/planner.ts';
import type { FreezePolicy } from '../../domain/playbook.ts';
import {
  samePermissions,
  sameTarget,
  targetKey,
  type AllowlistEntry,
  type AllowlistState,
  type EntryPermissions,
  type EntryTarget,
} from '../../domain/project.ts';
import { differences, missingEntries, proveSeeded } from '../../domain/plan/reconcile.ts';
import { callerOf } from '../../domain/access/shadow.ts';
import { epochMs, type EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { createFitter, widenedNow } from '../planning/fit.ts';
import { keepReadings, readInventory, scopeFilter } from '../inventory/inventory.ts';
import { knowledgeOfCallee, type Knowledge } from '../planning/knowledge.ts';
import type { WaveCallee, WaveRow } from '../ports.ts';
import { writeInstanceSwitch } from './instance-switch.ts';
import { intentsByCallee, writeToCallee, type ProvenAction } from './writes.ts';

export type ApplyResult =
  | { readonly kind: 'applied'; readonly at: EpochMs; readonly failed: number }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }
  | { readonly kind: 'frozen'; readonly until: EpochMs }
  | { readonly kind: 'stale'; readonly moved: readonly string[] };

/** GitLab tells times of jobs in whole seconds; rounding down keeps a job that was denied in the same second. */
const wholeSecond = (moment: EpochMs): EpochMs => epochMs(Math.floor(moment / 1_000) * 1_000);

/** A problem of one callee that stops that callee, not the wave. */
class CalleeStopped extends Error {}

/**
 * Carries out one wave: every callee is read, compared with the plan, given its entries, read back, enforced, read back.
 * Done again after a crash it goes on where it stopped, because each callee is looked at before anything is written.
 */
export async function applyWave(engine: Engine, wave: WaveRow): Promise<ApplyResult> {
  const planned = await plannedWave(engine, wave);
  const until = frozenUntil(freezeOf(engine, planned), engine.clock.now());
  if (until !== null) return { kind: 'frozen', until };
  if (planned.instanceSwitch) return applySwitch(engine, wave);
  const progress = await engine.store.waveCallees(wave.id);
  if (progress.every(({ before, step }) => before === null && step === 'pending')) {
    const moved = await whatMoved(engine, planned);
    if (moved.length > 0) return { kind: 'stale', moved };
  }
  const { problems, frozen } = await applyCallees(engine, wave, planned, progress);
  if (frozen !== null) return { kind: 'frozen', until: frozen };
  const tolerance = engine.playbook.waves.failureTolerance;
  if (problems.length > tolerance || problems.length === planned.callees.length) return { kind: 'failed', problems };
  return { kind: 'applied', at: engine.clock.now(), failed: problems.length };
}

/** The freezes that hold a wave up; the switch of the instance changes everybody's projects. */
export const freezeOf = (
  { playbook: { freeze } }: Pick<Engine, 'playbook'>,
  { instanceSwitch, callees }: PlannedWave,
): FreezePolicy => (instanceSwitch ? freeze : freezeFor(freeze, callees));

/** The wave of the plan that this row carries out. */
export async function plannedWave(engine: Pick<Engine, 'store'>, wave: WaveRow): Promise<PlannedWave> {
  const plan = await engine.store.plan(wave.planHash);
  const planned = plan?.waves.find(({ number }) => number === wave.number);
  if (planned) return planned;
  throw new RolloutError(
    'STORE_CORRUPT',
    `plan ${wave.planHash} has no wave ${wave.number}`,
    'Restore the database from a backup.',
  );
}

/** The plan is bound: before the first write of a wave everything it rests on is compared with what is there now. */
async function whatMoved(engine: Engine, planned: PlannedWave): Promise<readonly string[]> {
  const moved: string[] = [];
  const { count } = await engine.store.inventories();
  const entriesNow = await entriesAsOfNow(engine, planned);
  for (let start = 0; start < planned.callees.length; start += 50) {
    const chunk = planned.callees.slice(start, start + 50);
    const readings = await engine.forge.projectsById(chunk.map(({ id }) => id));
    // The log is read along: a caller seen since the plan was made is news as well.
    await engine.store.transaction(
      () => keepReadings(engine, readings, scopeFilter(engine.playbook.scope), count),
      await engine.lease.hold(),
    );
    const live = new Map(readings.map(({ project }) => [project.id, project]));
    for (const callee of chunk) {
      const now = live.get(callee.id);
      const words = now?.allowlist
        ? differences(callee.before, now.allowlist, { entries: [], setting: false })
        : [now?.unread ?? 'it is gone, or hidden from the token'];
      const at = engine.clock.now();
      const knowledge = await knowledgeOfCallee(engine.store, callee.id, at);
      const decided = [...withdrawn(callee, entriesNow(callee, knowledge), knowledge, at), ...newcomers(knowledge)];
      moved.push(...[...words, ...decided].map((word) => `${callee.path}: ${word}`));
    }
  }
  return moved;
}

type Decided = Pick<Knowledge, 'decisions' | 'groupDecisions'>;

type EntriesNow = (callee: PlannedCallee, knowledge: Pick<Knowledge, 'edges'>) => readonly PlannedEntry[];

/** The entries of a callee with what their groups admit now; projects are only looked through where there are groups. */
async function entriesAsOfNow({ store, playbook }: Engine, { callees }: PlannedWave): Promise<EntriesNow> {
  const ofGroups = ({ add }: PlannedCallee): boolean => add.some(({ kind }) => kind === 'group');
  if (!callees.some(ofGroups)) return ({ add }) => add;
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const fitter = createFitter(playbook.limits, projects);
  return (planned, { edges }) => {
    const callee = projects.get(planned.id);
    if (!callee || !ofGroups(planned)) return planned.add;
    const approved = edges.filter(({ state }) => state === 'approved');
    return widenedNow(
      { callee, live: planned.before, approved, refused: edges.filter(isRefused) },
      planned.add,
      fitter,
    );
  };
}

/** Planned entries whose decisions no longer stand. */
function withdrawn(
  callee: PlannedCallee,
  add: readonly PlannedEntry[],
  knowledge: Decided,
  now: EpochMs,
): readonly string[] {
  return add
    .filter((entry) => decisionsFor(callee, entry, knowledge, now) === null)
    .map(
      (entry) => outgrown(callee, entry, knowledge) ?? `the decision for ${entry.kind} ${entry.path} no longer stands`,
    );
}

/** Says by how much a group entry has outgrown its sign-off; null where that is not what is wrong. */
function outgrown(callee: PlannedCallee, entry: PlannedEntry, { groupDecisions }: Decided): string | null {
  if (entry.kind !== 'group') return null;
  const signed = signedWidening(groupDecisions.get(groupEntryKey(callee.id, entry.id)));
  if (signed === null || entry.widening <= signed) return null;
  return `the entry for group ${entry.path} admits more than was signed off: signed for ${signed}, now ${entry.widening}`;
}

/** Callers that nobody has decided on: enforcing would break them knowingly. */
const newcomers = ({ edges }: Pick<Knowledge, 'edges'>): readonly string[] =>
  edges
    .filter(({ state }) => state === 'undecided')
    .map(({ callerPath }) => `${callerPath} was seen and nobody has decided on it`);

/** The decisions that allow an entry now; null when one of them is missing, withdrawn or expired. */
function decisionsFor(
  callee: PlannedCallee,
  entry: PlannedEntry,
  knowledge: Decided,
  now: EpochMs,
): readonly [number, ...number[]] | null {
  const ids: number[] = [];
  if (entry.kind === 'group') {
    const signed = signOffOf(callee.id, entry, knowledge.groupDecisions);
    if (signed === null) return null;
    ids.push(signed.id);
  }
  for (const caller of entry.callers) {
    const decision = knowledge.decisions.get(edgeKey(caller.id, callee.id));
    if (decision?.verdict !== 'approved' || !inForce(decision, now)) return null;
    ids.push(decision.id);
  }
  const [first, ...rest] = ids;
  return first === undefined ? null : [first, ...rest];
}

/** A wave that is being applied. */
interface Application {
  readonly engine: Engine;
  readonly wave: WaveRow;
  /** What was written for a callee before this run. */
  readonly written: (callee: number) => readonly WriteIntent[];
}

/**
 * Works through the callees. No more are under way at once than may still fail: each failure takes one place away, so
 * that even if all that are under way fail, the tolerance is exceeded by one at most. A freeze that begins meanwhile, an
 * outage or an order stops before the next one.
 */
async function applyCallees(
  engine: Engine,
  wave: WaveRow,
  planned: PlannedWave,
  progress: readonly WaveCallee[],
): Promise<{ readonly problems: readonly string[]; readonly frozen: EpochMs | null }> {
  const { concurrency, failureTolerance } = engine.playbook.waves;
  const rows = new Map(progress.map((row) => [row.callee, row]));
  const application = { engine, wave, written: await intentsByCallee(engine, wave.id) };
  const problems = progress.flatMap(({ path, problem, step }) =>
    step === 'failed' && problem !== null ? [`${path}: ${problem}`] : [],
  );
  const freeze = freezeOf(engine, planned);
  const failures: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  const room = (): number => (failures.length > 0 ? 0 : Math.min(concurrency, failureTolerance + 1 - problems.length));
  let done = 0;
  let frozen: EpochMs | null = null;
  const applyOne = async (callee: PlannedCallee, row: WaveCallee): Promise<void> => {
    const problem = await applyCallee(application, callee, row);
    if (problem !== null) problems.push(`${callee.path}: ${problem}`);
    done += 1;
    const { length: total } = planned.callees;
    const requests = engine.forge.requestCount();
    engine.notify.progress({ what: `wave ${wave.number}: enforcing`, done, total, requests });
  };
  for (const callee of planned.callees) {
    const row = rows.get(callee.id);
    if (row?.step !== 'pending' && row?.step !== 'seeded') continue;
    while (underWay.size > 0 && underWay.size >= room()) await Promise.race(underWay);
    frozen ??= frozenUntil(freeze, engine.clock.now());
    if (frozen !== null || room() <= 0) break;
    const run = applyOne(callee, row)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(run));
    underWay.add(run);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return { problems, frozen };
}

/** @returns what stopped this callee; null when it is as planned */
async function applyCallee(application: Application, callee: PlannedCallee, row: WaveCallee): Promise<string | null> {
  const { engine, wave } = application;
  const save = (change: Partial<WaveCallee>) =>
    fenced(engine, () => engine.store.saveWaveCallee(wave.id, callee.id, change));
  try {
    const live = await takeSnapshot(application, callee, row);
    const seeded = await seed(application, callee, live);
    await save({ step: 'seeded' });
    const enforcedAt = callee.enforce
      ? await enforce(application, callee, seeded)
      : await tighten(application, callee, seeded);
    await save({ step: 'enforced', enforcedAt: wholeSecond(enforcedAt), problem: null });
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    await fenced(engine, async () => {
      const at = engine.clock.now();
      await engine.store.saveWaveCallee(wave.id, callee.id, { step: 'failed', problem });
      await engine.store.putFinding({ at, kind: 'callee-failed', subject: callee.path, text: problem });
    });
    return problem;
  }
}

/** Failures that belong to one callee; outages, a lost lease and defects stop the driver instead. */
function problemOf(error: unknown): string | null {
  if (error instanceof CalleeStopped) return error.message;
  if (error instanceof RolloutError && (error.code === 'FORGE_REFUSED' || error.code === 'FORGE_NOT_FOUND'))
    return error.message;
  return null;
}

/** Reads the live state, holds it against plan and earlier reading, and keeps it as what a rollback restores. */
async function takeSnapshot(
  { engine, wave, written }: Application,
  callee: PlannedCallee,
  row: WaveCallee,
): Promise<AllowlistState> {
  const live = await engine.forge.allowlist(callee);
  const ours = written(callee.id).filter(({ outcome }) => outcome === 'done' || outcome === 'already');
  const expected = {
    entries: ours.flatMap(({ action }) => ('entry' in action ? [action.entry] : [])),
    setting: ours.some(({ action }) => action.kind === 'enforce'),
  };
  const moved = differences(row.before ?? callee.before, live, expected);
  if (moved.length > 0) throw new CalleeStopped(`changed since the plan: ${moved.join('; ')}`);
  if (row.before === null) {
    await fenced(engine, () => engine.store.saveWaveCallee(wave.id, callee.id, { before: live }));
  }
  return live;
}

/** Adds the planned entries that are missing. Their decisions are looked up now: a wave can be under way for hours. */
async function seed(
  { engine, wave }: Application,
  callee: PlannedCallee,
  live: AllowlistState,
): Promise<AllowlistState> {
  const missing = missingEntries(callee, live);
  if (missing.length === 0) return live;
  const there = new Set(live.entries.map(targetKey));
  const knowledge = await knowledgeOfCallee(engine.store, callee.id, engine.clock.now());
  const actions = missing.map((entry): ProvenAction => {
    if (there.has(targetKey(entry)))
      throw new CalleeStopped(`${entry.kind} ${entry.path} is listed with other permissions than planned`);
    const decisions = decisionsFor(callee, entry, knowledge, engine.clock.now());
    if (decisions === null) throw new CalleeStopped(`the decision for ${entry.kind} ${entry.path} no longer stands`);
    const { kind, id, path, defaultPermissions, policies } = entry;
    return { kind: 'addEntry', entry: { kind, id, path, defaultPermissions, policies }, decisions };
  });
  const result = await writeToCallee(engine, wave.id, callee, actions, 'apply');
  if (result.refusals.length > 0) throw new CalleeStopped(result.refusals.join('; '));
  return result.live;
}

/**
 * Promise 1: no proof, no enforcement. What is missing after the write anyway is answered by opening again at once.
 *
 * @returns the moment from which the list may have refused somebody: that of the intent, also where a crash lies between
 */
async function enforce(
  { engine, wave, written }: Application,
  callee: PlannedCallee,
  seeded: AllowlistState,
): Promise<EpochMs> {
  const proven = proveSeeded(callee, seeded);
  if ('missing' in proven) {
    // Enforced by a run that died before it read back.
    if (seeded.effective && written(callee.id).some(({ action }) => action.kind === 'enforce')) {
      return openAgain(engine, wave, callee, proven.missing);
    }
    throw new CalleeStopped(`approved entries are missing: ${proven.missing.join(', ')}`);
  }
  if (seeded.stored === true) {
    const intent = written(callee.id).find(({ action, outcome }) => action.kind === 'enforce' && outcome !== 'absent');
    return intent?.createdAt ?? engine.clock.now();
  }
  const actions = [{ kind: 'enforce', proof: proven.proof } as const];
  const { live, refusals, at } = await writeToCallee(engine, wave.id, callee, actions, 'apply');
  if (refusals.length > 0) throw new CalleeStopped(refusals.join('; '));
  const after = proveSeeded(callee, live);
  if ('missing' in after) return openAgain(engine, wave, callee, after.missing);
  if (live.stored ?? live.effective) return at;
  throw new RolloutError(
    'FORGE_UNAVAILABLE',
    `${callee.path}: enforcing did not take effect`,
    'Run tidegate tick again.',
  );
}

/**
 * Takes away what the plan says can go, after what takes its place was seen to be there.
 *
 * @returns the moment from which the list may have refused somebody
 */
async function tighten(
  { engine, wave, written }: Application,
  callee: PlannedCallee,
  seeded: AllowlistState,
): Promise<EpochMs> {
  const find = (target: EntryTarget): AllowlistEntry | undefined =>
    seeded.entries.find((entry) => sameTarget(entry, target));
  const actions: readonly ProvenAction[] = [
    ...callee.narrow.flatMap((entry): readonly ProvenAction[] => {
      const there = find(entry);
      return there && !samePermissions(there, entry) ? [{ kind: 'setPermissions', entry: bare(entry) }] : [];
    }),
    ...callee.remove.flatMap((entry): readonly ProvenAction[] =>
      find(entry) ? [{ kind: 'removeEntry', entry: bare(entry) }] : [],
    ),
  ];
  if (actions.length === 0) {
    const earlier = written(callee.id).find(({ action }) => TIGHTENING.has(action.kind));
    return earlier?.createdAt ?? engine.clock.now();
  }
  await refuseLoss(engine, callee, seeded);
  const { refusals, at } = await writeToCallee(engine, wave.id, callee, actions, 'apply');
  if (refusals.length > 0) throw new CalleeStopped(refusals.join('; '));
  return at;
}

const TIGHTENING: ReadonlySet<string> = new Set(['removeEntry', 'setPermissions']);

const bare = ({ kind, id, path, defaultPermissions, policies }: TightenedEntry): EntryTarget & EntryPermissions => ({
  ...{ kind, id, path, defaultPermissions, policies },
});

/** Nothing goes while an approved caller would be left without an entry, also one that was approved since the plan. */
async function refuseLoss(engine: Engine, callee: PlannedCallee, seeded: AllowlistState): Promise<void> {
  const proven = proveSeeded(callee, seeded);
  if ('missing' in proven) throw new CalleeStopped(`approved entries are missing: ${proven.missing.join(', ')}`);
  const { edges } = await knowledgeOfCallee(engine.store, callee.id, engine.clock.now());
  const left = seeded.entries.filter((entry) => !callee.remove.some((gone) => sameTarget(entry, gone)));
  const admitted = (entries: readonly AllowlistEntry[], edge: Edge): boolean =>
    nearestEntry(entries, callerOf(edge.caller, edge.callerPath, false)) !== null;
  const lost = edges.filter(
    (edge) => edge.state === 'approved' && admitted(seeded.entries, edge) && !admitted(left, edge),
  );
  if (lost.length === 0) return;
  throw new CalleeStopped(`approved callers would lose access: ${lost.map(({ callerPath }) => callerPath).join(', ')}`);
}

async function openAgain(
  engine: Engine,
  wave: WaveRow,
  callee: PlannedCallee,
  missing: readonly string[],
): Promise<never> {
  await writeToCallee(engine, wave.id, callee, [{ kind: 'reopen' }], 'safety');
  throw new CalleeStopped(`opened again: while it was enforced somebody removed ${missing.join(', ')}`);
}

/** The switch closes every project that exists by then, also one that was made while the wave waited for approval. */
async function applySwitch(engine: Engine, wave: WaveRow): Promise<ApplyResult> {
  await readInventory(engine);
  const open = (await engine.store.projects({ inScope: true })).filter(
    ({ allowlist }) => (allowlist?.stored ?? allowlist?.effective) !== true,
  );
  if (open.length > 0) return { kind: 'stale', moved: open.slice(0, 5).map(({ path }) => `${path} is not enforced`) };
  if ((await engine.forge.instanceEnforced()) === true) return { kind: 'applied', at: engine.clock.now(), failed: 0 };
  const { done, failure } = await writeInstanceSwitch(engine, wave.id, true);
  if (done) return { kind: 'applied', at: engine.clock.now(), failed: 0 };
  if (failure !== null && problemOf(failure) !== null) return { kind: 'failed', problems: [failure.message] };
  throw new RolloutError('FORGE_UNAVAILABLE', 'the instance switch did not take effect', 'Run tidegate tick again.');
}
