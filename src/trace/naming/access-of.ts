import { toolAccess, type Access } from './access.ts';
import type { Step } from './steps.ts';
import type { Target } from './target.ts';

/** The text around a refusal that tells what was being done. */
export interface Surroundings {
  readonly step: Step;
  readonly own: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const INTO_SUBMODULE = /into submodule path|submodule '|Submodule '|Failed to clone '/;

/** How the repository was reached: git alone, or through something that uses git. */
export function gitAccess(target: Target | null, around: Surroundings): Access {
  const { step, own, before, after } = around;
  if (target?.access === 'git-push' || /\bgit\s(?:[^;&|]{0,200}\s)?push\b/.test(step.command)) return 'git-push';
  if (after.some((line) => /failed to push/.test(line))) return 'git-push';
  if (target?.access === 'lfs' || /\bLFS\b|info\/lfs/.test(own)) return 'lfs';
  const itself = target?.self === true;
  if ((step.section === 'get_sources' && !itself) || after.some((line) => INTO_SUBMODULE.test(line)))
    return 'submodule';
  const tool = toolAccess(step.command);
  if (
    tool === 'submodule' ||
    before.slice(-6).some((line) => /^Submodule '|Cloning into .{0,200}\.\.\.$/.test(line) && INTO_SUBMODULE.test(line))
  )
    return 'submodule';
  if (tool === 'go' || before.concat(own).some((line) => /^\s{0,8}go: |\bgo\.mod\b|go: downloading/.test(line)))
    return 'go';
  return tool === 'lfs' ? 'lfs' : 'git';
}

/** What was wanted of an address of the API, a registry or a page. */
export function httpAccess(target: Target | null, hint: Access | null, around: Surroundings): Access | null {
  const byUrl = target?.access ?? null;
  if (byUrl !== null && byUrl !== 'git' && byUrl !== 'api') return byUrl;
  if (hint !== null) return hint;
  if (byUrl === 'git') return gitAccess(target, around);
  const tool = toolAccess(around.step.command);
  // These two wrap their output, so the URL may have lost its `packages/type`.
  if (byUrl === 'api') return tool === 'composer' || tool === 'pypi' ? tool : 'api';
  return tool !== null && !USES_GIT.has(tool) ? tool : null;
}

/** Accesses that speak git's own protocol, LFS included. */
export const USES_GIT: ReadonlySet<Access> = new Set(['git', 'git-push', 'submodule', 'lfs', 'go']);
