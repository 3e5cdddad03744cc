import type { Statement } from '../syntax.ts';
import { closure, lambda } from './common/definitions/closures.ts';
import { classStatement } from './common/definitions/classes.ts';
import { functionFrom } from './common/definitions/functions.ts';
import { parametersIn } from './common/definitions/parameters.ts';
import { expression } from './common/expressions/expressions.ts';
import type { Grammar } from './common/reader.ts';
import { Reader } from './common/reader.ts';
import { block, body, statementValue } from './common/statements/bodies.ts';
import { statement } from './common/statements/statement.ts';
import { program, statementsTo } from './common/statements/statements.ts';
import type { Dialect } from './dialect.ts';

const GRAMMAR: Grammar = {
  expression,
  lambda,
  closure,
  functionFrom,
  parametersIn,
  classStatement,
  statement,
  statementsTo,
  block,
  body,
  statementValue,
};

/**
 * Reads a program of one of the languages that are told by a dialect; what does not parse is left out.
 *
 * @returns a function from the text of a program to its statements, with `cut` behind them where it was too long to be read to its end
 */
export const readCommon =
  (dialect: Dialect) =>
  (text: string): readonly Statement[] => {
    const reader = new Reader(GRAMMAR, dialect, text, { row: 0, depth: 0, knownNames: assignedNames(text) });
    const made = program(reader);
    return reader.lexer.cut ? [...made, { kind: 'cut' }] : made;
  };

const ASSIGNED =
  /(?<![\w@$.])(?<!\bdef )([a-z_]\w*)(?=\s*(?:,\s*[*\w]+\s*){0,8}(?:[+|&?-]{0,2}=(?![=~>])))|\|([^|\n]{1,120})\||\bdef\s+(?:self\.)?\w+[?!]?\s*\(([^)]{1,400})\)|=>\s*([a-z_]\w*)\s*$|\bfor\s+([a-z_]\w*)/gmu;

/** Names that something is assigned to: they are no calls. */
function assignedNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const match of text.matchAll(ASSIGNED))
    for (const word of match
      .slice(1)
      .join(' ')
      .matchAll(/[a-z_]\w*/gu))
      names.add(word[0]);
  return names;
}
