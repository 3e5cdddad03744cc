import type { Call } from '../../shell/call.ts';
import { effectiveGitConfig, withSetting } from '../../reach/credentials.ts';
import { credential } from './config.ts';
import { configureWithLfs, lfs } from './lfs.ts';
import type { Git } from './reach.ts';
import { clone, network, remote, subtree } from './remotes.ts';
import { submodule } from './submodules.ts';

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
