import { assign, setup, stateIn } from 'xstate';
import type { TaskKind } from './intent.ts';

/** Control state of a whole rollout. Rows hold everything per project; this holds only where we stand and until when. */
export interface RolloutContext {
  readonly playbook: {
    readonly waitForDecisions: boolean;
    readonly observeMs: number;
    readonly inventoryEveryMs: number;
    readonly guardEveryMs: number;
  };
  /** End of the observation; null before the first inventory. */
  readonly observeUntil: number | null;
  readonly nextInventoryAt: number | null;
  readonly undecided: number;
  /** The decisions that the rules and the plan have taken into account. */
  readonly decisionsRevision: number;
  /** The plan that is being carried out, or waits for approval. */
  readonly planHash: string | null;
  /** Group entries of that plan without a sign-off of their own. */
  readonly unsigned: number;
  readonly held: number;
  /** The wave row that is under way. */
  readonly waveId: number | null;
  /** Waves dropped one after the other because GitLab had moved. */
  readonly staleInRow: number;
}

/** What happened to a rollout, or what a person ordered. Moments are milliseconds since 1970. */
export type RolloutEvent =
  | { readonly type: 'INVENTORY_READ'; readonly at: number }
  | { readonly type: 'RULES_APPLIED'; readonly undecided: number; readonly decisionsRevision: number }
  | {
      readonly type: 'PLAN_COMPUTED';
      readonly at: number;
      readonly hash: string;
      readonly waves: number;
      readonly unsigned: number;
      readonly held: number;
      readonly needsApproval: boolean;
    }
  | { readonly type: 'WAVE_STARTED'; readonly waveId: number }
  | { readonly type: 'WAVE_PASSED' }
  | { readonly type: 'WAVE_ROLLED_BACK' }
  /** GitLab is no longer as the plan has it and nothing was written yet: look again, plan again. */
  | { readonly type: 'WAVE_STALE' }
  /** A driver looks in; `stale`: decisions were recorded since the rules were last applied. */
  | { readonly type: 'WOKEN'; readonly stale: boolean }
  /** The playbook file was changed: its times hold from now on. */
  | { readonly type: 'PLAYBOOK'; readonly playbook: RolloutContext['playbook'] }
  | { readonly type: 'PLAN_APPROVED' }
  | { readonly type: 'WIDENING_SIGNED' }
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'ROLLBACK'; readonly waveId: number }
  | { readonly type: 'ABORT'; readonly reopen: boolean }
  /** Take back every wave that stands; the rollout is not ended by it. */
  | { readonly type: 'ROLLBACK_ALL' }
  | { readonly type: 'ALL_ROLLED_BACK'; readonly complete: boolean };

/** What a chart wants done: recorded as a task, never executed by the chart. */
export interface TaskRequest {
  readonly kind: TaskKind;
  readonly notBefore?: number | null;
}

/** A server that is different at every reading is for a person to look at. */
const MAX_STALE_IN_ROW = 3;

