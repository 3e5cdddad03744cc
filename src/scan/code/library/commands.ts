import { unknown } from '../../marks.ts';
import { pointSource } from '../../source.ts';
import type { Arg } from '../../shell/call.ts';
import type { Outside, Place } from '../running.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, joined, list, native, optionsOf, textOf, textsOf } from '../values.ts';

const RUNS =
  /^(?:subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)|os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?|execute)|io\.popen|IO\.popen|(?:sh|plumbum\.cmd)\.\w+(?:\.\w+)*(?:\[\])?|invoke\.run|invoke\.Context\(\)\.(?:run|sudo|run_always|local)|(?:Environment\(\)\.)?Execute|fabric\.(?:api\.)?local|(?:\w+\.)*ConanFile\.run|run|exec\.Command(?:Context)?|system2?|shell_exec|passthru|popen|proc_open|sh|bat|Open3\.\w+|Kernel\.(?:system|exec|spawn)|Process\.(?:Start|spawn|run)|#shell|#words|processx\.run|pipeline)$|(?:^|\.)(?:execSync|execFileSync|spawnSync|execa|execaSync|execaCommand|execaCommandSync|execFile|spawn|exec|\$|check_output|check_call|create_subprocess_exec|create_subprocess_shell|ProcessBuilder|Process\.Start|getRuntime\(\)\.exec|capture2e?|capture3)$/u;
const WORDS_OF_NAME = /^(?:sh|plumbum\.cmd)\.(\w+(?:\.\w+)*)(?:\[\])?$/u;
/** Methods that share a name with the starters of programs. */
const OTHERS = /\(\)\.(?:exec|\$)$|^(?:re|regex|pattern|cursor|db|conn)\.exec$/u;

