import type { Disposition } from '../../domain/watch/denial.ts';
import type { EdgeState } from '../../domain/edges/edge.ts';
import { DISPOSITIONS } from '../labels.ts';
import type { ReportInput } from './input.ts';
import { timeOrNull } from '../text.ts';
import type { Headline, ReportCallee, ReportEdge, ReportProject, ReportWave } from './types.ts';

const WAVE_OUTCOME: Readonly<Record<string, keyof Headline['waves']>> = {
  passed: 'passed',
  rolledBack: 'rolledBack',
  inconclusive: 'inconclusive',
  held: 'failed',
  rollbackBlocked: 'failed',
};

/** A wave's work stands: also where it could not be taken back. */
const STANDS: ReadonlySet<ReportCallee['step']> = new Set(['enforced', 'kept']);

/** The figures that stand at the top: everything in them is counted from the rows below. */
export function headlineOf(
  input: ReportInput,
  projects: readonly ReportProject[],
  edges: readonly ReportEdge[],
  waves: readonly ReportWave[],
): Headline {
  const settled = input.waves.flatMap(({ intents }) =>
    intents.flatMap(({ outcome, settledAt }) => (outcome === 'done' && settledAt !== null ? [settledAt] : [])),
  );
  const ours = new Set(
    waves.flatMap(({ callees }) =>
      callees.flatMap(({ path, step, enforces }) => (enforces && STANDS.has(step) ? [path] : [])),
    ),
  );
  const setting = (which: ReportProject['setting']): number =>
    projects.filter((project) => project.setting === which).length;
  const sum = (of: (wave: ReportWave) => number): number => waves.reduce((total, wave) => total + of(wave), 0);
  return {
    projects: projects.length,
    enforced: setting('enforced'),
    enforcedBefore: projects.filter(({ setting: is, path }) => is === 'enforced' && !ours.has(path)).length,
    open: setting('open'),
    unread: setting('unread'),
    waves: waveOutcomes(waves),
    entriesAdded: sum(({ entriesAdded }) => entriesAdded),
    entriesTakenBack: sum(({ entriesTakenBack }) => entriesTakenBack),
    entriesRemoved: sum(({ entriesRemoved }) => entriesRemoved),
    entriesNarrowed: sum(({ entriesNarrowed }) => entriesNarrowed),
    widening: sum(({ widening }) => widening),
    edges: tally<EdgeState>(
      ['undecided', 'approved', 'rejected', 'replaced'],
      edges.map(({ state }) => state),
    ),
    expired: edges.filter(({ state, decision }) => state === 'approved' && decision?.expired === true).length,
    exercised: edges.filter(({ proof }) => proof === 'exercised').length,
    unproven: edges.filter(({ proof }) => proof === 'unproven').length,
    denials: tally<Disposition>(
      Object.keys(DISPOSITIONS) as Disposition[],
      input.failures.map(({ disposition }) => disposition),
    ),
    keptEdits: input.findings.filter(({ kind }) => kind === 'person-edit').length,
    requests: input.requests,
    plannedRequests: input.plans.at(-1)?.requests ?? null,
    firstWriteAt: timeOrNull(
      settled.reduce<(typeof settled)[number] | null>((a, b) => (a === null || b < a ? b : a), null),
    ),
    lastWriteAt: timeOrNull(
      settled.reduce<(typeof settled)[number] | null>((a, b) => (a === null || b > a ? b : a), null),
    ),
  };
}

/** Every word with how often it occurs, zero included. */
function tally<W extends string>(words: readonly W[], seen: readonly W[]): Readonly<Record<W, number>> {
  const counts = Object.fromEntries(words.map((word) => [word, 0])) as Record<W, number>;
  for (const word of seen) counts[word] += 1;
  return counts;
}

function waveOutcomes(waves: readonly ReportWave[]): Headline['waves'] {
  const counts = { passed: 0, failed: 0, inconclusive: 0, underway: 0, rolledBack: 0 };
  // A stale wave wrote nothing; the plan that took its place has waves of its own.
  for (const { phase } of waves) if (phase !== 'stale') counts[WAVE_OUTCOME[phase] ?? 'underway'] += 1;
  return counts;
}
