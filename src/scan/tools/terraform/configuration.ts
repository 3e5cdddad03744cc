import type { HclBlock } from '../../files/hcl.ts';
import { allBlocks, blocksOf, literalOf, readHcl } from '../../files/hcl.ts';
import { hasToken, unknown } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { authorised } from '../../reach/packages.ts';
import { reachRepository } from '../../reach/repository.ts';

const MAX_FOLDERS = 200;
const MAX_VALUE = 2_000;
const MAX_DEPTH = 30;

/**
 * The configuration of a folder, and of the local modules it uses.
 *
 * @param variables values of `var.NAME` as expressions
 * @param seen folders that were read already
 */
export function folder(call: Call, written: string, variables: ReadonlyMap<string, string>, seen: Set<string>): void {
  const key = call.workspace.resolve(written, call.state.cwd);
  if (key === null || /^[/~]/u.test(key) || seen.has(key) || seen.size >= MAX_FOLDERS) return;
  seen.add(key);
  const prefix = key === '' ? '' : `${key}/`;
  const paths = call.workspace.checkout.paths.filter(
    (path) => /\.(?:tf|hcl|tofu)$/u.test(path) && path.startsWith(prefix) && !path.slice(prefix.length).includes('/'),
  );
  const files = paths.map((path) => readHcl(call.workspace.lines(call.workspace.absolute(path), call.state) ?? []));
  const expand = expander(files, variables, call);
  for (const block of files.flatMap(allBlocks))
    for (const { source, values } of follow(call, block, expand))
      folder(call, call.workspace.absolute(`${prefix}${source}`), values, seen);
}

/** A module of the checkout and the values it is given. */
interface LocalModule {
  readonly source: string;
  readonly values: ReadonlyMap<string, string>;
}

function follow(call: Call, block: HclBlock, expand: (text: string) => string): readonly LocalModule[] {
  const valueIn = (attributes: HclBlock['attributes'], name: string): Arg | undefined => {
    const written = attributes.get(name);
    return written && { value: expand(written.text), at: written.at };
  };
  const { type, labels, attributes } = block;
  if (type === 'backend' && labels[0] === 'http')
    state(call, valueIn(attributes, 'address'), valueIn(attributes, 'password'), attributes.has('lock_address'));
  if (type === 'data' && labels[0] === 'terraform_remote_state') {
    const config = attributes.get('config')?.entries ?? blocksOf(block, 'config')[0]?.attributes ?? attributes;
    state(call, valueIn(config, 'address'), valueIn(config, 'password'), false);
  }
  const source = valueIn(attributes, 'source');
  if (!source || !/^(?:module|terraform)$/u.test(type)) return [];
  if (!/^\.{1,2}(?:\/|$)/u.test(source.value)) {
    module(call, source);
    return [];
  }
  const values = new Map([...attributes].map(([name, { text }]) => [name, JSON.stringify(expand(text))]));
  return [{ source: source.value.replace(/\/\//u, '/'), values }];
}

/** The text of an expression over variables, their defaults, locals and, for Terragrunt, the environment. */
function expander(
  files: readonly HclBlock[],
  variables: ReadonlyMap<string, string>,
  { state: { vars } }: Call,
): (text: string) => string {
  const written = new Map<string, string>();
  const top = (type: string): readonly HclBlock[] => files.flatMap((file) => blocksOf(file, type));
  for (const { labels, attributes } of top('variable'))
    written.set(`var.${labels[0] ?? ''}`, attributes.get('default')?.text ?? '');
  for (const [name, text] of variables) written.set(`var.${name}`, text);
  for (const { attributes } of top('locals'))
    for (const [name, { text }] of attributes) written.set(`local.${name}`, text);
  // Each is worked out once: names that stand for each other over and over must not multiply.
  const known = new Map<string, string>();
  let depth = 0;
  const named = (name: string): string => {
    const before = known.get(name);
    const text = written.get(name) ?? '';
    if (before !== undefined || text === '' || depth > MAX_DEPTH) return before ?? unknown(name);
    known.set(name, unknown(name));
    depth += 1;
    const value = expand(text).slice(0, MAX_VALUE);
    depth -= 1;
    known.set(name, value);
    return value;
  };
  const expand = (text: string): string => {
    const literal = literalOf(text);
    if (literal !== null && literal.length <= MAX_VALUE)
      return literal.replace(/\$\{([^{}]*)\}/gu, (_, inner: string) => expand(inner.trim()));
    const environment = /^get_env\(\s*"(\w+)"\s*(?:,\s*"([^"]*)"\s*)?\)$/u.exec(text);
    if (environment) return vars.get(environment[1] ?? '')?.value ?? environment[2] ?? unknown(text);
    return named(text);
  };
  return expand;
}

function state(call: Call, address: Arg | undefined, given: Arg | undefined, writes: boolean): void {
  const password = given?.value ?? call.state.value('TF_HTTP_PASSWORD') ?? '';
  if (address && authorised(call, address.value, hasToken(password)))
    call.findings.api(address.value, { at: address.at, method: writes ? 'POST' : 'GET' });
}

/** A module's source: git, an archive address, or the module registry, which names the root group only. */
function module(call: Call, source: Arg): void {
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
  const parts = source.value.replace(/^tfr:\/\//u, '').split('/');
  if (parts[0]?.toLowerCase() !== instance.fqdn || parts.length < 4 || !registryToken(call, instance.host)) return;
  const why = 'a module registry address names the root group only';
  call.findings.unresolved('terraform-module', source.value, why, source.at);
}

/** `TF_TOKEN_host` or a `credentials` block of the CLI configuration. */
function registryToken(call: Call, host: string): boolean {
  const name = `TF_TOKEN_${host.replace(/-/gu, '__').replace(/\./gu, '_')}`;
  for (const [variable, { value }] of call.state.vars)
    if (variable.toLowerCase() === name.toLowerCase() && hasToken(value)) return true;
  const files = [call.state.value('TF_CLI_CONFIG_FILE') ?? '~/.terraformrc', '~/.terraformrc', '~/.tofurc'];
  return files.some((path) => hasToken(call.workspace.text(path, call.state) ?? ''));
}
