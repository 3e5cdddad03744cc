import type { Expression, Statement, Target } from '../../../syntax.ts';
import { targetOf } from '../../targets.ts';
import { bound, values } from './assignments.ts';
import { modified } from './conditions.ts';
import { functionStatement } from '../definitions/functions.ts';
import type { Reader } from '../reader.ts';
import { method, typed } from '../definitions/typed.ts';
import { skipDeclaredType } from '../types.ts';

/** `let x = …`, `var (…)`, `const a, b = …`. */
export function declareStatement(reader: Reader): readonly Statement[] {
  const { row } = reader.next();
  if (reader.is('(') && reader.dialect.composite && reader.behindBracket(reader.peek())?.text !== '=')
    return declaredGroup(reader);
  while (reader.form() === 'declare' || reader.dialect.modifiers.has(reader.peek().text)) reader.next();
  if (reader.form() === 'function') return functionStatement(reader, reader.peek());
  if (reader.form() === 'class') return reader.classStatement();
  // `def name(a) {` of Groovy is a function.
  if (reader.dialect.typed) {
    const word = reader.peek();
    const declared = reader.lexer.token(word.to).text === '(' ? method(reader, word, null) : typed(reader, null);
    if (declared) return declared;
  }
  return modified(reader, [declared(reader, row)]);
}

/** `( A = 1 \n B = 2 )`. */
function declaredGroup(reader: Reader): readonly Statement[] {
  reader.next();
  const found: Statement[] = [];
  reader.outside(() => {
    for (;;) {
      reader.passLines();
      if (reader.is(')') || reader.peek().kind === 'end') break;
      const place = reader.place;
      found.push(declared(reader, reader.peek().row));
      if (reader.place === place) reader.next();
    }
  });
  reader.take(')');
  return found;
}

function declared(reader: Reader, row: number): Statement {
  const targets: Target[] = [];
  do {
    reader.passLineEnds();
    targets.push(declaredTarget(reader));
    skipDeclaredType(reader);
  } while (reader.take(','));
  const value: Expression = reader.take('=', ':=', '<-', 'by') ? values(reader) : { kind: 'constant', value: null };
  // `let x = f() else { return }`.
  if (reader.dialect.constants['None'] !== undefined && reader.take('else')) reader.body();
  return bound(targets, value, row);
}

function declaredTarget(reader: Reader): Target {
  if (reader.is('(', '[', '{')) {
    const open = reader.peek();
    const close = reader.is('(') ? ')' : reader.is('[') ? ']' : '}';
    const items = reader.parametersIn(close).map(({ target }) => target);
    return open.text === '{'
      ? {
          kind: 'fields',
          fields: items.map((target) => ({ key: target.kind === 'name' ? target.name : null, target })),
        }
      : { kind: 'items', items };
  }
  const made = targetOf(reader.expression(4), true);
  return made ?? { kind: 'name', name: '', declares: true };
}
