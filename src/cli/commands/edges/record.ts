import type { NewDecision } from '../../../domain/decisions/decision.ts';
import type { Edge } from '../../../domain/edges/edge.ts';
import { RolloutError } from '../../../domain/errors.ts';
import type { Evidence } from '../../../domain/edges/evidence.ts';
import type { Playbook } from '../../../domain/playbook.ts';
import type { ProjectOutline } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import type { ProjectId } from '../../../domain/values.ts';
import type { LedgerEntry, RolloutStore } from '../../../engine/ports.ts';
import type { Session } from '../../session/session.ts';

const BATCH = 500;

/** A decision about to be recorded, with the edge that it is about; its `decisionId` is that of when the person saw it. */
export interface Change {
  readonly shown: Edge;
  readonly decision: NewDecision;
}

/** What a person was shown and agreed to, carried out at once or not at all. */
export interface Order {
  /** Walked once, in the transaction that records them. */
  readonly changes: AsyncIterable<Change> | Iterable<Change>;
  /** Observations that come first, so that no approval stands on nothing. */
  readonly evidence: readonly Evidence[];
  /** A row for the ledger that says where the order came from. */
  readonly origin: LedgerEntry | null;
}

/**
 * Records decisions with their evidence and ledger rows in one transaction.
 *
 * @param seenRevision - `decisionsRevision` when the edges were read: when it has moved, each edge is looked at again
 * @returns ids of the decisions, in order
 * @throws RolloutError `STALE_REVISION` when one of the edges was decided meanwhile
 */
export async function recordOrder(
  { store, clock }: Pick<Session, 'store' | 'clock'>,
  { changes, evidence, origin }: Order,
  { projects, playbook }: { readonly projects: ReadonlyMap<ProjectId, ProjectOutline>; readonly playbook: Playbook },
  seenRevision: number,
): Promise<readonly number[]> {
  const { subjectOf } = await import('../../../engine/planning/apply-rules.ts');
  const { riskWriter } = await import('../../../engine/planning/risk-then.ts');
  const now = clock.now();
  return store.transaction(async () => {
    const moved = (await store.rollout()).decisionsRevision !== seenRevision;
    await store.putEvidence(evidence);
    if (origin) await store.appendLedger([origin], now);
    const riskOf = await riskWriter(store, playbook, projects, now);
    const ids: number[] = [];
    let batch: NewDecision[] = [];
    const write = async (): Promise<void> => {
      const made = await store.putDecisions(batch);
      const rows = batch.map((decision, index) => ({
        kind: 'decision',
        subject: subjectOf(decision, projects),
        body: { id: made[index], ...decision },
      }));
      await store.appendLedger(rows, now);
      for (const id of made) ids.push(id);
      batch = [];
    };
    for await (const { shown, decision } of changes) {
      if (moved) await refuseMoved(store, shown);
      batch.push({ ...decision, evidence: `${decision.evidence}${await riskOf(shown)}` });
      if (batch.length === BATCH) await write();
    }
    if (batch.length > 0) await write();
    return ids;
  });
}

async function refuseMoved(store: RolloutStore, shown: Edge): Promise<void> {
  const live = await store.edge(shown.caller, shown.callee);
  if ((live?.decisionId ?? null) === shown.decisionId) return;
  throw decidedMeanwhile(`${shown.callerPath} -> ${shown.calleePath}`);
}

/** Somebody else was quicker; nothing of the order is recorded. */
export const decidedMeanwhile = (edge: string): RolloutError =>
  new RolloutError(
    'STALE_REVISION',
    `${printable(edge)} was decided by somebody else meanwhile; nothing was changed`,
    'Look at it with `tidegate edges show`, then decide again.',
  );

/** The observation that stands for a person's word, where no source has seen the access. */
export const operatorEvidence = ({ caller, callee, firstSeen }: Edge, where: string): Evidence => ({
  caller,
  callee,
  source: 'import',
  access: null,
  policies: null,
  where,
  firstSeen,
  lastSeen: firstSeen,
  certainty: 'likely',
});
