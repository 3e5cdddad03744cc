import { hasToken } from '../../marks.ts';
import { netrcLogin } from '../../reach/credentials.ts';
import { splitUrl } from '../../reach/instance.ts';
import type { Call } from '../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../shell/call.ts';
import { isTokenBody, isTokenHeader, request } from './request.ts';

const WGET_VALUED = new Set([
  'O',
  'output-document',
  'o',
  'P',
  'directory-prefix',
  'header',
  'user',
  'password',
  'http-user',
  'http-password',
  'post-data',
  'post-file',
  'method',
  'body-data',
  'body-file',
  't',
  'tries',
  'T',
  'timeout',
  'U',
  'user-agent',
  'i',
  'input-file',
  'ca-certificate',
  'a',
  'output-file',
]);

/** `header = …` of wget's own configuration. */
const wgetrcHeaders = (call: Call): readonly string[] =>
  (call.workspace.lines(call.state.value('WGETRC') ?? '~/.wgetrc', call.state) ?? []).flatMap(
    ({ text }) => /^\s*header\s*=\s*(.+)$/u.exec(text)?.[1] ?? [],
  );

/** `wget`, which reads `.netrc` without being asked. */
export function wget(call: Call): void {
  const parsed = parseArgs(call.args, WGET_VALUED);
  const sent =
    allOptions(parsed, 'header').some(({ value }) => isTokenHeader(value)) ||
    wgetrcHeaders(call).some(isTokenHeader) ||
    allOptions(parsed, 'password', 'http-password').some(({ value }) => hasToken(value));
  const post = allOptions(parsed, 'post-data', 'body-data').map(({ value }) => value);
  const files = allOptions(parsed, 'post-file', 'body-file').map(({ value }) =>
    (call.workspace.lines(value, call.state) ?? []).map(({ text }) => text).join('\n'),
  );
  const method =
    option(parsed, 'method')?.value ?? (post.length > 0 || parsed.options.has('post-file') ? 'POST' : 'GET');
  const bodyToken = [...post, ...files].some(isTokenBody);
  for (const url of parsed.operands) {
    const parts = splitUrl(url.value);
    const stored =
      !sent && parts !== null && parts.user === '' && netrcLogin(parts.host, call.state, call.workspace) === 'token';
    request(call, { url, method, token: sent || stored, likely: stored, bodyToken });
  }
}

/** `aria2c`, `axel` and their like: addresses, and headers as options. */
export function downloader(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['header', 'H', 'o', 'out', 'd', 'dir', 'x', 's', 'j', 'k', 'n', 'U']));
  const headers = allOptions(parsed, 'header', 'H').map(({ value }) => value);
  const login = allOptions(parsed, 'http-passwd').some(({ value }) => hasToken(value));
  for (const url of parsed.operands.filter(({ value }) => value.includes('://')))
    request(call, { url, method: 'GET', token: login || headers.some(isTokenHeader), likely: false, bodyToken: false });
}

/** `http`/`https` of HTTPie: `Header:value`, `field=value`, and a method word. */
export function httpie(call: Call): void {
  const { operands } = parseArgs(call.args, new Set(['a', 'auth', 'o', 'output', 'A', 'auth-type', 'timeout']));
  const index = operands.findIndex(({ value }) => value.includes('://') || value.includes('/'));
  const url = operands[index];
  if (!url) return;
  const method = /^[A-Za-z]+$/u.exec(operands[index - 1]?.value ?? '')?.[0].toUpperCase() ?? 'GET';
  const items = operands.slice(index + 1);
  const token =
    items.some(({ value }) => isTokenHeader(value)) ||
    call.args.some(({ value }) => hasToken(value) && /^gitlab-ci-token:/u.test(value));
  request(call, {
    url,
    method,
    token,
    likely: false,
    bodyToken: items.some(({ value }) => /^token==?/u.test(value) && hasToken(value)),
  });
}
