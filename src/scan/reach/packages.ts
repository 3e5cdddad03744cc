import type { Use } from './findings.ts';
import { splitUrl } from './instance.ts';
import { hasToken, unknown } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import type { AccessKind } from '../types.ts';
import { loginOf, netrcLogin } from './credentials.ts';
import type { GitScope } from './repository.ts';
import { reachRepository } from './repository.ts';

/** What package managers have in common: indexes with a login, files with variables, sources in git. */

/** Policies of an upload. */
export const PUBLISH = ['ADMIN_PACKAGES'] as const;
const GUARDED: ReadonlySet<AccessKind> = new Set(['npm', 'pypi', 'maven', 'conan', 'generic', 'go', 'composer']);

/** A use of a package registry: formats without documented permissions have none for uploads either. */
export function packageUse(at: Arg['at'], access: AccessKind, upload: boolean): Use {
  if (!upload) return { at };
  return { at, method: 'PUT', access, policies: GUARDED.has(access) ? PUBLISH : [] };
}

/** Whether a login in the address, `.netrc` or the given flag makes this address use the job token. */
export function authorised(call: Call, url: string, known: boolean): boolean {
  const parts = splitUrl(url);
  if (!parts) return false;
  const inside = loginOf(parts);
  if (inside !== 'none') return inside === 'token';
  return known || netrcLogin(parts.host, call.state, call.workspace) === 'token';
}

/** `${VAR}`, `${VAR:-default}`, `$VAR` and `%VAR%` of a file, from the job's variables. */
export function withVariables(text: string, call: Call): string {
  return text.replace(
    /\$\{(?:env[.:])?(\w+)(?::?-([^}]*))?\}|\$(\w+)|%([A-Za-z_]\w*)%/gu,
    (_, braced?: string, fallback?: string, bare?: string, windows?: string) => {
      const name = braced ?? bare ?? windows ?? '';
      return call.state.value(name) ?? fallback ?? unknown(name);
    },
  );
}

/** A dependency written as a git address, in any of the spellings package managers know. */
export function gitDependency(text: string, at: Arg['at'], call: GitScope, likely = false): void {
  const url = gitAddress(text);
  if (url !== null) reachRepository(url, 'git', at, { ...call, likely });
}

/** The git address in a text, as git itself would be given it. */
export function gitAddress(text: string): string | null {
  const match = /(?:git\+)?(?:https?|ssh|git):\/\/[^\s"'#;,]+|git@[^\s"'#;,]+/u.exec(text);
  if (!match) return null;
  const bare = match[0].replace(/^git\+/u, '').replace(/(\.git)?@[^/@:]+$/u, '$1');
  const url = /^git@/u.test(match[0]) ? match[0] : bare;
  // npm and pip accept `ssh://git@host:group/project`, which they hand to git in the scp form.
  const scp = /^ssh:\/\/([^/]+@[^/:]+):(?!\d+\/)(.+)$/u.exec(url);
  return scp ? `${scp[1] ?? ''}:${scp[2] ?? ''}` : url;
}

/** Each line of a file with what it was read from, or nothing. */
export const fileLines = (call: Call, path: string): readonly Line[] => call.workspace.lines(path, call.state) ?? [];

/** First of several files that exists. */
export function firstFile(call: Call, paths: readonly string[]): readonly Line[] {
  for (const path of paths) {
    const lines = call.workspace.lines(path, call.state);
    if (lines) return lines;
  }
  return [];
}

/** True when a variable of the job holds the token. */
export const variableHasToken = (call: Call, name: string): boolean => hasToken(call.state.value(name) ?? '');
