import { hasUnknown } from '../../marks.ts';
import type { Arg } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import type { AccessKind } from '../../types.ts';
import { withSetting } from '../../reach/credentials.ts';
import type { Git } from './reach.ts';
import { reach } from './reach.ts';

/** Options of the commands that read a repository which take a value. */
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
/** `-u` takes a program where a clone is made, and nothing where one is fetched into or pushed from. */
const FETCH_VALUED = new Set([...VALUED].filter((name) => name !== 'u'));
const PUSH_VALUED = new Set(['o', 'push-option', 'repo', 'receive-pack', 'exec']);

/** An operand that can be a repository; the value of an option that is not known here is none. */
const isAddress = (value: string): boolean => /:\/\/|^[\w.-]+@[\w.-]+:/u.test(value) || hasUnknown(value);

const cloneKey = (dir: string): string => `clone ${dir}`;

/** `git clone`. */
export function clone(context: Git): void {
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
export function remoteUrl(context: Git, name: Arg): Arg | null {
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

/** `git fetch`, `git push` and the like: the remote that is named, else `origin`. */
export const network =
  (access: AccessKind) =>
  (context: Git): void => {
    const parsed = parseArgs(context.args, context.sub === 'push' ? PUSH_VALUED : FETCH_VALUED);
    const name = parsed.operands[0] ?? { value: 'origin', at: context.call.at };
    const url = remoteUrl(context, option(parsed, 'remote', 'repo') ?? name);
    if (url) reach(context, url, access);
  };

/** `git remote`. */
export function remote(context: Git): void {
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

/** `git subtree`. */
export function subtree(context: Git): void {
  const parsed = parseArgs(context.args, VALUED);
  const [verb, url] = parsed.operands;
  if (!url) return;
  if (verb?.value === 'push') reach(context, url, 'git-push');
  else if (/^(?:add|pull)$/u.test(verb?.value ?? '')) reach(context, url, 'git');
}
