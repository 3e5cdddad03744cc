import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import type { Call } from '../../shell/call.ts';
import { pointSource } from '../../source.ts';
import { parseArgs } from '../../shell/call.ts';
import type { GitConfig } from '../../shell/state.ts';
import { effectiveGitConfig, withSetting } from '../../reach/credentials.ts';
import type { GitScope } from '../../reach/repository.ts';
import { gitDependency } from '../../reach/packages.ts';

const MAX_FILES = 100;

/** `kas`: repositories of the files it is given (`a.yml:b.yml`) and of those they include; then the command of `-c`. */
export function kas(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['c', 'command', 'target', 'task', 'l', 'log-level', 'provenance']));
  const [verb, files] = parsed.operands;
  if (!/^(?:build|checkout|shell|for-all-repos|dump|lock|menu)$/u.test(verb?.value ?? '')) return;
  const seen = new Set<string>();
  const signed = { ...call, config: ownLogin(call) };
  for (const path of (files?.value ?? '.config.yaml').split(':')) configuration(signed, path, seen);
  const command = parsed.options.get('c')?.[0] ?? parsed.options.get('command')?.[0];
  if (command) call.shell.runChild(pointSource(command.value, command.at), [], call);
}

/**
 * In a job of GitLab kas signs in by itself: it writes a `.netrc` with the job token and turns addresses for SSH into those
 * for HTTPS (https://kas.readthedocs.io, environment variables).
 */
function ownLogin({ state, workspace, findings: { instance } }: Call): GitConfig {
  const before = effectiveGitConfig(state, workspace);
  const token = state.value('CI_JOB_TOKEN');
  if (token === undefined) return before;
  const signed = `url.${instance.scheme}://gitlab-ci-token:${token}@${instance.fqdn}${instance.root}/.insteadOf`;
  const plain = [`${instance.url}/`, `git@${instance.host}:`, `ssh://git@${instance.host}/`];
  return plain.reduce((config, prefix) => withSetting(config, signed, prefix), before);
}

type SignedCall = Call & GitScope;

function configuration(call: SignedCall, path: string, seen: Set<string>): void {
  const key = call.workspace.resolve(path, call.state.cwd);
  const text = key === null ? null : call.workspace.text(path, call.state);
  if (key === null || text === null || seen.has(key) || seen.size >= MAX_FILES) return;
  seen.add(key);
  const root = readYaml(text, key).documents[0];
  for (const item of itemsOf(child(root, 'header', 'includes'))) include(call, item, key, seen);
  const repositories = child(root, 'repos');
  if (repositories?.kind !== 'dict') return;
  for (const repository of repositories.entries.values()) {
    const url = child(repository, 'url');
    // What kas does by itself depends on its version.
    if (url?.kind === 'scalar') gitDependency(textOf(url), url.at, call, true);
  }
}

/** A path counts from the root of the repository; a file of another repository is not there yet. */
function include(call: SignedCall, item: Tree, from: string, seen: Set<string>): void {
  const written = textOf(item.kind === 'dict' ? child(item, 'file') : item);
  if (written === '') return;
  const folder = from.includes('/') ? from.replace(/[^/]*$/u, '') : '';
  for (const path of [written, `${folder}${written}`]) configuration(call, call.workspace.absolute(path), seen);
}
