import { hasToken } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import { authorised, fileLines, gitDependency, withVariables } from '../../reach/packages.ts';

/** `paket restore|install|update`: sources and repositories of `paket.dependencies`; `paket config` keeps a login. */
export function paket(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['username', 'password', 'authtype', 'group', 'g']));
  const [verb, second, third] = parsed.operands;
  if (verb?.value === 'config' && second && third) {
    const words = [second.value, option(parsed, 'password')?.value, parsed.operands.at(-1)?.value];
    call.state.note(`paket ${(/^add-/u.test(second.value) ? third : second).value}`, words.join(' '), second.at);
  }
  if (!/^(?:restore|install|update|add|outdated)$/u.test(verb?.value ?? '')) return;
  for (const { text, at } of fileLines(call, 'paket.dependencies')) {
    const line = withVariables(text.replace(/^\s*(?:#|\/\/).*$/u, ''), call);
    const [, kind, url = '', rest = ''] = /^\s*(source|git)\s+(\S+)(.*)$/u.exec(line) ?? [];
    if (kind === 'git') gitDependency(url, at, call);
    const note = [...call.state.notes].find(([key]) => key.startsWith('paket ') && url.startsWith(key.slice(6)))?.[1];
    const known = hasToken(/password:\s*"([^"]*)"/u.exec(rest)?.[1] ?? '') || hasToken(note?.value ?? '');
    if (kind === 'source' && authorised(call, url, known))
      call.findings.api(url, { at, access: 'nuget', policies: [] });
  }
}
