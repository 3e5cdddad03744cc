import type { AllowlistState } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import { plannedWave } from '../apply/apply.ts';
import { fenced, type Engine } from '../context.ts';
import { keepAgain } from '../inventory/inventory.ts';
import type { RolloutStore, WaveCallee, WaveRow } from '../ports.ts';
import { untold } from '../record/drift.ts';
import { editedEntries } from './edited-entries.ts';

/** Projects per request. */
const BY_ID = 50;

/**
 * The log moves on when an edge is used: read again for the wave's callees, so that exercised edges show. So does whatever a
 * person changed meanwhile.
 *
 * @param lastSeen - when they were read before this
 * @returns callees that could not be read, one line each: whether their callers came back is not known
 */
export async function refreshCallees(engine: Engine, wave: WaveRow, lastSeen: EpochMs): Promise<readonly string[]> {
  const unread: string[] = [];
  const rows = await engine.store.waveCallees(wave.id);
  const planned = new Map((await plannedWave(engine, wave)).callees.map((callee) => [callee.id, callee]));
  for (let start = 0; start < rows.length; start += BY_ID) {
    const chunk = rows.slice(start, start + BY_ID);
    const readings = await engine.forge.projectsById(chunk.map(({ callee }) => callee));
    for (const { project } of readings) if (project.unread !== null) unread.push(`${project.path}: ${project.unread}`);
    await keepAgain(engine, readings);
    const lists = new Map(readings.map(({ project }) => [project.id, project.allowlist]));
    await noteSettings(engine, wave, chunk, lists, lastSeen);
    await tellEdited(engine, editedEntries(wave, chunk, planned, lists, engine.clock.now()));
  }
  return unread;
}

/** Keeps what is new of it, and lets somebody hear of it. */
async function tellEdited(engine: Engine, edited: readonly Omit<Finding, 'id'>[]): Promise<void> {
  const news = await untold(engine.store, edited);
  if (news.length === 0) return;
  await fenced(engine, async () => {
    for (const finding of news) await engine.store.putFinding(finding);
  });
  for (const { subject, text } of news.slice(0, EDITS_NAMED)) engine.notify.alert(`${subject}: ${text}.`);
  if (news.length > EDITS_NAMED) engine.notify.alert(`And ${news.length - EDITS_NAMED} more: \`tidegate findings\`.`);
}

const EDITS_NAMED = 5;

/** Callees of a soaking wave that a person opened again, and did not close since. */
export async function openedCallees(store: RolloutStore, wave: WaveRow): Promise<readonly WaveCallee[]> {
  return (await store.waveCallees(wave.id)).filter(({ step }) => step === 'kept');
}

/**
 * What a person did to the setting stays (promise 4): a callee that was opened again is held, so that no later wave enforces
 * it by reflex, until the person who may decide says so, or until somebody closes it again.
 */
async function noteSettings(
  engine: Engine,
  wave: WaveRow,
  rows: readonly WaveCallee[],
  lists: ReadonlyMap<ProjectId, AllowlistState | null>,
  lastSeen: EpochMs,
): Promise<void> {
  const { store, clock, notify } = engine;
  for (const { callee, path, step } of rows) {
    const list = lists.get(callee);
    if (!list) continue;
    const on = list.stored ?? list.effective;
    if (step === 'enforced' && !on) {
      await fenced(engine, async () => {
        const at = clock.now();
        await store.saveWaveCallee(wave.id, callee, { step: 'kept', hold: openedWhile(wave) });
        await store.putFinding({ at, kind: 'drift', subject: path, text: openedWhile(wave) });
        const body = { wave: wave.number, what: 'the setting was turned off, not by this rollout' };
        await store.appendLedger([{ kind: 'drift', subject: path, body }], at);
      });
      notify.alert(`${path}: ${openedWhile(wave)}. ${whoDecides(wave, path)}`);
    } else if (step === 'kept' && on) {
      await fenced(engine, async () => {
        // Closed at some moment since it was last seen open: only what is used from then on proves anything.
        await store.saveWaveCallee(wave.id, callee, { step: 'enforced', hold: null, enforcedAt: lastSeen });
        const body = { wave: wave.number, what: 'the setting was turned on again, not by this rollout' };
        await store.appendLedger([{ kind: 'drift', subject: path, body }], clock.now());
      });
      notify.alert(`${path}: a person turned its allowlist on again; wave ${wave.number} is judged with it.`);
    }
  }
}

const openedWhile = ({ number }: WaveRow): string => `a person turned its allowlist off while wave ${number} soaked`;

/** Who must decide what of a callee that was opened. */
export const whoDecides = ({ number }: Pick<WaveRow, 'number'>, path: string): string =>
  `Its owner turns it on again on GitLab, or \`tidegate resume --project ${path}\` lets a later wave do so; \`tidegate approve\` accepts wave ${number} with it left open once the soak is over.`;
