import { isDeepStrictEqual } from 'node:util';
import { RolloutError } from '../../domain/errors.ts';
import { freezeReason } from '../../domain/plan/freeze.ts';
import type { Task } from '../../domain/rollout/intent.ts';
import type { RolloutEvent } from '../../domain/rollout/rollout.machine.ts';
import { epochMs, isoTime, spokenDuration, type EpochMs } from '../../domain/values.ts';
import { advance, type Advance } from './advance.ts';
import { compareAnchor, keepAnchor, settleOpenAnchors } from '../record/anchor.ts';
import { closeNotices } from '../record/owner-notices.ts';
import { freezeOf, plannedWave } from '../apply/apply.ts';
import { fenced, type Engine } from '../context.ts';
import { rolloutCan, rolloutState, waveState, type RolloutPhase } from './decide.ts';
import { isDue } from './due.ts';
import type { WaveRow } from '../ports.ts';
import { lookAtHints } from '../watch/hints.ts';
import { chartSettings, performTask } from './tasks.ts';
import { afterLook } from './wave-tasks.ts';
import { personWait, waveAtHand, type WaveAtHand } from './waits.ts';
import { whileWanted } from './while-wanted.ts';
import { settleOpenIntents } from '../apply/open-intents.ts';
import { counted } from '../../domain/values.ts';

/** Why a tick ended. `until` is a moment by GitLab's clock. */
export type TickResult =
  | { readonly kind: 'done'; readonly what: string; readonly next: string }
  | { readonly kind: 'waiting-for-time'; readonly until: EpochMs; readonly what: string; readonly next: string }
  | { readonly kind: 'waiting-for-person'; readonly what: string; readonly next: string }
  | { readonly kind: 'gate-failed'; readonly what: string; readonly next: string };

/** What one run of the driver leaves out, or does early. */
export interface TickOptions {
  /** Do tasks of these kinds alone, and leave all others to a driver that does them; null: every kind. */
  readonly kinds?: ReadonlySet<Task['kind']> | null;
  /** Sweep a soaking wave although it is not due yet: something says that a look is worth it. */
  readonly sweepNow?: boolean;
}

/**
 * Takes up whatever is next and goes on until it must wait. Every step is committed before the next begins, so it may be
 * killed anywhere; whatever a killed run left open on GitLab is looked up first.
 *
 * @throws RolloutError `LEASE_HELD`/`LEASE_LOST` with another driver at work, `FORGE_*` when GitLab fails for good this
 *   time, `INTERRUPTED` when asked to stop; running it again goes on in each case
 */
export async function tick(engine: Engine, options: TickOptions = {}): Promise<TickResult> {
  await refreshServer(engine);
  await settleOpenAnchors(engine);
  await compareAnchor(engine);
  const result = await untilItWaits(engine, options);
  await closeNotices(engine);
  await keepAnchor(engine);
  return result;
}

async function untilItWaits(engine: Engine, { kinds = null, sweepNow = false }: TickOptions): Promise<TickResult> {
  await adoptPlaybook(engine);
  await wake(engine);
  let early = sweepNow;
  for (let first = true; ; first = false) {
    engine.signal.throwIfAborted();
    // Before every task, not only the first: an order may have cut off the one before between a write and its reading.
    const settled = await settleOpenIntents(engine);
    if (settled > 0) engine.notify.note(`Settled ${settled} writes that had been left open, by looking at GitLab.`);
    const task = await engine.store.openTask();
    const state = rolloutState((await engine.store.rollout()).checkpoint);
    if (state.paused) return { kind: 'waiting-for-person', what: 'the rollout is paused', next: '`tidegate resume`' };
    if (first && (await answerHints(engine, task))) continue;
    if (task === null) return whatItWaitsFor(engine);
    if (kinds !== null && !kinds.has(task.kind)) return leftToOthers(engine, task);
    const due = (early && task.kind === 'sweepWave') || (await isDue(engine.store, task, engine.clock.now()));
    if (!due) return waitFor(engine, task, state.phase);
    if (task.kind === 'sweepWave') early = false;
    await runTask(engine, task);
  }
}

/** Jobs that GitLab told of are judged before anything else; a wave that fails by them does not wait for its next sweep. */
async function answerHints(engine: Engine, task: Task | null): Promise<boolean> {
  const broken = await lookAtHints(engine);
  if (broken === null || task?.kind !== 'sweepWave' || task.waveId !== broken.wave.id) return false;
  const change = { ...afterLook(engine, broken.wave, broken.result), answers: task.key };
  return advance(engine.store, engine.clock.now(), change, await engine.lease.hold());
}

/** The watch looks and takes back; it never moves a rollout forward. */
function leftToOthers(engine: Engine, task: Task): TickResult {
  const until = epochMs(Math.max(engine.clock.now(), task.notBefore ?? 0));
  return {
    kind: 'waiting-for-time',
    until,
    what: 'nothing soaks that is due',
    next: '`tidegate tick`, for the next step',
  };
}

