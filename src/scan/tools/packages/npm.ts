import { withoutForged } from '../../marks.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { splitUrl } from '../../instance.ts';
import { pointSource } from '../../source.ts';
import type { Arg, Call, ParsedArgs } from '../../shell/call.ts';
import { option, parseArgs, valuesOf } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import type { Entry } from './npm-config.ts';
import { configure, entries, hasLogin } from './npm-config.ts';
import { fileLines, gitDependency, packageUse } from './shared.ts';

const VALUED = new Set([
  'registry',
  'tag',
  'access',
  'prefix',
  'C',
  'userconfig',
  'w',
  'workspace',
  'cwd',
  'filter',
  'F',
  'dir',
  'scope',
]);
const INSTALL =
  /^(?:ci|i|install|add|update|up|upgrade|view|info|pack|outdated|dedupe|import|fetch|clean-install|install-clean|)$/u;

/** `npm`, `pnpm` and `yarn`; `--prefix` and its like name the folder to work in. */
export function npm(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const folder = option(parsed, 'prefix', 'C', 'cwd', 'dir');
  const saved = call.state.cwd;
  const before = call.state.vars.get('NPM_CONFIG_USERCONFIG');
  const rc = option(parsed, 'userconfig');
  if (rc)
    call.state.set(
      'NPM_CONFIG_USERCONFIG',
      call.workspace.absolute(call.workspace.resolve(rc.value, saved) ?? rc.value),
      rc.at,
    );
  if (folder) call.state.cwd = call.workspace.resolve(folder.value, saved) ?? '/unknown';
  command(call, parsed);
  call.state.cwd = saved;
  // An option ends with its command.
  if (rc && before) call.state.vars.set('NPM_CONFIG_USERCONFIG', before);
  else if (rc) call.state.vars.delete('NPM_CONFIG_USERCONFIG');
}

function command(call: Call, parsed: ParsedArgs): void {
  const [verb, ...rest] = parsed.operands;
  const sub = verb?.value ?? (call.name === 'yarn' ? '' : 'help');
  if (sub === 'config' || sub === 'set' || sub === 'c')
    configure(call, sub === 'set' ? rest : rest.slice(rest[0]?.value === 'set' ? 1 : 0));
  else if (sub === 'publish' || (sub === 'npm' && rest[0]?.value === 'publish')) {
    const several = ['r', 'recursive', 'workspaces', 'ws'].some((name) => parsed.options.has(name));
    if (several) publishAll(call);
    else publish(call, option(parsed, 'registry'));
  } else if (INSTALL.test(sub)) install(call, rest, option(parsed, 'registry'));
  else if (sub === 'run' || sub === 'run-script' || sub === 'rum') runScript(call, rest[0]?.value ?? '');
  else if (sub === 'test' || sub === 'start' || (call.name !== 'npm' && sub !== 'exec')) runScript(call, sub);
  else if (sub === 'exec' || sub === 'dlx') call.shell.rerun(call, rest);
}

interface Manifest {
  readonly lines: readonly Line[];
  readonly dependencies: ReadonlyMap<string, { readonly spec: string; readonly at: Arg['at'] }>;
  readonly name: string;
  readonly scripts: ReadonlyMap<string, string>;
  /** Patterns of the folders whose packages are installed with this one. */
  readonly workspaces: readonly string[];
  /** npm refuses to publish it. */
  readonly private: boolean;
}

