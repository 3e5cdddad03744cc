import type { Findings } from '../reach/findings.ts';
import type { SourceText } from '../source.ts';
import { joinSources, pointSource } from '../source.ts';
import type { Origin } from '../types.ts';
import type { Workspace } from './workspace.ts';
import type { Line, ShellState } from './state.ts';

/** One argument of a command after expansion. */
export interface Arg {
  readonly value: string;
  readonly at: Origin;
  /** Where each line of a word begins that is written over several. */
  readonly rows?: readonly Origin[];
  /** An unquoted variable that nobody sets: no word, or several. */
  readonly loose?: true;
}

/** Lines of a word, each where it was written. */
export const linesOf = ({ value, at, rows }: Arg): readonly Line[] =>
  value.split('\n').map((text, index) => ({ text, at: rows?.[index] ?? at }));

/** A command about to run, as tools see it. */
export interface Call {
  /** Last path segment of the command's name. */
  readonly name: string;
  readonly args: readonly Arg[];
  readonly state: ShellState;
  /** Null where it is not connected to anything known. */
  readonly stdin: readonly Line[] | null;
  readonly at: Origin;
  readonly findings: Findings;
  readonly workspace: Workspace;
  readonly shell: Shell;
}

/** What tools may ask of the interpreter. */
export interface Shell {
  /** Runs text in a new process that inherits exported variables; `zero` is its `$0`. */
  readonly runChild: (source: SourceText, positional: readonly string[], call: Call, zero?: string) => void;
  /** Runs another command in place of this one, as `sudo` or `env` do. */
  readonly rerun: (call: Call, args: readonly Arg[], stdin?: readonly Line[] | null) => void;
  /** Runs a file of the workspace, whatever language it is in; false when there is none. */
  readonly runFile: (path: string, args: readonly Arg[], call: Call) => boolean;
}

/** A program the scan understands. */
export type Tool = (call: Call) => void;

/** The programs that the shell may start; it knows none of them itself. */
export interface Programs {
  /** By name; `*` stands for those that have none of their own. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Programs that change texts, by name: what they print is followed to the end. They come before tools. */
  readonly filters: ReadonlyMap<string, Tool>;
  /** Whether a file is a program in a language other than the shell's. */
  readonly isProgram: (path: string, firstLine: string) => boolean;
  /** Runs such a file. */
  readonly run: (path: string, lines: readonly Line[], args: readonly Arg[], call: Call) => void;
}

/** Lines as one text that knows where each of them was written. */
export function linesSource(lines: readonly Line[]): SourceText {
  return joinSources(lines.map(({ text, at }) => pointSource(text, at)));
}

/** Values of the arguments. */
export const valuesOf = (args: readonly Arg[]): readonly string[] => args.map(({ value }) => value);

/** Options and operands of a command line. */
export interface ParsedArgs {
  readonly operands: readonly Arg[];
  /** Option name without dashes to every value it was given; a flag has an empty value. */
  readonly options: ReadonlyMap<string, readonly Arg[]>;
}

/**
 * Splits arguments. `valued` names the options that take a value (short ones may have it attached); unknown options are
 * flags, which keeps an operand an operand.
 */
export function parseArgs(args: readonly Arg[], valued: ReadonlySet<string>): ParsedArgs {
  const operands: Arg[] = [];
  const options = new Map<string, Arg[]>();
  const add = (name: string, arg: Arg): void => {
    options.set(name, [...(options.get(name) ?? []), arg]);
  };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (!arg) continue;
    const { value, at } = arg;
    if (value === '--') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (!/^-[^\s]/u.test(value) || value === '-') {
      operands.push(arg);
      continue;
    }
    const next = args[index + 1];
    // `cut -d=` has its value attached; `-o=x` is how programs in Go write it.
    const equals = /^(--?[\w.-]+)=([^]*)$/u.exec(/^-\w=$/u.test(value) ? '' : value);
    const name = (equals?.[1] ?? value).replace(/^--?/u, '');
    const short = /^-[A-Za-z][^]/u.test(value) && !value.startsWith('--') ? value.charAt(1) : null;
    if (equals && (value.startsWith('--') || valued.has(name))) add(name, { value: equals[2] ?? '', at });
    else if (valued.has(name)) {
      if (next) add(name, next);
      index += 1;
    } else if (short !== null && valued.has(short)) add(short, { value: value.slice(2), at });
    else if (short !== null) {
      const last = value.at(-1) ?? '';
      for (const letter of value.slice(1)) add(letter, { value: '', at });
      add(name, { value: '', at });
      if (valued.has(last) && next) {
        add(last, next);
        index += 1;
      }
    } else add(name, { value: '', at });
  }
  return { operands, options };
}

/** First value of any of the named options. */
export function option(parsed: ParsedArgs, ...names: readonly string[]): Arg | undefined {
  for (const name of names) {
    const values = parsed.options.get(name);
    const found = values?.find(({ value }) => value !== '') ?? values?.[0];
    if (found) return found;
  }
  return undefined;
}

/** Every value of the named options. */
export function allOptions(parsed: ParsedArgs, ...names: readonly string[]): readonly Arg[] {
  return names.flatMap((name) => parsed.options.get(name) ?? []);
}
