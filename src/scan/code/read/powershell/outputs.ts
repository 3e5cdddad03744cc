import type { Expression, Statement } from '../../syntax.ts';
import { known, name } from './reader.ts';

/**
 * Whatever a statement gives and nobody takes is output: of the function, the block or `$( … )` around it. It is collected
 * under a name of its own, which ways that are not decided keep apart.
 */
export function collecting(body: readonly Statement[], out: string, row: number): readonly Statement[] {
  const none: Statement = {
    kind: 'bind',
    targets: [{ kind: 'name', name: out, declares: true }],
    value: { kind: 'constant', value: null },
    row,
  };
  // Blocks run more than once in one scope.
  return [none, ...collected(body, out), { kind: 'return', value: known('#result', [name(out)], row) }];
}

function collected(body: readonly Statement[], out: string): readonly Statement[] {
  return body.flatMap((statement): readonly Statement[] => {
    if (statement.kind === 'expression') return [emit(statement.value, out, statement.row)];
    if (statement.kind !== 'return') return [inside(statement, (inner) => collected(inner, out))];
    const value: Expression = known('#result', [name(out)], 0);
    return [...(statement.value ? [emit(statement.value, out, 0)] : []), { kind: 'return', value }];
  });
}

const emit = (value: Expression, out: string, row: number): Statement => ({
  kind: 'bind',
  targets: [{ kind: 'name', name: out, declares: true }],
  value: known('#emitted', [name(out), value], row),
  row,
});

/** What a script gives goes to its output. */
export function printing(body: readonly Statement[]): readonly Statement[] {
  return body.flatMap((statement): readonly Statement[] => {
    if (statement.kind === 'expression') return [printed(statement.value, statement.row)];
    if (statement.kind !== 'return') return [inside(statement, printing)];
    return [...(statement.value ? [printed(statement.value, 0)] : []), { kind: 'return', value: null }];
  });
}

const printed = (value: Expression, row: number): Statement => ({
  kind: 'expression',
  value: known('#print', [value], row),
  row,
});

/** A statement with the bodies inside of it changed; functions have bodies of their own. */
function inside(statement: Statement, change: (body: readonly Statement[]) => readonly Statement[]): Statement {
  switch (statement.kind) {
    case 'if':
      return { ...statement, then: change(statement.then), otherwise: change(statement.otherwise) };
    case 'each':
    case 'while':
    case 'block':
      return { ...statement, body: change(statement.body) };
    case 'ways':
      return { ...statement, ways: statement.ways.map(change) };
    default:
      return statement;
  }
}

/** The value of statements in `$( … )`, `@( … )` or behind `=`. */
export function valueOf(
  body: readonly Statement[],
  out: string,
  row: number,
  closed: (body: readonly Statement[]) => Expression,
): Expression {
  const [only] = body;
  if (body.length === 1 && only?.kind === 'expression') return only.value;
  const expressions = body.flatMap((statement) => (statement.kind === 'expression' ? [statement.value] : []));
  if (expressions.length === body.length) return known('#result', [known('#all', expressions, row)], row);
  return { kind: 'call', callee: closed(collecting(body, out, row)), given: [], row };
}
