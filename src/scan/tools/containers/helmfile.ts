import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { hasToken, unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { parseArgs } from '../../shell/call.ts';
import { authorised, gitDependency } from '../../reach/packages.ts';
import { chart } from './helm.ts';
import { pull } from '../../reach/image.ts';

const FETCHES = /^(?:sync|apply|diff|template|repos|deps|build|fetch|lint|test|init)$/u;
const MAX_FILES = 50;

/** `helmfile`: its repositories, charts and further files, with the environment filled in. */
export function helmfile(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['f', 'file', 'e', 'environment', 'l', 'selector', 'n', 'namespace']));
  if (!parsed.operands.some(({ value }) => FETCHES.test(value))) return;
  const given = parsed.options.get('f') ?? parsed.options.get('file');
  const files = given?.map(({ value }) => value) ?? [
    'helmfile.yaml',
    'helmfile.yaml.gotmpl',
    ...call.workspace.checkout.matching('helmfile.d/*.{yaml,yml,gotmpl}', 'exists'),
  ];
  const seen = new Set<string>();
  for (const file of files) state(call, file, seen);
}

function state(call: Call, file: string, seen: Set<string>): void {
  const key = call.workspace.resolve(file, call.state.cwd);
  const text = call.workspace.text(file, call.state);
  if (key === null || text === null || seen.has(key) || seen.size >= MAX_FILES) return;
  seen.add(key);
  const filled = text.replace(
    /\{\{-?\s*(?:env|requiredEnv)\s+["'](\w+)["'][^}]{0,200}\}\}/gu,
    (_, name: string) => call.state.value(name) ?? unknown(name),
  );
  for (const document of readYaml(filled, key).documents) {
    const registries = new Map<string, string>();
    for (const repository of itemsOf(child(document, 'repositories'))) {
      const registry = known(repository, call);
      if (registry !== null) registries.set(textOf(child(repository, 'name')), registry);
    }
    for (const release of itemsOf(child(document, 'releases'))) released(child(release, 'chart'), registries, call);
    for (const item of [...itemsOf(child(document, 'helmfiles')), ...itemsOf(child(document, 'bases'))]) {
      const path = item.kind === 'dict' ? child(item, 'path') : item;
      const beside = call.workspace.absolute(`${key.replace(/[^/]*$/u, '')}${textOf(path)}`);
      if (!remote(path, call)) state(call, beside, seen);
    }
  }
}

/** The registry behind a repository with `oci: true`; a repository of charts is reported and gives null. */
function known(repository: Tree, call: Call): string | null {
  const url = child(repository, 'url');
  if (url?.kind !== 'scalar') return null;
  const address = textOf(url);
  if (textOf(child(repository, 'oci')) === 'true' || address.startsWith('oci://'))
    return address.replace(/^oci:\/\//u, '').replace(/\/+$/u, '');
  if (authorised(call, address, hasToken(textOf(child(repository, 'password')))))
    chart(call, { value: address, at: url.at });
  return null;
}

function released(tree: Tree | undefined, registries: ReadonlyMap<string, string>, call: Call): void {
  if (tree?.kind !== 'scalar' || remote(tree, call)) return;
  const [, name = '', rest = ''] = /^([^/]+)\/(.+)$/u.exec(textOf(tree)) ?? [];
  const registry = registries.get(name);
  if (registry !== undefined) pull(call, { value: `${registry}/${rest}`, at: tree.at });
  else if (textOf(tree).startsWith('oci://')) pull(call, { value: textOf(tree), at: tree.at });
}

/** `git::https://host/group/project.git@path?ref=x` and `git+https://…`. */
function remote(tree: Tree | undefined, call: Call): boolean {
  const url = /^git(?:::|\+)((?:https?|ssh):\/\/.+)$/u.exec(textOf(tree))?.[1];
  if (url === undefined || tree === undefined) return false;
  gitDependency(url.replace(/\?.*$/u, '').replace(/(\.git)@.*$/u, '$1'), tree.at, call);
  return true;
}
