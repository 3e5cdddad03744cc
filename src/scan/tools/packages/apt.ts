import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { authorised } from '../../reach/packages.ts';

/** `apt`, `apt-get`: sources the job wrote itself that lie on the instance. */
export function apt(call: Call): void {
  if (!call.args.some(({ value }) => /^(?:update|install|upgrade|download)$/u.test(value))) return;
  const written = [...call.state.files].filter(([path, lines]) => lines !== null && path.startsWith('/etc/apt/'));
  const logins = written.flatMap(([path, lines]) => (path.includes('auth.conf') ? loginsOf(lines ?? []) : []));
  for (const [path, lines] of written)
    if (/sources\.list/u.test(path)) for (const line of lines ?? []) source(call, line, logins);
}

/** An entry of `auth.conf`: a host, maybe with a path, and whether its password is the job token. */
interface AptLogin {
  readonly machine: string;
  readonly token: boolean;
}

function loginsOf(lines: readonly Line[]): readonly AptLogin[] {
  const text = lines.map((line) => line.text.replace(/^\s*#.*/u, '')).join('\n');
  return [...text.matchAll(/\bmachine\s+(\S+)((?:(?!\bmachine\s)[^])*)/gu)].map(([, machine = '', rest = '']) => ({
    machine: machine.replace(/^\w+:\/\//u, '').replace(/\/+$/u, ''),
    token: hasToken(/\bpassword\s+(\S+)/u.exec(rest)?.[1] ?? ''),
  }));
}

function source(call: Call, { text, at }: Line, logins: readonly AptLogin[]): void {
  if (/^\s*#/u.test(text)) return;
  const url = /https?:\/\/\S+/u.exec(text)?.[0];
  const parts = url === undefined ? null : splitUrl(url);
  if (url === undefined || !parts) return;
  const place = [parts.host, `${parts.host}:${parts.port}`].map((host) => `${host}${parts.path}`);
  // The first entry that names the host and the beginning of the path counts.
  const login = logins.find(({ machine }) => place.some((one) => one === machine || one.startsWith(`${machine}/`)));
  if (authorised(call, url, login?.token === true)) call.findings.api(url, { at, access: 'debian', policies: [] });
}
