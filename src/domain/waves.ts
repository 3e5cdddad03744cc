import type { Playbook } from './playbook.ts';
import type { PlannedCallee, PlannedWave } from './plan.ts';
import { pathMatcher } from './rules.ts';

export interface WaveInput {
  readonly policy: Playbook['waves'];
  readonly callees: readonly PlannedCallee[];
  /** Kinds of access seen on each callee, by its id: pilots should exercise as many kinds as there are. */
  readonly accessOf: (callee: PlannedCallee) => readonly string[];
  /** Callees in scope, changed already or not: shares are of this, so that a wave does not shrink as others pass. */
  readonly total: number;
  /** Waves that have passed. The pilot is the first one. */
  readonly passed: number;
}

/**
 * Groups callees into waves: a pilot of low risk that still exercises every kind of access in use, then waves of the
 * playbook's sizes, few callers first and hubs last. Callees that are enforced already and lack an approved entry are
 * repairs: their callers are shut out now, so they go with the very next wave, whatever its size. Every callee is in
 * exactly one wave; the same input gives the same waves.
 */
export function arrangeWaves(input: WaveInput): readonly PlannedWave[] {
  const repairs = input.callees.filter(({ enforce }) => !enforce).sort(byPath);
  const toEnforce = input.callees.filter(({ enforce }) => enforce);
  const waves: PlannedWave[] = [];
  let rest: readonly PlannedCallee[] = toEnforce;
  let urgent: readonly PlannedCallee[] = repairs;
  let number = input.passed + 1;
  if (number === 1 && input.callees.length > 0) {
    const pilots = choosePilots(rest, input);
    waves.push({ number, kind: 'pilot', callees: [...urgent, ...pilots], instanceSwitch: false });
    rest = rest.filter((callee) => !pilots.includes(callee));
    urgent = [];
    number += 1;
  }
  rest = input.policy.order === 'path' ? [...rest].sort(byPath) : spread(rest);
  while (rest.length > 0 || urgent.length > 0) {
    const size = sizeOf(input.policy.sizes, number - 2, input.total);
    waves.push({ number, kind: 'wave', callees: [...urgent, ...rest.slice(0, size)], instanceSwitch: false });
    rest = rest.slice(size);
    urgent = [];
    number += 1;
  }
  return waves;
}

/**
 * Orders callees by risk, those that nobody is known to call spread evenly among the others: a wave without known
 * callers would prove nothing, and all callees without them in one wave would be too many at once.
 */
function spread(callees: readonly PlannedCallee[]): readonly PlannedCallee[] {
  const used = callees.filter(({ approvedCallers }) => approvedCallers > 0).sort(byRisk);
  const unused = callees.filter(({ approvedCallers }) => approvedCallers === 0).sort(byRisk);
  const at = (index: number, length: number): number => (index + 0.5) / length;
  return [
    ...used.map((callee, index) => ({ callee, position: at(index, used.length) })),
    ...unused.map((callee, index) => ({ callee, position: at(index, unused.length) })),
  ]
    .sort((a, b) => a.position - b.position || byRisk(a.callee, b.callee))
    .map(({ callee }) => callee);
}

const byPath = (a: PlannedCallee, b: PlannedCallee): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const byRisk = (a: PlannedCallee, b: PlannedCallee): number => a.risk - b.risk || byPath(a, b);

function sizeOf(sizes: Playbook['waves']['sizes'], index: number, total: number): number {
  const size = sizes[Math.min(Math.max(index, 0), sizes.length - 1)] ?? '100%';
  return typeof size === 'number' ? size : Math.max(1, Math.ceil((Number(size.slice(0, -1)) / 100) * total));
}

function choosePilots(callees: readonly PlannedCallee[], { policy, accessOf }: WaveInput): readonly PlannedCallee[] {
  const ordered = [...callees].sort(policy.order === 'path' ? byPath : byRisk);
  const { projects, size } = policy.pilot;
  if (projects.length > 0) {
    const matchers = projects.map(pathMatcher);
    const named = ordered.filter(({ path }) => matchers.some((matches) => matches(path))).slice(0, size);
    if (named.length > 0) return named;
  }
  // A pilot that nobody calls proves nothing: callees with callers come first.
  const used = ordered.filter(({ approvedCallers }) => approvedCallers > 0);
  const chosen: PlannedCallee[] = [];
  const kinds = new Set<string>();
  for (const callee of used) {
    const fresh = accessOf(callee).filter((kind) => !kinds.has(kind));
    if (chosen.length < size && fresh.length > 0) {
      chosen.push(callee);
      for (const kind of fresh) kinds.add(kind);
    }
  }
  for (const callee of [...used, ...ordered]) {
    if (chosen.length < size && !chosen.includes(callee)) chosen.push(callee);
  }
  return chosen;
}
