import type { CalleeNeeds } from './entries.ts';
import type { Edge } from '../edges/edge.ts';
import { refusedByNarrowEntry, type NarrowEntryContext } from './narrow-entry.ts';
import { requestsFor, type HeldCallee, type PlanBody, type PlannedCallee, type PlannedWave } from './plan.ts';
import type { Playbook } from '../playbook.ts';
import type { Project } from '../project.ts';
import type { SensitivityFacts } from '../decisions/facts.ts';
import { calleeRisk, riskText } from '../decisions/risk.ts';
import { SCOPE_BLIND_SPOT } from '../access/shadow.ts';
import { tightenedEntries, type TightenContext } from './tighten.ts';
import { counted, type ProjectId } from '../values.ts';
import { arrangeWaves } from './waves.ts';

const MAINTAINER = 40;

/** What is known of one callee where it is planned. */
export interface CalleeFacts {
  readonly callee: Project;
  /** Every edge known of it. */
  readonly edges: readonly Edge[];
  /** What is waited for before it may change, such as a rare schedule; null when nothing is. */
  readonly waitingFor: string | null;
}

/** What each callee is planned with; `admin`: whether the token may set the switch of the instance. */
export interface CalleeContext extends TightenContext, NarrowEntryContext {
  readonly admin: boolean;
  /** What was looked up of a callee; waves are ordered by it too. */
  readonly facts: (callee: ProjectId) => SensitivityFacts;
}

/** What is to become of one callee in scope. `callers` and `access` are what its wave is chosen by. */
export type Outcome =
  | {
      readonly kind: 'change';
      readonly callee: PlannedCallee;
      readonly callers: readonly ProjectId[];
      readonly access: readonly string[];
    }
  | { readonly kind: 'held'; readonly callee: HeldCallee }
  | { readonly kind: 'settled' };

/** What a plan needs beyond its callees. */
export interface PlanFrame {
  readonly playbook: Playbook;
  readonly admin: boolean;
  /** Null where the token may not read the switch; `no-switch` on a GitLab that has none. */
  readonly instanceEnforced: boolean | 'no-switch' | null;
  readonly passedWaves: number;
}

/**
 * Puts together what was worked out for each callee in scope: waves, what is held back, the switch. Pure: the same
 * outcomes give the same plan, byte for byte, in whatever order they come.
 */
export function assemblePlan(outcomes: readonly Outcome[], frame: PlanFrame): PlanBody {
  const { passedWaves } = frame;
  const { waves, tooWide } = arrangeWaves({
    policy: frame.playbook.waves,
    callees: outcomes.filter((outcome) => outcome.kind === 'change'),
    total: outcomes.length,
    passed: passedWaves,
  });
  const held = [...outcomes.flatMap((outcome) => (outcome.kind === 'held' ? [outcome.callee] : [])), ...tooWide].sort(
    (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.id - b.id),
  );
  const changes = waves.flatMap(({ callees }) => callees);
  const noSwitchBecause = switchObstacle(frame, held);
  return {
    waves: noSwitchBecause === null ? [...waves, switchWave(passedWaves + waves.length + 1)] : waves,
    held,
    widening: changes.reduce((sum, { add }) => sum + add.reduce((all, entry) => all + entry.widening, 0), 0),
    noSwitchBecause,
    requests: changes.reduce((sum, callee) => sum + requestsFor(callee), 0),
  };
}

