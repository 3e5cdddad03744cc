import { isAccessKind, policiesFor } from '../../domain/access/permissions.ts';
import { edgeAccess, type Access } from '../naming/access.ts';
import type { Diagnosis } from './diagnosis.ts';

/** What a person with a broken job can do about it, in plain words. */
export interface Advice {
  /** What is missing, or why nothing of an allowlist is. */
  readonly missing: string;
  /** What has to be agreed before an entry is added; null where no entry is in question. */
  readonly confirm: string | null;
  /** In order; the heading says for which case. */
  readonly heading: string;
  readonly steps: readonly string[];
  /** Commands of a rollout that keeps its decisions with Tidegate; each can be pasted into a shell. */
  readonly commands: readonly string[];
  readonly ask: string | null;
  /** What would show that the verdict is wrong. */
  readonly disproof: readonly string[];
}

interface Case {
  readonly diagnosis: Diagnosis;
  readonly caller: string;
  /** How the callee is called in a sentence. */
  readonly callee: string;
  /** Address of the callee without a final slash; null while its path is not known. */
  readonly page: string | null;
}

const REASON = '"WHY IT IS MEANT"';

/**
 * @param caller - full path of the project whose job failed
 * @param gitlabUrl - address of the instance
 */
export function adviceFor(diagnosis: Diagnosis, caller: string, gitlabUrl: string): Advice {
  const { callee, calleeId, verdict } = diagnosis;
  const base = gitlabUrl.replace(/\/+$/, '');
  const found: Case = {
    diagnosis,
    caller,
    callee: callee ?? (calleeId === null ? 'the called project' : `project ${calleeId}`),
    page: callee !== null ? `${base}/${callee}` : calleeId !== null ? `${base}/projects/${calleeId}` : null,
  };
  switch (verdict) {
    case 'allowlist_denied':
      return onMissingEntry(found);
    case 'policy_denied':
      return callee === caller ? onOwnSetting(found) : onMissingPermission(found);
    case 'role_denied':
      return onMissingRole(found);
    case 'token_invalid':
      return onRefusedToken(found);
    case 'not_found_ambiguous':
      return onHiddenCause(found);
    case 'other':
      return ELSEWHERE;
  }
}

function onMissingEntry(found: Case): Advice {
  const { caller, callee } = found;
  return {
    missing: `${callee} does not let jobs of ${caller} in: neither ${caller} nor a group above it is in its job token allowlist.`,
    confirm: confirmation(found),
    heading: 'If the access is intended',
    steps: [...findCallee(found), ...entrySteps(found)],
    commands: decisions(found),
    ask: owners(found),
    disproof: [
      `The list of ${callee} holds ${caller} or a group above it: then the job ran before that entry, or, on the API, the user behind the job is no member of ${callee}.`,
      'The line is text that the job prints (a test, documentation), not an answer of GitLab.',
      'The same job failed the same way before the list was enforced.',
    ],
  };
}

function onMissingPermission(found: Case): Advice {
  const { caller, callee, diagnosis } = found;
  const asked = diagnosis.permissions.join(' and ');
  return {
    missing:
      asked === ''
        ? `The entry of ${caller} in ${callee} has fine-grained permissions, and none of them opens this endpoint; only default permissions do.`
        : `The entry of ${caller} in ${callee} does not grant ${asked}. Where ${callee} uses fine-grained permissions, a missing entry reads the same.`,
    confirm: confirmation(found),
    heading: 'If the access is intended',
    steps: [
      ...findCallee(found),
      settingsStep(found),
      asked === ''
        ? `Edit the entry of ${caller} to default permissions, which grant all that a job token may do; or have the job use another endpoint.`
        : `Edit the entry of ${caller} and tick ${asked} besides what it has; if there is no entry, add the project with ${asked} alone.`,
      'Run the job again.',
    ],
    commands: decisions(found),
    ask: owners(found),
    disproof: [
      `The entry of ${caller} has default permissions, or grants this already.`,
      `A nearer entry decides: one of the project itself hides what a group above it is granted.`,
    ],
  };
}

function onOwnSetting({ caller, page }: Case): Advice {
  return {
    missing: `${caller} refused a push by its own job: pushing with the job token is switched off, or the user behind the job may not push there. No allowlist entry helps.`,
    confirm: null,
    heading: 'If its jobs are meant to push',
    steps: [
      `As Maintainer of ${caller} open ${page ?? ''}/-/settings/ci_cd, "Job token permissions", and allow Git push requests to the repository.`,
      'Check that the user who starts the job may push to this branch.',
    ],
    commands: [],
    ask: `the Maintainers of ${caller}`,
    disproof: ['The push goes to a protected branch that the user may not push to.'],
  };
}

function onMissingRole(found: Case): Advice {
  const { callee, page } = found;
  return {
    missing: `The user behind the job lacks a role in ${callee}. A job does what its user may do; an allowlist entry gives no role.`,
    confirm: null,
    heading: 'What to do',
    steps: [
      ...findCallee(found),
      'Find out whose job it is: who pushed, started or scheduled the pipeline (the job page names the user).',
      `Have that user, or the bot that owns the schedule, made a member of ${callee}${page === null ? '' : ` (${page}/-/project_members)`}: Reporter reads code and packages of a private project, Developer publishes and pushes.`,
      'Run the job again.',
    ],
    commands: [],
    ask: owners(found),
    disproof: [
      `The user has that role already, directly or through a group: then the repository may be open to members only, or the entry in the list of ${callee} may be missing.`,
      'The same user can do by hand, with a token of their own, what the job could not.',
    ],
  };
}

