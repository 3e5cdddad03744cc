import { oneLinerOf } from '../../code/program/one-liner.ts';
import { evaluateProgram } from '../../code/program/program.ts';
import { withoutLikely } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { linesOf } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import type { Language } from '../../code/language.ts';
import { languageOf } from '../../code/language.ts';

/** Runs a program of the checkout that a job starts; does nothing with a file of no language that is known. */
export function runProgram(path: string, lines: readonly Line[], args: readonly Arg[], call: Call): void {
  const language = languageOf(path, lines[0]?.text ?? '');
  if (language) evaluateProgram(language, path, lines, args, call);
}

/** Options of interpreters that are followed by the program's text. */
const CODE: Partial<Record<Language, RegExp>> = {
  javascript: /^-(?:e|p|pe|-eval|-print)$/u,
  ruby: /^-[a-z]*e$/u,
  perl: /^-[a-zA-Z\d]*[eE]$/u,
  php: /^-(?:r|-run)$/u,
  julia: /^-(?:e|E|-eval|-print)$/u,
};
/** Options that take the next word. */
const VALUED: Partial<Record<Language, RegExp>> = {
  javascript: /^-(?:r|-require|-import|-loader|-experimental-loader|C|-conditions|P|-project|-tsconfig)$/u,
  ruby: /^-[rIC]$/u,
  php: /^-[dc]$/u,
  lua: /^-l$/u,
  jvm: /^--?(?:cp|classpath|class-path)$/u,
  groovy: /^--?(?:cp|classpath)$/u,
};

/** `python FILE`, `node FILE` and the like: the first operand that is a file of the checkout. */
export function interpreterOf(language: Language): (call: Call) => void {
  return (call) => {
    for (let index = 0; index < call.args.length; index += 1) {
      const arg = call.args[index];
      if (!arg) return;
      const value = withoutLikely(arg.value);
      const next = call.args[index + 1];
      if ((CODE[language] ?? /^-(?:c|e|Command)$/u).test(value) && next) {
        const options = call.args.slice(0, index + 1).map((one) => withoutLikely(one.value));
        commandText(language, linesOf(next), call.args.slice(index + 2), call, options);
        return;
      }
      if (VALUED[language]?.test(value) === true) {
        index += 1;
        continue;
      }
      // `scala-cli run FILE -- ARGUMENTS`.
      if (value === 'run' && language === 'scala') continue;
      if (value === '-' && call.stdin) {
        fromInput(language, call.args.slice(index + 1), call);
        return;
      }
      if (index === call.args.length - 1 && value.startsWith('-') && call.stdin) break;
      if (value.startsWith('-')) continue;
      const args = call.args.slice(index + 1);
      const own = language === 'scala' && args[0]?.value === '--' ? args.slice(1) : args;
      call.shell.runFile(value.replaceAll('\\', '/'), own, call);
      return;
    }
    fromInput(language, call.args, call);
  };
}

/** Text of the command line: `perl -lane CODE`, `node -p CODE`. */
function commandText(
  language: Language,
  lines: readonly Line[],
  args: readonly Arg[],
  call: Call,
  options: readonly string[],
): void {
  const own = args[0]?.value === '--' ? args.slice(1) : args;
  evaluateProgram(language, '', lines, own, call, undefined, oneLinerOf(language, options));
}

/** A program that comes as the standard input, which then holds nothing else. */
function fromInput(language: Language, args: readonly Arg[], call: Call): void {
  if (call.stdin && call.stdin.length > 0) evaluateProgram(language, '', call.stdin, args, { ...call, stdin: null });
}
