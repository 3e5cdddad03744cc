import { withoutXmlComments, xmlElements } from '../../files/xml.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { paket } from './paket.ts';
import { authorised, firstFile, packageUse, withVariables } from '../../reach/packages.ts';

const VALUED = new Set([
  'n',
  'name',
  'Name',
  'u',
  'username',
  'UserName',
  'p',
  'password',
  'Password',
  's',
  'source',
  'Source',
  'k',
  'api-key',
  'ApiKey',
  'configfile',
  'ConfigFile',
  'c',
  'o',
  'configuration',
  'output',
  'f',
  'framework',
  'r',
  'runtime',
  'v',
  'verbosity',
  'valid-authentication-types',
  'ss',
]);

/** `dotnet` and `nuget`. */
export function dotnet(call: Call): void {
  if (call.args[0]?.value === 'paket') {
    paket({ ...call, args: call.args.slice(1) });
    return;
  }
  const parsed = parseArgs(call.args, VALUED);
  const words = parsed.operands.map(({ value }) => value);
  const start = words[0] === 'nuget' ? 1 : 0;
  const verb = words
    .slice(start, start + 2)
    .join(' ')
    .toLowerCase();
  const operands = parsed.operands.slice(start);
  if (/^(?:add source|update source)$/u.test(verb) || /^sources? (?:add|update)$/u.test(verb)) {
    const updates = /update/u.test(verb);
    const url = option(parsed, 'Source', 'source', 's') ?? (updates ? undefined : operands[2]);
    const password = option(parsed, 'p', 'password', 'Password')?.value ?? '';
    const name = option(parsed, 'n', 'name', 'Name')?.value ?? '';
    if (!url) {
      // The address stands in the configuration file.
      const named = name === '' ? (operands[2]?.value ?? '') : name;
      const file = option(parsed, 'configfile', 'ConfigFile');
      if (file) call.state.note('nuget configfile', file.value, file.at);
      call.state.note(`nuget login ${named.toLowerCase()}`, password, call.at);
      return;
    }
    const token = authorised(call, url.value, hasToken(password));
    call.state.note(`nuget ${name.toLowerCase()}`, `${token ? password : ''} ${url.value}`, url.at);
    call.state.note(`nuget ${url.value}`, `${token ? password : ''} ${url.value}`, url.at);
    if (token && !/\$CI_PROJECT_ID/u.test(url.value))
      call.findings.api(url.value, { at: url.at, access: 'nuget', policies: [] });
  } else if (verb.startsWith('push'))
    push(
      call,
      parsed.options.get('source')?.[0] ?? option(parsed, 's', 'Source'),
      option(parsed, 'k', 'api-key', 'ApiKey')?.value ?? '',
    );
  else if (/^(?:restore|build|test|publish|pack|run|install|tool)/u.test(verb)) {
    restore(call, option(parsed, 'configfile', 'ConfigFile')?.value);
    reachSources(call, propertySources(call));
    for (const url of [
      ...(parsed.options.get('s') ?? []),
      ...(parsed.options.get('source') ?? []),
      ...(parsed.options.get('Source') ?? []),
    ]) {
      if (authorised(call, url.value, false))
        call.findings.api(url.value, { at: url.at, access: 'nuget', policies: [] });
    }
  }
}

