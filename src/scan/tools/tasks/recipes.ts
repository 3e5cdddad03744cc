import { languageOf } from '../../code/language.ts';
import { unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { linesSource } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { runProgram } from '../program/program.ts';

/** Commands that a runner of tasks keeps in a file of its own, with `{{ names }}` to fill in. */

/** `"text"`, `env("NAME")`, names, and these joined by `+` or `/`. */
export function recipeValue(text: string, variables: ReadonlyMap<string, string>, call: Call): string {
  return text
    .split(/\s*\+\s*/u)
    .map((part) => {
      const literal = /^(["'])([^]*)\1$/u.exec(part.trim());
      if (literal) return literal[2] ?? '';
      const environment = /^env(?:_var(?:_or_default)?)?\(\s*["'](\w+)["'](?:\s*,\s*["']([^"']*)["'])?/u.exec(part);
      if (environment) return call.state.value(environment[1] ?? '') ?? environment[2] ?? unknown(part);
      return variables.get(part.trim()) ?? unknown(part);
    })
    .join('');
}

/** Replaces `{{ name }}` and `{{.NAME}}`. */
export function filled(text: string, variables: ReadonlyMap<string, string>, call: Call): string {
  return text.replace(/\{\{\s*\.?([^{}]+?)\s*\}\}/gu, (_, expression: string) => {
    const name = expression.replace(/\s*\|.*$/u, '');
    return variables.get(name) ?? call.state.value(name) ?? recipeValue(name, variables, call);
  });
}

/** Runs the lines of a recipe, as shell or as the program whose interpreter they name. */
export function runLines(call: Call, lines: readonly Line[], fill: (text: string) => string): void {
  const [first] = lines;
  const indent = /^\s*/u.exec(first?.text ?? '')?.[0] ?? '';
  // A recipe that names its interpreter is a program as a whole.
  if (first && /^\s+#!/u.test(first.text) && languageOf('', first.text.trim()) !== null) {
    const program = lines.map(({ text, at }) => ({
      text: fill(text.startsWith(indent) ? text.slice(indent.length) : text),
      at,
    }));
    runProgram('', program, [], call);
    return;
  }
  const script = lines.map(({ text, at }) => ({ text: fill(text.replace(/^\s+[@-]*/u, '')), at }));
  if (script.length > 0) call.shell.runChild(linesSource(script), [], call);
}