const machine = setup({
  types: { context: {} as RolloutContext, events: {} as RolloutEvent, input: {} as Pick<RolloutContext, 'playbook'> },
  actions: {
    intend: (_, _request: TaskRequest) => {
      throw new Error('tasks are recorded, never executed by the chart');
    },
    startObserving: assign(({ context, event }) => {
      if (event.type !== 'INVENTORY_READ') return {};
      // Never later than one window from now: a clock that was set back must not make the observation longer.
      const longest = event.at + context.playbook.observeMs;
      const observeUntil = Math.min(context.observeUntil ?? longest, longest);
      return { observeUntil, nextInventoryAt: Math.min(event.at + context.playbook.inventoryEveryMs, observeUntil) };
    }),
    keepPlan: assign(({ event }) =>
      event.type === 'PLAN_COMPUTED'
        ? { planHash: event.hash, unsigned: event.unsigned, held: event.held, nextInventoryAt: event.at }
        : {},
    ),
    /** A window that was made longer or shorter meanwhile counts from where it began. */
    adoptPlaybook: assign(({ context, event }) =>
      event.type === 'PLAYBOOK'
        ? {
            playbook: event.playbook,
            observeUntil:
              context.observeUntil && context.observeUntil + event.playbook.observeMs - context.playbook.observeMs,
          }
        : {},
    ),
    countUndecided: assign(({ event }) =>
      event.type === 'RULES_APPLIED' ? { undecided: event.undecided, decisionsRevision: event.decisionsRevision } : {},
    ),
    enterWave: assign(({ event }) => (event.type === 'WAVE_STARTED' ? { waveId: event.waveId } : {})),
    leaveWave: assign({ waveId: null, staleInRow: 0 }),
    giveUp: assign({ waveId: null }),
    startAfresh: assign({ staleInRow: 0 }),
    dropWave: assign(({ context }) => ({ waveId: null, staleInRow: context.staleInRow + 1 })),
    aimAt: assign(({ event }) => (event.type === 'ROLLBACK' ? { waveId: event.waveId } : {})),
  },
  guards: {
    observed: ({ context, event }) =>
      event.type === 'INVENTORY_READ' && event.at >= (context.observeUntil ?? event.at + context.playbook.observeMs),
    mustWait: ({ context, event }) =>
      event.type === 'RULES_APPLIED' && event.undecided > 0 && context.playbook.waitForDecisions,
    nothingLeft: ({ event }) => event.type === 'PLAN_COMPUTED' && event.waves === 0 && event.held === 0,
    onlyHeldLeft: ({ event }) => event.type === 'PLAN_COMPUTED' && event.waves === 0,
    unsigned: ({ event }) => event.type === 'PLAN_COMPUTED' && event.unsigned > 0,
    needsApproval: ({ event }) => event.type === 'PLAN_COMPUTED' && event.needsApproval,
    stale: ({ event }) => event.type === 'WOKEN' && event.stale,
    restless: ({ context }) => context.staleInRow >= MAX_STALE_IN_ROW,
    /** A pause is lifted by itself: the same `resume` must not also send a stopped rollout on its way. */
    running: stateIn({ operator: 'running' }),
    reopening: ({ event }) => event.type === 'ABORT' && event.reopen,
    complete: ({ event }) => event.type === 'ALL_ROLLED_BACK' && event.complete,
  },
});

const intend = (kind: TaskKind) => ({ type: 'intend', params: { kind } }) as const;
const later = (kind: TaskKind, ms: (context: RolloutContext) => number) =>
  ({
    type: 'intend',
    params: ({ context }: { context: RolloutContext }) => ({
      kind,
      notBefore: (context.nextInventoryAt ?? 0) + ms(context),
    }),
  }) as const;

/** What has been ended is not set going again by taking back its waves: `abort --reopen` does that. */
const ENDED = { ROLLBACK_ALL: {} } as const;

/**
 * The rollout: inventory → observing → deciding → planning → one wave after the other → guarding. After each wave the
 * circle is walked again, so that what changed meanwhile is seen, decided and planned before anything else is touched;
 * it ends when the plan is empty. `operator` runs beside it: paused stops the driver wherever the phase stands.
 */
