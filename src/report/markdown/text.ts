/* Foreign text inside Markdown that GitLab renders: it must neither become markup nor call on anybody. */

/** What GitLab or CommonMark may give a meaning to; letters, digits, spaces and these few are left as they are. */
const MEANINGFUL = /[^A-Za-z0-9 /.,()\-"';?+=\u00a0-\uffff]|\.(?=[A-Za-z])(?<=www\.)/giu;

/** An entity is text for good: it cannot open a link, end a table cell, or start a tag. */
const entities = (text: string): string =>
  text.replace(MEANINGFUL, (character) => `&#${String(character.codePointAt(0) ?? 0xfffd)};`);

/**
 * A name or a quoted line. Inside `code` GitLab looks for no `@mentions`, `#references` or `:emoji:`; entities keep the
 * rest from being markup, backticks and pipes included, which a code span could not.
 */
export const code = (text: string): string => (text === '' ? '' : `<code>${entities(text)}</code>`);

/** What GitLab would turn into a reference or a mention even when written as an entity. */
const CALLS = /[@#!~%$&^*[\]:`\\]\S/;

/** A sentence from outside: as text where that is harmless, as code where GitLab would read a reference into it. */
export const prose = (text: string): string => (CALLS.test(text) ? code(text) : entities(text));

/** A table; rows beyond `most` are counted, not shown. Cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], most: number): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const shown = rows.slice(0, most).map(line);
  const rest = rows.length > most ? `\n\n… and ${String(rows.length - most)} more in the HTML report.` : '';
  return `${[line(head), line(head.map(() => '---')), ...shown].join('\n')}${rest}`;
}

/** A sentence of our own in which commands stand in backquotes. */
export const withCommands = (text: string): string =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? code(part) : prose(part)))
    .join('');
