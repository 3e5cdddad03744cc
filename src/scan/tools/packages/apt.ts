import { hasToken } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { authorised } from '../../reach/packages.ts';

/** `apt`, `apt-get`: sources the job wrote itself that lie on the instance. */
export function apt(call: Call): void {
  if (!call.args.some(({ value }) => /^(?:update|install|upgrade|download)$/u.test(value))) return;
  const written = [...call.state.files].filter(([path, lines]) => lines !== null && path.startsWith('/etc/apt/'));
  const login = written.some(
    ([path, lines]) => path.includes('auth.conf') && (lines ?? []).some(({ text }) => hasToken(text)),
  );
  for (const [path, lines] of written)
    if (/sources\.list/u.test(path)) for (const line of lines ?? []) source(call, line, login);
}

function source(call: Call, { text, at }: Line, login: boolean): void {
  if (/^\s*#/u.test(text)) return;
  const url = /https?:\/\/\S+/u.exec(text)?.[0];
  if (url !== undefined && authorised(call, url, login)) call.findings.api(url, { at, access: 'debian', policies: [] });
}
