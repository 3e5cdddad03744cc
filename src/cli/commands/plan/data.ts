import { GAP_TITLES } from '../../../domain/edges/gap.ts';
import { LOG_BLIND_SPOTS } from '../../../domain/access/shadow.ts';
import type { PlannedCallee } from '../../../domain/plan/plan.ts';
import { isoTime } from '../../../domain/values.ts';
import type { LookAhead } from '../../../engine/planning/look-ahead.ts';
import { pagesOf, type PlanReader } from '../../../engine/planning/plan-reader.ts';
import { jsonText } from '../../terminal/stream.ts';

/** A plan and what is known beside it as one document, written callee by callee: its shape is public. */
export async function planJson(plan: PlanReader, ahead: LookAhead, all: boolean): Promise<AsyncGenerator<string>> {
  const { waves, ...head } = plan.head;
  const held = await plan.held();
  const outlook = ahead.waves.map(({ startsAt, endsAt, ...wave }) => ({
    ...wave,
    startsAt: isoTime(startsAt),
    endsAt: isoTime(endsAt),
  }));
  const wavesJson = waves.map(({ size: _size, ...wave }) => ({ ...wave, callees: calleesOf(plan, wave.number) }));
  return jsonText({
    plan: { ...head, waves: wavesJson, held },
    outlook,
    unseen: {
      overall: [...ahead.unseen.overall, LOG_BLIND_SPOTS],
      counts: ahead.unseen.counts.map(({ kind, callees: count }) => ({ kind, text: GAP_TITLES[kind], callees: count })),
      ...(all ? { callees: unseenJson(plan, ahead) } : {}),
    },
  });
}

async function* calleesOf(plan: PlanReader, wave: number): AsyncGenerator<PlannedCallee> {
  for await (const page of pagesOf(plan, wave)) yield* page;
}

async function* unseenJson(plan: PlanReader, { waves, detailsOf }: LookAhead): AsyncGenerator<object> {
  const coming = new Set(waves.map(({ number }) => number));
  for (const { number } of plan.head.waves.filter((wave) => coming.has(wave.number))) {
    for await (const page of pagesOf(plan, number)) {
      const details = await detailsOf(page);
      for (const { id, path } of page) {
        const unseen = details.get(id)?.unseen ?? [];
        if (unseen.length > 0) yield { callee: path, unseen };
      }
    }
  }
}