function manifest(call: Call): Manifest | null {
  const lines = call.workspace.lines('package.json', call.state);
  if (!lines) return null;
  const dependencies = new Map<string, { spec: string; at: Arg['at'] }>();
  const scripts = new Map<string, string>();
  let name = '';
  let isPrivate = false;
  let workspaces: readonly string[] = [];
  try {
    const root: unknown = JSON.parse(withoutForged(lines.map(({ text }) => text).join('\n')));
    if (typeof root !== 'object' || root === null) return null;
    for (const [key, value] of Object.entries(root as Record<string, unknown>)) {
      if (key === 'name' && typeof value === 'string') name = value;
      if (key === 'private') isPrivate = value === true;
      if (key === 'workspaces') workspaces = patternsOf(value);
      if (typeof value !== 'object' || value === null) continue;
      for (const [inner, text] of Object.entries(value)) {
        if (typeof text !== 'string') continue;
        if (key === 'scripts') scripts.set(inner, text);
        else if (/ependencies$|^resolutions$|^overrides$/u.test(key))
          dependencies.set(inner, { spec: text, at: place(lines, `"${inner}"`, text) });
      }
    }
  } catch {
    return null;
  }
  return { lines, dependencies, name, scripts, workspaces, private: isPrivate };
}

/** `["packages/*"]`, or the same under `packages`. */
function patternsOf(value: unknown): readonly string[] {
  const list: unknown = Array.isArray(value) ? value : (value as { packages?: unknown } | null)?.packages;
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

const MAX_MEMBERS = 300;

/** Packages of the workspace: `workspaces` of the manifest, `packages` of `pnpm-workspace.yaml`. */
function members(call: Call, own: Manifest): readonly Manifest[] {
  const text = call.workspace.text('pnpm-workspace.yaml', call.state);
  const listed = itemsOf(child(readYaml(text ?? '', '').documents[0], 'packages')).map(textOf);
  const folder = call.state.cwd;
  const found = [...own.workspaces, ...listed].flatMap((pattern) => {
    const key = call.workspace.resolve(`${pattern.replace(/\/+$/u, '')}/package.json`, folder);
    return key === null || pattern.startsWith('!') ? [] : call.workspace.checkout.matching(key, 'exists');
  });
  const manifests = [...new Set(found)].slice(0, MAX_MEMBERS).map((path) => {
    call.state.cwd = path.replace(/\/?package\.json$/u, '');
    return manifest(call);
  });
  call.state.cwd = folder;
  return manifests.filter((one) => one !== null);
}

function place(lines: readonly Line[], key: string, value: string): Arg['at'] {
  const found =
    lines.find(({ text }) => text.includes(key) && text.includes(value)) ??
    lines.find(({ text }) => text.includes(key));
  return found?.at ?? lines[0]?.at ?? { file: 'package.json', line: 1 };
}

function install(call: Call, named: readonly Arg[], registry: Arg | undefined): void {
  const all = entries(call);
  const own = manifest(call);
  const dependencies = [own, ...(own ? members(call, own) : [])].flatMap((one) => [...(one?.dependencies ?? [])]);
  const names = [...dependencies.map(([name]) => name), ...valuesOf(named)];
  const lock = [
    ...fileLines(call, 'package-lock.json'),
    ...fileLines(call, 'yarn.lock'),
    ...fileLines(call, 'pnpm-lock.yaml'),
  ];
  for (const entry of effective(all, registry)) {
    const scope = /^(@[^:]+):registry$/u.exec(entry.key)?.[1] ?? null;
    const used =
      scope === null ||
      names.length === 0 ||
      names.some((name) => name.startsWith(`${scope}/`)) ||
      lock.some(({ text }) => text.includes(`${scope}/`));
    if (used && hasLogin(entry.value, all, call, scope))
      call.findings.api(entry.value, { at: entry.at, access: 'npm', policies: ['READ_PACKAGES'] });
  }
  for (const [, { spec, at }] of dependencies) if (/git|^https?:/u.test(spec)) dependency(spec, at, call, all);
  for (const { value, at } of named) if (/git[+@:]|:\/\//u.test(value)) dependency(value, at, call, all);
  for (const line of lock) {
    const url = /"?resolved"?:?\s*"([^"]+)"|tarball:\s*([^\s,}]+)/u.exec(line.text);
    const address = url?.[1] ?? url?.[2];
    if (address !== undefined) dependency(address, line.at, call, all);
  }
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    if (own?.scripts.has(script) === true && !call.args.some(({ value }) => value === '--ignore-scripts'))
      runScript(call, script);
  }
}

