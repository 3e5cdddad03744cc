import { widthOf } from './width.ts';

/**
 * Breaks each line of a text; what follows is set in by two columns more, so that a list stays readable.
 *
 * @param columns - null leaves the text as it is, for logs and pipes
 */
export function breakLines(text: string, columns: number | null): string {
  if (columns === null) return text;
  const hang = (line: string): number => line.length - line.trimStart().length + 2;
  return text
    .split('\n')
    .flatMap((line) => breakLine(line, columns, hang(line)))
    .join('\n');
}

/** A command in backquotes is one word: it is to be copied as it stands. */
const WORD = /(?:[^\s`]|`[^`]*`|`)+/g;

/**
 * Breaks one line at spaces; a word longer than the line stays whole.
 *
 * @param hang - columns by which what follows is set in
 */
export function breakLine(line: string, columns: number, hang: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  // The first column may be set apart by several spaces, which belong to it.
  const [lead = ''] = /^ *\S+(?: \S+)? {2,}|^ */.exec(line) ?? [];
  const margin = ' '.repeat(hang);
  const broken: string[] = [];
  let current = '';
  for (const word of line.slice(lead.length).match(WORD) ?? []) {
    if (current === '' && widthOf(lead + word) <= columns) current = lead + word;
    else if (current === '') {
      broken.push(lead.trimEnd());
      // A word that fits nowhere else begins where the line did.
      current = (hang + widthOf(word) <= columns ? margin : ' '.repeat(line.length - line.trimStart().length)) + word;
    } else if (widthOf(current) + 1 + widthOf(word) <= columns) current += ` ${word}`;
    else {
      broken.push(current);
      current = margin + word;
    }
  }
  return [...broken, current];
}

/** Where the second column of a screen of facts begins. */
const COLUMN = 12;

/** For screens of a term and its text: what is too long for the terminal goes on under the text. Null: leaves it as it is. */
export function fitted(text: string, columns: number | null): string {
  if (columns === null) return text;
  return text
    .split('\n')
    .flatMap((line) => breakLine(line, columns, COLUMN))
    .join('\n');
}

/** A command to be copied, or what it prints, stays on its line. */
const EXAMPLE = /^ {0,4}(?:\$|tidegate |echo |\{)/;

/** Breaks the lines of a help text at the width of the terminal, under the column in which they stand. */
export function wrapHelp(text: string, columns: number): string {
  const wrapped: string[] = [];
  // The rest of a line that was broken goes on in the next one where that stands in the same column.
  let rest: { readonly text: string; readonly column: number } | null = null;
  for (const line of text.split('\n')) {
    const { indent, column } = columnsOf(line);
    const plain = line.trim() !== '' && indent === column && !EXAMPLE.test(line);
    const joined: string = rest !== null && plain && column === rest.column ? `${rest.text} ${line.trim()}` : line;
    if (rest !== null && joined !== line) wrapped.pop();
    const broken = EXAMPLE.test(line) ? [line] : breakLine(joined, columns, joined === line ? column : indent);
    wrapped.push(...broken);
    rest = broken.length > 1 ? { text: broken.at(-1) ?? '', column } : null;
  }
  return wrapped.join('\n');
}

/** Where a line begins, and where its text does: after its term, when it has one. */
function columnsOf(line: string): { readonly indent: number; readonly column: number } {
  const [indent = ''] = /^ */.exec(line) ?? [];
  const [term = indent] = /^ +\S+(?: \S+)? {2,}(?=\S)/.exec(line) ?? [];
  return { indent: indent.length, column: term.length };
}
