/**
 * Compaction against GitLab's own (17.7 to about 18.6), on the same callers: widening side by side, and processor time.
 * Run: npx tsx bench/compaction.ts
 *
 * GitLab's algorithm, from its source (`Gitlab::Utils::TraversalIdCompactor`): while there are more paths than the limit,
 * take the parents that at least two paths share, choose the deepest, ties by the most paths, and replace every path
 * below it by the parent. No parent left: an error, and no entry at all.
 */
import { compact, type EntryLimit } from '../src/domain/compaction/compaction.ts';
import { random } from './support/random.ts';

type Paths = readonly string[];

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const depthOf = (path: string): number => path.split('/').length;

/** What GitLab's compaction would list; null for its `CompactionLimitCannotBeAchievedError`. */
function gitlabCompaction(callers: Paths, limit: number): Paths | null {
  let paths: Paths = [...new Set(callers)];
  while (paths.length > limit) {
    const tally = new Map<string, number>();
    for (const parent of paths.map(parentOf)) if (parent !== '') tally.set(parent, (tally.get(parent) ?? 0) + 1);
    const shared = [...tally].filter(([, count]) => count > 1);
    const [chosen] = shared.sort(([a, m], [b, n]) => depthOf(b) - depthOf(a) || n - m);
    if (!chosen) return null;
    const [parent] = chosen;
    paths = [...paths.filter((path) => path !== parent && !path.startsWith(`${parent}/`)), parent];
  }
  return paths;
}

function wideningOf(entries: Paths, callers: ReadonlySet<string>, projects: Paths): number {
  const listed = new Set(entries);
  const admitted = (path: string): boolean => {
    for (let group = parentOf(path); group !== ''; group = parentOf(group)) if (listed.has(group)) return true;
    return false;
  };
  return projects.filter((path) => !callers.has(path) && admitted(path)).length;
}

/** An organisation in which a few groups call often and most seldom, as the consumers of a hub library do. */
function organisation(projects: number, callers: number, roots: number, seed: number): [Paths, Paths] {
  const next = random(seed);
  const groups = Array.from({ length: Math.ceil(projects / 12) }, (_, n) => {
    const depth = 1 + Math.floor(next() * 4);
    return [
      `root-${n % roots}`,
      ...Array.from({ length: depth }, (_level, d) => `g${Math.floor(next() * 4 ** (d + 1))}`),
    ].join('/');
  });
  const keen = groups.map(() => next() ** 3);
  const made = Array.from({ length: projects }, (_, n) => {
    const group = Math.floor(next() * groups.length);
    return { path: `${groups[group] ?? ''}/p${n}`, keen: (keen[group] ?? 0) * next() };
  });
  const calling = made.toSorted((a, b) => b.keen - a.keen || (a.path < b.path ? -1 : 1)).slice(0, callers);
  return [made.map(({ path }) => path), calling.map(({ path }) => path)];
}

/** Every group alike: the hardest case under two limits, because nothing can be ruled out early. */
function alike(projects: number, callers: number): [Paths, Paths] {
  const all = Array.from({ length: projects }, (_, n) => `r${n % 4}/a${n % 64}/b${n % 512}/g${n % 2_500}/p${n}`);
  return [all, all.slice(0, callers)];
}

function timed<T>(work: () => T): [T, number] {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return [result, Math.round((user + system) / 1_000)];
}

function oursOf(
  callers: Paths,
  projects: Paths,
  limit: EntryLimit,
): { readonly widening: string; readonly ms: number } {
  const [found, ms] = timed(() => compact({ callers, projects, existing: [], userNamespaces: [], limit }));
  return { widening: found.fits ? String(found.widening) : `needs ${found.least.entries}`, ms };
}

const CASES: readonly [string, [Paths, Paths]][] = [
  ['5,000 projects, 250 callers', organisation(5_000, 250, 5, 1)],
  ['10,000 projects, 500 callers', organisation(10_000, 500, 8, 2)],
  ['20,000 projects, 1,000 callers', organisation(20_000, 1_000, 10, 3)],
  ['50,000 projects, 2,000 callers', organisation(50_000, 2_000, 12, 4)],
  ['50,000 projects, 2,000 callers, alike', alike(50_000, 2_000)],
  ['50,000 projects, 2,000 callers, 250 roots', organisation(50_000, 2_000, 250, 5)],
];

console.log(`node ${process.version}; widening in projects, processor time in ms; limits 200, and 200 + 200`);
const heads = ['', 'GitLab 200', 'ms', 'tidegate 200', 'ms', 'tidegate 200+200', 'ms'];
const rows = CASES.map(([name, [projects, callers]]) => {
  const [entries, ms] = timed(() => gitlabCompaction(callers, 200));
  const theirs = entries ? String(wideningOf(entries, new Set(callers), projects)) : 'error';
  const total = oursOf(callers, projects, { kind: 'total', entries: 200 });
  const separate = oursOf(callers, projects, { kind: 'separate', projects: 200, groups: 200 });
  return [name, theirs, String(ms), total.widening, String(total.ms), separate.widening, String(separate.ms)];
});
const widths = heads.map((head, n) => Math.max(head.length, ...rows.map((row) => (row[n] ?? '').length)));
for (const row of [heads, ...rows]) {
  console.log(row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  '));
}
