import { ACCESS_RULES } from './kinds.ts';
import type { AccessRule } from './kinds.ts';
import { policyText, refuse, scopeText } from './refusals.ts';
import type { Pair } from './refusals.ts';
import { isAtLeast } from './version.ts';
import { ROLES } from '../vocabulary.ts';
import type { AccessKind, AccessVerdict, DenialCause, FeatureLevel, Visibility } from '../vocabulary.ts';

/** The nearest allowlist line that admits the caller: its own, else its closest ancestor group's. */
export interface AdmittingEntry {
  readonly defaultPermissions: boolean;
  readonly policies: readonly string[];
}

/** All that GitLab's rule looks at. */
export interface AccessQuestion extends Pair {
  readonly access: AccessKind;
  readonly self: boolean;
  readonly visibility: Visibility;
  /** Level of the feature behind the access; `enabled` where there is none. */
  readonly featureLevel: FeatureLevel;
  /** The callee's setting or the instance's enforcement. */
  readonly enforced: boolean;
  readonly policiesEnabled: boolean;
  readonly entry: AdmittingEntry | null;
  /** The job user's access level on the callee, 0 for none. */
  readonly level: number;
  /** Policies the endpoint declares; null: those of the access kind. */
  readonly policies: readonly string[] | null;
  /** Uploads and changes: never open to all, for developers only. */
  readonly writes: boolean;
  readonly pushOwnRepository: boolean;
  readonly pushFromAllowlisted: boolean;
  /** Whether downloads are answered with a redirect to object storage. */
  readonly objectStorage: boolean;
}

/** Before this version an entry may hold permissions already, but nothing looks at them. */
const POLICIES_SINCE = [17, 10] as const;
const LOGGED: AccessVerdict = { allowed: true, logged: true };
const UNLOGGED: AccessVerdict = { allowed: true, logged: false };

/**
 * GitLab's rule for one request with a job token: the job user's permission *and* the callee's scope.
 * Source: `Ci::JobToken::Scope`, `ProjectPolicy` and `Scope#policies_allowed?`.
 */
export function judgeAccess(question: AccessQuestion): AccessVerdict {
  const rule = question.writes ? writing(ACCESS_RULES[question.access]) : ACCESS_RULES[question.access];
  if (question.access === 'git-push') return judgePush(question, rule);
  if (question.self) return UNLOGGED;
  const accessible = isAccessible(question);
  if (isOpenToAll(question, rule)) return accessible && leavesRow(question, rule) ? LOGGED : UNLOGGED;
  const policyDenial = judgePolicies(question, rule);
  if (policyDenial !== null) return policyDenial;
  if (question.featureLevel === 'disabled')
    return refuse(question, rule, accessible ? 'feature' : causeWhenHidden(question, 'feature'));
  if (!accessible) return refuse(question, rule, 'allowlist');
  if (question.level < neededLevel(question, rule)) return refuse(question, rule, 'role');
  return leavesRow(question, rule) ? LOGGED : UNLOGGED;
}

function writing(rule: AccessRule): AccessRule {
  const level = Math.max(rule.level, ROLES.developer);
  return { ...rule, level, memberLevel: level, openSince: null, redirected: false, scopeFree: false };
}

/** Whom the entry admits still needs a role; public and internal callees ask for less, and for none where a feature is for all. */
function neededLevel({ visibility, featureLevel }: AccessQuestion, rule: AccessRule): number {
  if (visibility === 'private') return rule.level;
  return featureLevel === 'enabled' && rule.openSince !== null ? 0 : rule.memberLevel;
}

/** `Scope#accessible?` for another project. */
function isAccessible({ enforced, entry }: AccessQuestion): boolean {
  return !enforced || entry !== null;
}

/** What public and internal callees give to any job, unless the feature is for members only. */
function isOpenToAll({ visibility, featureLevel, version }: AccessQuestion, { openSince }: AccessRule): boolean {
  return (
    visibility !== 'private' && featureLevel === 'enabled' && openSince !== null && isAtLeast(version, ...openSince)
  );
}

function leavesRow({ visibility, objectStorage }: AccessQuestion, { redirected, scopeFree }: AccessRule): boolean {
  return !(redirected && objectStorage) && !(scopeFree && visibility !== 'private');
}

function causeWhenHidden({ visibility }: AccessQuestion, otherwise: DenialCause): DenialCause {
  return visibility === 'private' ? 'allowlist' : otherwise;
}

function neededPolicies({ policies, version }: AccessQuestion, rule: AccessRule): readonly string[] | null {
  if (rule.policies === null || !isAtLeast(version, ...POLICIES_SINCE)) return null;
  return policies ?? rule.policies;
}

/** With fine-grained permissions on, GitLab checks them first and so hides that the entry is missing altogether. */
function judgePolicies(question: AccessQuestion, rule: AccessRule): AccessVerdict | null {
  const needed = neededPolicies(question, rule);
  const { policiesEnabled, enforced, entry } = question;
  if (!policiesEnabled || !enforced || needed === null || entry?.defaultPermissions === true) return null;
  if (needed.length > 0 && needed.every((policy) => grants(entry, policy))) return null;
  return {
    allowed: false,
    cause: entry === null ? 'allowlist' : 'policy',
    status: 403,
    text: policyText(question, needed),
  };
}

/** Each `ADMIN_X` grants `READ_X` as well. */
function grants(entry: AdmittingEntry | null, policy: string): boolean {
  return (
    entry !== null && (entry.policies.includes(policy) || entry.policies.includes(policy.replace(/^READ_/, 'ADMIN_')))
  );
}

/** Own pushes need a switch of the project; pushes of other projects' jobs exist from 19 on and need a switch and an entry. */
function judgePush(question: AccessQuestion, rule: AccessRule): AccessVerdict {
  if (question.self) {
    if (question.pushOwnRepository && question.level >= rule.level) return UNLOGGED;
    return {
      allowed: false,
      cause: question.pushOwnRepository ? 'role' : 'feature',
      status: 403,
      text: 'You are not allowed to upload code.',
    };
  }
  if (!isAccessible(question) && question.visibility === 'private') {
    return { allowed: false, cause: 'allowlist', status: 403, text: scopeText(question) };
  }
  const pushText = 'You are not allowed to upload code.';
  if (!isAtLeast(question.version, 19, 0) || !question.pushFromAllowlisted || !question.enforced) {
    return { allowed: false, cause: 'impossible', status: 403, text: pushText };
  }
  if (question.entry === null) return { allowed: false, cause: 'allowlist', status: 403, text: pushText };
  const allowed = question.entry.defaultPermissions || grants(question.entry, 'ADMIN_REPOSITORIES');
  if (!allowed) return { allowed: false, cause: 'policy', status: 403, text: pushText };
  if (question.level < ROLES.developer) {
    return { allowed: false, cause: 'role', status: 403, text: 'You are not allowed to push code to this project.' };
  }
  return LOGGED;
}
