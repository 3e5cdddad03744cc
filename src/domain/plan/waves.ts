import { circlesOf } from './circles.ts';
import { isRepair, type HeldCallee, type PlannedCallee, type PlannedWave } from './plan.ts';
import type { Playbook } from '../playbook.ts';
import { pathMatcher } from '../path-pattern.ts';
import { counted, type ProjectId } from '../values.ts';

/** A callee that is to change, with what its wave is chosen by. */
export interface Candidate {
  readonly callee: PlannedCallee;
  /** Its approved callers. */
  readonly callers: readonly ProjectId[];
  /** Kinds of access seen on it: pilots should exercise as many kinds as there are. */
  readonly access: readonly string[];
}

/** The callees that are still to change, and how far the rollout has come. */
export interface WaveInput {
  readonly policy: Playbook['waves'];
  readonly callees: readonly Candidate[];
  /** Callees in scope, changed already or not: shares are of this, so that a wave does not shrink as others pass. */
  readonly total: number;
  /** Waves that have passed. The pilot is the first one. */
  readonly passed: number;
}

/** Each candidate in just one wave, or held back as too wide. */
export interface Arrangement {
  readonly waves: readonly PlannedWave[];
  /** Callees with more callers than the playbook lets one wave expose. */
  readonly tooWide: readonly HeldCallee[];
}

/**
 * Groups callees into waves: a pilot of low risk that still exercises every kind of access in use, then waves of the
 * playbook's sizes, few callers first and hubs last. Callees that call each other in a circle change together where a
 * wave has room for them: a job of theirs that breaks is then looked at, and taken back, once. Callees that are enforced
 * already and lack an approved entry are repairs: their callers are shut out now, so they go with the very next wave,
 * whatever its size. Every callee is in exactly one wave, and says why in that one; the same input gives the same waves.
 */
export function arrangeWaves(input: WaveInput): Arrangement {
  const { policy } = input;
  const candidates = [...input.callees].sort((a, b) => byPath(a.callee, b.callee));
  const repairs = candidates.filter(({ callee }) => isRepair(callee));
  const toEnforce = candidates.filter(({ callee }) => !isRepair(callee));
  const fits = ({ callers }: Candidate): boolean =>
    policy.maxCallers === undefined || callers.length <= policy.maxCallers;
  const rest = toEnforce.filter(fits);
  const pilots = input.passed === 0 ? choosePilots(rest, input) : [];
  const isPilot = new Set(pilots.map(({ candidate }) => candidate));
  const blocks = inOrder(blocksOf(rest.filter((candidate) => !isPilot.has(candidate))), policy.order);
  const contents = [
    ...(input.passed === 0 && rest.length + repairs.length > 0 ? [pilots] : []),
    ...filled(blocks, input),
  ];
  // Repairs go first; where there is nothing else, they are a wave of their own.
  const urgent = repairs.map((candidate) => ({ candidate, why: 'first of all, as its callers are shut out now' }));
  const all = contents.length > 0 ? contents : urgent.length > 0 ? [[]] : [];
  return {
    waves: all.map((placed, index) => ({
      number: input.passed + index + 1,
      kind: input.passed + index === 0 ? 'pilot' : 'wave',
      callees: [...(index === 0 ? urgent : []), ...placed].map(explained),
      instanceSwitch: false,
    })),
    tooWide: toEnforce.filter((candidate) => !fits(candidate)).map((candidate) => tooWide(candidate, policy)),
  };
}

/** A callee in a wave, and why it is there. */
interface Placed {
  readonly candidate: Candidate;
  readonly why: string;
}

const explained = ({ candidate: { callee }, why }: Placed): PlannedCallee => ({ ...callee, placed: why });

function tooWide({ callee, callers }: Candidate, { maxCallers = 0 }: Playbook['waves']): HeldCallee {
  return {
    id: callee.id,
    path: callee.path,
    reason: 'too-many-callers',
    detail: `its ${counted(callers.length, 'caller')} are more than the ${maxCallers} that waves.maxCallers lets one wave expose: raise it, or split the project`,
  };
}

const byPath = (a: PlannedCallee, b: PlannedCallee): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const byRisk = (a: PlannedCallee, b: PlannedCallee): number => a.risk - b.risk || byPath(a, b);

/** Callees that change together: those of one circle, or a single one. In the order in which they would be split. */
type Block = readonly Candidate[];

function blocksOf(candidates: readonly Candidate[]): readonly Block[] {
  const index = new Map(candidates.map(({ callee }, at) => [callee.id, at]));
  const neighbours = candidates.map(({ callers }) => callers.flatMap((caller) => index.get(caller) ?? []));
  const blocks = new Map<number, Candidate[]>();
  for (const [at, circle] of circlesOf(neighbours).entries()) {
    const candidate = candidates[at];
    if (!candidate) continue;
    const block = blocks.get(circle);
    if (block) block.push(candidate);
    else blocks.set(circle, [candidate]);
  }
  return [...blocks.values()].map((block) => block.sort((a, b) => byRisk(a.callee, b.callee)));
}

/** What a block is ordered by: its riskiest callee, so that no hub comes early in good company. */
const headOf = (block: Block): PlannedCallee => {
  const last = block.at(-1);
  if (!last) throw new Error('a block has a callee');
  return last.callee;
};

