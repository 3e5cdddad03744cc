import { splitUrl } from '../../../reach/instance.ts';
import { hasToken } from '../../../marks.ts';
import { child, readYaml } from '../../../ci/tree.ts';
import type { Arg, Call } from '../../../shell/call.ts';
import { fileLines } from '../../../reach/packages.ts';

const LOADS = /^(?:run|cache|install|test|task|check|compile|bench|add|bundle|serve|info)$/u;

/** `deno task NAME …`: a command of `deno.json`, else a script of `package.json`, which the package manager's reading finds. */
function denoTask(call: Call, name: Arg): void {
  for (const path of ['deno.json', 'deno.jsonc']) {
    const text = call.workspace.text(path, call.state);
    const written = text === null ? undefined : child(readYaml(text, path).documents[0], 'tasks', name.value);
    const command = written?.kind === 'dict' ? child(written, 'command') : written;
    if (command?.kind === 'scalar') call.shell.runChild(command.source, [], { ...call, stdin: null });
  }
}

/** `deno`: modules by address, of the configuration, the lock file and the programs named, with `DENO_AUTH_TOKENS`. */
export function denoModules(call: Call): void {
  const [first, name] = call.args.filter(({ value }) => !value.startsWith('-'));
  const verb = first?.value ?? '';
  if (verb === 'task' && name) denoTask(call, name);
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
