import type { ArithmeticExpression } from 'unbash';
import { parse } from 'unbash';

/** What arithmetic reads and writes: variables, and the text of other expansions. */
export interface Numbers {
  /** A variable's text, or undefined. */
  readonly read: (name: string) => string | undefined;
  readonly write: (name: string, value: number) => void;
  /** The text of a word such as `${#list[@]}`. */
  readonly word: (word: Extract<ArithmeticExpression, { type: 'ArithmeticWord' }>) => string;
}

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => Math.trunc(a / b),
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  '||': (a, b) => Number(a !== 0 || b !== 0),
  ',': (_, b) => b,
};

/** The expression of a text such as `i + 1`, as `let` and the offsets of `${x:i}` hold it. */
export function arithmeticOf(text: string): ArithmeticExpression | undefined {
  const [statement] = parse(`((${text}))`).commands;
  return statement?.command.type === 'ArithmeticCommand' ? statement.command.expression : undefined;
}

/** The value of `$(( … ))`; NaN where it is not known. Assignments and `++` take effect. */
export function arithmetic(node: ArithmeticExpression, numbers: Numbers): number {
  switch (node.type) {
    case 'ArithmeticWord':
      return numberOf(numbers.word(node), numbers);
    case 'ArithmeticGroup':
      return arithmetic(node.expression, numbers);
    case 'ArithmeticTernary':
      return arithmetic(arithmetic(node.test, numbers) === 0 ? node.alternate : node.consequent, numbers);
    case 'ArithmeticUnary':
      return unary(node, numbers);
    case 'ArithmeticBinary':
      return binary(node, numbers);
    case 'ArithmeticCommandExpansion':
      return Number.NaN;
  }
}

/** A literal, or the value of a variable that is named without `$`. */
function numberOf(text: string, { read }: Numbers): number {
  if (/^\d+$/u.test(text)) return Number(text.replace(/^0+(?=\d)/u, ''));
  const value = /^[A-Za-z_]\w*$/u.test(text) ? read(text) : undefined;
  if (value === undefined) return Number.NaN;
  return value.trim() === '' ? 0 : Number(value);
}

function unary(node: Extract<ArithmeticExpression, { type: 'ArithmeticUnary' }>, numbers: Numbers): number {
  const value = arithmetic(node.operand, numbers);
  if (node.operator === '++' || node.operator === '--') {
    const next = value + (node.operator === '++' ? 1 : -1);
    if (node.operand.type === 'ArithmeticWord' && !Number.isNaN(next)) numbers.write(node.operand.value, next);
    return node.prefix ? next : value;
  }
  if (node.operator === '-') return -value;
  return node.operator === '!' ? Number(value === 0) : value;
}

function binary(node: Extract<ArithmeticExpression, { type: 'ArithmeticBinary' }>, numbers: Numbers): number {
  const assigned = /^([-+*/%]?)=$/u.exec(node.operator)?.[1];
  if (assigned === undefined || node.left.type !== 'ArithmeticWord') {
    const operation = OPERATIONS[node.operator];
    const [a, b] = [arithmetic(node.left, numbers), arithmetic(node.right, numbers)];
    return operation && !Number.isNaN(a) && !Number.isNaN(b) ? operation(a, b) : Number.NaN;
  }
  const right = arithmetic(node.right, numbers);
  const operation = assigned === '' ? undefined : OPERATIONS[assigned];
  const value = operation ? operation(arithmetic(node.left, numbers), right) : right;
  if (!Number.isNaN(value)) numbers.write(node.left.value, value);
  return value;
}
