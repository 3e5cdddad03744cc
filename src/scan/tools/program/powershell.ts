import { evaluateProgram } from '../../code/program/program.ts';
import { withoutLikely } from '../../marks.ts';
import type { Arg, Call, Tool } from '../../shell/call.ts';
import type { Interpreter } from '../../shell/interpret.ts';
import type { Line, ShellState } from '../../shell/state.ts';
import type { SourceText } from '../../source.ts';
import { decodedBase64 } from '../../text/encode.ts';

/** What a POSIX shell would not write: each is looked for in lines without what they give to other programs as text. */
const SIGNS =
  /\$env:\w+|^\s*\$[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\])*\s*\+?=(?!=)|^\s*(?:\$\w+\s*=\s*)?(?:Invoke|Set|Get|New|Expand|Write|Import|Start|Test|Copy|Remove|Out|Add|Install|ConvertTo|ConvertFrom)-[A-Z]\w+|\|\s*(?:Out-(?:Null|File|String)|ForEach-Object|Where-Object|ConvertFrom-Json|Select-Object|%\s*\{)|^\s*foreach\s*\(\s*\$\w+\s+in\b|^\s*(?:if|while)\s*\(.*\)\s*\{?\s*$|^\s*&?\s*["']?\.?\.?\\[\w\\.-]+\.ps1\b|^\s*&\s+["'$.][^&]*$|^\s*[.&]\s+[^\s;|]*\.ps1\b|^\s*try\s*\{|(?:^|[{;&])\s*\.\\[\w.\\-]+\.ps1\b|^\s*(?:Param|function\s+\w+-\w+)\s*[({]|\$LASTEXITCODE\b|\[\w+(?:\.\w+)+\]::\w+/iu;
const STARTS = /\b(?:pwsh|powershell)(?:\.exe)?\b/iu;
const POSIX =
  /^\s*(?:if\s+\[|for\s+\w+\s+in\b.*;\s*do\b|export\s+\w+=|set\s+-[eux]|\w+=\S*\s*$|fi\b|done\b|then\b|source\s)|\$\{(?!env:|script:|global:)\w+[:#%/]|;\s*then\b/u;

/** A script whose text is PowerShell: cmdlets, `$env:` or assignments to `$x`, which a POSIX shell would not write. */
export function looksLikePowerShell(entries: readonly SourceText[]): boolean {
  const lines = entries.flatMap(({ text }) => text.split('\n')).slice(0, 2_000);
  let signs = 0;
  for (const line of lines) {
    if (line.length > 2_000 || /^\s*#/u.test(line)) continue;
    if (POSIX.test(line)) return false;
    // What a POSIX shell gives to `pwsh -Command '…'` says nothing of the shell itself, except for variables that it would expand.
    const own = STARTS.test(line) ? line.replace(/'[^']*'|\\\$/gu, '') : line;
    if (STARTS.test(line) ? /\$env:\w/iu.test(own) : SIGNS.test(line)) signs += 1;
  }
  return signs > 0;
}

/** Runs the entries of a job as one program. */
export function runPowerShell(entries: readonly SourceText[], state: ShellState, shell: Interpreter): void {
  const lines = linesOf(entries);
  const at = lines[0]?.at ?? { file: '', line: 1 };
  evaluateProgram('powershell', '', lines, [], shell.call('pwsh', at, state));
}

/** Lines of several texts, each where it was written. */
export const linesOf = (entries: readonly SourceText[]): readonly Line[] =>
  entries.flatMap((entry) => {
    let offset = 0;
    return entry.text.split('\n').map((text) => {
      const line = { text, at: entry.at(offset) };
      offset += text.length + 1;
      return line;
    });
  });

/** Options with a value; PowerShell takes them in part and in any case. */
const VALUED =
  /^-(?:ex(?:ecutionpolicy)?|ep|wd|workingdirectory|version|psconsolefile|configurationname|outputformat|inputformat|windowstyle|w|settingsfile|custompipename)$/iu;

/** `pwsh -File x.ps1 -Name value`, `pwsh -Command "& …"`, or a script on standard input. */
export const powershellTool: Tool = (call) => {
  const { args } = call;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    const value = withoutLikely(arg?.value ?? '').replace(/^\/(?=[A-Za-z])/u, '-');
    if (!arg) return;
    if (VALUED.test(value)) index += 1;
    else if (/^-(?:c|co|com|comm|comma|comman|command)$/iu.test(value)) {
      text(args.slice(index + 1), call);
      return;
    } else if (/^-(?:f|fi|fil|file)$/iu.test(value)) {
      file(args.slice(index + 1), call);
      return;
    } else if (/^-(?:e|ec|enc\w*)$/iu.test(value)) {
      const next = args[index + 1];
      if (next) text([{ ...next, value: decodedBase64(next.value) }], call);
      return;
    }
    if (value === '-') break;
    else if (!value.startsWith('-')) {
      // Without an option version 5 takes text and version 7 a file.
      if (/\.ps1$/iu.test(value)) file(args.slice(index), call);
      else text(args.slice(index), call);
      return;
    }
  }
  if (call.stdin && call.stdin.length > 0) evaluateProgram('powershell', '', call.stdin, [], call);
};

function file([path, ...rest]: readonly Arg[], call: Call): void {
  if (path) call.shell.runFile(withoutLikely(path.value).replaceAll('\\', '/'), rest, call);
}

/** Words behind `-Command` are one text. */
function text(words: readonly Arg[], call: Call): void {
  const [first] = words;
  if (!first) return;
  if (first.value === '-') {
    if (call.stdin) evaluateProgram('powershell', '', call.stdin, [], call);
    return;
  }
  const lines = words
    .map(({ value }) => value)
    .join(' ')
    .split('\n')
    .map((line) => ({ text: line, at: first.at }));
  evaluateProgram('powershell', '', lines, [], call);
}
