import type { Reader } from './reader.ts';

/** Passes `@Annotation(…)`, `#[attribute]` and `[Attribute]` in front of a definition. */
export function skipAnnotations(reader: Reader): void {
  for (let count = 0; count < 20; count += 1) {
    const token = reader.peek();
    const after = reader.lexer.token(token.to);
    if (token.text === '#' && (after.text === '[' || after.text === '!')) {
      reader.next();
      reader.take('!');
      skipBracket(reader);
    } else if (
      token.text === '@' &&
      reader.dialect.sigils === null &&
      after.kind === 'word' &&
      reader.dialect.brace !== 'record'
    ) {
      reader.next();
      reader.next();
      while (reader.take('.')) reader.next();
      if (reader.is('(') && !reader.peek().spaced) skipBracket(reader);
    } else if (
      token.text === '[' &&
      reader.dialect.typed &&
      after.kind === 'word' &&
      reader.dialect.brace === 'record'
    ) {
      const behind = reader.behindBracket(token);
      if (!behind || /^[.;=,]$/u.test(behind.text)) return;
      reader.back(behind.from);
    } else return;
    reader.passLineEnds();
  }
}

/** Passes a bracket and all that it holds. */
export function skipBracket(reader: Reader): void {
  const behind = reader.behindBracket(reader.peek());
  if (behind) reader.back(behind.from);
  else reader.next();
}

/** Passes the rest of a statement. */
export function skipStatement(reader: Reader): void {
  while (reader.peek().kind !== 'end' && reader.peek().kind !== 'line' && !reader.is(';')) {
    if (reader.is('{', '(')) skipBracket(reader);
    else reader.next();
  }
}
