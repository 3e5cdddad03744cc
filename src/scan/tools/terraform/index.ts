import { readHcl } from '../../files/hcl.ts';
import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call, ParsedArgs } from '../../shell/call.ts';
import { allOptions, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { matching } from '../manifests/manifest.ts';
import { authorised, fileLines } from '../../reach/packages.ts';
import { folder } from './configuration.ts';

const WRITES = /^(?:apply|destroy|import|refresh|taint|untaint|state|force-unlock)$/u;

/** `terraform`, `tofu`, `terragrunt`: modules, the http state backend, remote states. */
export function terraform(call: Call): void {
  const args = call.args.map((arg) => ({ ...arg, value: arg.value.replace(/^-(?=\w[\w-]+)/u, '--') }));
  const parsed = parseArgs(args, new Set(['backend-config', 'var', 'var-file', 'chdir', 'out', 'target']));
  const verb = parsed.operands[0]?.value ?? '';
  if (
    !/^(?:init|plan|apply|destroy|get|import|refresh|validate|output|show|state|workspace|console|test|run-all|run|stack)$/u.test(
      verb,
    )
  )
    return;
  const directory = parsed.options.get('chdir')?.[0]?.value;
  const saved = call.state.cwd;
  if (directory !== undefined) call.state.cwd = call.workspace.resolve(directory, saved) ?? '/unknown';
  backend(call, verb, allOptions(parsed, 'backend-config'));
  const variables = given(call, parsed);
  const seen = new Set<string>();
  folder(call, '.', variables, seen);
  if (/^(?:run-all|stack|run)$/u.test(verb) || parsed.options.has('all')) {
    for (const path of call.workspace.checkout.paths)
      if (path.endsWith('/terragrunt.hcl') && (call.state.cwd === '' || path.startsWith(`${call.state.cwd}/`)))
        folder(call, call.workspace.absolute(path.replace(/\/[^/]*$/u, '')), variables, seen);
  }
  call.state.cwd = saved;
}

type StateSetting = 'address' | 'lock_address' | 'password';

/** The http backend: `TF_HTTP_*`, `-backend-config`, or what an earlier `init` was given. */
function backend(call: Call, verb: string, options: readonly Arg[]): void {
  for (const { value, at } of options) {
    const pair = /^(\w+)\s*=\s*([^]*)$/u.exec(value);
    if (pair) call.state.note(`tf ${pair[1] ?? ''}`, (pair[2] ?? '').replace(/^"(.*)"$/u, '$1'), at);
    else for (const line of fileLines(call, value)) note(call, line);
  }
  const setting = (name: StateSetting): { value: string; at: Arg['at'] } | null => {
    const binding = call.state.notes.get(`tf ${name}`) ?? call.state.vars.get(`TF_HTTP_${name.toUpperCase()}`);
    return binding && binding.value !== '' ? { value: binding.value, at: binding.at ?? call.at } : null;
  };
  const address = setting('address');
  if (!address || !authorised(call, address.value, hasToken(setting('password')?.value ?? ''))) return;
  const writes = setting('lock_address') !== null || WRITES.test(verb);
  call.findings.api(address.value, { at: address.at, method: writes ? 'POST' : 'GET' });
}

function note(call: Call, { text, at }: Line): void {
  const pair = /^\s*(\w+)\s*=\s*"?([^"]*)"?\s*$/u.exec(text);
  if (pair) call.state.note(`tf ${pair[1] ?? ''}`, pair[2] ?? '', at);
}

/** Terraform variables of the environment, of files and of the command line, as expressions. */
function given(call: Call, parsed: ParsedArgs): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, { value }] of call.state.vars)
    if (name.startsWith('TF_VAR_')) found.set(name.slice(7), JSON.stringify(value));
  const automatic = ['terraform.tfvars', ...matching(call, '*.auto.tfvars')];
  for (const path of [...automatic, ...allOptions(parsed, 'var-file').map(({ value }) => value)])
    for (const [name, { text }] of readHcl(fileLines(call, path)).attributes) found.set(name, text);
  for (const { value } of allOptions(parsed, 'var')) {
    const pair = /^(\w+)=([^]*)$/u.exec(value);
    if (pair) found.set(pair[1] ?? '', JSON.stringify(pair[2] ?? ''));
  }
  return found;
}

/** `gitlab-terraform`, GitLab's wrapper: it logs in with the job token and locks by itself. */
export function gitlabTerraform(call: Call): void {
  const address = call.state.vars.get('TF_ADDRESS') ?? call.state.vars.get('GITLAB_TOFU_STATE_ADDRESS');
  const own = call.state.value('TF_PASSWORD') ?? call.state.value('TF_HTTP_PASSWORD');
  if (address && splitUrl(address.value) && (own === undefined || hasToken(own)))
    call.findings.api(address.value, { at: address.at ?? call.at, method: 'POST' });
  terraform(call);
}
