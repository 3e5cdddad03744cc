import { afterAll, describe, expect, it } from 'vitest';
import { StandInProcess, Workplace } from '../integration/support/process.ts';
import { Rollout } from '../integration/support/rollout.ts';

interface TruthEdge {
  readonly caller: string;
  readonly callee: string;
  readonly access: string;
  readonly allowed: number;
  readonly denied: number;
}

interface Shadow {
  readonly callees: readonly {
    readonly callee: string;
    readonly denied: readonly { readonly caller: string; readonly certain: boolean }[];
    readonly planned: readonly { readonly kind: 'project' | 'group'; readonly path: string }[];
  }[];
}

/** What happened to one edge between two looks at the truth, all kinds of access together. */
interface Fate {
  allowed: number;
  denied: number;
}

const PLAYBOOK = `
name: differential
decisions:
  rules:
    - { name: seen, then: approve, reason: seen in the log }
risk: { maxForRules: 100 }
`;

const keyOf = (caller: string, callee: string): string => `${caller} -> ${callee}`;
const places: Workplace[] = [];
const standIns: StandInProcess[] = [];
afterAll(async () => {
  await Promise.all(standIns.map((standIn) => standIn.stop()));
  for (const place of places) place.remove();
});

async function truth(standIn: StandInProcess): Promise<readonly TruthEdge[]> {
  return (await standIn.control<{ edges: readonly TruthEdge[] }>('truth')).edges;
}

function fates(before: readonly TruthEdge[], after: readonly TruthEdge[]): ReadonlyMap<string, Fate> {
  const earlier = new Map(before.map((edge) => [`${keyOf(edge.caller, edge.callee)} ${edge.access}`, edge]));
  const found = new Map<string, Fate>();
  for (const edge of after) {
    const was = earlier.get(`${keyOf(edge.caller, edge.callee)} ${edge.access}`);
    const key = keyOf(edge.caller, edge.callee);
    const fate = found.get(key) ?? { allowed: 0, denied: 0 };
    fate.allowed += edge.allowed - (was?.allowed ?? 0);
    fate.denied += edge.denied - (was?.denied ?? 0);
    found.set(key, fate);
  }
  return found;
}

