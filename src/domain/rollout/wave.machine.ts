import { assign, setup } from 'xstate';
import type { Verdict } from '../watch/gate.ts';
import type { TaskRequest } from './rollout.machine.ts';

/** Control state of one wave. */
export interface WaveContext {
  readonly needsApproval: boolean;
  readonly rollbackOnFailure: boolean;
  readonly soakMs: number;
  readonly sweepEveryMs: number;
  readonly extensionsLeft: number;
  /** End of the soak; null before enforcement. */
  readonly soakUntil: number | null;
  readonly nextSweepAt: number | null;
  readonly frozenUntil: number | null;
  readonly verdict: Verdict | null;
  /** When a person let a failed wave go on: what was refused before that counts no more. Null: nobody did. */
  readonly resumedAt: number | null;
}

/** What happened to a wave, or what a person ordered. Moments are milliseconds since 1970. */
export type WaveEvent =
  | { readonly type: 'WAVE_APPROVED' }
  | { readonly type: 'FROZEN'; readonly until: number }
  | { readonly type: 'APPLIED'; readonly at: number }
  /** More callees failed to change than the playbook tolerates, or none could be changed. */
  | { readonly type: 'APPLY_FAILED' }
  /** GitLab has moved since the plan and nothing was written yet. */
  | { readonly type: 'PLAN_STALE' }
  | { readonly type: 'SWEPT'; readonly at: number; readonly verdict: Verdict | 'pending' }
  | { readonly type: 'ROLLED_BACK'; readonly complete: boolean }
  | { readonly type: 'ROLLBACK' }
  | { readonly type: 'RESUME'; readonly at: number };

type WaveInput = Omit<WaveContext, 'soakUntil' | 'nextSweepAt' | 'frozenUntil' | 'verdict' | 'resumedAt'>;

/** Never longer than one soak from now: a clock that was set back must not keep a wave soaking until it has caught up. */
function soakingOn(at: number, { soakUntil, soakMs, sweepEveryMs }: WaveContext): Partial<WaveContext> {
  const until = Math.min(soakUntil ?? at, at + soakMs);
  return { soakUntil: until, nextSweepAt: Math.min(at + sweepEveryMs, until) };
}

const machine = setup({
  types: { context: {} as WaveContext, events: {} as WaveEvent, input: {} as WaveInput },
  actions: {
    intend: (_, _request: TaskRequest) => {
      throw new Error('tasks are recorded, never executed by the chart');
    },
    thaw: assign(({ event }) => (event.type === 'FROZEN' ? { frozenUntil: event.until } : {})),
    startSoak: assign(({ context, event }) =>
      event.type === 'APPLIED' || event.type === 'RESUME'
        ? {
            soakUntil: event.at + context.soakMs,
            nextSweepAt: event.at + Math.min(context.sweepEveryMs, context.soakMs),
            verdict: null,
          }
        : {},
    ),
    scheduleSweep: assign(({ context, event }) => (event.type === 'SWEPT' ? soakingOn(event.at, context) : {})),
    extendSoak: assign(({ context, event }) =>
      event.type === 'SWEPT'
        ? {
            extensionsLeft: context.extensionsLeft - 1,
            soakUntil: event.at + context.soakMs,
            nextSweepAt: event.at + Math.min(context.sweepEveryMs, context.soakMs),
          }
        : {},
    ),
    keepVerdict: assign(({ event }) =>
      event.type === 'SWEPT' && event.verdict !== 'pending' ? { verdict: event.verdict } : {},
    ),
    fail: assign({ verdict: 'failed' as const }),
    forgive: assign(({ event }) => (event.type === 'RESUME' ? { resumedAt: event.at } : {})),
  },
  guards: {
    needsApproval: ({ context }) => context.needsApproval,
    passed: ({ event }) => event.type === 'SWEPT' && event.verdict === 'passed',
    failedAndRollsBack: ({ context, event }) =>
      event.type === 'SWEPT' && event.verdict === 'failed' && context.rollbackOnFailure,
    failed: ({ event }) => event.type === 'SWEPT' && event.verdict === 'failed',
    mayExtend: ({ context, event }) =>
      event.type === 'SWEPT' && event.verdict === 'inconclusive' && context.extensionsLeft > 0,
    inconclusive: ({ event }) => event.type === 'SWEPT' && event.verdict === 'inconclusive',
    rollsBack: ({ context }) => context.rollbackOnFailure,
    complete: ({ event }) => event.type === 'ROLLED_BACK' && event.complete,
  },
});

