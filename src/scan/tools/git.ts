import type { Findings } from '../findings.ts';
import { splitUrl } from '../instance.ts';
import { hasUnknown, withoutLikely } from '../marks.ts';
import type { Arg, Call, ParsedArgs } from '../shell/call.ts';
import { option, parseArgs, valuesOf } from '../shell/call.ts';
import type { GitConfig, ShellState } from '../shell/state.ts';
import type { AccessKind, Origin } from '../types.ts';
import type { Workspace } from '../workspace.ts';
import { effectiveGitConfig, gitLogin, rewritten, withSetting, withoutSetting } from './credentials.ts';
import { gitSettings } from '../files/gitconfig.ts';
import { readSubmodules } from '../files/gitmodules.ts';
import { lineMatcher, lineMatches } from '../text/lines.ts';

const VALUED = new Set([
  'b',
  'branch',
  'depth',
  'o',
  'origin',
  'j',
  'jobs',
  'c',
  'config',
  'u',
  'upload-pack',
  'reference',
  'shallow-since',
  'filter',
  'template',
  'separate-git-dir',
  'remote',
  'name',
  'recurse-submodules-default',
  'P',
  'prefix',
  'm',
  'I',
  'X',
  'include',
  'exclude',
  'shallow-exclude',
  'server-option',
  'push-option',
  'format',
  'output',
  'file',
  'f-',
  'blob',
  'type',
  'default',
]);

interface Git {
  /** `-c submodule.NAME.url=…` and `-c lfs.url=…` of this command. */
  readonly urls: ReadonlyMap<string, string>;
  readonly call: Call;
  readonly config: GitConfig;
  readonly sub: string;
  readonly args: readonly Arg[];
}

/** Reports a repository that git reaches with the job token; addresses without the token are none. */
export function reachRepository(url: string, access: AccessKind, at: Origin, scope: GitScope): void {
  const config = scope.config ?? effectiveGitConfig(scope.state, scope.workspace);
  const target = rewritten(url.replace(/^git\+/u, ''), config);
  const parts = splitUrl(target);
  if (!parts || !/^https?$/u.test(parts.scheme)) return;
  if (gitLogin(parts, config, scope.state, scope.workspace) !== 'token') return;
  const policies = access === 'git-push' ? ['ADMIN_REPOSITORIES'] : [];
  scope.findings.repository(target, { at, access, policies, likely: scope.likely === true });
}

/** What decides whether git sends the token. */
export interface GitScope {
  readonly findings: Findings;
  readonly state: ShellState;
  readonly workspace: Workspace;
  readonly config?: GitConfig;
  readonly likely?: boolean;
}

/** `git`: network commands and the configuration that gives them credentials. */
export function git(call: Call): void {
  let config = effectiveGitConfig(call.state, call.workspace);
  let index = 0;
  let dir: string | null = null;
  const urls = new Map<string, string>();
  for (; index < call.args.length; index += 1) {
    const flag = call.args[index]?.value ?? '';
    const next = call.args[index + 1]?.value ?? '';
    if (flag === '-c') {
      const equals = next.indexOf('=');
      const at = /insteadof=/iu.exec(next)?.index ?? equals - 9;
      const cut = next.toLowerCase().includes('insteadof=') ? at + 9 : equals;
      config = withSetting(config, next.slice(0, cut), next.slice(cut + 1));
      if (/^(?:submodule\..+|lfs)\.url$/iu.test(next.slice(0, equals)))
        urls.set(next.slice(0, equals), next.slice(equals + 1));
      index += 1;
    } else if (flag === '-C') {
      dir = next;
      index += 1;
    } else if (flag.startsWith('--config-env=')) {
      const [, key = '', name = ''] = /^--config-env=(.*)=(\w+)$/u.exec(flag) ?? [];
      config = withSetting(config, key, call.state.value(name) ?? '');
    } else if (/^--(?:git-dir|work-tree)$/u.test(flag)) index += 1;
    else if (!flag.startsWith('-')) break;
  }
  const sub = call.args[index]?.value ?? '';
  const saved = call.state.cwd;
  if (dir !== null) call.state.cwd = call.workspace.resolve(dir, saved) ?? '/unknown';
  SUBCOMMANDS.get(sub)?.({ call, config, sub, args: call.args.slice(index + 1), urls });
  call.state.cwd = saved;
}

const reach = (context: Git, url: Arg, access: AccessKind): void =>
  reachRepository(url.value, access, url.at, { ...context.call, config: context.config });

