import { hasUnknown, unknown, withoutLikely } from '../marks.ts';
import { joinSources, pointSource } from '../source.ts';
import { arithmeticOf } from './arithmetic.ts';
import { batchSource, isBatch } from './batch/translate.ts';
import type { Arg, Call } from './call.ts';
import { linesSource, option, parseArgs, valuesOf } from './call.ts';
import type { Frame, Runner, Step } from './frame.ts';
import { bindRead, splitLine } from './read.ts';
import type { Flow, Line } from './state.ts';
import { textOfLines } from './state.ts';
import { testArguments } from './test.ts';

/** Where a builtin runs; it may replace the state by several. */
export interface BuiltinContext {
  readonly frame: Frame;
  readonly shell: Runner;
}
type Builtin = (call: Call, context: BuiltinContext) => readonly Step[];

const ok = (call: Call): readonly Step[] => [{ state: call.state, status: true }];
const open = (call: Call): readonly Step[] => [{ state: call.state, status: null }];

function flow(kind: Flow): Builtin {
  return (call) => {
    call.state.flow = kind;
    return open(call);
  };
}

const declare: Builtin = (call) => {
  const flags = valuesOf(call.args)
    .filter((word) => /^-[A-Za-z]+$/u.test(word))
    .join('');
  for (const { value, at } of call.args) {
    const match = /^(\w+)(?:=([^]*))?$/u.exec(value);
    if (!match) continue;
    const [, name = '', given] = match;
    if (given === undefined && call.name === 'local' && !flags.includes('p')) call.state.set(name, '', at);
    if (given !== undefined && flags.includes('n')) call.state.refer(name, withoutLikely(given));
    else if (given !== undefined) call.state.set(name, inCase(given, flags), at);
    if (call.name === 'export' || flags.includes('x')) call.state.export(name);
  }
  return ok(call);
};

/** `declare -l` and `declare -u` change what they are given. */
const inCase = (text: string, flags: string): string =>
  flags.includes('l') ? text.toLowerCase() : flags.includes('u') ? text.toUpperCase() : text;

/** `let i=1 'j += 2'`. */
const letNumbers: Builtin = (call, { shell, frame }) => {
  const truths = valuesOf(call.args).map((text) => {
    const expression = text.length < 200 ? arithmeticOf(text) : undefined;
    return expression ? shell.expander(frame, call.state).arithmetic(expression) : Number.NaN;
  });
  const last = truths.at(-1) ?? Number.NaN;
  return [{ state: call.state, status: Number.isNaN(last) ? null : last !== 0 }];
};

const changeDirectory: Builtin = (call) => {
  const back = call.name === 'popd';
  const named = call.args.find(({ value }) => value !== '--' && !/^-[LP]$/u.test(value))?.value ?? '~';
  const target = back ? '-' : named;
  const key = target === '-' ? (call.state.value('OLDPWD') ?? '') : call.workspace.resolve(target, call.state.cwd);
  call.state.set('OLDPWD', call.state.cwd, null);
  // A directory that is not known must not be mistaken for the checkout.
  call.state.cwd = key ?? '/unknown';
  call.state.touch();
  return ok(call);
};

const evaluate: Builtin = (call, { shell, frame }) => {
  const source = pointSource(valuesOf(call.args).join(' '), call.at);
  return shell.run(source, [call.state], frame.stdin, frame.depth + 1).map((state) => ({ state, status: null }));
};

const sourceFile: Builtin = (call, { shell, frame }) => {
  const [file, ...rest] = call.args;
  const lines = file ? call.workspace.lines(file.value, call.state) : null;
  if (!lines || frame.depth > 20) return open(call);
  const saved = call.state.positional;
  call.state.arrays.set('BASH_SOURCE', [file?.value ?? '']);
  if (rest.length > 0) call.state.positional = valuesOf(rest);
  const path = file?.value ?? '';
  const source = isBatch(path) ? batchSource(lines, call.state.vars.keys()) : linesSource(lines);
  const ends = shell.run(source, [call.state], frame.stdin, frame.depth + 1);
  return ends.map((state) => {
    state.positional = saved;
    if (state.flow === 'return') state.flow = 'next';
    return { state, status: null };
  });
};

