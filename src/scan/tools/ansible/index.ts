import { child, readYaml, textOf } from '../../ci/tree.ts';
import type { Call } from '../../shell/call.ts';
import { allOptions, parseArgs } from '../../shell/call.ts';
import { pointSource } from '../../source.ts';
import { MODULES } from './modules.ts';
import { Playbooks } from './playbook.ts';

const VALUED = new Set([
  'i',
  'inventory',
  'e',
  'extra-vars',
  'l',
  'limit',
  't',
  'tags',
  'skip-tags',
  'u',
  'user',
  'f',
  'forks',
  'm',
  'module-name',
  'a',
  'args',
  'private-key',
  'key-file',
  'vault-password-file',
  'vault-id',
  'c',
  'connection',
  'T',
  'timeout',
  'M',
  'module-path',
  'start-at-task',
]);

/** `ansible-playbook`: what the tasks of its playbooks download and clone. */
export function ansiblePlaybook(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const playbooks = new Playbooks(
    call,
    extraVariables(
      call,
      allOptions(parsed, 'e', 'extra-vars').map(({ value }) => value),
    ),
  );
  for (const { value } of parsed.operands) playbooks.run(value);
}

/** `ansible HOSTS -m MODULE -a ARGUMENTS`: one task. */
export function ansible(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const name = allOptions(parsed, 'm', 'module-name')[0]?.value ?? 'command';
  const text = allOptions(parsed, 'a', 'args')[0];
  if (!text) return;
  const args = { kind: 'scalar', value: text.value, source: pointSource(text.value, text.at), at: text.at } as const;
  MODULES.get(name.split('.').at(-1) ?? name)?.({ call, args, fill: (written) => written });
}

/** `-e "a=b c=d"`, `-e '{"a": "b"}'` and `-e @file`. */
function extraVariables(call: Call, given: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of given) {
    const data = text.startsWith('@')
      ? call.workspace.text(text.slice(1), call.state)
      : /^\s*\{/u.test(text)
        ? text
        : null;
    const root = data === null ? undefined : readYaml(data, '').documents[0];
    if (root?.kind === 'dict') for (const name of root.entries.keys()) found.set(name, textOf(child(root, name)));
    if (data === null)
      for (const [, name = '', double, single, bare] of text.matchAll(
        /(?<![\w.])([\w.]+)=(?:"([^"]*)"|'([^']*)'|(\S*))/gu,
      ))
        found.set(name, double ?? single ?? bare ?? '');
  }
  return found;
}
