import type { Call, Shell } from '../../shell/call.ts';
import type { Interpreter } from '../../shell/interpret.ts';
import type { Line, ShellState } from '../../shell/state.ts';
import type { SourceText } from '../../source.ts';
import { scanProgram } from './text.ts';

const CMDLET = /\$env:\w+|\b(?:Invoke|Set|Get|New|Expand|Write|Import|Start)-[A-Z]\w+/u;

// Command lines among the cmdlets: known programs, and scripts that are called by path.
const COMMAND_LINE =
  /^\s*(?:(?:git|docker|npm|nuget|dotnet|pwsh|powershell|python|curl\.exe)\s|&?\s*["']?[\w.\\/-]+\.ps1\b)/iu;

/** A script whose text is PowerShell: cmdlets or `$env:`, which a POSIX shell would not write. */
export function looksLikePowerShell(entries: readonly SourceText[]): boolean {
  return entries.some(
    ({ text }) =>
      (CMDLET.test(text) && !/\bpwsh\b|\bpowershell\b/iu.test(text)) ||
      /^\s*&?\s*["']?\.?\\[\w\\.-]+\.ps1\b/iu.test(text),
  );
}

/** Reads PowerShell entries as a program; plain command lines among them are followed as commands. */
export function runPowerShell(entries: readonly SourceText[], state: ShellState, shell: Interpreter): void {
  const lines: Line[] = entries.flatMap((entry) => {
    let offset = 0;
    return entry.text.split('\n').map((text) => {
      const line = { text, at: entry.at(offset) };
      offset += text.length + 1;
      return line;
    });
  });
  const at = lines[0]?.at ?? { file: '', line: 1 };
  const nothing: Shell = { runChild: () => undefined, rerun: () => undefined, runFile: () => false };
  const { findings, workspace } = shell;
  const call: Call = { name: 'pwsh', args: [], state, stdin: null, at, findings, workspace, shell: nothing };
  scanProgram('powershell', lines, [], call);
  for (const entry of entries) {
    if (CMDLET.test(entry.text) && !COMMAND_LINE.test(entry.text)) continue;
    const text = entry.text
      .replace(/^\s*&\s*/u, '')
      .replace(/\$env:(\w+)/gu, '$$$1')
      .replaceAll('\\', '/');
    shell.run({ text, at: entry.at }, [state]);
  }
}