/** An operand that can be a repository; the value of an option that is not known here is none. */
const isAddress = (value: string): boolean => /:\/\/|^[\w.-]+@[\w.-]+:/u.test(value) || hasUnknown(value);

const cloneKey = (dir: string): string => `clone ${dir}`;

function clone(context: Git): void {
  const { call, args } = context;
  const parsed = parseArgs(args, VALUED);
  const start = Math.max(
    0,
    parsed.operands.findIndex(({ value }) => isAddress(value)),
  );
  const [url, target] = parsed.operands.slice(start);
  if (!url) return;
  const settings = [...(parsed.options.get('c') ?? []), ...(parsed.options.get('config') ?? [])];
  const config = settings.reduce(
    (before, { value }) => withSetting(before, value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)),
    context.config,
  );
  reach({ ...context, config }, url, 'git');
  const name =
    target?.value ??
    url.value
      .replace(/\/+$/u, '')
      .replace(/\.git$/u, '')
      .split(/[/:]/u)
      .at(-1) ??
    '';
  const key = call.workspace.resolve(name, call.state.cwd);
  if (key !== null) call.state.note(cloneKey(key), url.value, url.at);
  if (context.sub !== 'clone') reach({ ...context, config }, url, 'lfs');
}

/** A folder and those around it, up to the checkout or the root. */
function foldersUp(folder: string): readonly string[] {
  const found = [folder];
  for (let path = folder; path !== '';) {
    path = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    found.push(path);
  }
  return found;
}

/** The address a remote name stands for in the current directory; null for the caller's own `origin`. */
function remoteUrl(context: Git, name: Arg): Arg | null {
  const { call, config } = context;
  for (const folder of foldersUp(call.state.cwd)) {
    const remote = call.state.notes.get(`remote ${folder} ${name.value}`);
    if (remote) return { value: remote.value, at: name.at };
    const cloned = call.state.notes.get(cloneKey(folder));
    if (cloned && name.value === 'origin') return { value: cloned.value, at: name.at };
    // A clone is a repository of its own: remotes of the folder around it are not its own.
    if (cloned) break;
  }
  const configured = config.remotes.get(name.value);
  if (configured !== undefined) return { value: configured, at: name.at };
  return /[/:]/u.test(name.value) ? name : null;
}

/** `-u` takes a program where a clone is made, and nothing where one is fetched into or pushed from. */
const FETCH_VALUED = new Set([...VALUED].filter((name) => name !== 'u'));
const PUSH_VALUED = new Set(['o', 'push-option', 'repo', 'receive-pack', 'exec']);

const network =
  (access: AccessKind) =>
  (context: Git): void => {
    const parsed = parseArgs(context.args, context.sub === 'push' ? PUSH_VALUED : FETCH_VALUED);
    const name = parsed.operands[0] ?? { value: 'origin', at: context.call.at };
    const url = remoteUrl(context, option(parsed, 'remote', 'repo') ?? name);
    if (url) reach(context, url, access);
    else if (hasUnknown(name.value) && /\$/u.test(name.value)) return;
  };

function remote(context: Git): void {
  const { call, args } = context;
  const [verb, name, url] = parseArgs(args, new Set(['t', 'm'])).operands;
  if ((verb?.value === 'add' || verb?.value === 'set-url') && name && url)
    call.state.note(`remote ${call.state.cwd} ${name.value}`, url.value, url.at);
  if (verb?.value === 'get-url' && name) {
    const shown =
      remoteUrl(context, name)?.value ?? (name.value === 'origin' ? call.state.value('CI_REPOSITORY_URL') : undefined);
    if (shown !== undefined) call.state.print(shown, call.at);
  }
  if (verb?.value === 'update') {
    for (const [key, { value, at }] of call.state.notes) {
      if (key.startsWith(`remote ${call.state.cwd} `)) reach(context, { value, at: at ?? call.at }, 'git');
    }
  }
}

