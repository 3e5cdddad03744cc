import { splitUrl } from '../instance.ts';
import { hasToken, unknown } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import { allOptions, parseArgs } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import { reachRepository } from './git.ts';
import { authorised, fileLines } from './packages/shared.ts';

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
  const variables = given(call, allOptions(parsed, 'var'));
  const seen = new Set<string>();
  folder(call, '.', variables, seen);
  if (/^(?:run-all|stack|run)$/u.test(verb) || parsed.options.has('all')) {
    for (const path of call.workspace.checkout.paths)
      if (path.endsWith('/terragrunt.hcl') && (call.state.cwd === '' || path.startsWith(`${call.state.cwd}/`)))
        folder(call, call.workspace.absolute(path.replace(/\/[^/]*$/u, '')), variables, seen);
  }
  call.state.cwd = saved;
}

const MAX_FOLDERS = 200;

/** The configuration of a folder, and of the local modules it uses. */
function folder(call: Call, written: string, variables: ReadonlyMap<string, string>, seen: Set<string>): void {
  const key = call.workspace.resolve(written, call.state.cwd);
  if (key === null || /^[/~]/u.test(key) || seen.has(key) || seen.size >= MAX_FOLDERS) return;
  seen.add(key);
  const prefix = key === '' ? '' : `${key}/`;
  for (const path of call.workspace.checkout.paths) {
    if (!/\.(?:tf|hcl|tofu)$/u.test(path) || !path.startsWith(prefix) || path.slice(prefix.length).includes('/'))
      continue;
    const lines = call.workspace.lines(call.workspace.absolute(path), call.state) ?? [];
    for (const source of configuration(call, lines, variables))
      folder(call, call.workspace.absolute(`${prefix}${source}`), variables, seen);
  }
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

/** Terraform variables of the environment and the command line. */
function given(call: Call, options: readonly Arg[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, { value }] of call.state.vars) if (name.startsWith('TF_VAR_')) found.set(name.slice(7), value);
  for (const { value } of options) {
    const pair = /^(\w+)=([^]*)$/u.exec(value);
    if (pair) found.set(pair[1] ?? '', pair[2] ?? '');
  }
  return found;
}

interface Block {
  readonly head: string;
  readonly values: Map<string, { value: string; at: Arg['at'] }>;
}

