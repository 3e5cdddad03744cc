import { isTokenBody, isTokenHeader, request } from './request.ts';
import { splitUrl } from '../../reach/instance.ts';
import { hasToken, unknown } from '../../marks.ts';
import type { Arg, Call, ParsedArgs } from '../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../shell/call.ts';
import { percentEncoded } from '../../text/encode.ts';
import { netrcLogin } from '../../reach/credentials.ts';

const CURL_VALUED = new Set([
  'X',
  'request',
  'H',
  'header',
  'd',
  'data',
  'data-raw',
  'data-binary',
  'data-urlencode',
  'data-ascii',
  'json',
  'F',
  'form',
  'form-string',
  'o',
  'output',
  'T',
  'upload-file',
  'u',
  'user',
  'A',
  'user-agent',
  'e',
  'referer',
  'b',
  'cookie',
  'c',
  'cookie-jar',
  'retry',
  'retry-delay',
  'retry-max-time',
  'connect-timeout',
  'm',
  'max-time',
  'w',
  'write-out',
  'K',
  'config',
  'x',
  'proxy',
  'url',
  'cacert',
  'cert',
  'E',
  'key',
  'D',
  'dump-header',
  'output-dir',
  'netrc-file',
  'oauth2-bearer',
  'r',
  'range',
  'C',
  'continue-at',
  'resolve',
  'limit-rate',
  'Y',
  'y',
  'z',
  'capath',
  'interface',
  'max-filesize',
  'max-redirs',
  'noproxy',
  'P',
  't',
  'variable',
  'expand-url',
  'expand-header',
]);

/** `curl`. */
export function curl(call: Call): void {
  for (const group of split(call.args)) {
    const parsed = parseArgs(withVariables([...group, ...configFile(call, group)], call), CURL_VALUED);
    const urls = [...parsed.operands, ...allOptions(parsed, 'url', 'expand-url')];
    const headers = allOptions(parsed, 'H', 'header', 'expand-header').flatMap(({ value }) => given(call, value));
    const body = allOptions(
      parsed,
      'd',
      'data',
      'data-raw',
      'data-binary',
      'data-urlencode',
      'F',
      'form',
      'form-string',
      'json',
    );
    const upload = option(parsed, 'T', 'upload-file') !== undefined;
    const method = curlMethod(parsed, body.length > 0, upload);
    const user = option(parsed, 'u', 'user')?.value ?? '';
    const bearer = option(parsed, 'oauth2-bearer')?.value ?? '';
    const sent = headers.some(isTokenHeader) || hasToken(user) || hasToken(bearer);
    const netrc = ['n', 'netrc', 'netrc-optional', 'netrc-file'].some((name) => parsed.options.has(name));
    const bodyToken = body.some(({ value }) => isTokenBody(given(call, value).join('\n')));
    for (const url of urls) {
      const parts = splitUrl(url.value.includes('://') ? url.value : `https://${url.value}`);
      const stored = !sent && netrc && parts !== null && netrcLogin(parts.host, call.state, call.workspace) === 'token';
      request(call, { url, method, token: sent || stored, likely: stored, bodyToken });
    }
  }
}

function split(args: readonly Arg[]): readonly (readonly Arg[])[] {
  const groups: Arg[][] = [[]];
  for (const arg of args) {
    if (arg.value === '--next' || arg.value === '-:') groups.push([]);
    else groups.at(-1)?.push(arg);
  }
  return groups;
}

/** `--variable NAME=text` and `--expand-url '…{{NAME:url}}'`. */
function withVariables(args: readonly Arg[], call: Call): readonly Arg[] {
  const named = new Map<string, string>();
  args.forEach(({ value }, index) => {
    if (value !== '--variable') return;
    const [, environment = '', name = '', given] = /^(%?)(\w+)(?:=([^]*))?$/u.exec(args[index + 1]?.value ?? '') ?? [];
    named.set(name, (environment === '' ? given : (call.state.value(name) ?? given)) ?? unknown(name));
  });
  if (named.size === 0) return args;
  return args.map((arg, index) => {
    if (!/^--expand-/u.test(args[index - 1]?.value ?? '')) return arg;
    const value = arg.value.replace(/\{\{(\w+)((?::\w+)*)\}\}/gu, (_, name: string, changes: string) => {
      const text = named.get(name) ?? unknown(name);
      return changes.includes(':url') ? percentEncoded(text) : text;
    });
    return { ...arg, value };
  });
}

function curlMethod(parsed: ParsedArgs, body: boolean, upload: boolean): string {
  const named = option(parsed, 'X', 'request')?.value;
  if (named !== undefined) return named.toUpperCase();
  if (parsed.options.has('G') || parsed.options.has('get')) return 'GET';
  if (parsed.options.has('I') || parsed.options.has('head')) return 'HEAD';
  return upload ? 'PUT' : body ? 'POST' : 'GET';
}

/** `-H @file` and `-d @file` read a file, `@-` the standard input. */
function given(call: Call, value: string): readonly string[] {
  if (!value.startsWith('@')) return [value];
  const lines = value === '@-' ? call.stdin : call.workspace.lines(value.slice(1), call.state);
  return lines?.map(({ text }) => text) ?? [];
}

/** `-K file`: each line is an option; `~/.curlrc` is read without being named. */
function configFile(call: Call, args: readonly Arg[]): readonly Arg[] {
  const index = args.findIndex(({ value }) => /^-[a-zA-Z]*K|^--config$/u.test(value));
  const attached = /^-[a-zA-Z]*K(.+)$/u.exec(args[index]?.value ?? '')?.[1];
  const named = attached ?? args[index + 1]?.value;
  const lines =
    index >= 0 && named !== undefined
      ? named === '-'
        ? call.stdin
        : call.workspace.lines(named, call.state)
      : call.workspace.lines('~/.curlrc', call.state);
  return (lines ?? []).flatMap(({ text, at }): readonly Arg[] => {
    const match = /^\s*-{0,2}([\w-]+)\s*[=: ]?\s*(.*?)\s*$/u.exec(text);
    if (!match || /^\s*#/u.test(text) || text.trim() === '') return [];
    const value = (match[2] ?? '').replace(/^"(.*)"$/u, '$1').replace(/\\"/gu, '"');
    const dashes = (match[1] ?? '').length === 1 ? '-' : '--';
    return value === ''
      ? [{ value: `${dashes}${match[1] ?? ''}`, at }]
      : [
          { value: `${dashes}${match[1] ?? ''}`, at },
          { value, at },
        ];
  });
}
