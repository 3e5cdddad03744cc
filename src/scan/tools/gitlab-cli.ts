import type { Findings } from '../reach/findings.ts';
import type { UrlParts } from '../reach/instance.ts';
import { splitUrl } from '../reach/instance.ts';
import { hasToken, hasUnknown, withoutLikely } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import { option, parseArgs } from '../shell/call.ts';
import type { AccessKind } from '../types.ts';

const GLAB_VALUED = new Set([
  'R',
  'repo',
  'hostname',
  'h',
  'job-token',
  't',
  'token',
  'api-protocol',
  'N',
  'notes',
  'F',
  'notes-file',
  'r',
  'ref',
  'n',
  'name',
  'asset-name',
  'D',
  'dir',
  'X',
  'method',
  'H',
  'header',
  'f',
  'field',
  'raw-field',
  'output-dir',
  'a',
  'assets-links',
  'milestone',
  'm',
  'p',
  'path',
  'input',
]);

/** `glab`, logged in with the job token by flag or by `GLAB_ENABLE_CI_AUTOLOGIN`. */
export function glab(call: Call): void {
  const parsed = parseArgs(call.args, GLAB_VALUED);
  const [group, verb, target] = parsed.operands;
  if (group?.value === 'auth') {
    const token =
      option(parsed, 'job-token', 'j')?.value ??
      option(parsed, 'token', 't')?.value ??
      call.stdin?.map(({ text }) => text).join('') ??
      '';
    call.state.note('glab login', token, call.at);
    return;
  }
  if (!loggedIn(call) || speaksToAnother(call)) return;
  if (group?.value === 'api') {
    api(call, verb, option(parsed, 'X', 'method')?.value);
    return;
  }
  if (group?.value === 'repo' && verb?.value === 'clone' && target) {
    project(call, target, 'git', []);
    return;
  }
  const named = call.state.vars.get('GITLAB_REPO');
  const repo = option(parsed, 'R', 'repo') ?? (named ? { value: named.value, at: call.at } : undefined);
  const endpoint = GLAB_ENDPOINTS[group?.value ?? '']?.(verb?.value ?? '');
  if (repo && endpoint) project(call, repo, endpoint.access, endpoint.policies);
}

/** `GITLAB_HOST` names another instance than the job's. */
function speaksToAnother({ state, findings }: Call): boolean {
  const host = state.value('GITLAB_HOST') ?? state.value('GL_HOST') ?? '';
  const parts = splitUrl(host.includes('://') ? host : `${findings.instance.scheme}://${host}`);
  return host !== '' && parts !== null && !hasUnknown(host) && !findings.instance.owns(withRoot(parts, findings));
}

/** A bare host stands for the instance with its relative root. */
const withRoot = (parts: UrlParts, { instance }: Findings): UrlParts =>
  parts.path === '/' ? { ...parts, path: `${instance.root}/` } : parts;

function loggedIn(call: Call): boolean {
  const explicit =
    call.state.value('GITLAB_TOKEN') ?? call.state.value('GITLAB_ACCESS_TOKEN') ?? call.state.value('OAUTH_TOKEN');
  if (explicit !== undefined && explicit !== '') return hasToken(explicit);
  const note = call.state.notes.get('glab login');
  return note ? hasToken(note.value) : call.state.value('GLAB_ENABLE_CI_AUTOLOGIN') === 'true';
}

interface GlabEndpoint {
  readonly access: AccessKind;
  readonly policies: readonly string[];
}

const pair =
  (access: AccessKind, name: string, writes: RegExp) =>
  (verb: string): GlabEndpoint => ({ access, policies: [`${writes.test(verb) ? 'ADMIN' : 'READ'}_${name}`] });

const GLAB_ENDPOINTS: Readonly<Record<string, (verb: string) => GlabEndpoint | null>> = {
  release: pair('release', 'RELEASES', /create|upload|delete/u),
  securefile: pair('secure-files', 'SECURE_FILES', /create|remove|delete|upload/u),
  job: (verb) => (verb === 'artifact' ? { access: 'artifacts', policies: ['READ_JOBS'] } : null),
  ci: (verb) => (/artifact/u.test(verb) ? { access: 'artifacts', policies: ['READ_JOBS'] } : null),
  changelog: pair('api', 'RELEASES', /^$/u),
  opentofu: pair('terraform-state', 'TERRAFORM_STATE', /init|delete|lock|unlock/u),
};

/** `OWNER/REPO` or a whole address. */
function project(call: Call, repo: Arg, access: AccessKind, policies: readonly string[]): void {
  const parts = splitUrl(repo.value);
  const { instance } = call.findings;
  if (parts && !instance.owns(parts)) return;
  const path = parts ? instance.below(parts) : repo.value;
  call.findings.callee(instance.project(path), access, policies, { at: repo.at }, path);
}

function api(call: Call, path: Arg | undefined, method: string | undefined): void {
  // `:id`, `:fullpath` and their like stand for the current repository.
  if (!path || /(?:^|\/)projects\/:\w+/u.test(path.value)) return;
  const url = path.value.includes('://')
    ? path.value
    : `${call.findings.instance.url}/api/v4/${path.value.replace(/^\//u, '')}`;
  call.findings.api(url, { at: path.at, method: method ?? 'GET' });
}

/** `release-cli`, which works on the own project unless told otherwise. */
export function releaseCli(call: Call): void {
  const parsed = parseArgs(
    call.args,
    new Set([
      'project-id',
      'job-token',
      'private-token',
      'server-url',
      'name',
      'tag-name',
      'description',
      'ref',
      'assets-link',
      'milestone',
      'released-at',
      'tag-message',
    ]),
  );
  const verb = parsed.operands[0]?.value ?? '';
  const binding = call.state.vars.get('CI_PROJECT_ID');
  const id =
    option(parsed, 'project-id') ?? (binding ? { value: binding.value, at: binding.at ?? call.at } : undefined);
  const token = option(parsed, 'job-token')?.value ?? call.state.value('CI_JOB_TOKEN') ?? '';
  if (
    !id ||
    !hasToken(token) ||
    option(parsed, 'private-token') ||
    call.state.value('GITLAB_PRIVATE_TOKEN') !== undefined
  )
    return;
  const policies = [/^(?:create|update)/u.test(verb) ? 'ADMIN_RELEASES' : 'READ_RELEASES'];
  call.findings.callee(
    call.findings.instance.projectById(withoutLikely(id.value)),
    'release',
    policies,
    { at: id.at },
    `projects/${id.value}`,
  );
}
