import type { Language } from './language.ts';

const HASH: ReadonlySet<Language> = new Set(['python', 'ruby', 'perl', 'php']);

/** Blanks out comments and documentation strings; line breaks stay, so that lines keep their numbers. */
export function withoutComments(language: Language, text: string): string {
  let result = '';
  let index = 0;
  while (index < text.length) {
    const end = tokenEnd(language, text, index);
    if (end.kind === 'code') result += text.slice(index, end.to);
    else result += text.slice(index, end.to).replace(/[^\n]/gu, ' ');
    index = end.to;
  }
  return result;
}

function tokenEnd(
  language: Language,
  text: string,
  index: number,
): { readonly kind: 'code' | 'comment'; readonly to: number } {
  const char = text.charAt(index);
  const lineEnd = (): number => (text.indexOf('\n', index) < 0 ? text.length : text.indexOf('\n', index));
  if (language === 'python' && (text.startsWith('"""', index) || text.startsWith("'''", index))) {
    const close = text.indexOf(text.slice(index, index + 3), index + 3);
    const to = close < 0 ? text.length : close + 3;
    // A triple-quoted string at the start of a statement is documentation, elsewhere a value.
    const documents = /(?:^|\n)\s*$/u.test(text.slice(Math.max(0, index - 200), index));
    return { kind: documents ? 'comment' : 'code', to };
  }
  if (char === '"' || char === "'" || (char === '`' && language === 'javascript'))
    return { kind: 'code', to: stringEnd(text, index, char) };
  if (HASH.has(language) && char === '#' && !(language === 'ruby' && text.charAt(index + 1) === '{')) {
    return { kind: 'comment', to: lineEnd() };
  }
  if (!HASH.has(language) || language === 'php') {
    if (text.startsWith('//', index) && text.charAt(index - 1) !== ':') return { kind: 'comment', to: lineEnd() };
    if (text.startsWith('/*', index)) return { kind: 'comment', to: after(text, '*/', index) };
  }
  if (language === 'ruby' && text.startsWith('\n=begin', index))
    return { kind: 'comment', to: after(text, '\n=end', index) };
  return { kind: 'code', to: index + 1 };
}

function stringEnd(text: string, start: number, quote: string): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '\\') index += 1;
    else if (char === quote) return index + 1;
    // An apostrophe in other text must not swallow the rest of the file.
    else if (char === '\n' && quote !== '`') return index;
  }
  return text.length;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}
