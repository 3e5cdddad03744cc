import { inForce, signedWidening } from '../../domain/decisions/decision.ts';
import { edgeKey } from '../../domain/edges/edge.ts';
import { groupEntryKey, signOffOf } from '../../domain/plan/entries.ts';
import type { PlannedCallee, PlannedEntry } from '../../domain/plan/plan.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { Knowledge } from '../planning/knowledge.ts';

type Decided = Pick<Knowledge, 'decisions' | 'groupDecisions'>;

/** Planned entries whose decisions no longer stand. */
export function withdrawn(
  callee: PlannedCallee,
  add: readonly PlannedEntry[],
  knowledge: Decided,
  now: EpochMs,
): readonly string[] {
  return add
    .filter((entry) => decisionsFor(callee, entry, knowledge, now) === null)
    .map(
      (entry) => outgrown(callee, entry, knowledge) ?? `the decision for ${entry.kind} ${entry.path} no longer stands`,
    );
}

/** Says by how much a group entry has outgrown its sign-off; null where that is not what is wrong. */
function outgrown(callee: PlannedCallee, entry: PlannedEntry, { groupDecisions }: Decided): string | null {
  if (entry.kind !== 'group') return null;
  const signed = signedWidening(groupDecisions.get(groupEntryKey(callee.id, entry.id)));
  if (signed === null || entry.widening <= signed) return null;
  return `the entry for group ${entry.path} admits more than was signed off: signed for ${signed}, now ${entry.widening}`;
}

/** Callers that nobody has decided on: enforcing would break them knowingly. */
export const newcomers = ({ edges }: Pick<Knowledge, 'edges'>): readonly string[] =>
  edges
    .filter(({ state }) => state === 'undecided')
    .map(({ callerPath }) => `${callerPath} was seen and nobody has decided on it`);

/** The decisions that allow an entry now; null when one of them is missing, withdrawn or expired. */
export function decisionsFor(
  callee: PlannedCallee,
  entry: PlannedEntry,
  knowledge: Decided,
  now: EpochMs,
): readonly [number, ...number[]] | null {
  const ids: number[] = [];
  if (entry.kind === 'group') {
    const signed = signOffOf(callee.id, entry, knowledge.groupDecisions);
    if (signed === null) return null;
    ids.push(signed.id);
  }
  for (const caller of entry.callers) {
    const decision = knowledge.decisions.get(edgeKey(caller.id, callee.id));
    if (decision?.verdict !== 'approved' || !inForce(decision, now)) return null;
    ids.push(decision.id);
  }
  const [first, ...rest] = ids;
  return first === undefined ? null : [first, ...rest];
}
