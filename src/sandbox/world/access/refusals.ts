import type { AccessRule } from './kinds.ts';
import { isAtLeast } from './version.ts';
import type { Version } from './version.ts';
import type { AccessVerdict, DenialCause, Visibility } from '../vocabulary.ts';

/** How the scope's refusal names the callee: by its last path segment, or (newer) by its id. */
export type DenialWording = 'path' | 'id';

/** The two projects of a request, as far as GitLab's texts name them. */
export interface Pair {
  /** Last path segments: GitLab names no full paths here. */
  readonly callerPath: string;
  readonly calleePath: string;
  readonly calleeId: number;
  readonly version: Version;
  readonly wording: DenialWording;
}

interface Refused extends Pair {
  readonly visibility: Visibility;
  readonly level: number;
}

type Denial = Extract<AccessVerdict, { allowed: false }>;

const HIDDEN_FROM_GIT = "The project you were looking for could not be found or you don't have permission to view it.";

/** `Authentication by CI/CD job token not allowed from … to …` */
export function scopeText({ callerPath, calleePath, calleeId, wording }: Pair): string {
  const callee = wording === 'id' ? `project #${String(calleeId)}` : calleePath;
  return `Authentication by CI/CD job token not allowed from ${callerPath} to ${callee}.`;
}

/** The REST message where the entry's permissions do not cover the endpoint's. */
export function policyText({ calleePath }: Pair, needed: readonly string[]): string {
  const names = needed.map((policy) => policy.toLowerCase());
  const last = names.pop();
  if (last === undefined) return '403 Forbidden - This action is unauthorized for CI/CD job tokens.';
  const demand =
    names.length === 0
      ? `The following token permission is required: ${last}.`
      : `The following token permissions are required: ${names.join(', ')} and ${last}.`;
  return `403 Forbidden - Insufficient permissions to access this resource in project ${calleePath}. ${demand}`;
}

/** Words a refusal as the answering part of GitLab does; some causes look alike on purpose. */
export function refuse(question: Refused, rule: AccessRule, cause: DenialCause): Denial {
  const [status, text] = wordRefusal(question, rule, cause);
  return { allowed: false, cause, status, text };
}

type Words = readonly [status: Denial['status'], text: string];

/** Whether GitLab treats the callee as if it could not be seen: private, and either unlisted or the user is no member. */
function isHidden({ visibility, level }: Refused, cause: DenialCause): boolean {
  return cause === 'gone' || (visibility === 'private' && (cause === 'allowlist' || level === 0));
}

function wordRefusal(question: Refused, rule: AccessRule, cause: DenialCause): Words {
  const hidden = isHidden(question, cause);
  // Up to 17.2 a hidden project was "not found" everywhere.
  const asMissing = cause === 'gone' || !isAtLeast(question.version, 17, 3);
  switch (rule.protocol) {
    case 'git':
      return wordGit(question, cause, hidden, asMissing);
    case 'lfs':
      return [404, 'Not found.'];
    case 'rest':
      if (!hidden) return [403, '403 Forbidden'];
      return asMissing ? [404, '404 Project Not Found'] : [403, `403 Forbidden - ${scopeText(question)}`];
    case 'package':
      return hidden ? [404, '404 Project Not Found'] : [403, '403 Forbidden'];
    case 'registry':
      return [403, 'requested access to the resource is denied'];
    case 'trigger':
      return hidden ? [404, '404 Not Found'] : [400, 'Insufficient permissions to create a new pipeline'];
    case 'runner':
      return [403, '403 Forbidden'];
  }
}

function wordGit(question: Refused, cause: DenialCause, hidden: boolean, asMissing: boolean): Words {
  if (!hidden) return [403, 'You are not allowed to download code from this project.'];
  if (asMissing) return [404, HIDDEN_FROM_GIT];
  // Admitted, but the job's user may not read the project: git says so, REST does not.
  if (cause !== 'allowlist')
    return [403, `Insufficient permissions to pull from the repository of project ${question.calleePath}.`];
  return [403, scopeText(question)];
}
