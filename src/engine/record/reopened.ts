import { isUnattended } from '../../domain/plan/planner.ts';
import type { Project, ProjectRef } from '../../domain/project.ts';
import type { ProjectId } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { waveState } from '../drive/decide.ts';
import type { RolloutStore, WaveCallee } from '../ports.ts';

/** Projects that a passed wave enforced and that are open by now, with the number of the wave, the latest of each. */
export async function reopenedCallees(store: RolloutStore): Promise<ReadonlyMap<ProjectId, number>> {
  const waves = new Map((await store.waves()).map((wave) => [wave.id, wave]));
  const found = new Map<ProjectId, number>();
  for (const { waveId, callee } of await store.openAgain()) {
    const wave = waves.get(waveId);
    if (wave && waveState(wave.checkpoint).phase === 'passed') found.set(callee, wave.number);
  }
  return found;
}

/**
 * What a person did to the setting after a wave had passed stays as well (decision 0048): where no person approves what
 * comes, such a project is held until one says so. One that somebody closed again is let go.
 */
export async function holdReopened(engine: Engine): Promise<void> {
  const { store, notify } = engine;
  await letGoClosed(engine);
  if (!isUnattended(engine.playbook)) return;
  const open = new Map<ProjectId, WaveCallee[]>();
  for (const row of await store.openAgain()) open.set(row.callee, [...(open.get(row.callee) ?? []), row]);
  for (const [callee, wave] of await reopenedCallees(store)) {
    const rows = open.get(callee) ?? [];
    const project = await store.project(callee);
    if (!project) continue;
    const hold = `a person turned its allowlist off after wave ${wave} had passed`;
    await noteDrift(engine, project, rows, { step: 'kept', hold }, hold);
    notify.alert(
      `${project.path}: ${hold}. Its owner turns it on again on GitLab, or \`tidegate resume --project ${project.path}\` lets a later wave do so.`,
    );
  }
}

async function letGoClosed(engine: Engine): Promise<void> {
  const { store, notify } = engine;
  const passed = new Set(
    (await store.waves()).filter(({ checkpoint }) => waveState(checkpoint).phase === 'passed').map(({ id }) => id),
  );
  for (const row of await store.heldCallees()) {
    if (row.step !== 'kept' || !passed.has(row.waveId)) continue;
    const project = await store.project(row.callee);
    if (!project || !isOn(project)) continue;
    const text = 'a person turned its allowlist on again';
    await noteDrift(engine, project, [row], { step: 'enforced', hold: null }, text);
    notify.note(`${project.path}: ${text}.`);
  }
}

const isOn = ({ allowlist }: Project): boolean => (allowlist?.stored ?? allowlist?.effective) === true;

async function noteDrift(
  engine: Engine,
  { path }: ProjectRef,
  rows: readonly WaveCallee[],
  change: Pick<WaveCallee, 'step' | 'hold'>,
  text: string,
): Promise<void> {
  const { store, clock } = engine;
  await fenced(engine, async () => {
    const at = clock.now();
    for (const { waveId, callee } of rows) await store.saveWaveCallee(waveId, callee, change);
    if (change.hold !== null) await store.putFinding({ at, kind: 'drift', subject: path, text });
    await store.appendLedger([{ kind: 'drift', subject: path, body: { what: text } }], at);
  });
}
