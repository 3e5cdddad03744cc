import { judgeAccess } from './access.ts';
import type { AccessQuestion } from './access.ts';
import { ACCESS_RULES } from './kinds.ts';
import { admittingEntry } from '../state/allowlists.ts';
import { accessLevel } from '../state/membership.ts';
import type { Directory } from '../state/directory.ts';
import type { StoredProject, StoredUser } from '../state/records.ts';
import { refuse } from './refusals.ts';
import type { DenialWording } from './refusals.ts';
import { isAtLeast } from './version.ts';
import type { Version } from './version.ts';
import type { AccessKind, AccessVerdict } from '../vocabulary.ts';
import type { Attempt } from '../traffic/live-run.ts';

/** What holds for the whole GitLab instance. */
export interface Instance {
  readonly version: Version;
  readonly wording: DenialWording;
  readonly objectStorage: boolean;
  /** Whether a project may stand on its own allowlist. */
  readonly selfEntries: boolean;
  /** Whether the setting cannot be switched off while the instance enforces it. */
  readonly offRefused: boolean;
  enforced: boolean;
}

/** A request with a job token, as the rule of the allowlist sees it. */
export interface TokenRequest {
  readonly caller: StoredProject;
  readonly user: StoredUser;
  readonly callee: StoredProject;
  readonly access: AccessKind;
  readonly policies: readonly string[] | null;
  readonly writes?: boolean;
}

/** Newer servers hide the callee's name behind its id; the first release is not known, this one is taken for it. */
export function usualWording(version: Version): DenialWording {
  return isAtLeast(version, 18, 10) ? 'id' : 'path';
}

/** The instance's enforcement or the project's own setting. */
export function isLimited(instance: Instance, callee: StoredProject): boolean {
  return instance.enforced || callee.inboundEnabled;
}

/** Gathers what GitLab's rule looks at and asks it. */
export function judgeRequest(
  instance: Instance,
  { caller, user, callee, access, policies, writes = false }: TokenRequest,
): AccessVerdict {
  const rule = ACCESS_RULES[access];
  const question: AccessQuestion = {
    callerPath: caller.path,
    calleePath: callee.path,
    calleeId: callee.id,
    version: instance.version,
    wording: instance.wording,
    access,
    self: caller === callee,
    visibility: callee.visibility,
    featureLevel: rule.feature === null ? 'enabled' : (callee.features[rule.feature] ?? 'enabled'),
    enforced: isLimited(instance, callee),
    policiesEnabled: callee.policiesEnabled,
    entry: admittingEntry(callee.allowlist, caller),
    level: accessLevel(user, callee),
    policies,
    writes,
    pushOwnRepository: callee.pushOwnRepository,
    pushFromAllowlisted: callee.pushFromAllowlisted,
    objectStorage: instance.objectStorage,
  };
  return callee.deleted ? refuse(question, rule, 'gone') : judgeAccess(question);
}

/**
 * The records behind an attempt's ids.
 *
 * @throws {RangeError} for an id of nothing
 */
export function requestOf(
  directory: Directory,
  { caller, user, callee, access, policies, writes = false }: Attempt,
): TokenRequest {
  const found = { caller: directory.project(caller), user: directory.user(user), callee: directory.project(callee) };
  if (found.caller === null || found.user === null || found.callee === null)
    throw new RangeError('an attempt names what is not there');
  const { caller: from, user: who, callee: to } = found;
  return { caller: from, user: who, callee: to, access, policies: policies ?? null, writes };
}
