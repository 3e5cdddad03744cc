import { splitUrl } from '../../reach/instance.ts';
import type { Arg } from '../../shell/call.ts';
import { parseArgs } from '../../shell/call.ts';
import { gitLogin, rewritten } from '../../reach/credentials.ts';
import { configure } from './config.ts';
import type { Git } from './reach.ts';
import { reach } from './reach.ts';
import { clone, remoteUrl } from './remotes.ts';

/** `git lfs`. */
export function lfs(context: Git): void {
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

/** `git config`, which LFS reads its address from. */
export function configureWithLfs(context: Git): void {
  configure(context);
  const [key, value] = parseArgs(context.args, new Set(['f', 'file'])).operands;
  if (key?.value.toLowerCase() === 'lfs.url' && value)
    context.call.state.note(`lfs ${context.call.state.cwd}`, value.value, value.at);
}
