import { splitUrl } from '../../reach/instance.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { relativeUrl } from '../git/submodules.ts';
import { gitDependency } from '../../reach/packages.ts';
import { fromArguments, listedElsewhere, matching } from './manifest.ts';

const VALUED = new Set([
  'u',
  'manifest-url',
  'b',
  'm',
  'manifest-name',
  'g',
  'groups',
  'j',
  'jobs',
  'depth',
  'reference',
]);

/**
 * Android's `repo`: the manifest's own repository, and the projects of a manifest that lies in the checkout. A manifest of
 * another repository is not there to be read.
 */
export function repo(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const verb = parsed.operands[0]?.value;
  if (verb === 'init') {
    const url = option(parsed, 'u', 'manifest-url');
    fromArguments(call);
    if (url && isOwn(call, url.value))
      call.state.note('repo manifest', option(parsed, 'm', 'manifest-name')?.value ?? 'default.xml', url.at);
    else if (url) call.state.note('repo elsewhere', url.value, url.at);
  }
  if (verb !== 'sync') return;
  const elsewhere = call.state.notes.get('repo elsewhere')?.value;
  if (elsewhere !== undefined) listedElsewhere(call, elsewhere, call.at);
  const own = call.state.notes.get('repo manifest')?.value;
  const local = matching(call, '.repo/local_manifests/*.xml');
  for (const path of [...(own === undefined ? [] : [own]), ...local]) manifest(call, path, new Set());
}

function isOwn(call: Call, url: string): boolean {
  const parts = splitUrl(url);
  if (!parts || parts.scheme === 'file') return !/^git@/u.test(url);
  const { instance } = call.findings;
  return instance.owns(parts) && instance.project(instance.below(parts)).kind === 'own';
}

/** Elements stand on a line of their own in nearly every manifest; attributes may go on in the next ones. */
function manifest(call: Call, path: string, seen: Set<string>): void {
  const lines = seen.has(path) ? [] : (call.workspace.lines(path, call.state) ?? []);
  seen.add(path);
  const remotes = new Map<string, string>();
  let fallback = '';
  for (const { tag, attribute, at } of elements(lines)) {
    if (tag === 'remote') remotes.set(attribute('name'), base(call, attribute('fetch')));
    if (tag === 'default') fallback = attribute('remote');
    if (tag === 'include' && seen.size < 20) manifest(call, attribute('name'), seen);
    if (tag !== 'project') continue;
    const remote = attribute('remote');
    const url = remotes.get(remote === '' ? fallback : remote);
    if (url !== undefined) gitDependency(`${url}/${attribute('name')}`, at, call);
  }
}

/** A remote's address may be relative to the manifest's own. */
function base(call: Call, fetch: string): string {
  const own = `${call.findings.instance.url}/${call.findings.instance.caller}`;
  const url = /^\.\.?(?:\/|$)/u.test(fetch) ? relativeUrl(own, fetch.endsWith('/') ? fetch : `${fetch}/`) : fetch;
  return url.replace(/\/+$/u, '');
}

interface Element {
  readonly tag: string;
  readonly attribute: (name: string) => string;
  readonly at: Arg['at'];
}

function elements(lines: readonly Line[]): readonly Element[] {
  const found: Element[] = [];
  let open = null as Line | null;
  for (const line of lines.slice(0, 20_000)) {
    const text: string = open === null ? line.text : `${open.text} ${line.text}`;
    const at: Arg['at'] = (open ?? line).at;
    if (text.length < 5_000 && /<\w[^>]*$/u.test(text)) {
      open = { text, at };
      continue;
    }
    open = null;
    for (const match of text.replace(/<!--.*?-->/gu, '').matchAll(/<([\w-]+)\s([^>]*)>/gu))
      found.push({ tag: match[1] ?? '', attribute: (name) => attributeOf(match[2] ?? '', name), at });
  }
  return found;
}

const attributeOf = (text: string, name: string): string =>
  new RegExp(`(?:^|\\s)${name}\\s*=\\s*["']([^"']*)["']`, 'u').exec(text)?.[1] ?? '';