function dependency(spec: string, at: Arg['at'], call: Call, all: readonly Entry[]): void {
  if (/^git|\.git(?:#|$)/u.test(spec)) gitDependency(spec, at, call);
  else if (splitUrl(spec) && hasLogin(spec, all, call, null)) call.findings.api(spec, { at });
}

/** One registry per key: the last line that sets it, replaced by `--registry`. */
function effective(all: readonly Entry[], registry: Arg | undefined): readonly Entry[] {
  const last = new Map<string, Entry>();
  for (const entry of all) if (/(?:^|:)registry$/u.test(entry.key)) last.set(entry.key, entry);
  if (registry) last.set('registry', { key: 'registry', ...registry });
  return [...last.values()];
}

/** `lerna publish`, `nx release publish`, `changeset publish`: every package of the repository. */
export function workspacePublish(call: Call): void {
  if (call.args.some(({ value }) => value === 'publish')) publishAll(call);
}

function publishAll(call: Call): void {
  const saved = call.state.cwd;
  const folders = call.workspace.checkout.paths.flatMap((path) => {
    const folder = /^(?:(.*)\/)?package\.json$/u.exec(path);
    return folder && !path.includes('node_modules') ? [folder[1] ?? ''] : [];
  });
  for (const folder of folders.slice(0, 300)) {
    call.state.cwd = folder;
    // Credentials stand in the folder the command runs in, which every package inherits.
    publish(call, undefined, saved);
  }
  call.state.cwd = saved;
}

function publish(call: Call, registry: Arg | undefined, root: string | null = null): void {
  const here = call.state.cwd;
  const own = manifest(call);
  if (own?.private === true) return;
  if (root !== null) call.state.cwd = root;
  const all = entries(call);
  call.state.cwd = here;
  const scope = /^(@[^/]+)\//u.exec(own?.name ?? '')?.[1];
  const configured = own?.lines.find(({ text }) => /"(?:@[^"]+:)?registry"\s*:/u.test(text));
  const inManifest = /registry"\s*:\s*"([^"]+)"/u.exec(configured?.text ?? '')?.[1];
  const chosen = effective(all, undefined);
  const published = all.findLast(({ key }) => key === `${scope ?? ''}:publishRegistry` || key === 'publishRegistry');
  const scoped =
    published ??
    chosen.find(({ key }) => key === `${scope ?? ''}:registry`) ??
    chosen.find(({ key }) => key === 'registry');
  const target =
    registry ?? (inManifest !== undefined && configured ? { value: inManifest, at: configured.at } : scoped);
  if (!target || !hasLogin(target.value, all, call, scope ?? null)) return;
  call.findings.api(target.value, packageUse(target.at, 'npm', true));
}

function runScript(call: Call, name: string): void {
  const own = manifest(call);
  const depth = Number(call.state.value('npm script depth') ?? '0');
  if (!own || depth > 5) return;
  call.state.set('npm script depth', String(depth + 1), null);
  call.state.export('npm script depth');
  const at = call.args.findIndex(({ value }) => value === name);
  const given = at < 0 ? [] : valuesOf(call.args.slice(at + 1)).filter((value) => value !== '--');
  for (const script of [`pre${name}`, name, `post${name}`]) {
    const written = own.scripts.get(script);
    // What follows the name is given to the script itself.
    const text = script === name && written !== undefined ? [written, ...given.map(quoted)].join(' ') : written;
    if (written !== undefined && text !== undefined)
      call.shell.runChild(
        pointSource(text, place(own.lines, `"${script}"`, JSON.stringify(written).slice(1, -1))),
        [],
        call,
      );
  }
  call.state.set('npm script depth', String(depth), null);
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
