import type { Expression, Statement } from '../syntax.ts';
import type { Dialect } from './dialect.ts';
import { CommonStatements } from './statements.ts';

/** Reads a program of one of the languages that are told by a dialect; what does not parse is left out. */
export const readCommon =
  (dialect: Dialect) =>
  (text: string): readonly Statement[] =>
    new CommonReader(dialect, text, 0, 0, assignedNames(text)).program();

class CommonReader extends CommonStatements {
  protected override readonly knownNames: ReadonlySet<string>;

  constructor(dialect: Dialect, text: string, row: number, depth: number, knownNames: ReadonlySet<string>) {
    super(dialect, text, row, depth);
    this.knownNames = knownNames;
  }

  /** Code inside of a text. */
  protected override sub(code: string, row: number): Expression {
    return new CommonReader(this.dialect, code, row, this.depth + 1, this.knownNames).expression();
  }
}

const ASSIGNED =
  /(?<![\w@$.])([a-z_]\w*)(?=\s*(?:,\s*[*\w]+\s*){0,8}(?:[+|&?-]{0,2}=(?![=~>])))|\|([^|\n]{1,120})\||\bdef\s+(?:self\.)?\w+[?!]?\s*\(([^)]{1,400})\)|=>\s*([a-z_]\w*)\s*$|\bfor\s+([a-z_]\w*)/gmu;

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