/** `git config --get`, `--get-regexp` and `--list`: prints settings of a file, or what is known of those in force. */
function showSettings({ call, config }: Git, parsed: ParsedArgs): void {
  const has = (...names: readonly string[]): boolean => names.some((name) => parsed.options.has(name));
  const file = option(parsed, 'f', 'file');
  const remotes = [...config.remotes].map(([name, value]) => ({ key: `remote.${name}.url`, value, at: call.at }));
  const own = call.state.value('CI_REPOSITORY_URL');
  const settings = file
    ? gitSettings(call.workspace.lines(file.value, call.state) ?? [])
    : own === undefined || config.remotes.has('origin')
      ? remotes
      : [...remotes, { key: 'remote.origin.url', value: own, at: call.at }];
  const words = valuesOf(parsed.operands)
    .map(withoutLikely)
    .filter((word, index) => !(index === 0 && /^(?:get|list)$/u.test(word)));
  const [wanted = ''] = words;
  const matcher = has('get-regexp', 'regexp') ? lineMatcher(wanted, 'extended', true) : null;
  const all = has('l', 'list') || parsed.operands[0]?.value === 'list';
  const key = wanted.replace(/^[\w-]+|[\w-]+$/gu, (part) => part.toLowerCase());
  const found = settings.filter((one) => all || (matcher ? lineMatches(matcher, one.key) === true : one.key === key));
  for (const one of has('get-regexp', 'regexp', 'get-all') || all ? found : found.slice(-1)) {
    const shown = all
      ? `${one.key}=${one.value}`
      : has('name-only')
        ? one.key
        : matcher
          ? `${one.key} ${one.value}`
          : one.value;
    call.state.print(shown, one.at);
  }
}

const SHOWS = ['get', 'get-all', 'get-regexp', 'list', 'l'];

function configure(context: Git): void {
  const { call, args } = context;
  const parsed = parseArgs(args, new Set(['f', 'file', 'blob', 'type', 'default']));
  if (SHOWS.some((name) => parsed.options.has(name)) || /^(?:get|list)$/u.test(parsed.operands[0]?.value ?? '')) {
    showSettings(context, parsed);
    return;
  }
  const operands = parsed.operands[0]?.value === 'set' ? parsed.operands.slice(1) : parsed.operands;
  const [key, value] = operands;
  const removes = ['unset', 'unset-all', 'remove-section'].some((name) => parsed.options.has(name));
  const section = parsed.options.has('remove-section') ? parsed.options.get('remove-section')?.[0] : undefined;
  if (key && (removes || parsed.operands[0]?.value === 'unset')) {
    call.state.git = withoutSetting(call.state.git, (section?.value ? section : key).value);
    call.state.touch();
    return;
  }
  if (!key || !value) {
    if (key && key.value !== 'set') showSettings(context, parsed);
    return;
  }
  const lower = key.value.toLowerCase();
  if (/^submodule\..+\.(?:url|update)$/u.test(lower)) call.state.note(key.value, value.value, value.at);
  if (/^remote\..+\.url$/u.test(lower))
    call.state.note(`remote ${call.state.cwd} ${key.value.slice(7, -4)}`, value.value, value.at);
  call.state.git = withSetting(call.state.git, key.value, value.value);
  call.state.touch();
}

function submodule(context: Git): void {
  const { call, args } = context;
  const parsed = parseArgs(args, new Set(['b', 'branch', 'name', 'reference', 'depth', 'j', 'jobs', 'path']));
  const [verb, ...paths] = parsed.operands;
  if (verb?.value === 'add' && paths[0]) reach(context, paths[0], 'submodule');
  if (verb?.value === 'set-url' && paths[0] && paths[1])
    call.state.note(`submodule url of ${paths[0].value.replace(/\/+$/u, '')}`, paths[1].value, paths[1].at);
  if (verb?.value === 'foreach') {
    const command = paths.length === 1 ? [{ value: 'sh', at: call.at }, { value: '-c', at: call.at }, ...paths] : paths;
    call.shell.rerun(call, command);
  }
  if (verb?.value !== 'update') return;
  const text = call.workspace.lines('.gitmodules', call.state);
  if (!text) return;
  // A path that is not known may be any of them.
  const named = valuesOf(paths).map((path) => withoutLikely(path).replace(/\/+$/u, ''));
  const wanted = named.some(hasUnknown) ? [] : named;
  for (const module of readSubmodules(text)) {
    if (wanted.length > 0 && !wanted.some((path) => path === module.path || path === '.')) continue;
    if (module.update === 'none' || call.state.notes.get(`submodule.${module.name}.update`)?.value === 'none') continue;
    const given = context.urls.get(`submodule.${module.name}.url`);
    const { notes } = call.state;
    const noted = notes.get(`submodule.${module.name}.url`) ?? notes.get(`submodule url of ${module.path}`);
    const override = given === undefined ? noted : { value: given, at: call.at };
    const written = override?.value ?? module.url;
    const base = call.state.value('CI_REPOSITORY_URL') ?? '';
    const url = /^\.\.?\//u.test(written) ? relativeUrl(base, written) : written;
    reach(context, { value: url, at: override?.at ?? module.at }, 'submodule');
  }
}

