import { hasUnknown } from '../marks.ts';

/** A part of a word after its expansion. */
export interface Piece {
  readonly text: string;
  /** Split at blanks, as the result of an unquoted expansion is. */
  readonly split: boolean;
  /** Separate words that stay apart even in quotes: `"$@"`, `"${list[@]}"`. */
  readonly words?: readonly string[];
}

/** The most words that one word may become. */
export const MAX_WORDS = 1_000;

/** The words that pieces become; `separators` is `IFS`, undefined where it is not set. */
export function fieldsOf(pieces: readonly Piece[], separators: string | undefined): readonly string[] {
  const fields: string[] = [];
  let open: string | null = null;
  for (const piece of pieces) {
    if (piece.words) {
      const [first, ...rest] = piece.words;
      if (first === undefined) continue;
      open = (open ?? '') + first;
      for (const next of rest) {
        fields.push(open);
        open = next;
      }
    } else if (!piece.split) open = (open ?? '') + piece.text;
    else {
      const parts = wordsOf(piece.text, separators);
      parts.forEach((part, index) => {
        if (index > 0 && open !== null) {
          fields.push(open);
          open = null;
        }
        if (part !== '') open = (open ?? '') + part;
      });
    }
    if (fields.length > MAX_WORDS) break;
  }
  if (open !== null) fields.push(open);
  return fields;
}

/** The words of an expansion without quotes, taken apart where `IFS` says so. */
function wordsOf(text: string, separators: string | undefined): readonly string[] {
  if (separators === undefined || hasUnknown(separators)) return text.split(/[ \t\n]+/u);
  if (separators === '') return [text];
  const blanks = `[${separators.replace(/\S/gu, '')}]`;
  const others = `[${separators.replace(/\s/gu, '').replace(/[\\\]^-]/gu, '\\$&')}]`;
  // Blanks beside another separator belong to it; an empty class matches nothing.
  const mark = `${blanks}*${others}${blanks}*|${blanks}+`;
  return text.split(new RegExp(mark, 'u'));
}
