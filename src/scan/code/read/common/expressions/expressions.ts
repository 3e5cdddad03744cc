import type { Expression } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { substitutedIn } from './substitution.ts';
import { ASSIGNS, operatorName, POWERS } from '../../operators.ts';
import { targetOf } from '../../targets.ts';
import { pairOf } from './collections.ts';
import { operand } from './operands.ts';
import { postfix } from './postfix.ts';
import type { Reader } from '../reader.ts';
import { skipTypeBefore } from '../types.ts';
import { given, nameOf, NOTHING } from '../values.ts';

/** An expression whose operators bind at least as strongly as `min`; see `POWERS`. */
export function expression(reader: Reader, min = 0): Expression {
  return reader.deeper(() => infix(reader, operand(reader), min), NOTHING);
}

function operatorToken(reader: Reader): Token | null {
  const token = reader.peek();
  if (token.kind !== 'line') return token;
  // A line that begins with one of these goes on from the one before.
  let next = token;
  while (next.kind === 'line') next = reader.lexer.token(next.to);
  if (!/^(?:\.|\?\.|&\.|&&|\|\||\?:|\|>|->|\?|and|or|%>%)$/u.test(next.text) || next.kind === 'text') return null;
  if (next.text === '.' && next.kind === 'word') return null;
  if (next.text === '->' && reader.dialect.self !== '$self') return null;
  if (next.text === '?' && !reader.dialect.commands) return null;
  reader.back(next.from);
  return reader.peek();
}

function infix(reader: Reader, start: Expression, min: number): Expression {
  let left = postfix(reader, start);
  for (;;) {
    const token = operatorToken(reader);
    if (!token || token.kind === 'end' || token.kind === 'text') return left;
    // A dot alone is a name in R.
    if (token.kind === 'mark' && /^(?:\.|\?\.|&\.)$/u.test(token.text) && !reader.dialect.arrows) {
      left = postfix(reader, left);
      continue;
    }
    // `list...` spreads a list.
    if (token.text === '...' && /^[),]$/u.test(reader.after(token).text)) return left;
    const name = operatorName(token, reader.dialect);
    const power = name === null ? undefined : POWERS.get(name);
    if (name === null || power === undefined || power < min) return left;
    reader.next();
    left = operation(reader, left, name, power, token);
  }
}

function operation(reader: Reader, left: Expression, name: string, power: number, { row }: Token): Expression {
  if (ASSIGNS.has(name)) return assignment(reader, left, name, row);
  if (name === '?') return choice(reader, left);
  if (name === 'as') {
    reader.take('?', '!');
    skipTypeBefore(reader);
    return left;
  }
  reader.passLineEnds();
  const right = reader.expression(power + 1);
  switch (name) {
    case '=>':
      return pairOf(reader, left, right);
    case 'to':
      return { kind: 'list', items: [left, right].map(given) };
    case '|>':
      return right.kind === 'call'
        ? { ...right, given: [given(left), ...right.given] }
        : { kind: 'call', callee: right, given: [given(left)], row };
    case '<<':
      return { kind: 'call', callee: { kind: 'member', of: left, name: 'push' }, given: [given(right)], row };
    case '..':
      return { kind: 'call', callee: nameOf('range'), given: [given(left), given(right)], row };
    default:
      return (
        (name === '=~' ? substitutedIn(left, right) : null) ?? { kind: 'operation', operator: name, left, right, row }
      );
  }
}

function assignment(reader: Reader, left: Expression, name: string, row: number): Expression {
  reader.passLineEnds();
  const value = reader.expression(POWERS.get('=') ?? 0);
  const target = targetOf(left);
  if (!target) return value;
  const operator = name.replace(/=$/u, '');
  if (operator === '' || name === ':=' || name === '<-') return { kind: 'assignment', target, value };
  return {
    kind: 'assignment',
    target,
    value: { kind: 'operation', operator: operator === '.' ? '+' : operator, left, right: value, row },
  };
}

function choice(reader: Reader, test: Expression): Expression {
  const then = reader.expression(POWERS.get('=') ?? 0);
  reader.passLineEnds();
  if (!reader.take(':')) return then;
  reader.passLineEnds();
  return { kind: 'choice', test, then, otherwise: reader.expression(POWERS.get('=') ?? 0) };
}
