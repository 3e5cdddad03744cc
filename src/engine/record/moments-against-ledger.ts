import type { WriteIntent } from '../../domain/rollout/intent.ts';
import type { LedgerRow, RolloutStore, WaveCallee, WaveRow } from '../ports.ts';

/*
 * From the moment when a callee was enforced on, jobs that it refuses count against its wave. Moved to a later one they
 * would count no more, so it is held against the writes, whose times the ledger has.
 */

/** A callee's moment is taken just before its write is put down, and rounded to the second. */
const SLACK_MS = 5_000;

const ACTING: ReadonlySet<string> = new Set(['enforce', 'removeEntry', 'setPermissions']);

/** @param drift - rows of the ledger that tell of callees which people opened and closed again, and of clocks set back */
export async function momentsAgainst(
  store: RolloutStore,
  waves: readonly WaveRow[],
  drift: readonly LedgerRow[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const wave of waves) {
    const intents = await store.intents(wave.id);
    const moved = drift.filter(({ body }) => body['wave'] === wave.number);
    const known = new Set<unknown>(moved.map(({ body }) => body['from']));
    if (moved.length > 0) for (const { until } of await store.sweeps(wave.id)) known.add(until);
    const times = timesByCallee(intents);
    for (const row of await store.waveCallees(wave.id)) {
      if (!isOff(row, times.get(row.callee) ?? []) || known.has(row.enforcedAt)) continue;
      problems.push(`wave ${wave.number}: ${row.path} is enforced from a moment at which nothing was written to it`);
    }
  }
  return problems;
}

function timesByCallee(intents: readonly WriteIntent[]): ReadonlyMap<number, readonly number[]> {
  const times = new Map<number, number[]>();
  for (const { callee, action, outcome, createdAt } of intents) {
    if (callee === null || !ACTING.has(action.kind) || outcome === 'refused') continue;
    const list = times.get(callee);
    if (list) list.push(createdAt);
    else times.set(callee, [createdAt]);
  }
  return times;
}

/** Where nothing had to be written, as on a list that was on already, there is nothing to hold it against. */
function isOff({ step, enforcedAt }: WaveCallee, times: readonly number[]): boolean {
  if (step !== 'enforced' || enforcedAt === null || times.length === 0) return false;
  return !times.some((time) => Math.abs(time - enforcedAt) <= SLACK_MS);
}
