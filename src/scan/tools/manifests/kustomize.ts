import type { Arg, Call, Tool } from '../../shell/call.ts';
import { fileLines, gitDependency } from '../packages/shared.ts';

/** Kustomize, and `kubectl` with `-k`: bases on the instance, those of local bases included. */
export const kustomize: Tool = (call) => {
  const flagged = call.args.findIndex(({ value }) => value === '-k' || value === '--kustomize');
  const verb = call.args.findIndex(({ value }) => /^(?:build|kustomize|localize)$/u.test(value));
  if (flagged < 0 && verb < 0) return;
  const rest = call.args.slice((flagged >= 0 ? flagged : verb) + 1);
  const target: Arg = rest.find(({ value }) => !value.startsWith('-')) ?? { value: '.', at: call.at };
  overlay(call, target, new Set());
};

function overlay(call: Call, target: Arg, seen: Set<string>): void {
  if (/^(?:git::|git\+)?(?:https?|ssh):\/\/|^git@/u.test(target.value)) {
    const url = target.value
      .replace(/^git::/u, '')
      .replace(/\?.*$/u, '')
      .replace(/([^:/])\/\/.*$/u, '$1');
    gitDependency(url, target.at, call);
    return;
  }
  const key = call.workspace.resolve(target.value, call.state.cwd);
  if (key === null || seen.has(key) || seen.size > 100) return;
  seen.add(key);
  const folder = call.workspace.absolute(key);
  for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization'])
    for (const { text, at } of fileLines(call, `${folder}/${name}`)) {
      const item = /^\s*-\s*["']?([^"'\s#:]+(?::[^"'\s]*)?)["']?\s*(?:#.*)?$/u.exec(text)?.[1];
      if (item === undefined) continue;
      const remote = /:\/\/|^git@/u.test(item);
      overlay(call, { value: remote || item.startsWith('/') ? item : `${folder}/${item}`, at }, seen);
    }
}
