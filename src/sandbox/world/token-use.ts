import type { Clock } from './clock.ts';
import type { Directory } from './state/directory.ts';
import { judgeRequest, requestOf, type Instance } from './access/instance.ts';
import type { Attempt } from './traffic/live-run.ts';
import type { Traffic } from './traffic/traffic.ts';
import type { AccessVerdict } from './vocabulary.ts';

/** What a job's token opens, asked by real clients. */
export interface TokenUse {
  /** GitLab's rule for a job token, without any effect. */
  judge(attempt: Attempt): AccessVerdict;
  /**
   * Judges and counts it: the truth gets it, and the log where GitLab would write one.
   *
   * @param answered2xx - default true; what was let in and then answered otherwise leaves no row in the log
   */
  attempt(attempt: Attempt, answered2xx?: boolean): AccessVerdict;
}

/** The use of job tokens in one world. */
export function tokenUseOf(directory: Directory, instance: Instance, traffic: Traffic, clock: Clock): TokenUse {
  return {
    judge: (attempt) => judgeRequest(instance, requestOf(directory, attempt)),
    attempt: (attempt, answered2xx = true) => {
      const request = requestOf(directory, attempt);
      const judged = judgeRequest(instance, request);
      const verdict: AccessVerdict = judged.allowed && !answered2xx ? { allowed: true, logged: false } : judged;
      const { caller, callee, access } = request;
      traffic.record({ caller, callee, access, at: clock.now(), verdict });
      return verdict;
    },
  };
}
