import type { Expression, Statement } from '../../../syntax.ts';
import { openBody } from './bodies.ts';
import type { Reader } from '../reader.ts';
import { literal } from '../values.ts';

interface Clause {
  readonly tests: readonly Expression[];
  readonly body: readonly Statement[];
}

/** Clauses, any one of which may be taken. */
export function switchStatement(reader: Reader): readonly Statement[] {
  const { row } = reader.next();
  const subject = reader.is('{') || reader.peek().kind === 'line' ? null : reader.condition();
  const clauses = reader.dialect.bodies === 'end' ? whens(reader) : cases(reader);
  const before: readonly Statement[] = subject ? [{ kind: 'expression', value: subject, row }] : [];
  if (!subject || clauses.some(({ tests }) => tests.length > 0 && tests.some((test) => literal(test) === null)))
    return [...before, waysOf(clauses)];
  const otherwise = clauses.find(({ tests }) => tests.length === 0)?.body ?? [];
  const chain = clauses.reduceRight<readonly Statement[]>((rest, { tests, body }) => {
    const [first, ...others] = tests;
    if (!first) return rest;
    const equals = (right: Expression): Expression => ({
      kind: 'operation',
      operator: '==',
      left: subject,
      right,
      row,
    });
    const test = others.reduce<Expression>(
      (left, right) => ({ kind: 'operation', operator: '||', left, right: equals(right), row }),
      equals(first),
    );
    return [{ kind: 'if', test, then: body, otherwise: rest }];
  }, otherwise);
  return chain;
}

function whens(reader: Reader): readonly Clause[] {
  const found: Clause[] = [];
  reader.passLines();
  while (reader.take('when', 'in')) {
    const tests = [reader.expression()];
    while (reader.take(',')) tests.push(reader.expression());
    found.push({ tests, body: openBody(reader) });
    reader.passLines();
  }
  if (reader.take('else')) found.push({ tests: [], body: openBody(reader) });
  reader.take('end');
  return found;
}

/** `case a, b:`, `a, b -> x`, `"a" => x`, `else -> x`, `default:`. */
function cases(reader: Reader): readonly Clause[] {
  const found: Clause[] = [];
  reader.passLineEnds();
  if (!reader.take('{')) return found;
  reader.unbodied(() => {
    reader.passLines();
    while (!reader.is('}') && reader.peek().kind !== 'end') {
      const place = reader.place;
      found.push(clause(reader));
      if (reader.place === place) reader.next();
      while (reader.take(',')) reader.passLines();
      reader.passLines();
    }
  });
  reader.take('}');
  return found;
}

function clause(reader: Reader): Clause {
  reader.take('case');
  const other = reader.take('default', 'else', '_');
  const tests: Expression[] = [];
  while (!other && !reader.is(':', '->', '=>', '{', '}') && reader.peek().kind !== 'end') {
    const place = reader.place;
    tests.push(reader.unbodied(() => reader.inside(() => reader.expression(8))));
    if (!reader.take(',', '|') && reader.place === place) reader.next();
    if (reader.peek().kind === 'line') break;
  }
  const mark = reader.take(':', '->', '=>');
  if (mark && reader.is('{')) return { tests, body: reader.unbodied(() => reader.block()) };
  if (!mark && reader.is('{')) return { tests, body: reader.unbodied(() => reader.block()) };
  const body: Statement[] = [];
  for (;;) {
    reader.passLines();
    if (reader.is('}', 'case', 'default') || reader.peek().kind === 'end') break;
    const place = reader.place;
    body.push(...reader.statement());
    if (reader.place === place) reader.next();
    // An arrow has one expression behind it.
    if (reader.is(',') || (reader.dialect.brace === 'function' && !reader.dialect.typed)) break;
    if (reader.dialect.constants['None'] !== undefined) break;
  }
  return { tests, body: body.filter(({ kind }) => kind !== 'break') };
}

/** Without a clause for the rest, none of them may be taken. */
const waysOf = (clauses: readonly Clause[]): Statement => {
  const ways = clauses.map(({ body }) => body);
  return { kind: 'ways', ways: clauses.some(({ tests }) => tests.length === 0) ? ways : [...ways, []] };
};
