import type { TraceLine } from './text.ts';

/** A decoded line together with the width it had with its padding. */
export interface WrappedLine extends Pick<TraceLine, 'number' | 'text' | 'width' | 'continues'> {
  /** It holds an address of the instance: the others need no search for one. */
  readonly address: boolean;
}

// Frames that tools draw around output, and what they put in front of each line of it.
const FRAME = /^[\s│┃|*]{1,40}|[\s│┃|]{1,40}$/g;

/**
 * Joins the lines that a tool wrapped. Symfony's console (Composer) breaks inside words and pads with two blanks; rich (twine,
 * poetry) breaks between words.
 *
 * @param lines - the line where the text begins, and those after it
 */
export function joinWrapped(lines: readonly WrappedLine[]): string {
  let joined = '';
  let previous: WrappedLine | null = null;
  for (const line of lines) {
    if (previous === null) {
      joined = line.text;
    } else {
      const insideWord = line.continues || (previous.width - previous.text.length === 2 && previous.width > 20);
      joined += (insideWord ? '' : ' ') + line.text.replace(FRAME, '');
    }
    previous = line;
  }
  return joined;
}
