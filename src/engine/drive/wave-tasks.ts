import { counted, epochMs, isoTime } from '../../domain/values.ts';
import { applyWave, plannedWave } from '../apply/apply.ts';
import { rollbackWave, type RollbackResult } from '../apply/rollback.ts';
import { fenced, type Engine } from '../context.ts';
import type { WaveRow } from '../ports.ts';
import { tellOwners } from '../record/owner-notices.ts';
import { sweepWave, type SweepResult } from '../watch/watch.ts';
import type { Advance } from './advance.ts';
import { decideWave, waveState } from './decide.ts';

/** Carries a wave out on GitLab, unless owners are to be heard first, a freeze holds, or the plan no longer fits. */
export async function applyTask(engine: Engine, wave: WaveRow): Promise<Advance> {
  const heard = await tellOwners(engine, wave);
  if (heard !== null) {
    engine.notify.note(
      `Wave ${wave.number} waits until ${isoTime(heard)} for what the owners of its projects have to say.`,
    );
    return { wave: { id: wave.id, event: { type: 'FROZEN', until: heard } } };
  }
  if (wave.startedAt === null) {
    const startedAt = engine.clock.now();
    await fenced(engine, () => engine.store.saveWave(wave.id, { startedAt }));
  }
  const result = await applyWave(engine, wave);
  const planned = await plannedWave(engine, wave);
  const subject = `wave ${wave.number}`;
  switch (result.kind) {
    case 'frozen':
      engine.notify.note(`Wave ${wave.number} waits for the freeze to end at ${isoTime(result.until)}.`);
      return { wave: { id: wave.id, event: { type: 'FROZEN', until: result.until } } };
    case 'stale':
      engine.notify.alert(
        `Wave ${wave.number}: GitLab has moved since the plan, nothing was written: ${result.moved.slice(0, 3).join('; ')}.`,
      );
      return {
        wave: { id: wave.id, event: { type: 'PLAN_STALE' } },
        ledger: [{ kind: 'plan-stale', subject, body: { plan: wave.planHash, moved: result.moved } }],
        rows: async () => {
          for (const text of result.moved) {
            await engine.store.putFinding({ at: engine.clock.now(), kind: 'moved', subject, text });
          }
        },
      };
    case 'failed':
      engine.notify.alert(`Wave ${wave.number} could not be applied: ${result.problems.slice(0, 3).join('; ')}.`);
      return {
        wave: { id: wave.id, event: { type: 'APPLY_FAILED' } },
        ledger: [{ kind: 'wave-failed', subject, body: { problems: result.problems } }],
      };
    case 'applied': {
      const what = planned.instanceSwitch
        ? 'the switch of the instance is set'
        : `${counted(planned.callees.length - result.failed, 'project')} ${planned.callees.some(({ enforce }) => enforce) ? 'enforced' : 'changed'}`;
      engine.notify.note(`Wave ${wave.number}: ${what}; soaking.`);
      return {
        wave: { id: wave.id, event: { type: 'APPLIED', at: result.at } },
        ledger: [{ kind: 'wave-applied', subject, body: { at: isoTime(result.at), failed: result.failed } }],
      };
    }
  }
}

/** Looks once for refused jobs of a soaking wave and judges it. */
export async function sweepTask(engine: Engine, wave: WaveRow): Promise<Advance> {
  const { soakUntil } = waveState(wave.checkpoint).context;
  return afterLook(engine, wave, await sweepWave(engine, wave, epochMs(soakUntil ?? 0)));
}

/** What follows from a look at a soaking wave, a sweep or one at a single job. */
export function afterLook({ notify }: Pick<Engine, 'notify'>, wave: WaveRow, result: SweepResult): Advance {
  const { at, verdict, reasons, seen, waitsFor } = result;
  const event = { type: 'SWEPT', at, verdict } as const;
  if (verdict === 'pending') return { wave: { id: wave.id, event } };
  notify.alert(`Wave ${wave.number}: ${verdict}: ${reasons.join('; ')}.`);
  return {
    wave: { id: wave.id, event },
    ledger: [
      { kind: 'verdict', subject: `wave ${wave.number}`, body: { verdict, at: isoTime(at), reasons, seen, waitsFor } },
    ],
  };
}

/** Takes back what the wave wrote; obstacles leave it blocked until a person has dealt with them. */
export async function rollbackTask(engine: Engine, wave: WaveRow): Promise<Advance> {
  const result = await rollbackWave(engine, wave);
  const blocked = result.obstacles.length > 0;
  engine.notify.alert(
    `Wave ${wave.number} rolled back: ${undoneText(wave, result)}${result.kept.length > 0 ? `, ${result.kept.length} left as they are` : ''}${blocked ? `; blocked: ${result.obstacles.slice(0, 3).join('; ')}` : ''}.`,
  );
  return {
    wave: { id: wave.id, event: { type: 'ROLLED_BACK', complete: !blocked } },
    ledger: [{ kind: 'rollback', subject: `wave ${wave.number}`, body: { ...result } }],
  };
}

/** What was undone, in words. */
function undoneText({ kind }: WaveRow, { reopened, removed, restored }: RollbackResult): string {
  if (kind === 'organisation')
    return reopened > 0 ? 'the switch of the instance is off again' : 'nothing was to be undone';
  const parts = [
    ...(reopened > 0 ? [`${counted(reopened, 'project')} opened again`] : []),
    ...(removed > 0 ? [`${counted(removed, 'entry', 'entries')} removed`] : []),
    ...(restored > 0 ? [`${counted(restored, 'entry', 'entries')} put back`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : 'nothing was to be undone';
}

/** Takes back every wave that stands, the latest first. */
export async function rollbackAllTask(engine: Engine): Promise<Advance> {
  const standing = (await engine.store.waves()).filter(
    ({ checkpoint }) => !['rolledBack', 'stale'].includes(waveState(checkpoint).phase),
  );
  const results: (RollbackResult & { readonly wave: number })[] = [];
  for (const wave of standing.toReversed()) {
    const result = await rollbackWave(engine, wave);
    engine.notify.alert(`Wave ${wave.number} rolled back: ${undoneText(wave, result)}.`);
    if (result.obstacles.length > 0)
      engine.notify.alert(`Wave ${wave.number} still stands in part: ${result.obstacles.slice(0, 3).join('; ')}.`);
    results.push({ wave: wave.number, ...result });
  }
  return {
    rollout: { type: 'ALL_ROLLED_BACK', complete: results.every(({ obstacles }) => obstacles.length === 0) },
    ledger: [{ kind: 'rollback', subject: 'every wave', body: { results } }],
    rows: async () => {
      for (const [index, wave] of standing.toReversed().entries()) {
        await closeWave(engine, wave, results[index]?.obstacles.length === 0);
      }
    },
  };
}

/** Brings the chart of a wave that was taken back with all others to where a rollback of its own would have left it. */
async function closeWave({ store, clock }: Engine, wave: WaveRow, complete: boolean): Promise<void> {
  const ordered = decideWave(wave.checkpoint, { type: 'ROLLBACK' });
  const { checkpoint } = decideWave(ordered.checkpoint, { type: 'ROLLED_BACK', complete });
  await store.saveWave(wave.id, { checkpoint, endedAt: wave.endedAt ?? clock.now() });
}
