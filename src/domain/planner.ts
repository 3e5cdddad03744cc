import { calleeEntries, type CalleeNeeds, type EntryContext } from './entries.ts';
import type { Edge } from './edge.ts';
import type { HeldCallee, PlanBody, PlannedCallee, PlannedWave } from './plan.ts';
import type { Playbook } from './playbook.ts';
import type { Project } from './project.ts';
import { calleeRisk, riskText } from './risk.ts';
import { SCOPE_BLIND_SPOT } from './shadow.ts';
import { counted, type ProjectId } from './values.ts';
import { arrangeWaves } from './waves.ts';

const MAINTAINER = 40;

export interface PlanInput extends EntryContext {
  readonly playbook: Playbook;
  /** Every project known, in scope or not. */
  readonly projects: readonly Project[];
  /** Every edge known, by callee. */
  readonly edgesOf: (callee: ProjectId) => readonly Edge[];
  readonly admin: boolean;
  /** Null where the token may not read the switch; `no-switch` on a GitLab that has none. */
  readonly instanceEnforced: boolean | 'no-switch' | null;
  readonly passedWaves: number;
  /** Rare schedules that have not come round yet, by callee: what is waited for. */
  readonly notReady: ReadonlyMap<ProjectId, string>;
}

type Outcome =
  | { readonly kind: 'change'; readonly callee: PlannedCallee }
  | { readonly kind: 'held'; readonly callee: HeldCallee }
  | { readonly kind: 'settled' };

/**
 * Works out everything that is to change: for each callee in scope the entries its approved callers need and the
 * setting, then the waves. Pure: the same rows give the same plan, byte for byte.
 */
export function buildPlan(input: PlanInput): PlanBody {
  const callees = input.projects.filter(({ inScope }) => inScope);
  const outcomes = callees.map((callee) => planCallee(callee, input));
  const changes = outcomes.flatMap((outcome) => (outcome.kind === 'change' ? [outcome.callee] : []));
  const held = outcomes.flatMap((outcome) => (outcome.kind === 'held' ? [outcome.callee] : []));
  const waves = arrangeWaves({
    policy: input.playbook.waves,
    callees: changes,
    accessOf: (callee) => [...new Set(input.edgesOf(callee.id).flatMap(({ access }) => access))],
    total: callees.length,
    passed: input.passedWaves,
  });
  const noSwitchBecause = switchObstacle(input, held);
  return {
    waves: noSwitchBecause === null ? [...waves, switchWave(input.passedWaves + waves.length + 1)] : waves,
    held,
    widening: changes.reduce((sum, { add }) => sum + add.reduce((all, entry) => all + entry.widening, 0), 0),
    noSwitchBecause,
    requests: changes.reduce((sum, { add, enforce }) => sum + 3 + add.length + (enforce ? 1 : 0), 0),
  };
}

const switchWave = (number: number): PlannedWave => ({
  number,
  kind: 'organisation',
  callees: [],
  instanceSwitch: true,
});

function planCallee(callee: Project, input: PlanInput): Outcome {
  const hold = (reason: HeldCallee['reason'], detail: string): Outcome => ({
    kind: 'held',
    callee: { id: callee.id, path: callee.path, reason, detail },
  });
  if (callee.allowlist === null) return hold('unread', callee.unread ?? 'its settings could not be read');
  const edges = input.edgesOf(callee.id);
  const approved = edges.filter(({ state }) => state === 'approved');
  const undecided = edges.filter(({ state }) => state === 'undecided').length;
  const needs: CalleeNeeds = { callee, live: callee.allowlist, approved, refused: edges.filter(isRefused) };
  const entries = calleeEntries(needs, input);
  const enforce = !(callee.allowlist.stored ?? callee.allowlist.effective);
  if (entries.kind === 'impossible') return hold(entries.reason, entries.detail);
  if (entries.add.length === 0 && !enforce) return { kind: 'settled' };
  if (undecided > 0) return hold('undecided', `${undecided} edges wait for a decision`);
  const waiting = input.notReady.get(callee.id);
  if (waiting !== undefined) return hold('not-ready', waiting);
  if (!input.admin && callee.accessLevel !== null && callee.accessLevel < MAINTAINER) {
    return hold('no-rights', 'the token is not Maintainer there');
  }
  const refused = needs.refused.length;
  const risk = calleeRisk(callee, approved, input.playbook);
  return {
    kind: 'change',
    callee: {
      id: callee.id,
      path: callee.path,
      before: callee.allowlist,
      add: entries.add,
      relyOn: entries.relyOn,
      enforce,
      approvedCallers: approved.length,
      rejectedCallers: refused,
      risk: risk.score,
      why: `${counted(approved.length, 'approved caller')}${refused > 0 ? `, ${refused} refused on purpose` : ''}${risk.score > 0 ? `; risk: ${riskText(risk)}` : ''}`,
    },
  };
}

const isRefused = ({ state }: Edge): boolean => state === 'rejected' || state === 'replaced';

/** Why the switch of the whole instance is not to be set by this plan; null when it is. */
function switchObstacle(input: PlanInput, held: readonly HeldCallee[]): string | null {
  const { scope, organisation } = input.playbook;
  if (input.instanceEnforced === true) return 'the instance enforces already';
  if (input.instanceEnforced === 'no-switch') return 'this GitLab has no such switch (before 17.6)';
  if (!organisation.instanceSwitch) return 'the playbook leaves it alone';
  if (!input.admin || input.instanceEnforced === null) return 'the token is not an administrator’s';
  if (scope.groups.length > 0 || scope.projects.length > 0) {
    return `the scope is part of the instance only; ${SCOPE_BLIND_SPOT}`;
  }
  if (scope.exclude.length > 0 || scope.archived === 'exclude') return 'the scope leaves projects out';
  if (held.length > 0) return `${held.length} projects are held back`;
  return null;
}
