import type { GitConfig, ShellState } from '../shell/state.ts';
import type { Workspace } from '../shell/workspace.ts';
import type { AccessKind, Origin } from '../types.ts';
import { effectiveGitConfig, gitLogin, rewritten } from './credentials.ts';
import type { Findings } from './findings.ts';
import { splitUrl } from './instance.ts';

/** What decides whether git sends the token. */
export interface GitScope {
  readonly findings: Findings;
  readonly state: ShellState;
  readonly workspace: Workspace;
  readonly config?: GitConfig;
  readonly likely?: boolean;
}

/** The address that git turns to with the job token, or null where it sends none. */
export function withJobToken(url: string, scope: Omit<GitScope, 'findings'>): string | null {
  const config = scope.config ?? effectiveGitConfig(scope.state, scope.workspace);
  const target = rewritten(url.replace(/^git\+/u, ''), config);
  const parts = splitUrl(target);
  if (!parts || !/^https?$/u.test(parts.scheme)) return null;
  return gitLogin(parts, config, scope.state, scope.workspace) === 'token' ? target : null;
}

/** Reports a repository that git reaches with the job token; addresses without the token are none. */
export function reachRepository(url: string, access: AccessKind, at: Origin, scope: GitScope): void {
  const target = withJobToken(url, scope);
  if (target === null) return;
  const policies = access === 'git-push' ? ['ADMIN_REPOSITORIES'] : [];
  scope.findings.repository(target, { at, access, policies, likely: scope.likely === true });
}
