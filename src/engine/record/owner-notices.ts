import { RolloutError } from '../../domain/errors.ts';
import { ownerNotice, WAVE_ENDINGS } from '../../domain/plan/owner-notice.ts';
import { isRepair, type PlannedCallee, type PlannedWave } from '../../domain/plan/plan.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import { epochMs, type EpochMs, type ProjectId } from '../../domain/values.ts';
import { plannedWave } from '../apply/apply.ts';
import { fenced, type Engine } from '../context.ts';
import { rolloutState, waveState } from '../drive/decide.ts';
import { edgesInto } from '../planning/knowledge.ts';
import type { WaveRow } from '../ports.ts';
import { addNoteOnce, addNoteTo, openIssueOnce } from './notes.ts';
import { counted } from '../../domain/values.ts';

/** GitLab said no to this project: its owners are not told, and that is told. An outage is tried again instead. */
const SAID_NO: ReadonlySet<string> = new Set(['FORGE_REFUSED', 'FORGE_NOT_FOUND', 'FORGE_UNREADABLE']);

/**
 * Tells the owners of a wave's callees in an issue of each project, where the playbook says so, before anything is written.
 * Told once: an issue is found again by its marker, and a wave that has begun is no longer announced. A wave that is planned
 * anew goes on with the issues of the one that had become stale, and waits no longer than that would have.
 *
 * @returns until when the wave waits for what they have to say; null when it need not wait
 */
export async function tellOwners(engine: Engine, wave: WaveRow): Promise<EpochMs | null> {
  const { store, playbook } = engine;
  const { issues, lead } = playbook.notices;
  if (issues === 'off') return null;
  const now = engine.clock.now();
  if (wave.ownersToldAt !== null) return waitUntil(epochMs(wave.ownersToldAt + lead), now);
  const planned = await plannedWave(engine, wave);
  const rows = await store.waveCallees(wave.id);
  const begun = rows.some(({ before, step }) => before !== null || step !== 'pending');
  if (planned.instanceSwitch || begun) return null;
  const announcement = await announcementOf(engine, wave, planned, now);
  const outcome = await announce(engine, wave, announcement);
  await fenced(engine, async () => {
    await store.saveWave(wave.id, { ownersToldAt: announcement.toldAt });
    const body = { wave: wave.id, ...outcome, from: announcement.from };
    await store.appendLedger([{ kind: 'notice', subject: `wave ${wave.number}`, body }], now);
  });
  const { told, untold } = outcome;
  if (untold.length > 0)
    engine.notify.alert(
      `Wave ${wave.number}: the owners of ${counted(untold.length, 'project')} could not be told: ${untold.slice(0, 3).join('; ')}.`,
    );
  return told.length === 0 ? null : waitUntil(announcement.from, now);
}

const waitUntil = (until: EpochMs, now: EpochMs): EpochMs | null => (until > now ? until : null);

/** Who is to be told of a wave, and from when the change counts as announced. */
interface Announcement {
  readonly callees: readonly PlannedCallee[];
  /** Of them, those that were told of an earlier attempt. */
  readonly toldBefore: ReadonlySet<ProjectId>;
  readonly markers: (callee: ProjectId) => string;
  readonly toldAt: EpochMs;
  readonly from: EpochMs;
}

async function announcementOf(
  engine: Engine,
  wave: WaveRow,
  planned: PlannedWave,
  now: EpochMs,
): Promise<Announcement> {
  const { issues, lead } = engine.playbook.notices;
  const attempts = await staleBefore(engine, wave);
  const rows = await Promise.all(attempts.map(({ id }) => engine.store.waveCallees(id)));
  const toldBefore = new Set(rows.flat().map(({ callee }) => callee));
  const callees: PlannedCallee[] = [];
  for (const { callee, edges } of await withEdges(
    engine,
    planned.callees.filter((one) => !isRepair(one)),
  ))
    if (issues === 'all' || edges.some(({ state }) => state !== 'approved')) callees.push(callee);
  const first = attempts[0]?.ownersToldAt ?? now;
  const toldAt = callees.every(({ id }) => toldBefore.has(id)) ? first : now;
  return {
    callees,
    toldBefore,
    markers: await markersOf(engine, attempts[0] ?? wave),
    toldAt,
    from: epochMs(toldAt + lead),
  };
}

async function announce(
  engine: Engine,
  { number }: WaveRow,
  { callees, toldBefore, markers, from }: Announcement,
): Promise<{ readonly told: readonly string[]; readonly untold: readonly string[] }> {
  const told: string[] = [];
  const untold: string[] = [];
  for (const { callee, edges } of await withEdges(engine, callees)) {
    try {
      const { title, text } = ownerNotice(callee, edges, number, from, await engine.forge.owners(callee.id));
      const issue = { project: callee.path, marker: markers(callee.id), title, description: text };
      if (toldBefore.has(callee.id)) await addNoteOnce(engine, issue, `Planned anew. ${text}`);
      else await openIssueOnce(engine, issue);
      told.push(callee.path);
    } catch (error) {
      if (!(error instanceof RolloutError) || !SAID_NO.has(error.code)) throw error;
      untold.push(`${callee.path}: ${error.message}`);
    }
  }
  return { told, untold };
}

async function withEdges(
  engine: Engine,
  callees: readonly PlannedCallee[],
): Promise<readonly { readonly callee: PlannedCallee; readonly edges: readonly Edge[] }[]> {
  const ids = callees.map(({ id }) => id);
  const edges = await edgesInto(engine.store, ids, engine.clock.now());
  return callees.map((callee) => ({ callee, edges: edges.get(callee.id) ?? [] }));
}

/** The attempts right before this one that were announced and had become stale before anything was written, oldest first. */
async function staleBefore({ store }: Engine, wave: WaveRow): Promise<readonly WaveRow[]> {
  const before = (await store.waves()).filter(({ id }) => id < wave.id);
  const other = before.findLastIndex(
    ({ checkpoint, ownersToldAt }) => ownersToldAt === null || waveState(checkpoint).phase !== 'stale',
  );
  return before.slice(other + 1);
}

async function markersOf({ store }: Engine, first: WaveRow): Promise<(callee: ProjectId) => string> {
  const { id } = await store.rollout();
  return (callee) => `tidegate-wave-${id}-${first.id}-${callee}`;
}

/** Adds to the issues of waves that have ended since what became of them. What cannot be written is told, and left. */
export async function closeNotices(engine: Engine): Promise<void> {
  if (rolloutState((await engine.store.rollout()).checkpoint).paused) return;
  for (const wave of await engine.store.waves()) {
    if (wave.ownersToldAt === null || wave.noticesEndedAt !== null) continue;
    const { phase } = waveState(wave.checkpoint);
    if (phase !== 'passed' && phase !== 'rolledBack') continue;
    const markers = await markersOf(engine, (await staleBefore(engine, wave))[0] ?? wave);
    for (const { callee, path } of await engine.store.waveCallees(wave.id)) {
      engine.signal.throwIfAborted();
      try {
        await addNoteTo(engine, { project: path, marker: markers(callee) }, WAVE_ENDINGS[phase]);
      } catch (error) {
        if (!(error instanceof RolloutError) || !(SAID_NO.has(error.code) || error.code === 'FORGE_UNAVAILABLE'))
          throw error;
        engine.notify.note(`The issue of ${path} about wave ${wave.number} could not be added to: ${error.message}`);
      }
    }
    await fenced(engine, () => engine.store.saveWave(wave.id, { noticesEndedAt: engine.clock.now() }));
  }
}
