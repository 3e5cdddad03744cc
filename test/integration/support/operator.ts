import type { Ended } from './process.ts';
import { describe, type Rollout, type TickAnswer } from './rollout.ts';

/** What a careful operator does where a person is asked. */
export interface Habits {
  /** Which undecided edges to reject, as `[caller, callee]`; all others are approved. */
  readonly reject?: readonly (readonly [caller: string, callee: string])[];
  /** Runs a tick; the default is the plain command. Killing it half-way belongs here. */
  readonly tick?: (rollout: Rollout) => Promise<Ended>;
  /** Exit codes of a tick that are answered by ticking again, at most `patience` times in a row. */
  readonly again?: readonly number[];
  readonly patience?: number;
  /** Looks at, or changes, something after each tick that ended by itself; ticks count from 1. */
  readonly afterTick?: (rollout: Rollout, result: Ended, ticks: number) => Promise<void>;
}

/** How a rollout ended and what it took. */
export interface Journey {
  readonly end: 'guarding' | 'holding' | 'aborted';
  readonly codes: readonly number[];
  /** What each tick said, for the message of a test that fails. */
  readonly story: readonly string[];
}

const MAX_TICKS = 600;

/** Drives a rollout to its end: ticks, lets time pass where it waits for time, decides where it waits for a person. */
export async function drive(rollout: Rollout, habits: Habits = {}): Promise<Journey> {
  const codes: number[] = [];
  const story: string[] = [];
  let failures = 0;
  let stuck = '';
  for (let ticks = 0; ticks < MAX_TICKS; ticks += 1) {
    const result = await (habits.tick ?? plainTick)(rollout);
    codes.push(result.code ?? -1);
    if (result.code !== null && (habits.again ?? []).includes(result.code)) {
      story.push(`${result.code} ${result.stderr.trim().split('\n').at(-2) ?? ''}`);
      failures += 1;
      if (failures > (habits.patience ?? 20)) throw lost(story, `gave up: ${describe(result)}`);
      continue;
    }
    failures = 0;
    const answer = answerOf(result, story);
    story.push(`${result.code} ${answer.kind}: ${answer.what}`);
    await habits.afterTick?.(rollout, result, codes.length);
    if (result.code === 3) {
      if (answer.until === undefined) throw lost(story, 'waits for time without saying until when');
      await rollout.standIn.advanceTo(answer.until);
      continue;
    }
    const { state } = await rollout.status();
    if (result.code === 0) {
      if (state === 'aborted' || state === 'guarding') return { end: state, codes, story };
      throw lost(story, `done in state ${state}`);
    } else {
      const before = `${state} ${answer.what}`;
      if (before === stuck && state === 'holding') return { end: 'holding', codes, story };
      stuck = before;
      await actAsPerson(rollout, habits, state, story);
    }
  }
  throw lost(story, `no end after ${MAX_TICKS} ticks`);
}

export const plainTick = (rollout: Rollout): Promise<Ended> => rollout.command('tick', '--json');

function answerOf(result: Ended, story: readonly string[]): TickAnswer {
  if (result.code === null || ![0, 3, 4, 5].includes(result.code)) throw lost(story, describe(result));
  return JSON.parse(result.stdout) as TickAnswer;
}

const lost = (story: readonly string[], why: string): Error =>
  new Error(`${why}\nwhat happened:\n  ${story.slice(-25).join('\n  ')}`);

/** Decides what is undecided, then gives the order that the state waits for. */
async function actAsPerson(rollout: Rollout, { reject = [] }: Habits, state: string, story: string[]): Promise<void> {
  const { edges, waves } = await rollout.status();
  if (edges.undecided > 0) {
    const undecided = await rollout.edges('--state', 'undecided');
    for (const [caller, callee] of reject) {
      if (!undecided.some((edge) => edge.caller === caller && edge.callee === callee)) continue;
      await rollout.must('edges', 'reject', caller, callee, '--reason', 'no business there', '--yes');
    }
    if ((await rollout.edges('--state', 'undecided')).length > 0)
      await rollout.must('edges', 'approve', '--all', '--reason', 'looked through them', '--yes');
    story.push(`decided ${undecided.length} edges`);
  }
  const wave = waves.at(-1)?.state;
  const waitsForApproval =
    ['awaitingPlan', 'awaitingWidening'].includes(state) ||
    (state === 'rolling' && (wave === 'awaitingApproval' || wave === 'inconclusive'));
  if (waitsForApproval) {
    await rollout.must('approve', '--yes', '--reason', 'looked at it');
    story.push(`approved in ${state}`);
  } else if (state === 'stopped' || state === 'holding') {
    await rollout.must('resume', '--yes', '--reason', 'go on');
    story.push(`resumed in ${state}`);
  } else if (state === 'rolling') {
    await rollout.must('resume', '--yes', '--reason', 'try again');
    story.push(`resumed wave, ${wave ?? 'none'}`);
  }
}
