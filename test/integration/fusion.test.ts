import { afterAll, describe, expect, it } from 'vitest';
import { StandInProcess, Workplace } from './support/process.ts';
import { Rollout } from './support/rollout.ts';

/** What a whole quarter did, asked of the stand-in; the inventory before it saw none of that quarter. */
interface Truth {
  readonly edges: readonly { readonly caller: string; readonly callee: string; readonly allowed: number }[];
}

const PLAYBOOK = (requests: number): string => `
name: fusion
evidence: { surveys: { requests: ${requests} } }
`;

const places: Workplace[] = [];
const standIns: StandInProcess[] = [];
afterAll(async () => {
  await Promise.all(standIns.map((standIn) => standIn.stop()));
  for (const place of places) place.remove();
});

const keyOf = ({ caller, callee }: { readonly caller: string; readonly callee: string }): string =>
  `${caller} -> ${callee}`;

/** Edges known after an inventory, with and without looks at single projects; both before the quarter is played. */
async function knownEdges(standIn: StandInProcess, requests: number): Promise<ReadonlySet<string>> {
  const place = new Workplace();
  places.push(place);
  const rollout = new Rollout(standIn, place);
  await rollout.init(PLAYBOOK(requests));
  await rollout.must('inventory');
  return new Set((await rollout.edges()).map(keyOf));
}

describe('evidence from every source', () => {
  it('knows nearly every edge that a quarter brings, where the log alone misses rare jobs', async () => {
    const place = new Workplace();
    places.push(place);
    const standIn = await StandInProcess.start(['--projects', '50', '--seed', '3'], place.path);
    standIns.push(standIn);
    await standIn.control('clock', { advance: '10m' });
    const log = await knownEdges(standIn, 0);
    const fused = await knownEdges(standIn, 10_000);
    await standIn.control('clock', { advance: '100d' });
    const { edges } = await standIn.control<Truth>('truth');
    const planted = new Set(edges.filter(({ caller, callee }) => caller !== callee).map(keyOf));
    const recall = (known: ReadonlySet<string>): number =>
      [...planted].filter((edge) => known.has(edge)).length / planted.size;
    const figures = { edges: planted.size, log: recall(log).toFixed(3), fused: recall(fused).toFixed(3) };
    console.info(`recall of ${figures.edges} edges: log alone ${figures.log}, all sources ${figures.fused}`);
    expect(recall(fused)).toBeGreaterThan(0.93);
    expect(recall(fused)).toBeGreaterThan(recall(log) + 0.1);
  }, 120_000);
});
