import type { Tree } from '../../../ci/tree.ts';
import { child, readYaml, textOf } from '../../../ci/tree.ts';
import { readSettings } from '../../../files/ini.ts';
import { hasToken, withoutLikely } from '../../../marks.ts';
import type { Arg, Call } from '../../../shell/call.ts';
import { authorised, fileLines, withVariables } from '../../../reach/packages.ts';

/** Settings of npm, pnpm, yarn and bun, all as the lines that an `.npmrc` would have. */

/** One setting as `.npmrc` would hold it: `@scope:registry`, `//host/path/:_authToken`. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly at: Arg['at'];
}

/** `npm config set key value`, `key=value`; yarn's `npmScopes.x.npmRegistryServer` becomes the same lines. */
export function configure(call: Call, words: readonly Arg[]): void {
  const [first, second] = words.filter(({ value }) => value !== '--');
  if (!first) return;
  const equals = first.value.indexOf('=');
  const key = second || equals < 0 ? first.value : first.value.slice(0, equals);
  const value = second?.value ?? first.value.slice(equals + 1);
  call.workspace.write(
    call.state.value('NPM_CONFIG_USERCONFIG') ?? '~/.npmrc',
    [{ text: `${yarnKey(key)}=${value}`, at: second?.at ?? first.at }],
    true,
    call.state,
  );
}

const YARN_KEYS: Readonly<Record<string, string>> = {
  npmRegistryServer: 'registry',
  npmPublishRegistry: 'publishRegistry',
  npmAuthToken: '_authToken',
  npmAuthIdent: '_auth',
};

function yarnKey(key: string): string {
  const scoped = /^npmScopes(?:\.|\["?)([\w-]+)"?\]?\.(\w+)$/u.exec(key);
  if (scoped) return `@${scoped[1] ?? ''}:${YARN_KEYS[scoped[2] ?? ''] ?? ''}`;
  const registry = /^npmRegistries(?:\.|\["?)([^"\]]+?)"?\]?\.npmAuth(?:Token|Ident)$/u.exec(key);
  if (registry) return `${(registry[1] ?? '').replace(/^https?:/u, '')}:_authToken`;
  return YARN_KEYS[key] ?? key;
}

/** All settings that hold where a package manager is called: of files, of `npm_config_…` variables, of Yarn and Bun. */
export function entries(call: Call): readonly Entry[] {
  const custom = call.state.value('NPM_CONFIG_USERCONFIG') ?? call.state.value('npm_config_userconfig');
  const lines = ['~/.npmrc', ...(custom === undefined ? [] : [custom]), '.npmrc'].flatMap((path) =>
    fileLines(call, path),
  );
  const found = lines.flatMap((line): readonly Entry[] => {
    const match = /^\s*(?![#;])([^=\s]+)\s*=\s*(.*?)\s*$/u.exec(withVariables(line.text, call));
    return match ? [{ key: match[1] ?? '', value: (match[2] ?? '').replace(/^"(.*)"$/u, '$1'), at: line.at }] : [];
  });
  for (const [name, { value, at }] of call.state.vars) {
    const key = /^npm_config_(.+)$/iu.exec(name)?.[1];
    if (key !== undefined && at)
      found.push({ key: key.startsWith('_') || key.startsWith('/') ? key : key.toLowerCase(), value, at });
  }
  return [...found, ...berry(call), ...bunfig(call)];
}

/** `bunfig.toml`: a scope is an address, a table of address and token, or a section of its own. */
function bunfig(call: Call): readonly Entry[] {
  return readSettings(fileLines(call, 'bunfig.toml')).flatMap(({ section, key, value, at }): readonly Entry[] => {
    const own = /^install\.(?:scopes\.@?([\w-]+)|registry)$/u.exec(section);
    const setting = { url: 'registry', token: '_authToken' }[key];
    if (own && setting !== undefined)
      return [{ key: `${own[1] === undefined ? '' : `@${own[1]}:`}${setting}`, value: withVariables(value, call), at }];
    if (section !== 'install.scopes' && !(section === 'install' && key === 'registry')) return [];
    const field = (name: string): string =>
      withVariables(new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`, 'u').exec(value)?.[1] ?? '', call);
    const url = value.startsWith('{') ? field('url') : withVariables(value, call);
    const scope = section === 'install' ? '' : `@${key.replace(/^@/u, '')}:`;
    return [
      { key: `${scope}registry`, value: url, at },
      { key: `${scope}_authToken`, value: field('token'), at },
    ].filter((entry) => entry.value !== '');
  });
}

/** `.yarnrc.yml` as the lines that npm would have: general settings, scopes and logins per registry. */
function berry(call: Call): readonly Entry[] {
  const text = call.workspace.text('.yarnrc.yml', call.state);
  if (text === null) return [];
  const file = call.workspace.resolve('.yarnrc.yml', call.state.cwd) ?? '.yarnrc.yml';
  const [root] = readYaml(text, file).documents;
  const settings = (prefix: string, tree: Tree | undefined): readonly Entry[] =>
    tree?.kind !== 'dict'
      ? []
      : [...tree.entries].flatMap(([key, value]): readonly Entry[] =>
          value.kind === 'scalar'
            ? [{ key: yarnKey(`${prefix}${key}`), value: withVariables(textOf(value), call), at: value.at }]
            : [],
        );
  const each = (group: string): readonly Entry[] => {
    const tree = child(root, group);
    if (tree?.kind !== 'dict') return [];
    return [...tree.entries].flatMap(([name, value]) => settings(`${group}.${name}.`, value));
  };
  return [...settings('', root), ...each('npmScopes'), ...each('npmRegistries')];
}

/** Whether any login line covers the registry: the longest matching path, as npm looks it up. */
export function hasLogin(url: string, all: readonly Entry[], call: Call, scope: string | null): boolean {
  const path = withoutLikely(url)
    .replace(/^https?:/u, '')
    .replace(/\/*$/u, '/')
    .toLowerCase();
  let best: Entry | null = null;
  for (const entry of all) {
    const match = /^(\/\/.*?)\/?:(?:_authToken|_auth|_password)$/iu.exec(withoutLikely(entry.key));
    if (!match || !path.startsWith(`${(match[1] ?? '').toLowerCase()}/`)) continue;
    if (best === null || entry.key.length >= best.key.length) best = entry;
  }
  if (best) return hasToken(best.value);
  const general = all.findLast(
    ({ key }) => key === '_authToken' || key === '_auth' || (scope !== null && key === `${scope}:_authToken`),
  );
  return general === undefined ? authorised(call, url, false) : hasToken(general.value);
}
