import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../shell/call.ts';
import { rubyLines } from './ruby-text.ts';
import { authorised, fileLines, gitDependency } from '../../reach/packages.ts';

const rubygems = (call: Call, url: string, at: Arg['at']): void => {
  call.findings.api(url, { at, access: 'rubygems', policies: [] });
};

/** `bundle`: sources and git gems of the `Gemfile`. */
export function bundle(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['j', 'jobs', 'path', 'gemfile', 'without', 'retry']));
  const [verb, ...rest] = parsed.operands;
  if (verb?.value === 'config') {
    const words = rest.filter(({ value }) => !/^(?:set|get|list)$/u.test(value));
    const [key, value] = words;
    if (key && value)
      call.state.note(
        `bundle ${key.value
          .replace(/^https?:\/\//u, '')
          .replace(/\/+$/u, '')
          .toLowerCase()}`,
        value.value,
        value.at,
      );
  } else if (verb?.value === 'exec') call.shell.rerun(call, call.args.slice(call.args.indexOf(verb) + 1));
  else if (verb === undefined || /^(?:install|update|lock|package|cache|add|outdated)$/u.test(verb.value))
    gemfile(call, option(parsed, 'gemfile')?.value ?? call.state.value('BUNDLE_GEMFILE') ?? 'Gemfile');
}

/** Whether bundler's settings hold the token for an address. */
function login(call: Call, url: string): boolean {
  const parts = splitUrl(url);
  if (!parts) return false;
  const variable = `BUNDLE_${parts.host.toUpperCase().replace(/\./gu, '__').replace(/-/gu, '___')}`;
  if (hasToken(call.state.value(variable) ?? '')) return true;
  const path = `${parts.host}${parts.path}`.replace(/\/+$/u, '').toLowerCase();
  for (const [key, { value }] of call.state.notes) {
    if (key.startsWith('bundle ') && hasToken(value) && path.startsWith(key.slice(7))) return true;
  }
  return configured(call).some(({ key, value }) => hasToken(value) && path.startsWith(key));
}

/** `BUNDLE_HTTPS://HOST__DOMAIN/PATH/: "user:password"` of `.bundle/config`, whose keys are in upper case. */
function configured(call: Call): readonly { readonly key: string; readonly value: string }[] {
  const files = ['.bundle/config', '~/.bundle/config', call.state.value('BUNDLE_USER_CONFIG') ?? ''];
  return files
    .flatMap((path) => fileLines(call, path))
    .flatMap(({ text }) => {
      const match = /^BUNDLE_(?:HTTPS?:\/\/)?(\S+?)\/?:\s+["']?(.+?)["']?\s*$/u.exec(text);
      const key = (match?.[1] ?? '').replace(/___/gu, '-').replace(/__/gu, '.').toLowerCase();
      return match ? [{ key, value: match[2] ?? '' }] : [];
    });
}

/** `git_source(:name) { |repo| "https://…/#{repo}.git" }`: an option of the `Gemfile`'s own. */
interface GitSource {
  readonly option: RegExp;
  readonly template: string;
}

function gitSource(line: string): GitSource | null {
  const match = /^\s*git_source\s*\(?\s*:(\w+)\s*\)?\s*(?:\{|do)\s*\|\w+\|\s*["']([^"']+)["']/u.exec(line);
  if (!match) return null;
  const name = match[1] ?? '';
  return { option: new RegExp(`(?:\\b${name}:|:${name}\\s*=>)\\s*["']([^"']+)["']`, 'u'), template: match[2] ?? '' };
}

function gemfile(call: Call, path: string): void {
  const sources: GitSource[] = [];
  for (const { text: line, at } of rubyLines(fileLines(call, path), call)) {
    const git = /\bgit(?::|\s*=>)\s*["']([^"']+)["']|^\s*git\s+["']([^"']+)["']/u.exec(line);
    const source = /^\s*source\s*\(?\s*["']([^"']+)["']|\bsource:\s*["']([^"']+)["']/u.exec(line);
    const declared = gitSource(line);
    if (declared) sources.push(declared);
    const custom = sources.flatMap(({ option, template }) => {
      const repo = option.exec(line)?.[1];
      return repo === undefined ? [] : [template.replace(/#\{\w+\}/gu, repo)];
    })[0];
    const gitUrl = git?.[1] ?? git?.[2] ?? custom;
    const url = source?.[1] ?? source?.[2];
    if (gitUrl !== undefined) {
      if (login(call, gitUrl)) call.findings.repository(gitUrl, { at });
      else gitDependency(gitUrl, at, call);
    }
    if (url !== undefined && authorised(call, url, login(call, url))) rubygems(call, url, at);
  }
}

/** `gem install|push|sources`. */
export function gem(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['s', 'source', 'host', 'k', 'key', 'v', 'version', 'a', 'add']));
  const [verb] = parsed.operands;
  const credentials =
    call.workspace.text('~/.gem/credentials', call.state) ??
    call.workspace.text('~/.local/share/gem/credentials', call.state) ??
    '';
  const token = hasToken(credentials) || hasToken(call.state.value('GEM_HOST_API_KEY') ?? '');
  if (verb?.value === 'push') {
    const binding = call.state.vars.get('RUBYGEMS_HOST');
    const host = option(parsed, 'host') ?? (binding ? { value: binding.value, at: binding.at ?? call.at } : undefined);
    if (host && authorised(call, host.value, token)) rubygems(call, host.value, host.at);
    return;
  }
  for (const url of allOptions(parsed, 's', 'source', 'a', 'add'))
    if (authorised(call, url.value, false)) rubygems(call, url.value, url.at);
}
