import { LIKELY, hasUnknown, unknown } from '../../marks.ts';
import type { Evaluator, Running } from '../running.ts';
import type { Expression } from '../syntax.ts';
import { formatted } from '../texts.ts';
import type { Value } from '../values.ts';
import { each, equal, isObject, isText, joined, list, optionsOf, several, textsOf, truth } from '../values.ts';

/** The value of `left operator right`. */
export function operate(
  expression: Extract<Expression, { kind: 'operation' }>,
  here: Running,
  evaluator: Evaluator,
): Value {
  const { operator } = expression;
  const left = evaluator.value(expression.left, here);
  // `@client ||= …` in a method of the same name: the field is not set yet.
  if (operator === '||' && isObject(left, 'function') && left.definition.bare === true)
    return evaluator.value(expression.right, here);
  if (/^(?:and|or|&&|\|\||\?\?)$/u.test(operator)) return logical(operator, left, expression.right, here, evaluator);
  const right = evaluator.value(expression.right, here);
  switch (operator) {
    case '+':
      return plus(left, right);
    case '%':
      return isText(left) || isObject(left, 'several')
        ? each(left, (one) => (isText(one) ? formatted(one, right) : one))
        : counted(left, '%', right);
    case '/':
      return typeof left === 'number' && typeof right === 'number' ? left / right : below(left, right);
    case '-':
    case '*':
    case '//':
      return counted(left, operator, right);
    case '==':
    case '===':
    case 'is':
      return known(equal(left, right));
    case '!=':
    case '!==': {
      const same = equal(left, right);
      return known(same === null ? null : !same);
    }
    case 'in':
      return known(within(left, right));
    case 'not in':
    case 'not': {
      const inside = within(left, right);
      return known(inside === null ? null : !inside);
    }
    case '<':
    case '>':
    case '<=':
    case '>=':
      return compared(left, operator, right);
    case '|':
      return isObject(left, 'record') && isObject(right, 'record')
        ? { kind: 'record', fields: new Map([...left.fields, ...right.fields]) }
        : unknown('|');
    default:
      return unknown(operator);
  }
}

const known = (decision: boolean | null): Value => decision ?? unknown('condition');

function logical(operator: string, left: Value, right: Expression, here: Running, evaluator: Evaluator): Value {
  const holds = operator === '??' ? (isText(left) && hasUnknown(left) ? null : left !== null) : truth(left);
  const skips = operator === 'and' || operator === '&&' ? false : true;
  if (holds === skips) return left;
  if (holds !== null) return evaluator.value(right, here);
  const other = evaluator.value(right, here);
  // A default behind something that is not set anywhere: the files know the default alone.
  const usable = optionsOf(left).filter((one) => !(isText(one) && hasUnknown(one)) && !isObject(one, 'native'));
  return skips ? several([...usable, likely(other)]) : several([...usable, other]);
}

const likely = (value: Value): Value => each(value, (one) => (isText(one) ? one + LIKELY : one));

function plus(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (isObject(left, 'list') && isObject(right, 'list')) return list([...left.items, ...right.items]);
  return joined([textsOf(left), textsOf(right)]);
}

/** `Path("a") / "b"`. */
const below = (left: Value, right: Value): Value => joined([textsOf(left), ['/'], textsOf(right)]);

function counted(left: Value, operator: string, right: Value): Value {
  if (typeof left !== 'number' || typeof right !== 'number') return unknown(operator);
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  return operator === '%' ? left % right : Math.floor(left / right);
}

function compared(left: Value, operator: string, right: Value): Value {
  if (typeof left !== 'number' || typeof right !== 'number') return unknown('condition');
  if (operator.endsWith('=') && left === right) return true;
  return operator.startsWith('<') ? left < right : left > right;
}

function within(part: Value, whole: Value): boolean | null {
  if (isObject(whole, 'list')) {
    const found = whole.items.map((item) => equal(item, part));
    return found.includes(true) ? true : found.includes(null) ? null : false;
  }
  if (isObject(whole, 'record') && isText(part)) return hasUnknown(part) ? null : whole.fields.has(part);
  if (isText(whole) && isText(part)) return hasUnknown(whole) || hasUnknown(part) ? null : whole.includes(part);
  return null;
}
