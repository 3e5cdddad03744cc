import { hasToken, withoutLikely } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import { scanProgram } from './program-text.ts';

const LANGUAGES: Readonly<Record<string, Language>> = {
  py: 'python',
  rb: 'ruby',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'javascript',
  ps1: 'powershell',
  psm1: 'powershell',
  groovy: 'java',
  gradle: 'java',
  kts: 'java',
  kt: 'java',
  java: 'java',
  php: 'php',
  pl: 'perl',
  go: 'java',
  cmake: 'cmake',
  bat: 'batch',
  cmd: 'batch',
};

/** Languages whose text is read for addresses; the shell is followed for real. */
export type Language = 'python' | 'ruby' | 'javascript' | 'powershell' | 'java' | 'php' | 'perl' | 'cmake' | 'batch';

/** What the caller of a program knows about it. */
export interface ProgramFacts {
  /** Method of every request. */
  readonly method?: string;
  /** The token is known to be sent. */
  readonly trusted?: boolean;
  /** Only accesses of these lines are reported; the others are still read for values. */
  readonly reports?: (row: number) => boolean;
}

/** The language of a file by its first line or its name; null for shell and plain text. */
export function languageOf(path: string, firstLine: string): Language | null {
  const shebang = /^#!.*\b(python|ruby|node|deno|perl|php|pwsh)/u.exec(firstLine)?.[1];
  const byShebang: Readonly<Record<string, Language>> = {
    python: 'python',
    ruby: 'ruby',
    node: 'javascript',
    deno: 'javascript',
    perl: 'perl',
    php: 'php',
    pwsh: 'powershell',
  };
  if (shebang !== undefined) return byShebang[shebang] ?? null;
  if (/(?:^|\/)CMakeLists\.txt$/u.test(path)) return 'cmake';
  if (/(?:^|\/)(?:Rakefile|Gemfile|Fastfile)$/u.test(path)) return 'ruby';
  return LANGUAGES[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? null;
}

export const isProgram = (path: string, firstLine: string): boolean => languageOf(path, firstLine) !== null;

/** Reads a program that a job runs: addresses of the instance, where the program holds the token. */
export function runProgram(
  path: string,
  lines: readonly Line[],
  args: readonly Arg[],
  call: Call,
  known: ProgramFacts = {},
): void {
  const language = languageOf(path, lines[0]?.text ?? '');
  if (language) scanProgram(language, lines, args, call, known);
}

/** `python FILE`, `node FILE` and the like: the first operand that is a file of the checkout. */
export function interpreterOf(language: Language): (call: Call) => void {
  return (call) => {
    for (let index = 0; index < call.args.length; index += 1) {
      const arg = call.args[index];
      if (!arg) return;
      const value = withoutLikely(arg.value);
      const next = call.args[index + 1];
      if (/^-(?:c|e|r|Command)$/u.test(value) && next) {
        const lines = next.value.split('\n').map((text) => ({ text, at: next.at }));
        scanProgram(language, lines, call.args.slice(index + 2), call);
        return;
      }
      if (value === '-' || (index === call.args.length - 1 && value.startsWith('-') && call.stdin)) break;
      if (value.startsWith('-')) continue;
      call.shell.runFile(value.replaceAll('\\', '/'), call.args.slice(index + 1), call);
      return;
    }
    if (call.stdin && call.stdin.length > 0) scanProgram(language, call.stdin, call.args, call);
  };
}

/** Names of variables of the job that hold the token. */
export function tokenNames(call: Call): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, { value }] of call.state.vars)
    if (hasToken(value) && call.state.exported.has(name)) names.add(name);
  return names;
}

/** `cmake`: the lists file of the source folder. */
export function cmake(call: Call): void {
  const index = call.args.findIndex(({ value }) => value === '-S');
  const folder =
    index >= 0
      ? call.args[index + 1]?.value
      : call.args.find(({ value }) => /^(?:\.{1,2}|[\w./-]*\/)$/u.test(value))?.value;
  if (call.args.some(({ value }) => value === '--build' || value === '--install')) return;
  call.shell.runFile(`${folder ?? '.'}/CMakeLists.txt`, [], call);
}
