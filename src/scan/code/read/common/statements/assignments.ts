import type { Expression, Statement, Target } from '../../../syntax.ts';
import { targetOf } from '../../targets.ts';
import type { Reader } from '../reader.ts';
import { given, nameOf } from '../values.ts';

/** `a, b`: several values are a list. */
export function values(reader: Reader): Expression {
  const first = reader.expression();
  if (!reader.is(',')) return first;
  const items = [given(first)];
  while (reader.take(',')) {
    reader.passLineEnds();
    items.push(given(reader.expression()));
  }
  return { kind: 'list', items };
}

/** An expression, or the assignment of several values to several names. */
export function expressionStatement(reader: Reader): readonly Statement[] {
  const { row } = reader.peek();
  const place = reader.place;
  const first = reader.expression();
  if (reader.is(',') && (first.kind === 'name' || first.kind === 'member' || first.kind === 'index')) {
    const several = severalBound(reader, first, row);
    if (several) return several;
    reader.back(place);
    const value = values(reader);
    return [{ kind: 'expression', value, row }];
  }
  if (reader.is(',') && !reader.dialect.lines) return [{ kind: 'expression', value: first, row }];
  return [{ kind: 'expression', value: first, row }];
}

/** `a, b = f()`. */
function severalBound(reader: Reader, first: Expression, row: number): readonly Statement[] | null {
  const left = [given(first)];
  while (reader.take(',')) {
    const spread = reader.take('*');
    left.push({ name: null, value: reader.expression(4), spread });
  }
  if (!reader.take('=', ':=')) return null;
  return [
    bound(
      left.map(({ value }) => targetOf(value)),
      values(reader),
      row,
    ),
  ];
}

/** The statement that binds one value or several to names; null stands for a place that is no name. */
export function bound(targets: readonly (Target | null)[], value: Expression, row: number): Statement {
  const all = targets.map((target): Target => target ?? { kind: 'name', name: '', declares: true });
  const [only] = all;
  if (only && all.length === 1) return { kind: 'bind', targets: [only], value, row };
  // What is not a list is the first of them, and what went wrong the others.
  const taken: Expression =
    value.kind === 'list' ? value : { kind: 'call', callee: nameOf('#results'), given: [given(value)], row };
  return { kind: 'bind', targets: [{ kind: 'items', items: all }], value: taken, row };
}
