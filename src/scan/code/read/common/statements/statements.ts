import type { Statement } from '../../../syntax.ts';
import { ENDS } from './bodies.ts';
import type { Reader } from '../reader.ts';

/** The whole program. */
export function program(reader: Reader): readonly Statement[] {
  const found: Statement[] = [];
  while (reader.peek().kind !== 'end') {
    found.push(...reader.statementsTo());
    // A bracket or a word that closes nothing.
    if (reader.peek().kind !== 'end') reader.next();
  }
  return found;
}

/** Statements up to one of the words or marks, which is left. */
export function statementsTo(reader: Reader, ...ends: readonly string[]): readonly Statement[] {
  const found: Statement[] = [];
  for (;;) {
    reader.passLines();
    const token = reader.peek();
    if (token.kind === 'end' || (token.kind !== 'text' && (ends.includes(token.text) || token.text === '}'))) break;
    if (reader.dialect.bodies === 'end' && ends.length > 0 && token.kind === 'word' && ENDS.includes(token.text)) break;
    const before = reader.place;
    found.push(...reader.deeper(() => reader.statement(), []));
    if (reader.place === before) reader.next();
    if (!reader.countStatement()) break;
  }
  return hoisted(found, reader.dialect.bodies === 'braces');
}

/** Functions and classes can be used before the line that defines them. */
function hoisted(all: readonly Statement[], extensions: boolean): readonly Statement[] {
  const rank = (statement: Statement): number => {
    if (statement.kind === 'class') return 0;
    if (statement.kind === 'function') return 1;
    return extensions &&
      statement.kind === 'bind' &&
      statement.value.kind === 'function' &&
      statement.targets[0]?.kind === 'place'
      ? 2
      : 3;
  };
  const first = [0, 1, 2].flatMap((level) => all.filter((one) => rank(one) === level));
  return first.length === 0 ? all : [...first, ...all.filter((one) => rank(one) === 3)];
}
