import type { Expression, Statement } from '../../../syntax.ts';
import { expressionStatement } from './assignments.ts';
import { openBody } from './bodies.ts';
import type { Reader } from '../reader.ts';
import { UNKNOWN } from '../values.ts';

/** `x if y`, `x unless y`, `x for @list`. */
export function modified(reader: Reader, made: readonly Statement[]): readonly Statement[] {
  if (!reader.dialect.commands || reader.peek().kind !== 'word') return made;
  const form = reader.form();
  if (form === 'if' || form === 'unless') {
    reader.next();
    const test = reader.expression();
    const holds: Expression = form === 'unless' ? { kind: 'not', of: test } : test;
    return modified(reader, [{ kind: 'if', test: holds, then: made, otherwise: [] }]);
  }
  if (form === 'for' && reader.dialect.self === '$self') {
    reader.next();
    const over = reader.expression();
    return [{ kind: 'each', target: { kind: 'name', name: '_', declares: true }, over, keys: true, body: made }];
  }
  if (form === 'while' || form === 'until') {
    reader.next();
    reader.expression();
  }
  return made;
}

/** An `if` or, where `negated`, an `unless`, from its condition on. */
export function ifStatement(reader: Reader, negated: boolean): Statement {
  // `if err := f(); err != nil`.
  let before: readonly Statement[] = [];
  let test: Expression = testOf(reader);
  if (reader.is(';') && reader.dialect.composite) {
    before = [{ kind: 'expression', value: test, row: reader.next().row }];
    test = reader.condition();
  }
  if (negated) test = { kind: 'not', of: test };
  const then = reader.dialect.bodies === 'end' ? openBody(reader) : reader.body();
  const otherwise = alternative(reader);
  const made: Statement = { kind: 'if', test, then, otherwise };
  return before.length > 0 ? { kind: 'block', body: [...before, made] } : made;
}

/** The condition of a statement; `if let Some(x) = f()` binds. */
export function testOf(reader: Reader): Expression {
  if (reader.is('let') || (reader.dialect.composite && reader.lexer.token(reader.peek().to).text === ',')) {
    reader.take('let');
    const before = reader.place;
    const pattern = reader.condition();
    if (reader.is(',')) {
      // `if v, ok := m[k]; ok`
      reader.back(before);
      const made = expressionStatement(reader)[0];
      return made?.kind === 'bind' && made.targets[0]
        ? { kind: 'assignment', target: made.targets[0], value: made.value }
        : UNKNOWN;
    }
    if (pattern.kind !== 'assignment') return pattern;
    return pattern;
  }
  return reader.condition();
}

function alternative(reader: Reader): readonly Statement[] {
  const place = reader.place;
  reader.passLineEnds();
  const form = reader.form();
  if (form === 'elif') {
    reader.next();
    return [ifStatement(reader, false)];
  }
  if (form === 'else') {
    reader.next();
    if (reader.form() === 'if' && reader.dialect.bodies !== 'end') {
      reader.next();
      return [ifStatement(reader, false)];
    }
    return reader.body();
  }
  if (reader.dialect.bodies === 'end') reader.take('end');
  else reader.back(place);
  return [];
}
