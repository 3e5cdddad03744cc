import { epochMs, isoTime, type EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { waveState } from '../drive/decide.ts';
import type { WaveRow } from '../ports.ts';

/** Answers that come late make GitLab's clock seem to step back by less. */
const CLOCK_SLACK_MS = 120_000;

/**
 * GitLab's clock was set back behind the moments of this wave: jobs of from now on would seem to have failed before their
 * callee was enforced, and nothing would count against the wave. They count from one rhythm of sweeps ago then, as nobody
 * knows when the clock was set; a project that was open until its wave refused nobody before.
 *
 * @param now - when the sweep begins
 * @returns the wave as it is from now on
 */
export async function followSetBack(engine: Engine, wave: WaveRow, now: EpochMs): Promise<WaveRow> {
  const { store, notify } = engine;
  const isAhead = (moment: EpochMs | null): boolean => moment !== null && moment - now > CLOCK_SLACK_MS;
  const ahead = (await store.waveCallees(wave.id)).filter(({ enforcedAt }) => isAhead(enforcedAt));
  if (ahead.length === 0 && !isAhead(wave.startedAt)) return wave;
  const from = epochMs(now - waveState(wave.checkpoint).context.sweepEveryMs);
  const startedAt = isAhead(wave.startedAt) ? from : wave.startedAt;
  await fenced(engine, async () => {
    await store.saveWave(wave.id, { startedAt });
    for (const { callee } of ahead) await store.saveWaveCallee(wave.id, callee, { enforcedAt: from });
    const body = { wave: wave.number, what: 'the clock of GitLab was set back', callees: ahead.length, from };
    await store.appendLedger([{ kind: 'drift', subject: `wave ${wave.number}`, body }], now);
  });
  notify.alert(`Wave ${wave.number}: GitLab’s clock was set back to ${isoTime(now)}; it soaks anew from there.`);
  return { ...wave, startedAt };
}