const setArguments: Builtin = (call) => {
  const dashes = call.args.findIndex(({ value }) => value === '--');
  if (dashes >= 0) call.state.positional = valuesOf(call.args.slice(dashes + 1));
  else if (call.args.length > 0 && !/^[-+]/u.test(call.args[0]?.value ?? '-'))
    call.state.positional = valuesOf(call.args);
  call.state.touch();
  return ok(call);
};

const shift: Builtin = (call) => {
  call.state.positional = call.state.positional.slice(Number(call.args[0]?.value ?? '1') || 1);
  call.state.touch();
  return ok(call);
};

const unset: Builtin = (call) => {
  for (const { value } of call.args) {
    // Unset is known to be empty, unlike a variable that was never mentioned.
    if (call.args[0]?.value !== '-f') call.state.set(value, '', call.at);
    call.state.functions.delete(value);
  }
  return ok(call);
};

const READ_OPTIONS = new Set(['d', 'n', 't', 'p', 'u', 'a', 'N', 'i']);

/** `read a b`, `read -a list`; what is not connected to anything known is unknown. */
const read: Builtin = (call) => {
  const parsed = parseArgs(call.args, READ_OPTIONS);
  const names = valuesOf(parsed.operands);
  const list = option(parsed, 'a')?.value;
  const descriptor = option(parsed, 'u')?.value;
  const input = descriptor === undefined ? call.stdin : call.workspace.lines(`/dev/fd/${descriptor}`, call.state);
  const separator = call.state.value('IFS');
  if (option(parsed, 'd')?.value === '' && input) {
    // `read -d ''` takes all that there is, line breaks among it.
    const at = input[0]?.at ?? call.at;
    bindRead(names.length > 0 ? names : ['REPLY'], { text: textOfLines(input), at }, call.state, separator);
    return open(call);
  }
  const line: Line = input?.[0] ?? { text: unknown(names[0] ?? 'read'), at: call.at };
  if (list !== undefined) {
    call.state.arrays.set(list, splitLine(line.text, separator));
    call.state.touch();
  } else bindRead(names.length > 0 ? names : ['REPLY'], line, call.state);
  return open(call);
};

/** Where `getopts` stands inside of `-abc`. */
const PLACE = 'getopts place';

/** `getopts SPEC NAME`: the next option of the positional parameters (or of the words given). */
const nextOption: Builtin = (call) => {
  const { state, at } = call;
  const [spec = '', name = 'opt', ...given] = valuesOf(call.args);
  const words = given.length > 0 ? given : state.positional;
  const index = Number(state.value('OPTIND') ?? '1') || 1;
  const word = words[index - 1];
  if (word === undefined || !/^-[A-Za-z0-9?]/u.test(word)) return [{ state, status: false }];
  const place = Number(state.value(PLACE) ?? '1');
  const letter = word.charAt(place);
  const attached = word.slice(place + 1);
  const valued = spec.includes(`${letter}:`);
  state.set(name, spec.includes(letter) ? letter : '?', at);
  if (valued) state.set('OPTARG', attached === '' ? (words[index] ?? '') : attached, at);
  const inside = !valued && attached !== '';
  state.set(PLACE, inside ? String(place + 1) : '1', null);
  if (!inside) state.set('OPTIND', String(index + (valued && attached === '' ? 2 : 1)), null);
  return ok(call);
};

/** `trap CODE EXIT`: the code runs when the shell ends; where exactly hardly matters to what it reaches. */
const trap: Builtin = (call, { shell, frame }) => {
  const [code, ...signals] = call.args;
  if (!code || /^-|^$/u.test(code.value) || signals.length === 0 || frame.depth > 20) return ok(call);
  shell.run(pointSource(code.value, code.at), [call.state.clone()], null, frame.depth + 1);
  return ok(call);
};

const mapFile: Builtin = (call) => {
  const name = parseArgs(call.args, new Set(['d', 'n', 'O', 's', 'u', 'C', 'c'])).operands[0]?.value ?? 'MAPFILE';
  const lines = (call.stdin ?? []).map(({ text }) => text);
  call.state.arrays.set(name, lines.at(-1) === '' ? lines.slice(0, -1) : lines);
  call.state.touch();
  return ok(call);
};

