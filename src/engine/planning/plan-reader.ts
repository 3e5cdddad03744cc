import type { HeldCallee, Plan, PlanHead, PlannedCallee } from '../../domain/plan/plan.ts';
import { WaveCount, type WaveDigest } from '../../domain/plan/wave-digest.ts';
import type { FreezePolicy } from '../../domain/playbook.ts';
import type { PlanStore } from '../ports.ts';

/** A plan for those who show or compare it: callees come by the page, as those of 100,000 projects fill a machine. */
export interface PlanReader {
  readonly head: PlanHead;
  /** Callees of one wave in their order, by its number; empty beyond its end. */
  readonly page: (wave: number, from: number, limit: number) => Promise<readonly PlannedCallee[]>;
  readonly held: () => Promise<readonly HeldCallee[]>;
}

/** Null where there is no such plan. */
export async function storedPlan(store: PlanStore, hash: string): Promise<PlanReader | null> {
  const head = await store.planHead(hash);
  if (head === null) return null;
  return {
    head,
    page: (wave, from, limit) => store.planCallees(hash, wave, from, limit),
    held: () => store.planHeld(hash),
  };
}

/** A plan that is in memory anyway. */
export function planAtHand({ waves, held, ...plan }: Plan): PlanReader {
  const bare = waves.map(({ callees, ...wave }) => ({ ...wave, size: callees.length }));
  return {
    head: { ...plan, waves: bare },
    page: (wave, from, limit) => {
      const callees = waves.find(({ number }) => number === wave)?.callees ?? [];
      return Promise.resolve(callees.slice(from, from + limit));
    },
    held: () => Promise.resolve(held),
  };
}

const PAGE = 100;

/** The callees of one wave, some at a time. */
export async function* pagesOf({ page }: PlanReader, wave: number): AsyncGenerator<readonly PlannedCallee[]> {
  for (let from = 0; ; from += PAGE) {
    const callees = await page(wave, from, PAGE);
    if (callees.length > 0) yield callees;
    if (callees.length < PAGE) return;
  }
}

const NO_FREEZE: FreezePolicy = { timeZone: 'UTC', windows: [] };

/**
 * What each wave comes to.
 *
 * @param each - sees every page as it passes
 */
export async function digestPlan(
  plan: PlanReader,
  freeze: FreezePolicy = NO_FREEZE,
  each: (page: readonly PlannedCallee[], wave: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly WaveDigest[]> {
  const digests: WaveDigest[] = [];
  for (const wave of plan.head.waves) {
    const count = new WaveCount(wave, freeze);
    for await (const page of pagesOf(plan, wave.number)) {
      for (const callee of page) count.add(callee);
      await each(page, wave.number);
    }
    digests.push(count.digest());
  }
  return digests;
}
