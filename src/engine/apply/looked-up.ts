import { RolloutError, type ErrorCode } from '../../domain/errors.ts';
import type { WriteAction, WriteIntent } from '../../domain/rollout/intent.ts';
import { fenced } from '../context.ts';
import type { Permit } from '../ports.ts';
import { commitIntents, permitFor, recordOutcome, type Place, type Purpose, type Writer } from './intents.ts';

/** One write that stands alone, and how GitLab is asked whether it is there. */
export interface LookedUpWrite {
  readonly place: Place;
  readonly action: WriteAction;
  readonly purpose: Purpose;
  readonly send: (permit: Permit) => Promise<void>;
  readonly isThere: () => Promise<boolean>;
}

/** How it ended; `failure` is why it is not there, where GitLab said so or did not answer. */
export interface LookedUpResult {
  readonly done: boolean;
  readonly failure: RolloutError | null;
}

/** GitLab's own no. */
const REFUSED: ReadonlySet<ErrorCode> = new Set(['FORGE_REFUSED', 'FORGE_NOT_FOUND']);
/** Whether the write happened is for GitLab to say. */
const UNCLEAR: ReadonlySet<ErrorCode> = new Set(['FORGE_UNAVAILABLE', 'FORGE_UNREADABLE', 'INTERRUPTED']);

/**
 * Intent committed, sent, looked up, settled. The caller has just looked and found it missing. Where looking fails too,
 * the intent stays open and is settled by whoever comes next.
 *
 * @throws RolloutError `INTERRUPTED` when it was not sent because the process was told to stop, or another order came
 */
export async function writeLookedUp(engine: Writer, write: LookedUpWrite): Promise<LookedUpResult> {
  const { place, action, purpose, send, isThere } = write;
  const [intent] = await commitIntents(engine, place, [action]);
  if (!intent) throw new Error('an intent was not stored');
  let failure: RolloutError | null = null;
  try {
    await send(permitFor(engine, intent, purpose));
  } catch (error) {
    if (!(error instanceof RolloutError) || !(REFUSED.has(error.code) || UNCLEAR.has(error.code))) throw error;
    failure = error;
  }
  const done = await engine.forge.finishing(isThere);
  await settleLookedUp(engine, place.subject, intent, done, failure);
  if (!done && failure?.code === 'INTERRUPTED') throw failure;
  return { done, failure: done ? null : failure };
}

/** Settles a write that stands alone by what was seen. */
export async function settleLookedUp(
  engine: Writer,
  subject: string,
  intent: WriteIntent,
  done: boolean,
  failure: RolloutError | null = null,
): Promise<void> {
  const refusal = failure !== null && REFUSED.has(failure.code) ? failure.message : null;
  const outcome = done ? 'done' : refusal === null ? 'absent' : 'refused';
  // Absent without a word: nobody saw an answer, and it may still come.
  const detail = outcome === 'absent' && failure?.unanswered === false ? failure.message : refusal;
  await fenced(engine, () => recordOutcome(engine, subject, intent, outcome, detail));
}
