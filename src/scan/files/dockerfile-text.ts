import type { Line } from '../shell/state.ts';

/** One instruction of a Dockerfile with the lines it is written on. */
export interface Instruction {
  readonly word: string;
  readonly text: string;
  readonly lines: readonly Line[];
}

/** What stands before the first `FROM`, and the stages that each of them begins. */
export function stagesOf(all: readonly Instruction[]): {
  readonly head: readonly Instruction[];
  readonly stages: readonly (readonly Instruction[])[];
} {
  const head: Instruction[] = [];
  const stages: Instruction[][] = [];
  for (const instruction of all) {
    if (instruction.word === 'FROM') stages.push([instruction]);
    else (stages.at(-1) ?? head).push(instruction);
  }
  return { head, stages };
}

/** `RUN --mount=… cmd` → `cmd`; the JSON form becomes a plain command line. */
export function shellText(line: string): string {
  const text = line.replace(/^\s*RUN\s+/iu, '').replace(/^(?:--\w+(?:=\S+)?\s+)+/u, '');
  const json = /^\[\s*"[^]*"\s*\]\s*$/u.exec(text);
  return json ? text.slice(1, -1).replace(/"\s*,\s*"/gu, '" "') : text;
}

/** A word without its quotes. */
export const unquoted = (text: string): string => text.trim().replace(/^(["'])([^]*)\1$/u, '$2');

/** Instructions with their continuation lines; comment lines fall away, here-documents stay with `RUN`. */
export function instructions(lines: readonly Line[]): readonly Instruction[] {
  const found: { word: string; text: string; lines: Line[] }[] = [];
  let open = false;
  let heredoc: string | null = null;
  for (const line of lines.slice(0, 5_000)) {
    const current = found.at(-1);
    if (heredoc !== null && current) {
      current.lines.push(line);
      if (line.text.trim() === heredoc) heredoc = null;
      continue;
    }
    if (/^\s*#/u.test(line.text) || line.text.trim() === '') continue;
    const more = /\\\s*$/u.test(line.text);
    if (open && current) {
      current.text += ` ${line.text.replace(/\\\s*$/u, '').trim()}`;
      current.lines.push(line);
    } else {
      const match = /^\s*([A-Za-z]+)\s+(.*)$/u.exec(line.text);
      if (!match) continue;
      found.push({
        word: (match[1] ?? '').toUpperCase(),
        text: (match[2] ?? '').replace(/\\\s*$/u, '').trim(),
        lines: [line],
      });
      heredoc = /^(?:RUN|COPY|ADD)\b.*<<-?\s*["']?(\w+)["']?/iu.exec(line.text)?.[1] ?? null;
    }
    open = more;
  }
  return found;
}