/** A direct call of the stand-in's API, without any of the program under test. */
async function call(standIn: StandInProcess, method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${standIn.url}/api/v4/${path}`, {
    method,
    headers: { 'PRIVATE-TOKEN': standIn.token, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

interface World {
  readonly projects: Readonly<Record<string, { readonly id: number }>>;
}

async function groupId(standIn: StandInProcess, path: string): Promise<number> {
  const response = await fetch(`${standIn.url}/api/v4/groups/${encodeURIComponent(path)}`, {
    headers: { 'PRIVATE-TOKEN': standIn.token },
  });
  return ((await response.json()) as { id: number }).id;
}

async function letIn(standIn: StandInProcess, edges: readonly string[]): Promise<void> {
  const { projects } = await standIn.control<World>('state');
  for (const edge of edges) {
    const [caller = '', callee = ''] = edge.split(' -> ');
    const body = { target_project_id: projects[caller]?.id };
    await call(standIn, 'POST', `projects/${projects[callee]?.id ?? 0}/job_token_scope/allowlist`, body);
  }
}

/** Reads, predicts, then adds the predicted entries and enforces everything by hand. */
async function trial(seed: number, entries: 'none' | 'planned') {
  const place = new Workplace();
  places.push(place);
  const standIn = await StandInProcess.start(['--projects', '60', '--seed', String(seed)], place.path);
  standIns.push(standIn);
  const rollout = new Rollout(standIn, place);
  await rollout.init(PLAYBOOK);
  // GitLab writes its log five minutes late.
  await standIn.control('clock', { advance: '10m' });
  await rollout.must('inventory');
  if (entries === 'planned') await rollout.must('edges', 'approve', '--all', '--reason', 'seen', '--yes');
  const observed = new Set((await rollout.edges()).map(({ caller, callee }) => keyOf(caller, callee)));
  const shadow = await rollout.json<Shadow>('shadow', ...(entries === 'none' ? ['--as-is'] : []));
  // While nothing was enforced: for lack of a role, which no entry gives.
  const withoutRole = new Set(wereDenied(observed, fates([], await truth(standIn))));
  const { projects } = await standIn.control<World>('state');
  let added = 0;
  for (const { callee, planned } of shadow.callees) {
    const id = projects[callee]?.id ?? 0;
    for (const { kind, path } of planned) {
      const list = kind === 'project' ? 'allowlist' : 'groups_allowlist';
      const body =
        kind === 'project'
          ? { target_project_id: projects[path]?.id }
          : { target_group_id: await groupId(standIn, path) };
      await call(standIn, 'POST', `projects/${id}/job_token_scope/${list}`, body);
      added += 1;
    }
    await call(standIn, 'PATCH', `projects/${id}/job_token_scope`, { enabled: true });
  }
  return { standIn, observed, shadow, added, withoutRole };
}

/** What happens to each edge in the time that passes now. */
async function watch(standIn: StandInProcess, time: string): Promise<ReadonlyMap<string, Fate>> {
  const before = await truth(standIn);
  await standIn.control('clock', { advance: time });
  return fates(before, await truth(standIn));
}

const wereDenied = (edges: Iterable<string>, fate: ReadonlyMap<string, Fate>): readonly string[] =>
  [...edges].filter((edge) => (fate.get(edge)?.denied ?? 0) > 0);
const wereAllowed = (edges: Iterable<string>, fate: ReadonlyMap<string, Fate>): readonly string[] =>
  [...edges].filter((edge) => (fate.get(edge)?.allowed ?? 0) > 0);

function predicted(shadow: Shadow, certain: boolean): ReadonlySet<string> {
  return new Set(
    shadow.callees.flatMap(({ callee, denied }) =>
      denied.filter((denial) => denial.certain === certain).map(({ caller }) => keyOf(caller, callee)),
    ),
  );
}

describe('shadow enforcement against enforcement', () => {
  it.each([1, 2])('misses no denial and invents none without entries, seed %i', { timeout: 90_000 }, async (seed) => {
    const { standIn, observed, shadow } = await trial(seed, 'none');
    const sure = predicted(shadow, true);
    const maybe = predicted(shadow, false);
    const confirmed = new Set<string>();
    const opened = new Set<string>();
    // A refusal ends its job, so later uses of that job are not tried: whoever was refused is let in, and so the next
    // use comes to be tried, until nobody new is refused.
    for (let round = 0; round < 12; round += 1) {
      const open = [...sure].filter((edge) => !confirmed.has(edge));
      // Longer than a quarter, so that rare schedules come round.
      const fate = await watch(standIn, '98d');
      const refused = wereDenied(observed, fate).filter((edge) => !confirmed.has(edge));
      expect({
        missed: refused.filter((edge) => !sure.has(edge) && !maybe.has(edge)),
        invented: wereAllowed(open, fate),
      }).toEqual({ missed: [], invented: [] });
      for (const edge of refused) confirmed.add(edge);
      // Uses that left no row in the log, such as redirected downloads, end jobs as well.
      const hiding = wereDenied(fate.keys(), fate).filter((edge) => !opened.has(edge));
      if (hiding.length === 0) break;
      await letIn(standIn, hiding);
      for (const edge of hiding) opened.add(edge);
    }
    // The comparison is worth something only while nearly every prediction came to be tried, and few are "maybe".
    const tried = [...sure].filter((edge) => confirmed.has(edge)).length;
    expect(tried).toBeGreaterThan(sure.size * 0.8);
    expect(sure.size).toBeGreaterThan(maybe.size);
  });

  it('denies nobody who was observed once the planned entries stand', { timeout: 90_000 }, async () => {
    const { standIn, observed, shadow, added, withoutRole } = await trial(3, 'planned');
    expect(added).toBeGreaterThan(50);
    expect([...predicted(shadow, true)]).toEqual([]);
    const fate = await watch(standIn, '28d');
    const maybe = predicted(shadow, false);
    const denied = wereDenied(observed, fate).filter((edge) => !withoutRole.has(edge));
    expect(denied.filter((edge) => !maybe.has(edge))).toEqual([]);
    expect(wereAllowed(observed, fate).length).toBeGreaterThan(50);
  });
});
