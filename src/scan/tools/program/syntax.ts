/** How the languages that are read as text spell names, strings and variables of the environment. */

/** A name. */
export const NAME = '[A-Za-z_$][\\w]*';
/** A string literal; one of its groups holds the text. */
export const STRING =
  /(?:[fFrRbBuU]{0,2})"((?:[^"\\\n]|\\.)*)"|(?:[fFrRbBuU]{0,2})'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/u;

/** A variable of the environment, in the spelling of each language; some group holds its name. */
export const ENVIRONMENT =
  /^(?:os\.environ(?:\.get)?|os\.getenv|getenv|System\.getenv|ENV(?:\.fetch)?|process\.env|os\.Getenv|sys\.env(?:\.getOrElse)?|providers\.environmentVariable|Deno\.env\.get|Environment\.GetEnvironmentVariable|Sys\.getenv|\$_ENV|env)\s*[[(]\s*["'](\w+)["'](?:\s*,\s*["'][^"']*["'])?\s*[\])]|^(?:process\.env|System\.env|import\.meta\.env)\.(\w+)|^\$env:(\w+)|^\$ENV\{["']?(\w+)["']?\}|^\$\{env:(\w+)\}/u;

/** Where the expression begins that a literal ends: behind the last bracket that is still open. */
export function openedIn(prefix: string): number {
  const open: number[] = [];
  Array.from(prefix).forEach((char, index) => {
    if (char === '(' || char === '[') open.push(index);
    else if (char === ')' || char === ']') open.pop();
  });
  return (open.at(-1) ?? -1) + 1;
}

/** Length of the literal and what follows it by `+`. */
export function concatenationLength(text: string): number {
  const literal = STRING.exec(text);
  return literal ? literal.index + literal[0].length : text.length;
}

/** Splits an argument list at commas outside of strings. */
export function arguments_(text: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const end = /["'`]/u.test(char) ? stringEnd(text, at) : /[([{]/u.test(char) ? closingBracket(text, at) : at;
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
    if (/["'`]/u.test(char)) {
      const end = stringEnd(text, at);
      if (end > at) at = end;
    } else if (/[([{]/u.test(char)) depth += 1;
    else if (/[)\]}]/u.test(char) && (depth -= 1) === 0) return at;
  }
  return -1;
}
