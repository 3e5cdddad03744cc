import { reachRepository } from '../../reach/repository.ts';
import type { Arg, Call } from '../../shell/call.ts';
import type { GitConfig } from '../../shell/state.ts';
import type { AccessKind } from '../../types.ts';

/** One command of git. */
export interface Git {
  /** `-c submodule.NAME.url=…` and `-c lfs.url=…` of this command. */
  readonly urls: ReadonlyMap<string, string>;
  readonly call: Call;
  readonly config: GitConfig;
  readonly sub: string;
  readonly args: readonly Arg[];
}

/** Reports the repository that a command of git reaches. */
export const reach = (context: Git, url: Arg, access: AccessKind): void =>
  reachRepository(url.value, access, url.at, { ...context.call, config: context.config });
