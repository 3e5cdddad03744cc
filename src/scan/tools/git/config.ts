import { gitSettings } from '../../files/gitconfig.ts';
import { withoutLikely } from '../../marks.ts';
import type { ParsedArgs } from '../../shell/call.ts';
import { option, parseArgs, valuesOf } from '../../shell/call.ts';
import { lineMatcher, lineMatches } from '../../text/lines.ts';
import { withSetting, withoutSetting } from '../../reach/credentials.ts';
import type { Git } from './reach.ts';

const SHOWS = ['get', 'get-all', 'get-regexp', 'list', 'l'];

/** `git config`: settings that are made, removed or printed. */
export function configure(context: Git): void {
  const { call, args } = context;
  const parsed = parseArgs(args, new Set(['f', 'file', 'blob', 'type', 'default']));
  if (SHOWS.some((name) => parsed.options.has(name)) || /^(?:get|list)$/u.test(parsed.operands[0]?.value ?? '')) {
    showSettings(context, parsed);
    return;
  }
  const operands = parsed.operands[0]?.value === 'set' ? parsed.operands.slice(1) : parsed.operands;
  const [key, value] = operands;
  const removes = ['unset', 'unset-all', 'remove-section'].some((name) => parsed.options.has(name));
  const section = parsed.options.has('remove-section') ? parsed.options.get('remove-section')?.[0] : undefined;
  if (key && (removes || parsed.operands[0]?.value === 'unset')) {
    call.state.git = withoutSetting(call.state.git, (section?.value ? section : key).value);
    call.state.touch();
    return;
  }
  if (!key || !value) {
    if (key && key.value !== 'set') showSettings(context, parsed);
    return;
  }
  const lower = key.value.toLowerCase();
  if (/^submodule\..+\.(?:url|update)$/u.test(lower)) call.state.note(key.value, value.value, value.at);
  if (/^remote\..+\.url$/u.test(lower))
    call.state.note(`remote ${call.state.cwd} ${key.value.slice(7, -4)}`, value.value, value.at);
  call.state.git = withSetting(call.state.git, key.value, value.value);
  call.state.touch();
}

/** `git config --get`, `--get-regexp` and `--list`: prints settings of a file, or what is known of those in force. */
function showSettings({ call, config }: Git, parsed: ParsedArgs): void {
  const has = (...names: readonly string[]): boolean => names.some((name) => parsed.options.has(name));
  const file = option(parsed, 'f', 'file');
  const remotes = [...config.remotes].map(([name, value]) => ({ key: `remote.${name}.url`, value, at: call.at }));
  const own = call.state.value('CI_REPOSITORY_URL');
  const settings = file
    ? gitSettings(call.workspace.lines(file.value, call.state) ?? [])
    : own === undefined || config.remotes.has('origin')
      ? remotes
      : [...remotes, { key: 'remote.origin.url', value: own, at: call.at }];
  const words = valuesOf(parsed.operands)
    .map(withoutLikely)
    .filter((word, index) => !(index === 0 && /^(?:get|list)$/u.test(word)));
  const [wanted = ''] = words;
  const matcher = has('get-regexp', 'regexp') ? lineMatcher(wanted, 'extended', true) : null;
  const all = has('l', 'list') || parsed.operands[0]?.value === 'list';
  const key = wanted.replace(/^[\w-]+|[\w-]+$/gu, (part) => part.toLowerCase());
  const found = settings.filter((one) => all || (matcher ? lineMatches(matcher, one.key) === true : one.key === key));
  for (const one of has('get-regexp', 'regexp', 'get-all') || all ? found : found.slice(-1)) {
    const shown = all
      ? `${one.key}=${one.value}`
      : has('name-only')
        ? one.key
        : matcher
          ? `${one.key} ${one.value}`
          : one.value;
    call.state.print(shown, one.at);
  }
}

/** `git credential approve`, fed on standard input. */
export function credential({ call }: Git): void {
  const text = (call.stdin ?? []).map((line) => line.text).join('\n');
  const host = /^host=(.+)$/mu.exec(text)?.[1];
  const password = /^password=(.+)$/mu.exec(text)?.[1];
  if (host === undefined || password === undefined) return;
  call.state.git = {
    ...call.state.git,
    credentials: [...call.state.git.credentials, { url: `https://${host}`, value: password }],
  };
  call.state.touch();
}
