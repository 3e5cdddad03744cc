import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import type { Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import { gitDependency } from '../../reach/packages.ts';
import { fromArguments, listedElsewhere, matching } from './manifest.ts';

const VALUED = new Set(['l', 'm', 'manifest-url', 'mr', 'manifest-rev', 'mf', 'manifest-file', 'o', 'clone-opt']);

/** `west`: projects of the manifest in the checkout, each below the address of its remote. */
export function west(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const [verb] = parsed.operands;
  if (!/^(?:update|init)$/u.test(verb?.value ?? '')) return;
  fromArguments(call);
  const folder = option(parsed, 'l', 'local')?.value ?? parsed.operands[1]?.value;
  if (verb?.value === 'init' && folder !== undefined) call.state.note('west folder', folder, call.at);
  const url = option(parsed, 'm', 'manifest-url');
  if (url) call.state.note('west elsewhere', url.value, url.at);
  const elsewhere = call.state.notes.get('west elsewhere')?.value;
  if (verb?.value === 'update' && elsewhere !== undefined) listedElsewhere(call, elsewhere, call.at);
  const name = option(parsed, 'mf', 'manifest-file')?.value ?? 'west.yml';
  const known = call.state.notes.get('west folder')?.value;
  const pattern = known === undefined ? [name, `*/${name}`] : [`${known}/${name}`];
  if (verb?.value === 'update') for (const path of pattern.flatMap((one) => matching(call, one))) manifest(call, path);
}

function manifest(call: Call, path: string): void {
  const key = call.workspace.resolve(path, call.state.cwd);
  const text = call.workspace.text(path, call.state);
  if (key === null || text === null) return;
  const root = child(readYaml(text, key).documents[0], 'manifest');
  const fallback = textOf(child(root, 'defaults', 'remote'));
  const bases = new Map(
    itemsOf(child(root, 'remotes')).map((remote) => [textOf(child(remote, 'name')), textOf(child(remote, 'url-base'))]),
  );
  for (const project of itemsOf(child(root, 'projects'))) {
    const { url, named } = address(project, bases, fallback);
    if (named?.kind !== 'scalar') continue;
    gitDependency(url, named.at, call);
    const imported = child(project, 'import');
    if (imported && textOf(imported) !== 'false') listedElsewhere(call, url, named.at);
  }
}

/** The address of one project, and the value that names it. */
function address(
  project: Tree,
  bases: ReadonlyMap<string, string>,
  fallback: string,
): { readonly url: string; readonly named: Tree | undefined } {
  const whole = child(project, 'url');
  if (whole) return { url: textOf(whole), named: whole };
  const remote = child(project, 'remote');
  const base = bases.get(remote ? textOf(remote) : fallback) ?? '';
  const name = child(project, 'name');
  return { url: `${base.replace(/\/+$/u, '')}/${textOf(child(project, 'repo-path') ?? name)}`, named: name };
}
