import type { Reader } from './reader.ts';
import { skipBracket } from './skips.ts';

/** Passes a type of Go. */
export function skipGoType(reader: Reader): void {
  for (let count = 0; count < 12; count += 1) {
    const token = reader.peek();
    if (token.text === '[' || (token.text === '{' && count > 0 && reader.ended !== token.from)) {
      const behind = token.text === '[' ? reader.behindBracket(token) : null;
      if (!behind) return;
      reader.back(behind.from);
    } else if (/^(?:struct|interface)$/u.test(token.text)) {
      reader.next();
      const behind = reader.behindBracket(reader.peek());
      if (behind) reader.back(behind.from);
      return;
    } else if (/^(?:map|chan|\*|\.)$/u.test(token.text)) reader.next();
    else if (token.kind === 'word') {
      reader.next();
      if (!reader.is('.')) return;
    } else return;
  }
}

/** Passes `<A, B>`, where it is no comparison. */
export function skipGenerics(reader: Reader): void {
  if (!reader.is('<')) return;
  const behind = reader.behindGeneric(reader.peek());
  if (behind) reader.back(behind.from);
}

/** `: String`, `-> Result<T>`, `string, error`, `throws X`. */
export function skipResultType(reader: Reader): void {
  for (let count = 0; count < 40; count += 1) {
    const token = reader.peek();
    if (token.kind === 'line' || token.kind === 'end' || token.kind === 'text') return;
    if (
      /^(?:\{|=|=>|;|end|\})$/u.test(token.text) ||
      (reader.dialect.bodies === 'end' && !/^(?:::|->)$/u.test(token.text) && count === 0)
    )
      return;
    if (token.text === '(' || token.text === '[') {
      const behind = reader.behindBracket(token);
      if (!behind) return;
      reader.back(behind.from);
    } else if (/^(?:interface|struct)$/u.test(token.text) && reader.after(token).text === '{') {
      reader.next();
      const behind = reader.behindBracket(reader.peek());
      if (behind) reader.back(behind.from);
    } else reader.next();
  }
}

/** One token of a type, or all that stands between its brackets. */
function skipPart(reader: Reader): void {
  const token = reader.peek();
  const bracket = /^[([{]$/u.test(token.text) ? reader.behindBracket(token) : null;
  const behind = token.text === '<' ? reader.behindGeneric(token) : bracket;
  if (behind) reader.back(behind.from);
  else reader.next();
}

/** A type behind a colon. */
export function skipTypeTo(reader: Reader, close: string): void {
  for (let count = 0; count < MAX_TYPE && !reader.is(',', '=', close) && reader.peek().kind !== 'end'; count += 1) {
    skipPart(reader);
  }
}

/** Tokens of a type that are passed. */
const MAX_TYPE = 60;
/** What a declared type ends before. */
const BEHIND_TYPE = ['=', ':=', ',', ';', ')', 'by'] as const;

/** `: Type`, or the bare type behind a name in Go. */
export function skipDeclaredType(reader: Reader): void {
  const ended = (): boolean => reader.is(...BEHIND_TYPE) || /^(?:line|end)$/u.test(reader.peek().kind);
  if (!reader.take(':') && !reader.dialect.composite) return;
  for (let count = 0; count < MAX_TYPE && !ended(); count += 1) skipPart(reader);
}

/** Passes `final Map<String, List<X>>[] ` in front of a name. */
export function skipTypeBefore(reader: Reader): boolean {
  if (reader.peek().kind !== 'word') return false;
  reader.next();
  for (let count = 0; count < 12; count += 1) {
    const token = reader.peek();
    const after = reader.lexer.token(token.to);
    if ((token.text === '.' || token.text === '::') && after.kind === 'word') {
      reader.next();
      reader.next();
    } else if (token.text === '<' && reader.behindGeneric(token))
      reader.back(reader.behindGeneric(token)?.from ?? token.to);
    else if (token.text === '[' && /^[\],]$/u.test(after.text)) skipBracket(reader);
    else if (token.text === '?' && !token.spaced) reader.next();
    else break;
  }
  return true;
}
