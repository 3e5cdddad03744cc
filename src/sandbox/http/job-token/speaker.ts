import type { LiveRun, User } from '../../world/world.ts';
import type { Call, Stand, Viewer } from '../env.ts';
import { ApiError } from '../answers/errors.ts';
import { basicViewer } from './admit.ts';
import { basicCredentials, presentedJobToken } from './present.ts';

/** Who speaks by a name and a password: a job, a person, or nobody. */
export interface Speaker {
  readonly run: LiveRun | null;
  readonly viewer: Viewer | null;
}

/** Null: a name and a password that open nothing. */
export function speakerOf(stand: Stand, call: Call): Speaker | null {
  const presented = presentedJobToken(stand, call, ['basic']);
  if (presented !== null) return presented.run === null ? null : { run: presented.run, viewer: null };
  if (basicCredentials(call) === null) return { run: null, viewer: null };
  try {
    return { run: null, viewer: basicViewer(stand, call) };
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

/** Whether the call came without any credential. */
export function isNobody({ run, viewer }: Speaker): boolean {
  return run === null && viewer === null;
}

/** The person behind it: of a job, whoever started it. */
export function userOf({ run, viewer }: Speaker): User | null {
  return run?.user ?? viewer?.user ?? null;
}
