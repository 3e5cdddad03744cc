/** Words that one word may become, and how deep braces may stand in each other. */
const MAX_WORDS = 1_000;
const MAX_DEPTH = 20;
/** Finding the end of braces that do not close takes quadratic time. */
const MAX_TEXT = 2_000;

/**
 * The words that braces make of one: `a{b,c{1..2}}` is `ab`, `ac1` and `ac2`. As in bash this happens to the text as it is
 * written, before anything else in it is expanded, and not inside of quotes. Text without braces stays one word.
 */
export function braceWords(text: string, depth = 0): readonly string[] {
  const found = depth > MAX_DEPTH || text.length > MAX_TEXT ? null : firstBraces(text);
  if (!found) return [text];
  const before = text.slice(0, found.from);
  const rest = braceWords(text.slice(found.to), depth + 1);
  const words: string[] = [];
  for (const inside of found.alternatives)
    for (const one of braceWords(inside, depth + 1))
      for (const after of rest) {
        if (words.length >= MAX_WORDS) return words;
        words.push(before + one + after);
      }
  return words;
}

interface Braces {
  readonly from: number;
  readonly to: number;
  readonly alternatives: readonly string[];
}

/** The first pair of braces that holds a list or a range. */
function firstBraces(text: string): Braces | null {
  for (let from = nextBrace(text, 0); from >= 0; from = nextBrace(text, from + 1)) {
    const found = alternativesAt(text, from);
    if (found) return found;
  }
  return null;
}

/** The next `{` that opens braces: not the one of `${`. */
function nextBrace(text: string, start: number): number {
  for (let at = start; at < text.length; at = behind(text, at)) if (text.charAt(at) === '{') return at;
  return -1;
}

function alternativesAt(text: string, from: number): Braces | null {
  const commas: number[] = [];
  let depth = 0;
  for (let at = from; at < text.length; at = behind(text, at)) {
    const char = text.charAt(at);
    if (char === '{') depth += 1;
    else if (char === ',' && depth === 1) commas.push(at);
    else if (char === '}') depth -= 1;
    if (depth > 0) continue;
    const ends = [...commas, at];
    const alternatives =
      commas.length > 0
        ? ends.map((end, index) => text.slice((index === 0 ? from : (ends[index - 1] ?? from)) + 1, end))
        : range(text.slice(from + 1, at));
    return alternatives && { from, to: at + 1, alternatives };
  }
  return null;
}

/** The place behind what begins at a place: a quoted part, an expansion, or one character. */
function behind(text: string, at: number): number {
  const char = text.charAt(at);
  if (char === '\\') return at + 2;
  if (char === "'" || char === '"') {
    const end = text.indexOf(char, at + 1);
    return end < 0 ? text.length : end + 1;
  }
  const close = char === '$' ? { '{': '}', '(': ')' }[text.charAt(at + 1)] : undefined;
  if (close === undefined) return at + 1;
  const open = text.charAt(at + 1);
  let depth = 0;
  for (let index = at + 1; index < text.length; index += 1) {
    if (text.charAt(index) === open) depth += 1;
    else if (text.charAt(index) === close && (depth -= 1) === 0) return index + 1;
  }
  return text.length;
}

/** `1..5`, `01..10..2`, `a..e`; null for anything else. */
function range(text: string): readonly string[] | null {
  const [, from = '', to = '', by = '1'] = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/u.exec(text) ?? [];
  const letters = /^[A-Za-z]$/u.test(from);
  if (from === '' || letters !== /^[A-Za-z]$/u.test(to)) return null;
  const [start, end] = letters ? [from.charCodeAt(0), to.charCodeAt(0)] : [Number(from), Number(to)];
  const step = Math.max(1, Math.abs(Number(by)));
  const count = Math.min(MAX_WORDS, Math.floor(Math.abs(end - start) / step) + 1);
  const width = /^-?0\d/u.test(from) || /^-?0\d/u.test(to) ? Math.max(from.length, to.length) : 0;
  return Array.from({ length: count }, (_, index) => {
    const value = start + index * step * (end >= start ? 1 : -1);
    return letters ? String.fromCharCode(value) : String(value).padStart(width, '0');
  });
}
