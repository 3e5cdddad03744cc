import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import type { Arg, Call, Tool } from '../../shell/call.ts';
import { gitDependency } from '../../reach/packages.ts';

const MAX_OVERLAYS = 100;

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
  if (key === null || seen.has(key) || seen.size > MAX_OVERLAYS) return;
  seen.add(key);
  for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization']) {
    const path = key === '' ? name : `${key}/${name}`;
    const text = call.workspace.text(call.workspace.absolute(path), call.state);
    const root = text === null ? undefined : readYaml(text, path).documents[0];
    for (const field of ['resources', 'bases', 'components'])
      for (const item of itemsOf(child(root, field))) {
        const written = textOf(item);
        const remote = /:\/\/|^git@/u.test(written);
        const place = remote || written.startsWith('/') ? written : call.workspace.absolute(`${key}/${written}`);
        if (written !== '') overlay(call, { value: place, at: item.at }, seen);
      }
  }
}