/** `../x.git` against the address of the superproject, as git resolves it. */
export function relativeUrl(base: string, relative: string): string {
  let url = base.replace(/\/+$/u, '');
  let rest = relative;
  for (;;) {
    if (rest.startsWith('../')) {
      const cut = url.lastIndexOf('/');
      if (cut < url.indexOf('://') + 3) return relative;
      url = url.slice(0, cut);
      rest = rest.slice(3);
    } else if (rest.startsWith('./')) rest = rest.slice(2);
    else return `${url}/${rest}`;
  }
}

function lfs(context: Git): void {
  const { call, args } = context;
  const [verb, ...rest] = args;
  if (verb?.value === 'clone') {
    clone({ ...context, args: rest });
    return;
  }
  if (!/^(?:pull|fetch|push)$/u.test(verb?.value ?? '')) return;
  const setting = lfsUrl(context);
  const name = parseArgs(rest, new Set(['I', 'X', 'include', 'exclude'])).operands[0] ?? {
    value: 'origin',
    at: verb?.at ?? call.at,
  };
  const url = setting ?? remoteUrl(context, name);
  if (!url) return;
  const parts = splitUrl(rewritten(url.value, context.config));
  const inside = parts && call.findings.instance.owns(parts);
  const known = inside === true && gitLogin(parts, context.config, call.state, call.workspace) === 'token';
  if (known) reach(context, url, 'lfs');
  else if (inside === true && setting && parts.password === '' && /^https?$/u.test(parts.scheme)) {
    // The remote's own login is offered to another address of the same host by most git-lfs versions, not by all.
    call.findings.repository(url.value, { at: url.at, access: 'lfs', policies: [], likely: true });
  }
}

/** `lfs.url` of the configuration or of `.lfsconfig`. */
function lfsUrl({ call, urls }: Git): Arg | null {
  const given = urls.get('lfs.url');
  if (given !== undefined) return { value: given, at: call.at };
  const note = call.state.notes.get(`lfs ${call.state.cwd}`);
  if (note) return { value: note.value, at: note.at ?? call.at };
  let section = '';
  for (const line of call.workspace.lines('.lfsconfig', call.state) ?? []) {
    section = /^\s*\[\s*([^\]]+?)\s*\]/u.exec(line.text)?.[1]?.toLowerCase() ?? section;
    const value = /^\s*(?:lfs)?url\s*=\s*(\S+)/iu.exec(line.text)?.[1];
    if (value !== undefined && /^(?:lfs|remote "origin")$/u.test(section)) return { value, at: line.at };
  }
  return null;
}

function configureWithLfs(context: Git): void {
  configure(context);
  const [key, value] = parseArgs(context.args, new Set(['f', 'file'])).operands;
  if (key?.value.toLowerCase() === 'lfs.url' && value)
    context.call.state.note(`lfs ${context.call.state.cwd}`, value.value, value.at);
}

function subtree(context: Git): void {
  const parsed = parseArgs(context.args, VALUED);
  const [verb, url] = parsed.operands;
  if (!url) return;
  if (verb?.value === 'push') reach(context, url, 'git-push');
  else if (/^(?:add|pull)$/u.test(verb?.value ?? '')) reach(context, url, 'git');
}

/** `git credential approve`, fed on standard input. */
function credential({ call }: Git): void {
  const text = (call.stdin ?? []).map((line) => line.text).join('\n');
  const host = /^host=(.+)$/mu.exec(text)?.[1];
  const password = /^password=(.+)$/mu.exec(text)?.[1];
  if (host === undefined || password === undefined) return;
  call.state.git = {
    ...call.state.git,
    credentials: [...call.state.git.credentials, { url: `https://${host}`, value: password }],
  };
  call.state.touch();
}

const SUBCOMMANDS: ReadonlyMap<string, (context: Git) => void> = new Map([
  ['clone', clone],
  ['fetch', network('git')],
  ['pull', network('git')],
  ['ls-remote', network('git')],
  ['archive', network('git')],
  ['push', network('git-push')],
  ['remote', remote],
  ['config', configureWithLfs],
  ['submodule', submodule],
  ['subtree', subtree],
  ['lfs', lfs],
  ['credential', credential],
]);
