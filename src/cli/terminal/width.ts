import widthBy from 'fast-string-truncated-width';

// Most of what is printed; measuring a hundred thousand rows of it costs nothing.
const PLAIN = /^[\u0020-\u007e]*$/;

/**
 * Columns that a text takes on a terminal: two for an ideograph or an emoji, none for a colour or for an accent that joins the letter
 * before it.
 */
export const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : widthBy(text).width);

/** The text, filled up with spaces to so many columns; what is wider stays as it is. */
export const filled = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));

/** As much of the text's beginning as fits. */
export const beginning = (text: string, columns: number): string =>
  PLAIN.test(text) ? text.slice(0, columns) : asManyAsFit(lettersOf(text), columns).join('');

/** As much of the text's end as fits. */
export const ending = (text: string, columns: number): string =>
  PLAIN.test(text)
    ? text.slice(Math.max(0, text.length - columns))
    : asManyAsFit(lettersOf(text).reverse(), columns).reverse().join('');

function asManyAsFit(letters: readonly string[], columns: number): string[] {
  let width = 0;
  const first = letters.findIndex((letter) => (width += widthOf(letter)) > columns);
  return first === -1 ? [...letters] : letters.slice(0, first);
}

/** Letters as a reader sees them, so that none is cut in two: with their accents, a family of emojis as one. */
const lettersOf = (text: string): string[] => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