/** Flat blocks of HCL: nested braces belong to the block around them. */
function blocks(lines: readonly Line[], expand: (text: string) => string): readonly Block[] {
  const found: Block[] = [];
  let depth = 0;
  let comment = false;
  for (const { text, at } of lines.slice(0, 20_000)) {
    if (comment || /^\s*\/\*/u.test(text)) {
      comment = !text.includes('*/');
      continue;
    }
    const line = text.replace(/^\s*(?:#|\/\/).*$/u, '').replace(/\s(?:#|\/\/)\s.*$/u, '');
    if (depth === 0 && /\{/u.test(line)) found.push({ head: line, values: new Map() });
    if (depth === 1 && /^\s*backend\s+"http"/u.test(line)) found.push({ head: line, values: new Map() });
    const pair = /^\s*(\w+)\s*=\s*([^]*?)\s*$/u.exec(line.replace(/^[^{]*\{\s*(?=\w+\s*=)/u, ''));
    const current = found.at(-1);
    if (pair && current)
      current.values.set(pair[1] ?? '', { value: expand((pair[2] ?? '').replace(/\s*\}\s*$/u, '')), at });
    for (const char of line.replace(/\$\{[^}]*\}/gu, '')) depth += char === '{' ? 1 : char === '}' ? -1 : 0;
  }
  return found;
}

/** Follows one file and gives the local modules it names. */
function configuration(call: Call, lines: readonly Line[], variables: ReadonlyMap<string, string>): readonly string[] {
  const local: string[] = [];
  const defaults = new Map<string, string>();
  const expand = (text: string): string => {
    const value = (name: string): string => variables.get(name) ?? defaults.get(name) ?? unknown(`var.${name}`);
    const bare = /^var\.(\w+)$/u.exec(text);
    if (bare) return value(bare[1] ?? '');
    return text.replace(/^"([^]*)"$/u, '$1').replace(/\$\{var\.(\w+)\}/gu, (_, name: string) => value(name));
  };
  for (const { head, values } of blocks(lines, (text) => text)) {
    const name = /^\s*variable\s+"(\w+)"/u.exec(head)?.[1];
    const fallback = values.get('default')?.value;
    if (name !== undefined && fallback !== undefined) defaults.set(name, fallback.replace(/^"([^]*)"$/u, '$1'));
  }
  for (const block of blocks(lines, expand)) {
    const source = block.values.get('source')?.value ?? '';
    const isModule = /^\s*module\b|^\s*terraform\s*\{/u.test(block.head);
    if (isModule && /^\.{1,2}(?:\/|$)/u.test(source)) local.push(source.replace(/\/\//u, '/'));
    else if (isModule) module(call, block);
    else if (/terraform_remote_state/u.test(block.head)) state(call, block, 'GET');
    if (/backend\s+"http"/u.test(block.head)) state(call, block, block.values.has('lock_address') ? 'POST' : 'GET');
  }
  return local;
}

function state(call: Call, { values }: Block, method: string): void {
  const address = values.get('address');
  const password = values.get('password')?.value ?? call.state.value('TF_HTTP_PASSWORD') ?? '';
  if (address && authorised(call, address.value, hasToken(password)))
    call.findings.api(address.value, { at: address.at, method });
}

/** A module's source: git, an archive address, or the module registry, which names the root group only. */
function module(call: Call, { values }: Block): void {
  const source = values.get('source');
  if (!source) return;
  const git = /^git::(.+)$/u.exec(source.value)?.[1];
  if (git !== undefined || /^(?:git@|https?:.*\.git)/u.test(source.value)) {
    const url = (git ?? source.value).replace(/\?.*$/u, '').replace(/([^:/])\/\/.*$/u, '$1');
    reachRepository(url, 'git', source.at, call);
    return;
  }
  if (/^https?:/u.test(source.value)) {
    if (authorised(call, source.value, false)) call.findings.api(source.value, { at: source.at });
    return;
  }
  const { instance } = call.findings;
  const host = source.value.split('/')[0]?.toLowerCase() ?? '';
  if (host !== instance.fqdn || source.value.split('/').length < 4 || !registryToken(call, instance.host)) return;
  call.findings.unresolved(
    'terraform-module',
    source.value,
    'a module registry address names the root group only',
    source.at,
  );
}

/** `TF_TOKEN_host` or a `credentials` block of the CLI configuration. */
function registryToken(call: Call, host: string): boolean {
  const name = `TF_TOKEN_${host.replace(/-/gu, '__').replace(/\./gu, '_')}`;
  for (const [variable, { value }] of call.state.vars)
    if (variable.toLowerCase() === name.toLowerCase() && hasToken(value)) return true;
  const files = [call.state.value('TF_CLI_CONFIG_FILE') ?? '~/.terraformrc', '~/.terraformrc', '~/.tofurc'];
  return files.some((path) => hasToken(call.workspace.text(path, call.state) ?? ''));
}

/** `gitlab-terraform`, GitLab's wrapper: it logs in with the job token and locks by itself. */
export function gitlabTerraform(call: Call): void {
  const address = call.state.vars.get('TF_ADDRESS') ?? call.state.vars.get('GITLAB_TOFU_STATE_ADDRESS');
  const own = call.state.value('TF_PASSWORD') ?? call.state.value('TF_HTTP_PASSWORD');
  if (address && splitUrl(address.value) && (own === undefined || hasToken(own)))
    call.findings.api(address.value, { at: address.at ?? call.at, method: 'POST' });
  terraform(call);
}