function onRefusedToken({ diagnosis }: Case): Advice {
  const registry = diagnosis.access === 'container-registry';
  return {
    missing: 'GitLab did not accept the credential itself. No allowlist entry helps.',
    confirm: null,
    heading: 'What to check',
    steps: [
      'The job sends CI_JOB_TOKEN at all, and not an empty variable or an old password.',
      registry
        ? 'It logs in with CI_REGISTRY_USER and CI_REGISTRY_PASSWORD to CI_REGISTRY before it pulls.'
        : 'It sends the token the way this client needs it: gitlab-ci-token as user name, or the header JOB-TOKEN.',
      'It sends it to this GitLab instance and to no other host.',
      'The job was still running: its token ends with it.',
      'The endpoint takes job tokens; many of the API do not.',
    ],
    commands: [],
    ask: null,
    disproof: ['The same request with the same token succeeds against another project.'],
  };
}

function onHiddenCause(found: Case): Advice {
  const { caller, callee, page } = found;
  const list =
    page === null ? `the job token allowlist of ${callee}` : `${page}/-/settings/ci_cd, "Job token permissions"`;
  return {
    missing: `Something refused the job, and the trace cannot say what: ${caller} may be missing from the allowlist of ${callee}, the user behind the job may lack a role there, or what was asked for does not exist.`,
    confirm: confirmation(found),
    heading: 'Find out which, in this order',
    steps: [
      ...findCallee(found),
      `Look whether ${caller} or a group above it is in the list: ${list}. The list is checked only while it is enforced.`,
      `If it is there: look whether the user behind the job is a member of ${callee} with at least Reporter.`,
      'If so, too: check the name, version or tag that was asked for.',
      `If the entry is missing and the access is intended: add the project ${caller} there, not a group above it. ${permissionText(found.diagnosis.access)}`,
    ],
    commands: decisions(found),
    ask: owners(found),
    disproof: [
      `${caller} is admitted and the user is a member with a sufficient role: then what was asked for does not exist.`,
      'The same job failed the same way before the list was enforced.',
    ],
  };
}

const ELSEWHERE: Advice = {
  missing: 'Nothing in this trace says that an allowlist entry is missing.',
  confirm: null,
  heading: 'What to do',
  steps: ['Look for the cause in what the job printed last. Add no entry because of this job.'],
  commands: [],
  ask: null,
  disproof: [
    'The log is cut, or the client keeps silent about refusals (curl -s without --fail, wget -q): run the job again with its errors shown.',
  ],
};

function confirmation({ caller, callee }: Case): string {
  return `Have the owners of ${callee} confirm that ${caller} is meant to reach it. An entry lets every job of ${caller} in, and with it everyone who can change its pipeline. That a job failed is no reason by itself.`;
}

function entrySteps(found: Case): readonly string[] {
  return [
    settingsStep(found),
    `Under "CI/CD job token allowlist" choose Add and add the project ${found.caller}, not a group above it: a group admits all of its projects, later ones too.`,
    permissionText(found.diagnosis.access),
    `Make sure that the user behind the job has a role in ${found.callee}: an entry gives none. Then run the job again.`,
  ];
}

function settingsStep({ callee, page }: Case): string {
  const where = page === null ? 'open its Settings > CI/CD' : `open ${page}/-/settings/ci_cd`;
  return `As Maintainer or Owner of ${callee} ${where}, section "Job token permissions" ("Token Access" before 17.2).`;
}

/** The least that the access needs of an entry. */
function permissionText(access: Access | null): string {
  const kind = access && edgeAccess(access);
  const known = kind !== null && isAccessKind(kind);
  const read = known ? policiesFor(kind, 'read') : null;
  const write = known ? policiesFor(kind, 'write') : null;
  if (read === null || write === null)
    return 'Where fine-grained permissions are offered, grant only what the job calls; else leave the default permissions.';
  if (read.length === 0)
    return `Leave the default permissions: ${String(access)} has no fine-grained permission of its own.`;
  const more = write.join() === read.join() ? '' : `, or ${write.join(' and ')} if the job uploads`;
  return `Where fine-grained permissions are offered, choose them and tick ${read.join(' and ')} alone${more}.`;
}

function findCallee({ diagnosis, page, callee }: Case): readonly string[] {
  if (diagnosis.callee === null)
    return [
      page === null
        ? 'Find out which project the job wanted: the trace does not settle it. The command before the refusal shows its address.'
        : `Find out which project ${String(diagnosis.calleeId)} is: ${page} leads to it.`,
    ];
  if (diagnosis.access !== 'container-registry') return [];
  return [`The image's project is ${callee} or the first part of that path.`];
}

function owners({ callee, page, diagnosis }: Case): string {
  const members = page === null || diagnosis.callee === null ? '' : `: ${page}/-/project_members`;
  return `the Maintainers and Owners of ${callee}${members}`;
}

function decisions({ caller, diagnosis: { callee, permissions } }: Case): readonly string[] {
  const narrow = permissions.length === 0 ? '' : ` --permissions ${permissions.join()}`;
  if (callee === null || !isPlain(caller) || !isPlain(callee)) return [];
  return [
    `tidegate edges why ${caller} ${callee}`,
    `tidegate edges approve ${caller} ${callee}${narrow} --reason ${REASON}`,
    `tidegate edges reject ${caller} ${callee} --reason ${REASON.replace('IS', 'IS NOT')}`,
  ];
}

/** Nothing in it that a shell would take for more than a word. */
function isPlain(path: string): boolean {
  return /^[\w.][\w.+/-]*$/.test(path);
}
