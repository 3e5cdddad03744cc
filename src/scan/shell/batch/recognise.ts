import type { SourceText } from '../../source.ts';

/** How lines begin that only the command prompt of Windows takes. */
const STARTS =
  /^\s*@?(?:echo\s+off\b|set\s+(?:\/[ap]\s+)?"?[A-Za-z_]\w*\s*[-+*/]?=|call\s+(?:"?[\w%.\\/~-]+|:\w+)|if\s+(?:\/i\s+)?(?:not\s+)?(?:exist|defined|errorlevel)\s|if\s+(?:\/i\s+)?(?:not\s+)?"?%\w+%|for\s+(?:\/[dflr]\s+)?(?:"[^"]*"\s+)?%%?[A-Za-z]\s+in\b|setlocal\b|rem\s|cd\s+\/d\s|exit\s+\/b\b|goto\s|copy\s+\/\w|xcopy\s|del\s+\/\w|(?:rd|rmdir)\s+\/s|start\s+\/\w)/iu;
const VARIABLE = /%([A-Za-z_]\w{2,})(?::[^%\s]+)?%/gu;
/** What no line for the command prompt holds: `$NAME`, `$(…)`, tests, here-documents and words of POSIX shells. */
const POSIX =
  /\$[A-Za-z_{(]|^\s*(?:if\s+\[|then\b|fi\b|done\b|export\s|source\s|\w+=\S)|;\s*(?:then|do)\b|<<-?['"]?\w/u;
/** Other shells that a line starts, whose text is their own. */
const OTHERS = /^\s*@?(?:call\s+)?(?:pwsh|powershell|bash|sh|cmd|wsl)(?:\.exe)?\b/iu;
const MAX_LINES = 2_000;

/**
 * Whether the lines of a job are for the command prompt of Windows: some begin as only its commands do, or hold `%NAME%` of
 * a variable that the job has, and none is what another shell would take.
 */
export function looksLikeBatch(entries: readonly SourceText[], known: (name: string) => boolean): boolean {
  const lines = entries.flatMap(({ text }) => text.split('\n')).slice(0, MAX_LINES);
  let signs = 0;
  for (const line of lines) {
    if (line.length > 2_000 || OTHERS.test(line)) continue;
    if (POSIX.test(line)) return false;
    if (STARTS.test(line) || [...line.matchAll(VARIABLE)].some(([, name = '']) => known(name.toUpperCase())))
      signs += 1;
  }
  return signs > 0;
}
