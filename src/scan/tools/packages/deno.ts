import { splitUrl } from '../../instance.ts';
import { hasToken } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { fileLines } from './shared.ts';

const LOADS = /^(?:run|cache|install|test|task|check|compile|bench|add|bundle|serve|info)$/u;

/** `deno`: modules by address, of the configuration, the lock file and the programs named, with `DENO_AUTH_TOKENS`. */
export function denoModules(call: Call): void {
  const verb = call.args.find(({ value }) => !value.startsWith('-'))?.value ?? '';
  if (!LOADS.test(verb)) return;
  const logins = (call.state.value('DENO_AUTH_TOKENS') ?? '').split(';').map((one) => /^([^]*)@([^@]+)$/u.exec(one));
  const hosts = new Set(logins.flatMap((match) => (match && hasToken(match[1] ?? '') ? [match[2] ?? ''] : [])));
  if (hosts.size === 0) return;
  const programs = call.args.map(({ value }) => value).filter((value) => /\.[mc]?[jt]sx?$/u.test(value));
  for (const path of ['deno.json', 'deno.jsonc', 'import_map.json', 'deps.ts', 'deno.lock', ...programs])
    for (const { text, at } of fileLines(call, path))
      for (const [, url = ''] of text.matchAll(/["'](https?:\/\/[^"'\s]+)["']/gu)) {
        const parts = splitUrl(url);
        if (parts && hosts.has(parts.port === '' ? parts.host : `${parts.host}:${parts.port}`))
          call.findings.api(url, { at });
      }
}