export const rolloutMachine = machine.createMachine({
  id: 'rollout',
  context: ({ input }) => ({
    ...input,
    observeUntil: null,
    nextInventoryAt: null,
    undecided: 0,
    decisionsRevision: 0,
    planHash: null,
    unsigned: 0,
    held: 0,
    waveId: null,
    staleInRow: 0,
  }),
  type: 'parallel',
  on: { PLAYBOOK: { actions: 'adoptPlaybook' } },
  states: {
    operator: {
      initial: 'running',
      states: { running: { on: { PAUSE: 'paused' } }, paused: { on: { RESUME: 'running' } } },
    },
    phase: {
      initial: 'inventory',
      on: {
        ABORT: [
          { guard: 'reopening', target: '.reopening', actions: 'leaveWave' },
          { target: '.aborted', actions: 'leaveWave' },
        ],
        ROLLBACK_ALL: { target: '.restoringAll', actions: 'leaveWave' },
      },
      states: {
        inventory: {
          entry: intend('readInventory'),
          on: {
            INVENTORY_READ: [
              { guard: 'observed', target: 'deciding', actions: 'startObserving' },
              { target: 'observing', actions: 'startObserving' },
            ],
          },
        },
        observing: {
          entry: later('readInventory', () => 0),
          on: {
            INVENTORY_READ: [
              { guard: 'observed', target: 'deciding', actions: 'startObserving' },
              { target: 'observing', reenter: true, actions: 'startObserving' },
            ],
          },
        },
        refreshing: {
          entry: intend('readInventory'),
          on: { INVENTORY_READ: 'deciding', ROLLBACK: { target: 'restoring', actions: 'aimAt' } },
        },
        deciding: {
          entry: intend('applyRules'),
          on: {
            RULES_APPLIED: [
              { guard: 'mustWait', target: 'awaitingDecisions', actions: 'countUndecided' },
              { target: 'planning', actions: 'countUndecided' },
            ],
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        awaitingDecisions: { on: { WOKEN: 'deciding', ROLLBACK: { target: 'restoring', actions: 'aimAt' } } },
        planning: {
          entry: intend('computePlan'),
          on: {
            PLAN_COMPUTED: [
              { guard: 'nothingLeft', target: 'guarding', actions: 'keepPlan' },
              { guard: 'onlyHeldLeft', target: 'holding', actions: 'keepPlan' },
              { guard: 'unsigned', target: 'awaitingWidening', actions: 'keepPlan' },
              { guard: 'needsApproval', target: 'awaitingPlan', actions: 'keepPlan' },
              { target: 'starting', actions: 'keepPlan' },
            ],
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        awaitingWidening: {
          on: {
            WIDENING_SIGNED: 'planning',
            WOKEN: { guard: 'stale', target: 'deciding' },
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        awaitingPlan: {
          on: {
            PLAN_APPROVED: 'starting',
            WOKEN: { guard: 'stale', target: 'deciding' },
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        starting: {
          entry: intend('startWave'),
          on: {
            WAVE_STARTED: { target: 'rolling', actions: 'enterWave' },
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        rolling: {
          on: {
            WAVE_PASSED: { target: 'refreshing', actions: 'leaveWave' },
            WAVE_ROLLED_BACK: { target: 'stopped', actions: 'leaveWave' },
            WAVE_STALE: [
              { guard: 'restless', target: 'stopped', actions: 'giveUp' },
              { target: 'refreshing', actions: 'dropWave' },
            ],
          },
        },
        stopped: {
          on: {
            RESUME: { guard: 'running', target: 'refreshing', actions: 'startAfresh' },
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        restoring: { on: { WAVE_ROLLED_BACK: { target: 'stopped', actions: 'leaveWave' } } },
        // Callees are left that only a person, or a server that answers again, can free.
        holding: {
          entry: later('readInventory', (context) => context.playbook.inventoryEveryMs),
          on: {
            WOKEN: { guard: 'stale', target: 'deciding' },
            RESUME: { guard: 'running', target: 'refreshing' },
            INVENTORY_READ: 'deciding',
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        // Drift is found the way everything is: by an inventory, the rules and a plan that is no longer empty.
        guarding: {
          entry: later('readInventory', (context) => context.playbook.guardEveryMs),
          on: {
            INVENTORY_READ: 'deciding',
            WOKEN: { guard: 'stale', target: 'deciding' },
            ROLLBACK: { target: 'restoring', actions: 'aimAt' },
          },
        },
        restoringAll: {
          entry: intend('rollbackAll'),
          on: { ALL_ROLLED_BACK: [{ guard: 'complete', target: 'stopped' }, { target: 'restoreBlocked' }] },
        },
        // Something could not be taken back: nothing goes on until a person has looked at it.
        restoreBlocked: { on: { RESUME: { guard: 'running', target: 'restoringAll' } } },
        reopening: {
          entry: intend('rollbackAll'),
          on: {
            ALL_ROLLED_BACK: [{ guard: 'complete', target: 'aborted' }, { target: 'reopenBlocked' }],
            ...ENDED,
          },
        },
        reopenBlocked: { on: { RESUME: { guard: 'running', target: 'reopening' }, ...ENDED } },
        aborted: { on: ENDED },
      },
    },
  },
});
