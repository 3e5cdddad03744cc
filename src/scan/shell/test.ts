import type { TestExpression } from 'unbash';
import { hasToken, hasUnknown, withoutLikely } from '../marks.ts';
import type { Expander } from './expand.ts';
import { safePattern } from '../safe-pattern.ts';
import { matchesPattern, withoutNamedClasses } from './pattern.ts';

/** Truth of a condition; null where the files do not decide it. */
export type Decision = boolean | null;

/** Says whether a path exists in the checkout or was written by the job; null when that is not known. */
export type Exists = (path: string) => Decision;

const negated = (truth: Decision): Decision => (truth === null ? null : !truth);

/** A unary test such as `-n TEXT` or `-f PATH`. */
export function unaryTest(operator: string, operand: string, exists: Exists): Decision {
  const value = withoutLikely(operand);
  // `${X:-}` is empty as long as nobody sets the variable.
  const opaque = (hasUnknown(value) && !hasToken(value)) || (value === '' && operand !== '');
  switch (operator) {
    case '-n':
      return opaque ? null : value !== '';
    case '-z':
      return opaque ? null : value === '';
    case '-f':
    case '-e':
    case '-r':
    case '-s':
      return opaque ? null : exists(value);
    default:
      return null;
  }
}

/** A binary test such as `A = B`; `pattern` when the right side is a pattern (`[[ … ]]`, `case`). */
export function binaryTest(left: string, operator: string, right: string, pattern: boolean): Decision {
  const [a, b] = [withoutLikely(left), withoutLikely(right)];
  if (hasUnknown(a) || hasUnknown(b)) return null;
  if ((a === '' && left !== '') || (b === '' && right !== '')) return null;
  switch (operator) {
    case '=':
    case '==':
      return pattern ? matchesPattern(a, b) : a === b;
    case '!=':
      return pattern ? !matchesPattern(a, b) : a !== b;
    case '-eq':
      return Number(a) === Number(b);
    case '-ne':
      return Number(a) !== Number(b);
    case '-gt':
      return Number(a) > Number(b);
    case '-ge':
      return Number(a) >= Number(b);
    case '-lt':
      return Number(a) < Number(b);
    case '-le':
      return Number(a) <= Number(b);
    default:
      return null;
  }
}

/** `[ … ]` and `test …`, up to one `-a`, `-o` or `!`. */
export function testArguments(words: readonly string[], exists: Exists): Decision {
  const [first = '', second = '', third = ''] = words;
  const joined = words.findIndex((word) => word === '-a' || word === '-o');
  if (joined > 0) {
    const a = testArguments(words.slice(0, joined), exists);
    const b = testArguments(words.slice(joined + 1), exists);
    return words[joined] === '-a' ? both(a, b) : negated(both(negated(a), negated(b)));
  }
  if (first === '!') return negated(testArguments(words.slice(1), exists));
  if (words.length === 1) return unaryTest('-n', first, exists);
  if (words.length === 2) return unaryTest(first, second, exists);
  return words.length === 3 ? binaryTest(first, second, third, false) : null;
}

/** `[[ … ]]`. */
export function testExpression(test: TestExpression, expander: Expander, exists: Exists): Decision {
  switch (test.type) {
    case 'TestUnary':
      return unaryTest(test.operator, expander.text(test.operand), exists);
    case 'TestBinary':
      if (test.operator === '=~') return regexTest(expander.text(test.left), expander.text(test.right), expander);
      return binaryTest(expander.text(test.left), test.operator, expander.text(test.right), true);
    case 'TestNot':
      return negated(testExpression(test.operand, expander, exists));
    case 'TestGroup':
      return testExpression(test.expression, expander, exists);
    case 'TestLogical': {
      const parts = test.operands.map((operand) => testExpression(operand, expander, exists));
      if (test.operator === '&&') return parts.reduce<Decision>(both, true);
      return negated(parts.map(negated).reduce<Decision>(both, true));
    }
  }
}

/** `TEXT =~ PATTERN`: what a group takes of a text that is known in part may still name a project. */
function regexTest(text: string, pattern: string, expander: Expander): Decision {
  const value = withoutLikely(text);
  const safe = hasUnknown(pattern) ? null : safePattern(withoutNamedClasses(withoutLikely(pattern)), 'u');
  const found = safe && value.length <= safe.longest ? safe.regex.exec(value) : null;
  if (found) expander.matched(found.map((group: string | undefined) => group ?? ''));
  return safe === null || value.length > safe.longest || hasUnknown(value) ? null : found !== null;
}

function both(a: Decision, b: Decision): Decision {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}
