import { splitUrl } from './reach/instance.ts';
import { readSubmodules } from './files/gitmodules.ts';
import type { Interpreter } from './shell/interpret.ts';
import type { ShellState } from './shell/state.ts';
import { relativeUrl } from './tools/git/submodules.ts';

/** What the runner itself fetches before the script: submodules and LFS objects, with the job token. */
export function runnerSubmodules(state: ShellState, shell: Interpreter): void {
  const gitStrategy = state.value('GIT_STRATEGY');
  if (gitStrategy === 'none' || gitStrategy === 'empty') return;
  largeFiles(state, shell);
  const strategy = state.value('GIT_SUBMODULE_STRATEGY');
  if (strategy !== 'normal' && strategy !== 'recursive') return;
  const { findings, workspace } = shell;
  const lines = workspace.lines('.gitmodules', state);
  if (!lines) return;
  const paths = submodulePaths(state.value('GIT_SUBMODULE_PATHS'));
  const force = state.value('GIT_SUBMODULE_FORCE_HTTPS') === 'true';
  for (const module of readSubmodules(lines)) {
    if (module.update === 'none' || !paths(module.path)) continue;
    const url = runnerUrl(module.url, force, state, shell);
    if (url !== null) findings.repository(url, { at: module.at, access: 'submodule' });
  }
}

/** `GIT_SUBMODULE_PATHS`: git pathspecs, `:(exclude)` ones among them. */
function submodulePaths(setting: string | undefined): (path: string) => boolean {
  const words = (setting ?? '').split(/\s+/u).filter((word) => word !== '');
  const left = words
    .filter((word) => word.startsWith(':(exclude)') || /^:[!^]/u.test(word))
    .map((word) => word.replace(/^:(?:\(exclude\)|[!^])/u, ''));
  const taken = words.filter((word) => !word.startsWith(':'));
  const covers = (spec: string, path: string): boolean => {
    const clean = spec.replace(/\/+$/u, '');
    if (clean.endsWith('*')) return path.startsWith(clean.slice(0, -1));
    return clean === '.' || path === clean || path.startsWith(`${clean}/`);
  };
  return (path) =>
    !left.some((spec) => covers(spec, path)) && (taken.length === 0 || taken.some((spec) => covers(spec, path)));
}

/** The https address under which the runner fetches a submodule, or null where the job token is not used. */
function runnerUrl(written: string, force: boolean, state: ShellState, shell: Interpreter): string | null {
  const { instance } = shell.findings;
  if (/^\.\.?\//u.test(written)) {
    const url = relativeUrl(state.value('CI_REPOSITORY_URL') ?? '', written);
    return splitUrl(url) ? url : null;
  }
  const port = state.value('CI_SERVER_SHELL_SSH_PORT') ?? '22';
  const host = (state.value('CI_SERVER_SHELL_SSH_HOST') ?? instance.host).toLowerCase();
  const scp = /^git@([^:/]+):(?!\/\/)(.*)$/u.exec(written);
  if (scp) {
    const usable = force && port === '22' && (scp[1] ?? '').toLowerCase() === host;
    return usable ? `${instance.url}/${(scp[2] ?? '').replace(/^\/+/u, '')}` : null;
  }
  const parts = splitUrl(written);
  if (!parts) return null;
  if (parts.scheme === 'ssh') {
    const same = parts.host === host && (parts.port === '' ? '22' : parts.port) === port;
    return force && same && parts.user === 'git' ? `${instance.url}${parts.path}` : null;
  }
  if (parts.password !== '' || !instance.owns(parts)) return null;
  return parts.scheme === instance.scheme ? written : null;
}

/** `.lfsconfig` that points at another project: the runner's own checkout pulls from there. */
function largeFiles(state: ShellState, shell: Interpreter): void {
  if (/^(?:1|true)$/u.test(state.value('GIT_LFS_SKIP_SMUDGE') ?? '')) return;
  let section = '';
  for (const { text, at } of shell.workspace.lines('.lfsconfig', state) ?? []) {
    section = /^\s*\[\s*([^\]]+?)\s*\]/u.exec(text)?.[1]?.toLowerCase() ?? section;
    const url = /^\s*url\s*=\s*"?([^\s"]+)/iu.exec(text)?.[1];
    const parts = url === undefined ? null : splitUrl(url);
    if (url === undefined || section !== 'lfs' || parts?.password !== '' || !/^https?$/u.test(parts.scheme)) continue;
    shell.findings.repository(url, { at, access: 'lfs', likely: true });
  }
}