/**
 * Orders blocks by risk, those that nobody is known to call spread evenly among the others: a wave without known
 * callers would prove nothing, and all callees without them in one wave would be too many at once.
 */
function inOrder(blocks: readonly Block[], order: Playbook['waves']['order']): readonly Block[] {
  const compare = order === 'path' ? byPath : byRisk;
  const sorted = [...blocks].sort((a, b) => compare(headOf(a), headOf(b)));
  if (order === 'path') return sorted;
  const isUsed = (block: Block): boolean => block.some(({ callers }) => callers.length > 0);
  const at = (index: number, length: number): number => (index + 0.5) / length;
  return [sorted.filter(isUsed), sorted.filter((block) => !isUsed(block))]
    .flatMap((part) => part.map((block, index) => ({ block, position: at(index, part.length) })))
    .sort((a, b) => a.position - b.position || byRisk(headOf(a.block), headOf(b.block)))
    .map(({ block }) => block);
}

/** Fills waves with blocks in order: a wave ends at its size, or before it would expose more callers than it may. */
function filled(blocks: readonly Block[], { policy, total, passed }: WaveInput): readonly (readonly Placed[])[] {
  const most = policy.maxCallers ?? Infinity;
  const waves: Placed[][] = [];
  let exposed = new Set<ProjectId>();
  let place = 0;
  const sizeNow = (): number => sizeOf(policy.sizes, Math.max(waves.length - 1, 0) + Math.max(passed - 1, 0), total);
  const wave = (): Placed[] => waves.at(-1) ?? [];
  const begin = (): void => {
    waves.push([]);
    exposed = new Set();
  };
  const hasRoom = (part: Block): boolean => {
    if (waves.length === 0 || wave().length + part.length > sizeNow()) return false;
    if (most === Infinity) return true;
    const callers = new Set(exposed);
    for (const { callers: more } of part) for (const caller of more) callers.add(caller);
    return callers.size <= most;
  };
  const put = (part: Block, block: Block): void => {
    for (const candidate of part) {
      place += 1;
      for (const caller of most === Infinity ? [] : candidate.callers) exposed.add(caller);
      wave().push({ candidate, why: whyHere(candidate, block, part, place, policy.order) });
    }
  };
  for (const block of blocks) {
    if (!hasRoom(block) && wave().length > 0) begin();
    if (waves.length === 0) begin();
    if (hasRoom(block)) put(block, block);
    else {
      // Too large for any wave: it is split, its riskiest callees last.
      for (const candidate of block) {
        if (!hasRoom([candidate]) && wave().length > 0) begin();
        put([candidate], block);
      }
    }
  }
  return waves;
}

const NAMED = 3;

function whyHere({ callee }: Candidate, block: Block, part: Block, place: number, order: string): string {
  const position = `number ${place} by ${order}`;
  if (block.length === 1) return position;
  if (part.length < block.length) return `${position}; in a circle of ${block.length} that no wave has room for`;
  const others = block.filter((one) => one.callee.id !== callee.id).map((one) => one.callee.path);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  return `${position}; together with ${others.slice(0, NAMED).join(', ')}${more}, as they call each other in a circle`;
}

function sizeOf(sizes: Playbook['waves']['sizes'], index: number, total: number): number {
  const size = sizes[Math.min(Math.max(index, 0), sizes.length - 1)] ?? '100%';
  return typeof size === 'number' ? size : Math.max(1, Math.ceil((Number(size.slice(0, -1)) / 100) * total));
}

function choosePilots(candidates: readonly Candidate[], { policy }: WaveInput): readonly Placed[] {
  const compare = policy.order === 'path' ? byPath : byRisk;
  const ordered = [...candidates].sort((a, b) => compare(a.callee, b.callee));
  const { projects, size } = policy.pilot;
  const exposed = new Set<ProjectId>();
  const chosen: Placed[] = [];
  const taken = new Set<Candidate>();
  const take = (candidate: Candidate, why: string): void => {
    const callers = new Set([...exposed, ...(policy.maxCallers === undefined ? [] : candidate.callers)]);
    if (chosen.length >= size || taken.has(candidate) || callers.size > (policy.maxCallers ?? Infinity)) return;
    for (const caller of callers) exposed.add(caller);
    taken.add(candidate);
    chosen.push({ candidate, why });
  };
  const matchers = projects.map(pathMatcher);
  for (const candidate of ordered)
    if (matchers.some((matches) => matches(candidate.callee.path))) take(candidate, 'named as a pilot by the playbook');
  if (chosen.length > 0) return chosen;
  // Named ones may be held back, or enforced already: whoever reads the plan is told that others stand in for them.
  const instead = projects.length > 0 ? '; no pilot that the playbook names can change now' : '';
  // A pilot that nobody calls proves nothing: callees with callers come first.
  const used = ordered.filter(({ callers }) => callers.length > 0);
  const kinds = new Set<string>();
  for (const candidate of used) {
    const fresh = candidate.access.filter((kind) => !kinds.has(kind));
    if (fresh.length === 0 || chosen.length >= size) continue;
    take(candidate, `of the lowest risk among those that show ${[...fresh].sort().join(', ')}${instead}`);
    if (taken.has(candidate)) for (const kind of fresh) kinds.add(kind);
  }
  for (const candidate of used) take(candidate, `of low risk, with callers${instead}`);
  for (const candidate of ordered) take(candidate, `of low risk; ${counted(0, 'caller')} known${instead}`);
  return chosen;
}
