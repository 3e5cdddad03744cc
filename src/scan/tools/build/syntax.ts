/** How Groovy, Kotlin and Scala spell strings, comments and variables of the environment in a build script. */

/** A string literal; one of its two groups holds the text. Scala's interpolated literals begin with `s` or `f`. */
export const STRING = /[sf]?"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/u;

/** A variable of the environment; one of its two groups holds the name. */
export const ENVIRONMENT =
  /^(?:(?:System\.)?getenv|sys\.env(?:\.getOrElse)?|providers\.environmentVariable|env)\s*[[(]\s*["'](\w+)["'](?:\s*,\s*["'][^"']*["'])?\s*[\])]|^System\.env\.(\w+)/u;

/** Blanks out comments; line breaks stay, so that lines keep their numbers. */
export function withoutComments(text: string): string {
  // Literals come first, as `//` in one of them is no comment; an apostrophe in other text ends with its line.
  const tokens = /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\/\*[^]*?(?:\*\/|$)|(?<!:)\/\/[^\n]*/gu;
  return text.replace(tokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/gu, ' ') : token));
}

/** Where the expression begins that a literal ends: behind the last bracket that is still open. */
export function openedIn(prefix: string): number {
  const open: number[] = [];
  Array.from(prefix).forEach((char, index) => {
    if (char === '(' || char === '[') open.push(index);
    else if (char === ')' || char === ']') open.pop();
  });
  return (open.at(-1) ?? -1) + 1;
}

/** Splits an argument list at commas outside of strings and brackets. */
export function splitArguments(text: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const end = /["']/u.test(char) ? stringEnd(text, at) : /[([{]/u.test(char) ? closingBracket(text, at) : at;
    if (end > at) at = end;
    else if (char === ',') {
      found.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? found : [...found, last];
}

/** Index of the quote that closes the one at `open`, or -1. */
function stringEnd(text: string, open: number): number {
  const quote = text.charAt(open);
  for (let at = open + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') at += 1;
    else if (char === quote) return at;
  }
  return -1;
}

/** Index of the bracket that closes the one at `open`, or -1; brackets in strings do not count. */
export function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/["']/u.test(char)) {
      const end = stringEnd(text, at);
      if (end > at) at = end;
    } else if (/[([{]/u.test(char)) depth += 1;
    else if (/[)\]}]/u.test(char) && (depth -= 1) === 0) return at;
  }
  return -1;
}