/** Asks anew what the server can and who the token is: both can change in the weeks a rollout takes. */
async function refreshServer(engine: Engine): Promise<void> {
  const capabilities = await engine.forge.capabilities();
  const identity = await engine.forge.identity();
  await fenced(engine, () => engine.store.saveServer(capabilities, identity));
}

/** A playbook that was edited since the last tick steers the chart from now on. */
async function adoptPlaybook(engine: Engine): Promise<void> {
  const row = await engine.store.rollout();
  const settings = chartSettings(engine.playbook);
  if (isDeepStrictEqual(rolloutState(row.checkpoint).context.playbook, settings)) return;
  await advance(
    engine.store,
    engine.clock.now(),
    { rollout: { type: 'PLAYBOOK', playbook: settings } },
    await engine.lease.hold(),
  );
}

/** Lets a rollout that waits for decisions look whether they have been made. */
async function wake(engine: Engine): Promise<void> {
  const row = await engine.store.rollout();
  const { context } = rolloutState(row.checkpoint);
  const event: RolloutEvent = { type: 'WOKEN', stale: row.decisionsRevision !== context.decisionsRevision };
  if (rolloutCan(row.checkpoint, event)) {
    await advance(engine.store, engine.clock.now(), { rollout: event }, await engine.lease.hold());
  }
}

async function runTask(engine: Engine, task: Task): Promise<void> {
  try {
    const change: Advance = await performTask(whileWanted(engine, task), task);
    await advance(engine.store, engine.clock.now(), { ...change, answers: task.key }, await engine.lease.hold());
  } catch (error) {
    // Paused or aborted from another terminal in the middle of the work: the loop sees the new state and acts on it.
    if (error instanceof RolloutError && error.code === 'INTERRUPTED' && !engine.signal.aborted) return;
    throw error;
  }
}

async function currentWave(engine: Pick<Engine, 'store'>, waveId: number | null): Promise<WaveRow | null> {
  return (await engine.store.waves()).find(({ id }) => id === waveId) ?? null;
}

const TIME_WAITS: Readonly<Partial<Record<Task['kind'], string>>> = {
  readInventory: 'the next inventory',
  applyWave: 'the end of the freeze, or of the time that its owners were given',
  sweepWave: 'the next look at failed jobs',
};

async function waitFor(engine: Engine, task: Task, phase: RolloutPhase): Promise<TickResult> {
  // Whole seconds, as GitLab's clock tells them, and never too early.
  const until = epochMs(Math.ceil((task.notBefore ?? engine.clock.now()) / 1_000) * 1_000);
  if (phase === 'guarding') {
    return {
      kind: 'done',
      what: `everything in scope is enforced; next look for drift at ${isoTime(until)}`,
      next: '`tidegate report`',
    };
  }
  if (phase === 'holding') return holding(engine);
  const wave = await currentWave(engine, task.waveId);
  const left = spokenDuration(until - engine.clock.now());
  const name = wave ? `wave ${wave.number}: ` : phase === 'observing' ? 'observing: ' : '';
  const freeze = wave && task.kind === 'applyWave' ? freezeOf(engine, await plannedWave(engine, wave)) : null;
  const reason = freeze && freezeReason(freeze, engine.clock.now());
  const what = `${name}${TIME_WAITS[task.kind] ?? 'the next step'}${reason === null ? '' : ` (${reason})`} in ${left}`;
  return { kind: 'waiting-for-time', until, what, next: `\`tidegate tick\`, at ${isoTime(until)} or later` };
}

/** Nothing can be planned any more, yet callees are left: says what would free them. */
async function holding(engine: Engine): Promise<TickResult> {
  const { checkpoint } = await engine.store.rollout();
  const { context } = rolloutState(checkpoint);
  const held = context.planHash === null ? [] : await engine.store.planHeld(context.planHash);
  const reasons = new Map<string, number>();
  for (const { reason } of held) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const words = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ');
  return {
    kind: 'waiting-for-person',
    what: `${counted(context.held, 'project is', 'projects are')} held back (${words})`,
    next: '`tidegate plan show` for the reasons; `tidegate edges` to decide on them, or `tidegate resume` to look at GitLab again',
  };
}

async function whatItWaitsFor(engine: Engine): Promise<TickResult> {
  const row = await engine.store.rollout();
  const { phase, context } = rolloutState(row.checkpoint);
  if (phase === 'aborted') return { kind: 'done', what: 'the rollout was aborted', next: '`tidegate report`' };
  if (phase === 'holding') return holding(engine);
  const wave = waveAtHand({ phase, ...context }, await engine.store.waves());
  const wait = personWait({ phase, ...context }, await atHand(engine, wave));
  if (wait) return wait;
  throw new RolloutError(
    'STORE_CORRUPT',
    `the rollout is ${phase} and has nothing to do`,
    'Please report this with `tidegate verify`.',
  );
}

async function atHand({ store }: Engine, wave: WaveRow | null): Promise<WaveAtHand | null> {
  if (!wave) return null;
  const { phase, context } = waveState(wave.checkpoint);
  const seen = (await store.sweeps(wave.id)).at(-1)?.judged?.seen ?? null;
  return { number: wave.number, phase, verdict: context.verdict, seen };
}
