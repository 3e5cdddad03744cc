/** With what a request was made, as far as the text shows it. */
export type Credential = 'job-token' | 'other' | 'unknown';

const JOB_TOKEN =
  /CI_JOB_TOKEN|JOB[-_]TOKEN|gitlab-ci-token|CI_REGISTRY_(?:PASSWORD|USER)|CI_REPOSITORY_URL|CI_BUILD_TOKEN|CI_DEPENDENCY_PROXY/i;
const OTHER =
  /PRIVATE[-_]TOKEN|deploy[-_+](?:token|user|password|key)|%2Bdeploy|CI_DEPLOY_|\bgl(?:pat|dt|oas|soat|ft)-|oauth2:|access_token=|(?:ACCESS|BOT|GITLAB|GL|GROUP|PROJECT|API|RELEASE|PERSONAL|SERVICE|ROBOT)_(?:API_|ACCESS_)?(?:TOKEN|PAT|KEY)\b|\bPAT\b|\bGITLAB_(?:USER|PASS)|\bgit@|ssh:\/\//i;

/** What credential a text names. The job token wins where both appear: its refusals must not be missed. */
export function credentialIn(text: string): Credential {
  if (JOB_TOKEN.test(text)) return 'job-token';
  return OTHER.test(text) ? 'other' : 'unknown';
}

/** What the user part of a URL says; `unknown` where there is none. */
export function credentialOfUserinfo(userinfo: string): Credential {
  if (userinfo === '') return 'unknown';
  return credentialIn(userinfo);
}
