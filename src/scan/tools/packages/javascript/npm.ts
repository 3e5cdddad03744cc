import { splitUrl } from '../../../reach/instance.ts';
import type { Arg, Call, ParsedArgs } from '../../../shell/call.ts';
import { option, parseArgs, valuesOf } from '../../../shell/call.ts';
import type { Entry } from './npm-config.ts';
import { configure, entries, hasLogin } from './npm-config.ts';
import { manifest, members } from './npm-manifest.ts';
import { runAmong, runBinary, runScript, yarnWorkspaces } from './npm-run.ts';
import { fileLines, gitDependency, packageUse } from '../../../reach/packages.ts';

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
  else if (sub === 'run' || sub === 'run-script' || sub === 'rum') runAmong(call, parsed, rest[0]?.value ?? '');
  else if (sub === 'workspace' || sub === 'workspaces') yarnWorkspaces(call, sub, rest);
  else if (sub === 'exec' || sub === 'dlx' || sub === 'x') runBinary(call, rest);
  else if (sub === 'test' || sub === 'start' || call.name !== 'npm') {
    if (!runAmong(call, parsed, sub) && verb && call.name !== 'npm') runBinary(call, [verb, ...rest]);
  }
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
