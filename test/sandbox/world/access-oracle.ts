/**
 * GitLab's rule for job tokens a second time, written from the fact sheet (sections a, e, h, i and j) and not from the stand-in's
 * code, with which it shares nothing. It is slow-witted on purpose: one question after the other, in the order of the text.
 */
export interface Case {
  readonly version: string;
  /** The callee's stored setting, and the instance's enforcement. */
  readonly stored: boolean;
  readonly enforced: boolean;
  readonly entries: readonly Listed[];
  readonly policiesEnabled: boolean;
  readonly visibility: 'private' | 'internal' | 'public';
  /** Level of every feature of the callee. */
  readonly feature: 'enabled' | 'private' | 'disabled';
  /** Access level of the job's user: 0, 10, 20, 30, 40. */
  readonly level: number;
  readonly access: string;
}

/** An entry as seen from the caller: itself, its parent, its parent's parent, or somebody else. Null policies: default. */
export interface Listed {
  readonly who: 'caller' | 'parent' | 'grandparent' | 'stranger';
  readonly policies: readonly string[] | null;
}

/** `denied` names what GitLab says, `null` text: any. */
export type Answer =
  | { readonly allowed: true; readonly logged: boolean }
  | { readonly allowed: false; readonly status: number; readonly text: string };

/** What i and h say of each kind: who answers, needed permission, and the part of a public project it belongs to. */
interface Kind {
  readonly protocol: 'git' | 'push' | 'lfs' | 'rest' | 'package' | 'registry' | 'trigger' | 'runner';
  /** null: no permission is looked at. Empty: the endpoint declares none. */
  readonly policy: readonly string[] | null;
  /** `since`: open to all on public callees from this version on, unlisted callers included. */
  readonly open: string | null;
  /** Role for a private callee, and for a members-only feature of a public one. */
  readonly role: number;
  readonly member: number;
  readonly feature: boolean;
  /** e: downloads that are redirected, and rules that decide without the scope, leave no row. */
  readonly redirected?: boolean;
  readonly publicWithoutScope?: boolean;
}

export const KINDS: Readonly<Record<string, Kind>> = {
  git: { protocol: 'git', policy: null, open: '17.0', role: 20, member: 10, feature: true, publicWithoutScope: true },
  'git-push': { protocol: 'push', policy: ['ADMIN_REPOSITORIES'], open: null, role: 30, member: 30, feature: true },
  lfs: { protocol: 'lfs', policy: null, open: '17.0', role: 20, member: 10, feature: true, publicWithoutScope: true },
  api: { protocol: 'rest', policy: [], open: '17.0', role: 20, member: 10, feature: true },
  release: { protocol: 'rest', policy: ['READ_RELEASES'], open: '16.6', role: 10, member: 10, feature: true },
  deployments: { protocol: 'rest', policy: ['READ_DEPLOYMENTS'], open: '16.6', role: 20, member: 20, feature: true },
  'terraform-state': {
    protocol: 'rest',
    policy: ['READ_TERRAFORM_STATE'],
    open: null,
    role: 30,
    member: 30,
    feature: true,
  },
  'secure-files': {
    protocol: 'rest',
    policy: ['READ_SECURE_FILES'],
    open: null,
    role: 30,
    member: 30,
    feature: false,
    redirected: true,
  },
  artifacts: {
    protocol: 'rest',
    policy: ['READ_JOBS'],
    open: '16.6',
    role: 20,
    member: 10,
    feature: true,
    redirected: true,
    publicWithoutScope: true,
  },
  generic: {
    protocol: 'rest',
    policy: ['READ_PACKAGES'],
    open: '16.6',
    role: 20,
    member: 20,
    feature: true,
    redirected: true,
  },
  npm: { protocol: 'package', policy: ['READ_PACKAGES'], open: '16.6', role: 20, member: 20, feature: true },
  pypi: { protocol: 'package', policy: ['READ_PACKAGES'], open: '16.6', role: 20, member: 20, feature: true },
  nuget: { protocol: 'package', policy: [], open: '16.6', role: 20, member: 20, feature: true },
  'container-registry': {
    protocol: 'registry',
    policy: null,
    open: '16.6',
    role: 20,
    member: 20,
    feature: true,
    publicWithoutScope: true,
  },
  'trigger-api': { protocol: 'trigger', policy: null, open: null, role: 30, member: 30, feature: true },
  'needs-project': {
    protocol: 'runner',
    policy: ['READ_JOBS'],
    open: '16.6',
    role: 20,
    member: 10,
    feature: true,
    redirected: true,
    publicWithoutScope: true,
  },
};

