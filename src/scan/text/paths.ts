import { unknown } from '../marks.ts';
import type { Call, Tool } from '../shell/call.ts';
import { option, parseArgs, valuesOf } from '../shell/call.ts';
import { lineMatcher, lineMatches } from './lines.ts';
import { matchesPattern } from '../shell/pattern.ts';

/** Programs that name, copy, move, remove or list files. */

/** `basename PATH [SUFFIX]`. */
export const baseName: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['s']));
  const [path = '', second = ''] = valuesOf(parsed.operands);
  const suffix = option(parsed, 's')?.value ?? second;
  const name = path.replace(/\/+$/u, '').split('/').at(-1) ?? '';
  call.state.print(suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name, call.at);
};

/** `dirname PATH`. */
export const dirName: Tool = (call) => {
  const path = call.args.find(({ value }) => value !== '--')?.value ?? '';
  if (path === 'sh' || path === '') call.state.print('.', call.at);
  else call.state.print(path.includes('/') ? path.replace(/\/[^/]*\/*$/u, '') : '.', call.at);
};

/** `realpath`, `readlink -f`: the path itself, as links are not known. */
export const realPath: Tool = (call) => {
  const path = parseArgs(call.args, new Set(['relative-to'])).operands[0];
  if (path) call.state.print(path.value, path.at);
};

/** `mktemp`: a path of its own each time. */
export const makeTemporary: Tool = (call) => {
  const count = Number(call.state.value('mktemp count') ?? '0') + 1;
  call.state.set('mktemp count', String(count), null);
  call.state.print(`/tmp/tmp.${count}`, call.at);
};

/** `cp`, `mv`, `install`, `ln`. */
export const copy: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['m', 'o', 'g', 't', 'target-directory']));
  const into = option(parsed, 't', 'target-directory')?.value;
  const paths = parsed.operands;
  const target = into ?? paths.at(-1)?.value;
  if (target === undefined) return;
  for (const { value } of into === undefined ? paths.slice(0, -1) : paths) {
    const input = /^(?:\/dev\/stdin|-)$/u.test(value);
    const lines = input ? call.stdin : call.workspace.lines(value, call.state);
    if (!lines) continue;
    const name = value.split('/').at(-1) ?? value;
    const folder = input
      ? false
      : into !== undefined || /\/$|^[~.]+$/u.test(target) || !/[^/]*\.[^/]*$|\/[^/.]+$/u.test(target);
    call.workspace.write(folder ? `${target}/${name}` : target, lines, false, call.state);
    // `cp a b` where it is not known whether `b` is a folder: the file is in both places.
    if (folder && !target.endsWith('/')) call.workspace.write(target, lines, false, call.state);
  }
};

/** `rm`: files that later commands no longer find. */
export const remove: Tool = (call) => {
  for (const { value } of parseArgs(call.args, new Set()).operands) {
    const key = call.workspace.resolve(value, call.state.cwd);
    if (key === null || !call.workspace.lines(value, call.state)) continue;
    call.state.files.set(key, null);
    call.state.touch();
  }
};

const MAX_FOUND = 300;

/** `find DIR -name PATTERN`, printed or handed to `-exec`. */
export const find: Tool = (call) => {
  const words = valuesOf(call.args);
  const start = words.findIndex((word) => /^[-!(]/u.test(word));
  const roots = start < 0 ? words : words.slice(0, start);
  const after = (flag: string): string | undefined => words[words.indexOf(flag, 0) + 1];
  const test = (flag: string): ((text: string) => boolean) => {
    const pattern = words.includes(flag) ? after(flag) : undefined;
    return (text) => pattern === undefined || matchesPattern(text, pattern);
  };
  const [named, pathed, type] = [test('-name'), test('-path'), words.includes('-type') ? after('-type') : 'f'];
  const regex = words.includes('-regex') ? lineMatcher(after('-regex') ?? '', 'basic') : null;
  if (type !== undefined && !type.includes('f')) return;
  const found = filesBelow(call, roots.length > 0 ? roots : ['.'])
    .filter(
      (path) =>
        named(path.split('/').at(-1) ?? '') && pathed(path) && (regex === null || lineMatches(regex, path) !== false),
    )
    .slice(0, MAX_FOUND);
  const exec = words.findIndex((word) => word === '-exec' || word === '-execdir');
  if (found.length === 0) found.push(unknown(`$(find ${words.join(' ')})`));
  if (exec < 0) for (const path of found) call.state.print(path, call.at);
  else each(call, found, exec + 1);
};

/** Files of the checkout below some folders, spelt as `find` prints them. */
function filesBelow(call: Call, roots: readonly string[]): readonly string[] {
  return roots.flatMap((root) => {
    const key = call.workspace.resolve(root, call.state.cwd);
    if (key === null || /^[/~]/u.test(key)) return [];
    const prefix = key === '' ? '' : `${key}/`;
    const shown = root.replace(/\/+$/u, '');
    return call.workspace.checkout.paths.flatMap((path) =>
      path === key ? [root] : path.startsWith(prefix) ? [`${shown}/${path.slice(prefix.length)}`] : [],
    );
  });
}

function each(call: Call, found: readonly string[], start: number): void {
  const end = call.args.findIndex(({ value }, index) => index >= start && (value === ';' || value === '+'));
  const command = call.args.slice(start, end < 0 ? undefined : end);
  for (const path of found)
    call.shell.rerun(
      call,
      command.map((arg) => ({ ...arg, value: arg.value.replaceAll('{}', path) })),
    );
}

/** `ls`: names of the files a path or folder holds. */
export const list: Tool = (call) => {
  const { operands } = parseArgs(call.args, new Set());
  const names = new Set<string>();
  for (const { value } of operands.length > 0 ? operands : [{ value: '.' }]) {
    if (call.workspace.exists(value, call.state) === true) names.add(value);
    const shown = value.replace(/\/+$/u, '');
    for (const path of filesBelow(call, [value]))
      names.add(path.startsWith(`${shown}/`) ? (path.slice(shown.length + 1).split('/')[0] ?? path) : path);
  }
  // Files that are not in the checkout may have been made by what is not followed.
  if (names.size === 0) names.add(unknown(`$(ls ${valuesOf(operands).join(' ')})`));
  for (const name of [...names].slice(0, MAX_FOUND)) call.state.print(name, call.at);
};