/** Runs the command lines that a program starts. The output is what they print; undefined for anything else. */
export function runCommand(callee: NativeValue, given: Arguments, library: Outside, place: Place): Value | undefined {
  const { name } = callee;
  if (!RUNS.test(name) || OTHERS.test(name)) return built(callee, library, place);
  // `run { … }` of other languages.
  if (name === 'run' && !isText(given.positional[0])) return undefined;
  // Mage: the command is in the arguments alone.
  const mage = /^sh\.(?:RunV?|Output|(RunWithV?|OutputWith))$/u.exec(name);
  if (mage) {
    const positional = given.positional.slice(mage[1] === undefined ? 0 : 1);
    return runCommand(native('#words'), { positional, named: new Map() }, library, place);
  }
  if (WORDS_OF_NAME.test(name)) return named(callee, given, library, place);
  const folder = given.named.get('cwd') ?? optionOf(given, 'cwd');
  const output: string[] = [];
  for (const line of commandLines(name, given))
    output.push(
      ...runOne(
        line,
        {
          folder,
          input: given.named.get('input') ?? optionOf(given, 'input'),
          variables: given.named.get('env') ?? optionOf(given, 'env'),
        },
        library,
        place,
      ),
    );
  const text = output.length > 0 ? output.join('\n') : unknown(name);
  const result = native(`${name}()`);
  for (const field of ['stdout', 'text', 'output']) result.fields.set(field, text);
  return /(?:output|Sync|popen|shell_exec|^exec|#shell|capture2e?)$/u.test(name) ? text : result;
}

/** `sh.git.clone(url)`, `plumbum.cmd.git["clone", url]()`: the program is part of the name. */
function named(callee: NativeValue, { positional }: Arguments, library: Outside, place: Place): Value | undefined {
  const words = WORDS_OF_NAME.exec(callee.name)?.[1]?.split('.') ?? [];
  const before = callee.name.endsWith('[]') ? (callee.given?.positional ?? []) : [];
  return runCommand(
    native('#words'),
    { positional: [...words, ...before, ...positional], named: new Map() },
    library,
    place,
  );
}

/** `Command::new("git").arg("clone").arg(url).status()`. */
function built({ name, receiver }: NativeValue, library: Outside, place: Place): Value | undefined {
  if (!/\.(?:status|output|spawn|start|waitFor|execute|run)$/u.test(name)) return undefined;
  const start = made(receiver);
  if (!start) return undefined;
  const words = (start.given?.positional ?? []).flatMap((one) => {
    const args = isObject(one, 'record') ? one.fields.get('args') : undefined;
    return isObject(args, 'list') ? args.items : isObject(one, 'record') ? [] : [one];
  });
  for (const { name: method, given } of start.said) {
    if (/\.(?:arg|command)$/u.test(method)) words.push(...given.positional);
    if (/\.(?:args|command)$/u.test(method))
      for (const one of given.positional) if (isObject(one, 'list')) words.push(...one.items);
  }
  return runCommand(
    native('#words'),
    { positional: words.filter((word) => !isObject(word, 'list')), named: new Map() },
    library,
    place,
  );
}

/** The command that a chain of calls puts together. */
function made(receiver: Value | undefined): NativeValue | null {
  for (let one = receiver, depth = 0; isObject(one, 'native') && depth < 20; one = one.receiver, depth += 1)
    if (/(?:^|\.)(?:Command\.new|Deno\.Command)\(\)$/u.test(one.name)) return one;
  return null;
}

/** A field of the last argument, which holds the options of JavaScript's functions. */
function optionOf({ positional }: Arguments, name: string): Value | undefined {
  const last = positional.at(-1);
  return isObject(last, 'record') ? last.fields.get(name) : undefined;
}

/** What stands before the words of the command: a context, the file beside the name that the program sees. */
const FIRST_IS_NO_WORD = /exec\.CommandContext$|^os\.exec[lv]p?e?$|^syscall\.Exec$/u;

type CommandLine = { readonly words: readonly string[] } | { readonly text: string };

function commandLines(name: string, { positional, named }: Arguments): readonly CommandLine[] {
  const all = (FIRST_IS_NO_WORD.test(name) ? positional.slice(1) : positional).map(startOf);
  const [first, second] = all.length > 0 ? all : [named.get('args')];
  if (first === undefined) return [];
  if (name === '#words') return combinations(all).map((words) => ({ words }));
  if (isObject(first, 'list')) return combinations(first.items).map((words) => ({ words }));
  if (isObject(second, 'list')) return combinations([first, ...second.items]).map((words) => ({ words }));
  // `Command("git", "clone", url)` takes words, everything else with one text a line for the shell.
  const words = all.filter((one) => isText(one) || isObject(one, 'several') || isObject(one, 'native'));
  if (name === 'Process.Start' || name.endsWith('.Process.Start')) return joinedWords(words);
  if (words.length > 1 && !/^os\.|^(?:php)?popen|getoutput|execSync$|getRuntime|^bat$/u.test(name))
    return combinations(words).map((one) => ({ words: one }));
  return optionsOf(first).map((one) => ({ text: textOf(one) }));
}

/** `Process.Start("git", "clone …")`: the arguments are one text. */
const joinedWords = (words: readonly Value[]): readonly CommandLine[] =>
  combinations(words).map((one) => ({ text: one.join(' ') }));

/** A description of a process to start, with what it is called and given. */
function startOf(value: Value): Value {
  if (!isObject(value, 'native') || !/(?:^|\.)ProcessStartInfo\(\)$/u.test(value.name)) return value;
  const of = (name: string, index: number): Value | undefined =>
    value.fields.get(name) ?? value.given?.named.get(name) ?? value.given?.positional[index];
  const added = value.said.flatMap(({ name, given }) =>
    /ArgumentList\.Add$/u.test(name) ? given.positional.slice(0, 1) : [],
  );
  const [file, rest] = [of('FileName', 0), of('Arguments', 1)];
  if (file === undefined) return value;
  if (added.length > 0) return list([file, ...added]);
  return rest === undefined || isObject(rest, 'native') ? file : joined([textsOf(file), [' '], textsOf(rest)]);
}

/** Each way of choosing one text per word, at most a few. */
function combinations(values: readonly Value[]): readonly (readonly string[])[] {
  let found: readonly (readonly string[])[] = [[]];
  for (const value of values.slice(0, 60)) {
    const texts = optionsOf(value).map(textOf);
    found = found.flatMap((left) => texts.map((text) => [...left, text])).slice(0, 40);
  }
  return found;
}

interface Standing {
  readonly folder: Value | undefined;
  readonly input: Value | undefined;
  /** Variables of the command, beside those of the job. */
  readonly variables: Value | undefined;
}

function runOne(
  line: CommandLine,
  { folder, input, variables }: Standing,
  library: Outside,
  place: Place,
): readonly string[] {
  const call = library.shellCall;
  const { state } = call;
  const before = { out: state.out, cwd: state.cwd, vars: state.vars, exported: state.exported };
  state.out = [];
  const at = place.module.at(place.row);
  if (isObject(variables, 'record')) {
    state.vars = new Map(state.vars);
    state.exported = new Set(state.exported);
    for (const [name, value] of variables.fields) {
      if (!isText(value)) continue;
      state.set(name, value, at);
      state.export(name);
    }
  }
  const stdin = isText(input) ? input.split('\n').map((text) => ({ text, at })) : null;
  if (isText(folder) && folder !== '') state.cwd = call.workspace.resolve(folder, state.cwd) ?? '/unknown';
  if ('text' in line)
    call.shell.runChild(pointSource(line.text, library.origin(line.text, place)), [], { ...call, stdin });
  else {
    const args = line.words.map((value): Arg => ({
      value,
      at: value.includes('/') ? library.origin(value, place) : place.module.at(place.row),
    }));
    call.shell.rerun({ ...call, stdin }, args);
  }
  const printed = state.out.map(({ text }) => text);
  state.out = before.out;
  state.cwd = before.cwd;
  state.vars = before.vars;
  state.exported = before.exported;
  return printed;
}
