import { gitSettings } from '../files/gitconfig.ts';
import type { UrlParts } from './instance.ts';
import { splitUrl } from './instance.ts';
import { hasToken, withoutLikely } from '../marks.ts';
import type { GitConfig, ShellState } from '../shell/state.ts';
import type { Workspace } from '../shell/workspace.ts';

/** What a program would send: the job token, something else, or nothing. */
export type Login = 'token' | 'other' | 'none';

/** The login inside an address. */
export function loginOf(url: UrlParts): Login {
  if (hasToken(url.password) || hasToken(url.user)) return 'token';
  return url.password === '' ? 'none' : 'other';
}

/** The login that `.netrc` holds for a host. */
export function netrcLogin(host: string, state: ShellState, workspace: Workspace): Login {
  const custom = state.value('NETRC');
  for (const path of [custom ?? '~/.netrc', '~/_netrc']) {
    const text = workspace.text(path, state);
    if (text === null) continue;
    const words = text.split(/\s+/u);
    let current: string | null = null;
    let login: Login = 'none';
    for (let index = 0; index < words.length; index += 1) {
      const word = words[index] ?? '';
      if (word === 'machine') current = withoutLikely(words[index + 1] ?? '').toLowerCase();
      else if (word === 'default') current = host;
      // The first entry that names the host counts, as curl and git read it.
      else if (word === 'password' && current === host && login === 'none')
        login = hasToken(words[index + 1] ?? '') ? 'token' : 'other';
    }
    if (login !== 'none') return login;
  }
  return 'none';
}

/** `git config` of the state with what `GIT_CONFIG_*` variables and `~/.gitconfig` add. */
export function effectiveGitConfig(state: ShellState, workspace: Workspace): GitConfig {
  let config = state.git;
  const count = Math.min(100, Number(state.value('GIT_CONFIG_COUNT') ?? '0') || 0);
  for (let index = 0; index < count; index += 1) {
    config = withSetting(
      config,
      state.value(`GIT_CONFIG_KEY_${index}`) ?? '',
      state.value(`GIT_CONFIG_VALUE_${index}`) ?? '',
    );
  }
  for (const pair of (state.value('GIT_CONFIG_PARAMETERS') ?? '').matchAll(/'([^'=]+)=([^']*)'/gu)) {
    config = withSetting(config, pair[1] ?? '', pair[2] ?? '');
  }
  for (const file of [state.value('GIT_CONFIG_GLOBAL') ?? '~/.gitconfig', '/etc/gitconfig', '.git/config']) {
    for (const { key, value } of gitSettings(workspace.lines(file, state) ?? []))
      config = withSetting(config, key, value);
  }
  return config;
}

/** Adds one `git config KEY VALUE`. */
export function withSetting(config: GitConfig, key: string, value: string): GitConfig {
  const match = /^([A-Za-z]+)\.(?:([^]*)\.)?([A-Za-z]+)$/u.exec(key);
  if (!match) return config;
  const [, section = '', middle = '', name = ''] = match;
  const setting = `${section}.${name}`.toLowerCase();
  if (setting === 'url.insteadof')
    return { ...config, rewrites: [...config.rewrites, { base: middle, prefix: value }] };
  if (setting === 'http.extraheader') return { ...config, headers: [...config.headers, { url: middle, value }] };
  if (setting.startsWith('credential.'))
    return { ...config, credentials: [...config.credentials, { url: middle, value }] };
  if (setting === 'remote.url') return { ...config, remotes: new Map(config.remotes).set(middle, value) };
  return config;
}

/** Takes a key, or a whole section such as `url.BASE`, out of what `git config` has set. */
export function withoutSetting(config: GitConfig, key: string): GitConfig {
  const [, section = '', middle = ''] = /^([A-Za-z]+)(?:\.([^]*?))?(?:\.[A-Za-z]+)?$/u.exec(key) ?? [];
  const stays = (scope: string): boolean =>
    scope !== middle && `${section}.${scope}`.toLowerCase() !== key.toLowerCase();
  switch (section.toLowerCase()) {
    case 'url':
      return { ...config, rewrites: config.rewrites.filter(({ base }) => stays(base) && !key.includes(base)) };
    case 'http':
      return { ...config, headers: config.headers.filter(({ url }) => stays(url)) };
    case 'credential':
      return { ...config, credentials: config.credentials.filter(({ url }) => stays(url)) };
    default:
      return config;
  }
}

/** Applies the longest matching `insteadOf`. */
export function rewritten(url: string, config: GitConfig): string {
  let best: { readonly base: string; readonly prefix: string } | null = null;
  for (const rule of config.rewrites) {
    if (rule.prefix === '' || !url.startsWith(withoutLikely(rule.prefix))) continue;
    if (best === null || rule.prefix.length > best.prefix.length) best = rule;
  }
  return best === null ? url : best.base + url.slice(withoutLikely(best.prefix).length);
}

/** The login git would use for an https address that has none in itself. */
export function gitLogin(url: UrlParts, config: GitConfig, state: ShellState, workspace: Workspace): Login {
  const inside = loginOf(url);
  if (inside !== 'none') return inside;
  const covers = (scope: string): boolean => {
    if (scope === '') return true;
    const parts = splitUrl(scope);
    return parts?.host === url.host && url.path.startsWith(parts.path === '/' ? '/' : parts.path.replace(/\/$/u, ''));
  };
  const headers = config.headers.filter((header) => covers(header.url));
  if (headers.length > 0) return headers.some(({ value }) => hasToken(value)) ? 'token' : 'other';
  const helpers = config.credentials.filter((credential) => covers(credential.url)).map(({ value }) => value);
  if (helpers.some((value) => hasToken(value))) return 'token';
  const stored = helpers.map((value) => /^store(?:\s+--file[= ](\S+))?/u.exec(value)).filter((match) => match !== null);
  for (const match of stored) {
    const text = workspace.text(match[1] ?? '~/.git-credentials', state) ?? '';
    for (const line of text.split('\n')) {
      const entry = splitUrl(line);
      if (entry?.host === url.host) return loginOf(entry);
    }
  }
  const netrc = netrcLogin(url.host, state, workspace);
  if (netrc !== 'none') return netrc;
  return askPass(helpers, state, workspace);
}

/** A helper or askpass program that prints the token: its text names the variable. */
function askPass(helpers: readonly string[], state: ShellState, workspace: Workspace): Login {
  const programs = [...helpers, state.value('GIT_ASKPASS') ?? '', state.value('SSH_ASKPASS') ?? ''];
  for (const program of programs) {
    if (program === '') continue;
    const text = program.startsWith('!') ? program : workspace.text(program, state);
    if (text !== null && mentionsToken(text, state)) return 'token';
  }
  return 'none';
}

/** Whether a text holds the token or names a variable that does. */
export function mentionsToken(text: string, state: ShellState): boolean {
  if (hasToken(text)) return true;
  for (const [name, { value }] of state.vars) {
    if (
      hasToken(value) &&
      name !== 'CI_REPOSITORY_URL' &&
      new RegExp(`\\b${name.replace(/\W/gu, '\\$&')}\\b`, 'u').test(text)
    )
      return true;
  }
  return false;
}