const condition: Builtin = (call) => {
  const words = valuesOf(call.args).filter((word, index, all) => !(word === ']' && index === all.length - 1));
  return [{ state: call.state, status: testArguments(words, (path) => call.workspace.exists(path, call.state)) }];
};

/** `sh -c TEXT`, `sh FILE`, or a script on standard input. */
const subShell: Builtin = (call) => {
  const args = call.args;
  let index = 0;
  while (/^[-+]/u.test(args[index]?.value ?? '')) {
    const flag = args[index]?.value ?? '';
    index += /^[-+][a-z]*[oO]$|^--rcfile$/u.test(flag) ? 2 : 1;
    if (/^-[a-z]*c$/u.test(flag)) {
      const text = args[index];
      const [zero, ...rest] = args.slice(index + 1);
      if (text) call.shell.runChild(pointSource(text.value, text.at), valuesOf(rest), call, zero?.value);
      return open(call);
    }
    if (flag === '--') break;
    if (/^-[a-z]*s$/u.test(flag)) return fromInput(call, args.slice(args[index]?.value === '--' ? index + 1 : index));
  }
  const file = args[index];
  if (!file) return fromInput(call, []);
  call.shell.runFile(withoutLikely(file.value), args.slice(index + 1), call);
  return open(call);
};

function fromInput(call: Call, args: readonly Arg[]): readonly Step[] {
  if (call.stdin) call.shell.runChild(joinSources([linesSource(call.stdin)]), valuesOf(args), { ...call, stdin: null });
  return open(call);
}

/** `command -v` only asks; everything else runs what follows. */
const prefixed: Builtin = (call) => {
  const rest = call.args.filter(({ value }, index) => !(index === 0 && /^-/u.test(value)));
  const asks = /^-[vV]$/u.test(call.args[0]?.value ?? '');
  if (asks || rest.length === 0) return open(call);
  call.shell.rerun(call, rest);
  return open(call);
};

const printDirectory: Builtin = (call) => {
  const cwd = call.state.cwd;
  call.state.print(
    /^[/~]/u.test(cwd) || hasUnknown(cwd) ? cwd : `${call.state.value('CI_PROJECT_DIR') ?? ''}/${cwd}`,
    call.at,
  );
  return ok(call);
};

/** `compgen -v PREFIX`: names of variables. */
const completions: Builtin = (call) => {
  const at = call.args.findIndex(({ value }) => /^-(?:v|e|A)$/u.test(value));
  const prefix = call.args.at(-1)?.value ?? '';
  const names = [...call.state.vars.keys()].filter((name) => /^\w+$/u.test(name) && name.startsWith(prefix));
  if (at >= 0 && names.length > 0) call.state.print(names.sort().join('\n'), call.at);
  return open(call);
};

/** Commands that act on the shell itself. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', ok],
  ['true', ok],
  ['false', (call) => [{ state: call.state, status: false }]],
  ['export', declare],
  ['declare', declare],
  ['local', declare],
  ['readonly', declare],
  ['typeset', declare],
  ['cd', changeDirectory],
  ['pushd', changeDirectory],
  ['popd', changeDirectory],
  ['pwd', printDirectory],
  ['eval', evaluate],
  ['source', sourceFile],
  ['.', sourceFile],
  ['set', setArguments],
  ['shift', shift],
  ['unset', unset],
  ['read', read],
  ['mapfile', mapFile],
  ['readarray', mapFile],
  ['test', condition],
  ['[', condition],
  ['exit', flow('exit')],
  ['return', flow('return')],
  ['break', flow('break')],
  ['continue', flow('continue')],
  ['command', prefixed],
  ['builtin', prefixed],
  ['exec', prefixed],
  ['trap', trap],
  ['getopts', nextOption],
  ['let', letNumbers],
  ['compgen', completions],
  ['shopt', ok],
  ['umask', ok],
  ['ulimit', ok],
  ['hash', ok],
  ['wait', ok],
  ['sh', subShell],
  ['bash', subShell],
  ['dash', subShell],
  ['ash', subShell],
  ['zsh', subShell],
  ['ksh', subShell],
  ['/bin/sh', subShell],
  ['/bin/bash', subShell],
]);
