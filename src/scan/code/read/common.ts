import type { Expression, Parameter, Statement } from '../syntax.ts';
import type { Dialect } from './dialect.ts';
import { CommonStatements } from './statements.ts';

/** Reads a program of one of the languages that are told by a dialect; what does not parse is left out. */
export const readCommon =
  (dialect: Dialect) =>
  (text: string): readonly Statement[] =>
    new CommonReader(dialect, text, 0, 0, assignedNames(text)).whole();

class CommonReader extends CommonStatements {
  protected override readonly knownNames: ReadonlySet<string>;

  constructor(dialect: Dialect, text: string, row: number, depth: number, knownNames: ReadonlySet<string>) {
    super(dialect, text, row, depth);
    this.knownNames = knownNames;
  }

  /** The whole program, with a note where it was too long to be read to its end. */
  whole(): readonly Statement[] {
    const made = this.program();
    return this.lexer.cut ? [...made, { kind: 'cut' }] : made;
  }

  /** Perl takes its parameters apart in the body: `my ($self, %args) = @_;`, `my $x = shift;`. */
  protected override parametersInBody(
    parameters: readonly Parameter[],
    body: readonly Statement[],
  ): { readonly parameters: readonly Parameter[]; readonly body: readonly Statement[] } {
    if (this.dialect.self !== '$self' || parameters.length > 0) return { parameters, body };
    const found: Parameter[] = [];
    let index = 0;
    for (; index < body.length; index += 1) {
      const more = this.#taken(body[index]);
      if (!more) break;
      found.push(...more);
    }
    return { parameters: found, body: body.slice(index) };
  }

  #taken(statement: Statement | undefined): readonly Parameter[] | null {
    const value = statement?.kind === 'expression' && statement.value.kind === 'assignment' ? statement.value : null;
    if (!value) return null;
    const { target, value: from } = value;
    const shifted = from.kind === 'operation' && /^(?:\|\||\?\?|or)$/u.test(from.operator) ? from.left : from;
    const shifts = (shifted.kind === 'call' ? shifted.callee : shifted).kind === 'name' && nameIn(shifted) === 'shift';
    if (target.kind === 'name' && shifts)
      return [
        { target: { ...target, declares: true }, fallback: from.kind === 'operation' ? from.right : null, rest: null },
      ];
    if (nameIn(from) !== '_') return null;
    const targets = target.kind === 'items' ? target.items : [target];
    return targets.map((one): Parameter => {
      const inner = one.kind === 'rest' ? one.target : one;
      const name = inner.kind === 'name' ? inner.name : '';
      const rest = this.records.has(name) ? 'record' : one.kind === 'rest' ? 'list' : null;
      return { target: { kind: 'name', name, declares: true }, fallback: null, rest };
    });
  }

  /** Code inside of a text. */
  protected override sub(code: string, row: number): Expression {
    return new CommonReader(this.dialect, code, row, this.depth + 1, this.knownNames).expression();
  }
}

const nameIn = (value: Expression): string => {
  const name = value.kind === 'call' ? value.callee : value;
  return name.kind === 'name' ? name.name : '';
};

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