/** How an application ends, whether it went ahead at once or waited for the end of a freeze; a freeze may follow a freeze. */
const applicationEnds = {
  FROZEN: { target: 'frozen', reenter: true, actions: 'thaw' },
  PLAN_STALE: 'stale',
  APPLIED: { target: 'soaking', actions: 'startSoak' },
  APPLY_FAILED: [
    { guard: 'rollsBack', target: 'rollingBack', actions: 'fail' },
    { target: 'held', actions: 'fail' },
  ],
  ROLLBACK: 'rollingBack',
} as const;

/** One wave: approved, applied callee by callee, soaked, judged; then passed, or taken back. */
export const waveMachine = machine.createMachine({
  id: 'wave',
  context: ({ input }) => ({
    ...input,
    soakUntil: null,
    nextSweepAt: null,
    frozenUntil: null,
    verdict: null,
    resumedAt: null,
  }),
  initial: 'created',
  states: {
    created: { always: [{ guard: 'needsApproval', target: 'awaitingApproval' }, { target: 'applying' }] },
    awaitingApproval: { on: { WAVE_APPROVED: 'applying', ROLLBACK: 'rollingBack' } },
    applying: {
      entry: { type: 'intend', params: { kind: 'applyWave' } },
      on: applicationEnds,
    },
    frozen: {
      entry: { type: 'intend', params: ({ context }) => ({ kind: 'applyWave', notBefore: context.frozenUntil }) },
      on: applicationEnds,
    },
    soaking: {
      entry: { type: 'intend', params: ({ context }) => ({ kind: 'sweepWave', notBefore: context.nextSweepAt }) },
      on: {
        SWEPT: [
          { guard: 'passed', target: 'passed', actions: 'keepVerdict' },
          { guard: 'failedAndRollsBack', target: 'rollingBack', actions: 'keepVerdict' },
          { guard: 'failed', target: 'held', actions: 'keepVerdict' },
          { guard: 'mayExtend', target: 'soaking', reenter: true, actions: ['keepVerdict', 'extendSoak'] },
          { guard: 'inconclusive', target: 'inconclusive', actions: 'keepVerdict' },
          { target: 'soaking', reenter: true, actions: 'scheduleSweep' },
        ],
        ROLLBACK: 'rollingBack',
      },
    },
    /** Too little was seen: a person accepts it as it is, soaks on, or takes it back. */
    inconclusive: {
      on: { WAVE_APPROVED: 'passed', RESUME: { target: 'soaking', actions: 'startSoak' }, ROLLBACK: 'rollingBack' },
    },
    /** Failed and left standing, because the playbook says that a person decides. */
    held: { on: { RESUME: { target: 'applying', actions: 'forgive' }, ROLLBACK: 'rollingBack' } },
    rollingBack: {
      entry: { type: 'intend', params: { kind: 'rollbackWave' } },
      on: { ROLLED_BACK: [{ guard: 'complete', target: 'rolledBack' }, { target: 'rollbackBlocked' }] },
    },
    rollbackBlocked: { on: { RESUME: 'rollingBack', ROLLBACK: 'rollingBack' } },
    stale: {},
    rolledBack: {},
    passed: { on: { ROLLBACK: 'rollingBack' } },
  },
});
