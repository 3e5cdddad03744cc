import { safePattern } from '../../../safe-pattern.ts';
import { pointSource } from '../../../source.ts';
import type { Arg, Call, ParsedArgs } from '../../../shell/call.ts';
import { allOptions, option, parseArgs, valuesOf } from '../../../shell/call.ts';
import type { Manifest } from './npm-manifest.ts';
import { manifest, members, place } from './npm-manifest.ts';

/** Scripts and commands of the packages of a repository, and the runners that start them. */

/** A script in the packages that the options choose, else in the one of the folder; false where none has it. */
export function runAmong(call: Call, parsed: ParsedArgs, name: string): boolean {
  const own = manifest(call);
  const chosen = own ? chosenPackages(call, parsed, own) : null;
  const packages = (chosen ?? (own ? [own] : [])).filter(({ scripts }) => scripts.has(name));
  for (const one of packages) runIn(call, one, name);
  return packages.length > 0;
}

/** What `-w NAME`, `--workspaces`, `--filter PATTERN` and `-r` choose; null where there is no such option. */
function chosenPackages(call: Call, parsed: ParsedArgs, own: Manifest): readonly Manifest[] | null {
  const named = allOptions(parsed, 'w', 'workspace', 'F', 'filter').map(({ value }) => value);
  if (named.length > 0) return members(call, own).filter((one) => named.some((pattern) => isChosen(one, pattern)));
  const all = ['ws', 'workspaces', 'r', 'recursive'].some((option) => parsed.options.has(option));
  return all ? members(call, own) : null;
}

/** By the name of the package or its folder; `...` and `^` of a filter also mean what it depends on. */
function isChosen({ name, folder }: Manifest, pattern: string): boolean {
  const plain = pattern.replace(/^\.\.\.\^?|\^?\.\.\.$/gu, '').replace(/^\{(.*)\}$/u, '$1');
  const path = plain.replace(/^\.\//u, '').replace(/\/+$/u, '');
  if (pattern.includes('...') || plain.startsWith('[')) return true;
  const regex = safePattern(`^${path.replace(/[^\w@/-]/gu, '\\$&').replaceAll('\\*', '[^/]*')}$`, 'u');
  return [name, name.replace(/^@[^/]+\//u, ''), folder].some((one) => one === path || regex?.regex.test(one) === true);
}

/** `yarn workspace NAME run SCRIPT`, `yarn workspaces run SCRIPT`, `yarn workspaces foreach run SCRIPT`. */
export function yarnWorkspaces(call: Call, sub: string, words: readonly Arg[]): void {
  const own = manifest(call);
  const name = sub === 'workspace' ? words[0]?.value : undefined;
  const rest = words
    .map(({ value }) => value)
    .filter((word, index) => !(index === 0 && name !== undefined) && !/^(?:run|foreach)$/u.test(word));
  for (const one of own ? members(call, own) : [])
    if ((name === undefined || isChosen(one, name)) && one.scripts.has(rest[0] ?? '')) runIn(call, one, rest[0] ?? '');
}

function runIn(call: Call, { folder }: Manifest, name: string): void {
  const saved = call.state.cwd;
  call.state.cwd = folder;
  runScript(call, name);
  call.state.cwd = saved;
}

/** `npx NAME …`: a command of a package of the repository, else a program of that name. */
export function npx(call: Call): void {
  const valued = new Set(['p', 'package', 'c', 'call', 'w', 'workspace']);
  const start = call.args.findIndex(
    ({ value }, index) =>
      !value.startsWith('-') && !valued.has((call.args[index - 1]?.value ?? '').replace(/^--?/u, '')),
  );
  const text = option(parseArgs(call.args, valued), 'c', 'call');
  if (text) call.shell.runChild(pointSource(text.value, text.at), [], call);
  if (start >= 0) runBinary(call, call.args.slice(start));
}

/** A command that a package of the repository brings along, else a program of that name. */
export function runBinary(call: Call, words: readonly Arg[]): void {
  const [first, ...rest] = words;
  if (!first) return;
  const own = manifest(call);
  const found = [own, ...(own ? members(call, own) : [])].find((one) => one?.binaries.has(first.value) === true);
  const file = found?.binaries.get(first.value);
  const path =
    found && file !== undefined
      ? call.workspace.absolute(`${found.folder === '' ? '' : `${found.folder}/`}${file.replace(/^\.\//u, '')}`)
      : null;
  if (path === null || !call.shell.runFile(path, rest, call)) call.shell.rerun(call, words);
}

/** `turbo run NAME…`, `lerna run NAME`, `nx run-many -t NAME`: a script of every package. */
export function everyPackage(call: Call): void {
  const parsed = parseArgs(
    call.args,
    new Set([
      'filter',
      'F',
      'scope',
      't',
      'target',
      'targets',
      'p',
      'projects',
      'c',
      'concurrency',
      'parallel',
      'env-mode',
      'output-logs',
      'cache-dir',
      'base',
      'head',
    ]),
  );
  const [verb, ...rest] = parsed.operands.map(({ value }) => value);
  const listed = allOptions(parsed, 't', 'target', 'targets').flatMap(({ value }) => value.split(','));
  const names =
    listed.length > 0
      ? listed
      : verb === 'run'
        ? rest
        : call.name === 'turbo' && verb !== undefined
          ? [verb, ...rest]
          : [];
  const own = manifest(call);
  const scope = allOptions(parsed, 'filter', 'F', 'scope').map(({ value }) => value);
  const packages = [...(own ? [own, ...members(call, own)] : [])];
  for (const name of names)
    for (const one of packages)
      if (one.scripts.has(name) && (scope.length === 0 || scope.some((pattern) => isChosen(one, pattern))))
        runIn(call, one, name);
}

/** A script of the package, with what stands before and after it. */
export function runScript(call: Call, name: string): void {
  const own = manifest(call);
  const depth = Number(call.state.value('npm script depth') ?? '0');
  if (!own || depth > 5) return;
  call.state.set('npm script depth', String(depth + 1), null);
  call.state.export('npm script depth');
  const at = call.args.findIndex(({ value }) => value === name);
  const given = at < 0 ? [] : valuesOf(call.args.slice(at + 1)).filter((value) => value !== '--');
  for (const script of [`pre${name}`, name, `post${name}`]) {
    const written = own.scripts.get(script);
    // What follows the name is given to the script itself.
    const text = script === name && written !== undefined ? [written, ...given.map(quoted)].join(' ') : written;
    if (written !== undefined && text !== undefined)
      call.shell.runChild(
        pointSource(text, place(own.lines, `"${script}"`, JSON.stringify(written).slice(1, -1))),
        [],
        call,
      );
  }
  call.state.set('npm script depth', String(depth), null);
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