/** Sources of `-p:RestoreSources=A;B`, of MSBuild and of every verb of `dotnet` that restores. */
function propertySources(call: Call): readonly Arg[] {
  return call.args.flatMap(({ value, at }) => {
    const list = /^[-/]{1,2}p(?:roperty)?:Restore(?:AdditionalProject)?Sources=["']?([^"']+)/iu.exec(value)?.[1] ?? '';
    return list.split(/;|%3B/iu).flatMap((one) => (one.trim() === '' ? [] : [{ value: one.trim(), at }]));
  });
}

/** `msbuild /t:Restore /p:RestoreSources=…`. */
export function msbuild(call: Call): void {
  const restores = call.args.some(({ value }) =>
    /^[-/]{1,2}(?:(?:t|target):[^=]*\brestore\b|restore$|r$)/iu.test(value),
  );
  if (restores) restore(call, undefined);
  reachSources(call, propertySources(call));
}

function reachSources(call: Call, sources: readonly Arg[]): void {
  for (const url of sources)
    if (authorised(call, url.value, hasToken(call.state.notes.get(`nuget ${url.value}`)?.value ?? '')))
      call.findings.api(url.value, { at: url.at, access: 'nuget', policies: [] });
}

/** `choco source add -n=NAME -s=URL -u=USER -p=TOKEN`, `choco install NAME --source=URL`, `choco push`. */
export function choco(call: Call): void {
  const [verb, sub] = call.args.map(({ value }) => value.toLowerCase());
  const parsed = parseArgs(call.args, VALUED);
  const words = (...names: readonly string[]): readonly Arg[] => names.map((value) => ({ value, at: call.at }));
  if (/^sources?$/u.test(verb ?? '') && sub === 'add')
    dotnet({ ...call, args: [...words('sources', 'add'), ...call.args.slice(2)] });
  else if (verb === 'push') dotnet({ ...call, args: [...words('push'), ...call.args.slice(1)] });
  else if (/^(?:install|upgrade|update|download|search|list|info)$/u.test(verb ?? '')) {
    const token = hasToken(option(parsed, 'p', 'password')?.value ?? '');
    for (const url of [...(parsed.options.get('s') ?? []), ...(parsed.options.get('source') ?? [])].flatMap((one) =>
      one.value.split(';').map((value) => ({ ...one, value })),
    ))
      if (authorised(call, url.value, token))
        call.findings.api(url.value, { at: url.at, access: 'nuget', policies: [] });
  }
}

function push(call: Call, source: Arg | undefined, key: string): void {
  if (!source) return;
  const note =
    call.state.notes.get(`nuget ${source.value.toLowerCase()}`) ?? call.state.notes.get(`nuget ${source.value}`);
  const url = note ? (note.value.split(' ').at(-1) ?? '') : source.value;
  const token =
    hasToken(key) ||
    hasToken(note?.value ?? '') ||
    configured(call).some((one) => one.token && (one.url === url || one.name === url));
  const named = configured(call).find((one) => one.name === url);
  if (token) call.findings.api(named?.url ?? url, packageUse(source.at, 'nuget', true));
}

function restore(call: Call, path: string | undefined): void {
  const known = call.state.notes.get('nuget configfile')?.value;
  for (const { url, token, at } of configured(call, path ?? known))
    if (token) call.findings.api(url, { at, access: 'nuget', policies: [] });
}

interface Source {
  readonly name: string;
  readonly url: string;
  readonly token: boolean;
  readonly at: Arg['at'];
}

/** `packageSources` of `NuGet.config` with their credentials; `%VAR%` comes from the environment. */
function configured(call: Call, path?: string): readonly Source[] {
  const lines: readonly Line[] = firstFile(
    call,
    path === undefined ? ['NuGet.config', 'nuget.config', 'NuGet.Config', '~/.nuget/NuGet/NuGet.Config'] : [path],
  );
  const text = withoutXmlComments(lines.map((line) => line.text).join('\n'));
  const logins = xmlElements(text, ['packageSourceCredentials'])[0]?.inside ?? '';
  let inside = false;
  return text.split('\n').flatMap((line, row): readonly Source[] => {
    if (line.includes('<packageSources>')) inside = true;
    const sources = inside
      ? [...line.replace(/<packageSourceCredentials>.*$/u, '').matchAll(/<add\s+key="([^"]+)"\s+value="([^"]+)"/gu)]
      : [];
    if (line.includes('</packageSources>')) inside = false;
    return sources.map((match): Source => {
      const name = match[1] ?? '';
      const login = xmlElements(logins, [name.replace(/ /gu, '_x0020_')])[0]?.inside ?? '';
      const url = withVariables(match[2] ?? '', call);
      const token = authorised(
        call,
        url,
        hasToken(withVariables(/ClearTextPassword"\s+value="([^"]*)"/u.exec(login)?.[1] ?? '', call)) ||
          hasToken(call.state.value(`NuGetPackageSourceCredentials_${name}`) ?? '') ||
          hasToken(call.state.notes.get(`nuget login ${name.toLowerCase()}`)?.value ?? ''),
      );
      return { name, url, token, at: lines[row]?.at ?? call.at };
    });
  });
}
