import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { fileLines, withVariables } from '../../reach/packages.ts';
import { effectiveGitConfig, gitLogin, rewritten } from '../../reach/credentials.ts';

/** `composer`: repositories of `composer.json` and archives of the lock file. */
export function composer(call: Call): void {
  const [verb, key, ...values] = parseArgs(call.args, new Set(['d', 'working-dir'])).operands;
  if (verb?.value === 'config' && key) {
    const host = /^(?:gitlab-token|gitlab-oauth|http-basic|bearer)\.(.+)$/u.exec(key.value)?.[1];
    if (host !== undefined)
      call.state.note(`composer ${host.toLowerCase()}`, values.map(({ value }) => value).join(' '), key.at);
    const name = /^repositor(?:y|ies)\.(.+)$/u.exec(key.value)?.[1];
    const url = values.map(({ value }) => /https?:\/\/[^\s"'}]+/u.exec(value)?.[0]).find((one) => one !== undefined);
    if (name !== undefined && url !== undefined)
      call.state.note(`composer repository ${name}`, `${values[0]?.value ?? ''} ${url}`, values.at(-1)?.at ?? key.at);
    return;
  }
  if (!/^(?:install|i|update|u|require|upgrade|create-project|global)$/u.test(verb?.value ?? '')) return;
  repositories(call);
  locked(call);
}

/** Whether composer sends the job token to the host. */
function login(call: Call, host: string): boolean {
  const note = call.state.notes.get(`composer ${host}`);
  if (note) return hasToken(note.value);
  const text = [
    call.state.value('COMPOSER_AUTH') ?? '',
    ...['auth.json', '~/.composer/auth.json', '~/.config/composer/auth.json'].map(
      (path) => call.workspace.text(path, call.state) ?? '',
    ),
  ];
  return text.some((one) => one.includes(host) && hasToken(withVariables(one, call)));
}

function reach(call: Call, url: string, type: string, at: Arg['at']): void {
  const config = effectiveGitConfig(call.state, call.workspace);
  const address = type === 'composer' ? url : rewritten(url, config);
  const parts = splitUrl(address);
  if (!parts) return;
  const token = login(call, parts.host) || hasToken(parts.password);
  if (type === 'composer') {
    if (token)
      call.findings.api(
        url.replace('/group/', '/groups/').replace(/\/groups\/([^/]+)\/-\/packages/u, '/groups/$1/-/packages'),
        { at, access: 'composer' },
      );
    return;
  }
  const byGit = gitLogin(parts, config, call.state, call.workspace) === 'token';
  // Composer itself hands its GitLab token to git; which of both it uses depends on its version.
  if (byGit || token) call.findings.repository(address, { at, likely: !byGit });
}

function repositories(call: Call): void {
  const text = call.workspace.text('composer.json', call.state) ?? '';
  const file = call.workspace.resolve('composer.json', call.state.cwd) ?? 'composer.json';
  // JSON is YAML, whose reader remembers lines.
  const list = child(readYaml(text, file).documents[0], 'repositories');
  const entries = list?.kind === 'dict' ? [...list.entries.values()] : itemsOf(list);
  for (const entry of entries) {
    const url = child(entry, 'url');
    if (url?.kind !== 'scalar') continue;
    const address = withVariables(textOf(url).replaceAll('\\/', '/'), call);
    reach(call, address, kindOf(textOf(child(entry, 'type')), address), url.at);
  }
  for (const [key, { value, at }] of call.state.notes) {
    if (!key.startsWith('composer repository ')) continue;
    const url = /https?:\/\/\S+/u.exec(value)?.[0] ?? '';
    reach(call, url, kindOf(/vcs|git\b/u.exec(value.slice(0, 8))?.[0] ?? '', url), at ?? call.at);
  }
}

const kindOf = (type: string, url: string): string =>
  /\/packages\/composer/u.test(url) ? 'composer' : type === 'composer' ? 'composer' : 'vcs';

/** The lock file names what the repositories do not. */
function locked(call: Call): void {
  const lines: readonly Line[] = fileLines(call, 'composer.lock');
  for (const { text, at } of lines) {
    for (const [, written = ''] of text.matchAll(/"url"\s*:\s*"([^"]+)"/gu))
      archive(call, written.replace(/\\\//gu, '/'), at);
  }
}

function archive(call: Call, url: string, at: Arg['at']): void {
  const parts = splitUrl(url);
  if (!parts) return;
  if (/\/api\/v4\/projects\//u.test(parts.path)) {
    if (login(call, parts.host)) call.findings.api(url, { at });
  } else if (!/\/api\/v4\//u.test(parts.path)) reach(call, url, 'vcs', at);
}