/** The entries that one callee's approved callers need, and its setting. */
export function planCallee({ callee, edges, waitingFor }: CalleeFacts, context: CalleeContext): Outcome {
  const hold = (reason: HeldCallee['reason'], detail: string): Outcome => ({
    kind: 'held',
    callee: { id: callee.id, path: callee.path, reason, detail },
  });
  if (callee.allowlist === null) return hold('unread', callee.unread ?? 'its settings could not be read');
  const approved = edges.filter(({ state }) => state === 'approved');
  const undecided = edges.filter(({ state }) => state === 'undecided').length;
  const needs: CalleeNeeds = { callee, live: callee.allowlist, approved, refused: edges.filter(isRefused) };
  const entries = tightenedEntries(needs, context);
  const enforce = !(callee.allowlist.stored ?? callee.allowlist.effective);
  if (entries.kind === 'impossible') return hold(entries.reason, entries.detail);
  if (!enforce && entries.add.length + entries.remove.length + entries.narrow.length === 0) return { kind: 'settled' };
  if (undecided > 0) return hold('undecided', `${counted(undecided, 'edge waits', 'edges wait')} for a decision`);
  // Where the list is in force already they are refused today: holding it back would spare nobody.
  const narrow = enforce && !callee.allowlist.effective ? refusedByNarrowEntry(needs, context) : null;
  if (narrow !== null) return hold('narrow-entry', narrow);
  if (waitingFor !== null) return hold('not-ready', waitingFor);
  if (enforce && edges.length === 0 && callee.log === null && isUnattended(context.playbook)) {
    return hold('not-ready', NOTHING_KNOWN);
  }
  if (!context.admin && callee.accessLevel !== null && callee.accessLevel < MAINTAINER) {
    return hold('no-rights', 'the token is not Maintainer there');
  }
  const refused = needs.refused.length;
  const risk = calleeRisk(callee, approved, context.playbook, context.facts(callee.id));
  return {
    kind: 'change',
    callers: approved.map(({ caller }) => caller),
    access: [...new Set(edges.flatMap(({ access }) => access))],
    callee: {
      id: callee.id,
      path: callee.path,
      before: callee.allowlist,
      add: entries.add,
      relyOn: entries.relyOn,
      remove: entries.remove,
      narrow: entries.narrow,
      enforce,
      approvedCallers: approved.length,
      rejectedCallers: refused,
      risk: risk.score,
      why: `${counted(approved.length, 'approved caller')}${refused > 0 ? `, ${refused} refused on purpose` : ''}${risk.score > 0 ? `; risk: ${riskText(risk)}` : ''}`,
      placed: '',
    },
  };
}

/** Does nobody look at a plan or a wave before it is carried out? */
export const isUnattended = ({ approvals }: Pick<Playbook, 'approvals'>): boolean =>
  !approvals.plan && approvals.waves !== 'each';

/** No edge is no finding where nothing could have shown one (promise 10). */
const NOTHING_KNOWN =
  'no log tells who calls it (GitLab before 17.6 keeps none), nothing else names a caller, and the playbook asks no person: set approvals.plan or `approvals.waves: each`, or import what is known with `tidegate evidence import`';

/** Somebody said no: by refusing the caller, or by giving it another credential. */
export const isRefused = ({ state }: Edge): boolean => state === 'rejected' || state === 'replaced';

const switchWave = (number: number): PlannedWave => ({
  number,
  kind: 'organisation',
  callees: [],
  instanceSwitch: true,
});

/** Why the switch of the whole instance is not to be set by this plan; null when it is. */
function switchObstacle(input: PlanFrame, held: readonly HeldCallee[]): string | null {
  const { scope, organisation } = input.playbook;
  if (input.instanceEnforced === true) return 'the instance enforces already';
  if (input.instanceEnforced === 'no-switch') return 'this GitLab has no such switch (before 17.6)';
  if (!organisation.instanceSwitch) return 'the playbook leaves it alone';
  if (!input.admin || input.instanceEnforced === null) return 'the token is not an administrator’s';
  if (scope.groups.length > 0 || scope.projects.length > 0) {
    return `the scope is part of the instance only; ${SCOPE_BLIND_SPOT}`;
  }
  if (scope.exclude.length > 0 || scope.archived === 'exclude') return 'the scope leaves projects out';
  if (held.length > 0) return `${counted(held.length, 'project is', 'projects are')} held back`;
  return null;
}