export function answerOf(one: Case): Answer {
  const kind = KINDS[one.access];
  if (kind === undefined) throw new Error(`no kind ${one.access}`);
  const limited = one.stored || one.enforced;
  const entry = nearest(one.entries);
  const admitted = !limited || entry !== null;
  const feature = kind.feature ? one.feature : 'enabled';
  if (kind.protocol === 'push') return push(one, admitted);

  const isPublicFeature = one.visibility !== 'private' && feature === 'enabled' && kind.open !== null;
  const logged =
    admitted && !(kind.redirected === true) && !(kind.publicWithoutScope === true && one.visibility !== 'private');
  // a: what stays open on public and internal callees. Before its version only to admitted callers.
  if (isPublicFeature && reached(one.version, kind.open)) return { allowed: true, logged };

  // "If policies are enabled for the callee: 403 P1 even though the real cause is the missing entry."
  const checked = one.policiesEnabled && limited && kind.policy !== null && reached(one.version, '17.10');
  if (checked && !grants(entry, kind.policy)) return denied(403, permissionText(kind.policy));
  if (feature !== 'disabled' && admitted && (isPublicFeature || one.level >= roleFor(one, kind)))
    return { allowed: true, logged };

  // The refusal: does the project seem to be there at all?
  const seen = one.visibility !== 'private' || (admitted && one.level > 0);
  return refusal(one, kind, { seen, admitted });
}

function roleFor({ visibility }: Case, { role, member }: Kind): number {
  return visibility === 'private' ? role : member;
}

/** Project link first, else the closest ancestor group's. */
function nearest(entries: readonly Listed[]): Listed | null {
  for (const who of ['caller', 'parent', 'grandparent'] as const) {
    const found = entries.find((entry) => entry.who === who);
    if (found !== undefined) return found;
  }
  return null;
}

function grants(entry: Listed | null, needed: readonly string[]): boolean {
  if (entry === null) return false;
  const { policies } = entry;
  if (policies === null) return true;
  if (needed.length === 0) return false;
  return needed.every((one) => policies.includes(one) || policies.includes(one.replace('READ_', 'ADMIN_')));
}

const A1 = 'Authentication by CI/CD job token not allowed from web to ';
const NO_CODE = 'You are not allowed to download code from this project.';

function refusal(
  { version, access }: Case,
  { protocol }: Kind,
  { seen, admitted }: { seen: boolean; admitted: boolean },
): Answer {
  const names = `${A1}${reached(version, '18.10') ? 'project #101' : 'core'}.`;
  const older = !reached(version, '17.3');
  switch (protocol) {
    case 'git':
      if (seen) return denied(403, NO_CODE);
      if (older)
        return denied(
          404,
          "The project you were looking for could not be found or you don't have permission to view it.",
        );
      return denied(403, admitted ? 'Insufficient permissions to pull from the repository of project core.' : names);
    case 'lfs':
      return denied(404, 'Not found.');
    case 'rest':
      if (seen) return denied(403, '403 Forbidden');
      // "look-alike": a listed caller whose user is no member reads the same.
      return older ? denied(404, '404 Project Not Found') : denied(403, `403 Forbidden - ${names}`);
    case 'package':
      return seen ? denied(403, '403 Forbidden') : denied(404, '404 Project Not Found');
    case 'registry':
      return denied(403, 'requested access to the resource is denied');
    case 'trigger':
      return seen ? denied(400, 'Insufficient permissions to create a new pipeline') : denied(404, '404 Not Found');
    case 'runner':
      return denied(403, '403 Forbidden');
    case 'push':
      throw new Error(`no words for ${access}`);
  }
}

/** "Pushes by other projects' tokens were never possible before 19.x", and here the switch for them is off. */
function push({ visibility, version }: Case, admitted: boolean): Answer {
  if (visibility === 'private' && !admitted)
    return denied(403, `${A1}${reached(version, '18.10') ? 'project #101' : 'core'}.`);
  return denied(403, 'You are not allowed to upload code.');
}

function permissionText(needed: readonly string[]): string {
  if (needed.length === 0) return '403 Forbidden - This action is unauthorized for CI/CD job tokens.';
  return `403 Forbidden - Insufficient permissions to access this resource in project core. The following token permission is required: ${needed.join().toLowerCase()}.`;
}

function denied(status: number, text: string): Answer {
  return { allowed: false, status, text };
}

function reached(version: string, since: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}
