import type { Edge } from '../../domain/edges/edge.ts';
import { DEFAULT_PERMISSIONS, type NewDecision } from '../../domain/decisions/decision.ts';
import { printable } from '../../domain/redact.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { evidenceLine } from '../../domain/decisions/rules.ts';
import { counted, formatDuration } from '../../domain/values.ts';
import type { PlanHead } from '../../domain/plan/plan.ts';
import type { Engine } from '../../engine/context.ts';
import { loadKnowledge } from '../../engine/planning/knowledge.ts';
import { approve, whatToApprove } from '../../engine/orders/approve.ts';
import { type OrderContext } from '../../engine/orders/order.ts';
import { resume } from '../../engine/orders/resume.ts';
import { tick, type TickResult } from '../../engine/drive/run.ts';
import { recordOrder } from '../commands/edges/record.ts';
import type { Narrator } from './narrator.ts';
import type { StandIn } from './stand-in.ts';

/** A rollout that needs more steps than this has gone astray. */
const MOST_TICKS = 400;

/**
 * Plays the two parts that the product leaves to the world: time, which it moves on when the rollout waits for it, and
 * the person, who decides edges and approves plans. Everything else happens by itself, as it would in a company.
 */
export async function playRollout(
  engine: Engine,
  standIn: StandIn,
  order: OrderContext,
  narrator: Narrator,
): Promise<TickResult> {
  for (let count = 0; count < MOST_TICKS; count += 1) {
    engine.signal.throwIfAborted();
    const result = await tick(engine);
    switch (result.kind) {
      case 'done':
        return result;
      case 'waiting-for-time':
        await standIn.advance(Math.max(1_000, result.until - engine.clock.now()));
        // A real clock moves by itself; that this one has jumped is believed once two answers tell so.
        await engine.forge.instanceEnforced();
        await engine.forge.instanceEnforced();
        break;
      case 'waiting-for-person':
        if (!(await decideEdges(order, engine.playbook, narrator))) await approveWhatWaits(order, narrator);
        break;
      case 'gate-failed':
        await decideEdges(order, engine.playbook, narrator);
        narrator.you('resume the rollout');
        await resume(order, 'the missing edge is decided');
    }
  }
  throw new Error(`the demo did not end within ${MOST_TICKS} ticks`);
}

/** The person of the demo: partners have no business in customer data, everybody else has asked and is let in. */
async function decideEdges(order: OrderContext, playbook: Playbook, narrator: Narrator): Promise<boolean> {
  const { store, clock } = order;
  const row = await store.rollout();
  const { edges, projects } = await loadKnowledge(store, clock.now());
  const open = edges.filter(({ state }) => state === 'undecided');
  const changes = open.map((edge) => ({ shown: edge, decision: decisionOn(edge, order) }));
  if (changes.length === 0) return false;
  for (const { shown, decision } of changes) {
    const verb = decision.verdict === 'approved' ? 'approve' : 'reject';
    narrator.you(`${verb} ${printable(shown.callerPath)} -> ${printable(shown.calleePath)}: "${decision.reason}"`);
  }
  await recordOrder(order, { changes, evidence: [], origin: null }, { projects, playbook }, row.decisionsRevision);
  return true;
}

function decisionOn(edge: Edge, { clock, person }: OrderContext): NewDecision {
  const foreign = edge.callerPath.startsWith('partners/') && !edge.calleePath.startsWith('partners/');
  const fromDenial = edge.sources.every((source) => source === 'denial');
  return {
    subject: { kind: 'edge', caller: edge.caller, callee: edge.callee },
    verdict: foreign ? 'rejected' : 'approved',
    replacedBy: null,
    by: { kind: 'person', name: person },
    owner: null,
    reason: foreign
      ? 'partners have no business there'
      : fromDenial
        ? 'needed once a quarter; the owner confirmed'
        : 'the owner confirmed',
    permissions: DEFAULT_PERMISSIONS,
    evidence: evidenceLine(edge),
    decidedAt: clock.now(),
    expiresAt: null,
  };
}

function wavesText({ waves }: PlanHead): string {
  const sizes = waves.filter(({ instanceSwitch }) => !instanceSwitch).map(({ size }) => size);
  const end = waves.some(({ instanceSwitch }) => instanceSwitch) ? ', then the switch of the instance' : '';
  return `waves of ${sizes.join(', ')} projects${end}`;
}

async function approveWhatWaits(order: OrderContext, narrator: Narrator): Promise<void> {
  const shown = await whatToApprove(order);
  switch (shown.kind) {
    case 'plan':
      narrator.you(`approve plan ${shown.plan.head.hash}: ${wavesText(shown.plan.head)}`);
      break;
    case 'widening':
      for (const { callee, entry } of shown.entries) {
        narrator.you(
          `sign off one group entry, ${printable(entry.path)}, on ${printable(callee.path)}: for ${counted(entry.callers.length, 'caller')}, and it lets ${counted(entry.widening, 'more project')} in`,
        );
      }
      break;
    case 'wave':
      narrator.you(
        `approve wave ${shown.wave.number}${shown.accept ? ` though it saw little in ${formatDuration(order.clock.now() - (shown.wave.startedAt ?? 0))}` : ''}`,
      );
  }
  await approve(order, shown, 'reviewed in the demo');
}
