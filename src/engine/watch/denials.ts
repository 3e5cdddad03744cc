import {
  findingOf,
  groupByEdge,
  type DenialFinding,
  type EdgeBackground,
  type RolledBack,
} from '../../domain/watch/denial-finding.ts';
import type { FailureRecord } from '../../domain/watch/denial.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { edgeRisk } from '../../domain/decisions/risk.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import { waveState } from '../drive/decide.ts';
import { loadFacts, type FactBook } from '../planning/facts.ts';
import type { RolloutStore } from '../ports.ts';

const REFUSED: readonly FailureRecord['disposition'][] = ['denied', 'expected', 'unclear', 'unread', 'settled'];

/**
 * What the refusals on record come to: one finding per edge, open ones first, the latest of them at the top. Worked out from
 * the rows each time, so that a decision, a use or a rollback resolves a finding by being there.
 *
 * @param only - of this edge alone
 */
export async function denialFindings(
  store: RolloutStore,
  playbook: Playbook,
  now: EpochMs,
  only?: { readonly caller: ProjectId; readonly callee: ProjectId },
): Promise<readonly DenialFinding[]> {
  const failures = (await store.failures({ dispositions: REFUSED })).filter(
    ({ caller, callee }) => !only || (caller === only.caller && callee === only.callee),
  );
  if (failures.length === 0) return [];
  const waves = await rolledBackWaves(store);
  const facts = await loadFacts(store, playbook, now);
  const findings: DenialFinding[] = [];
  for (const group of groupByEdge(failures)) {
    const [{ caller, callee } = { caller: null, callee: null }] = group;
    const background = await backgroundOf({ store, playbook, facts, now }, caller, callee);
    const finding = findingOf(group, background, waves);
    if (finding) findings.push(finding);
  }
  return findings.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.last - a.last);
}

const ORDER: readonly DenialFinding['state'][] = ['open', 'resolved', 'expected'];

async function rolledBackWaves(store: RolloutStore): Promise<RolledBack> {
  return new Map(
    (await store.waves()).map(({ id, number, checkpoint, endedAt }) => [
      id,
      { number, at: waveState(checkpoint).phase === 'rolledBack' ? endedAt : null },
    ]),
  );
}

async function backgroundOf(
  {
    store,
    playbook,
    facts,
    now,
  }: {
    readonly store: RolloutStore;
    readonly playbook: Playbook;
    readonly facts: FactBook;
    readonly now: EpochMs;
  },
  caller: ProjectId | null,
  callee: ProjectId | null,
): Promise<EdgeBackground> {
  const maxRisk = playbook.risk.maxForRules;
  const edge = caller === null || callee === null ? null : await store.edge(caller, callee);
  if (!edge) return { edge: null, decision: null, risk: null, maxRisk };
  const decision = (await store.decisionsOn(edge.caller, edge.callee)).at(-1) ?? null;
  const [from, to] = [await store.project(edge.caller), await store.project(edge.callee)];
  const callers = (await store.edges({ callee: edge.callee })).length;
  const look = facts.ofEdge(edge.caller, edge.callee);
  const risk = from && to ? edgeRisk({ edge, caller: from, callee: to, callers, look }, playbook, now) : null;
  return { edge, decision, risk, maxRisk };
}
