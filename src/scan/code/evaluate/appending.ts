import type { Evaluator, Running } from '../running.ts';
import type { Expression } from '../syntax.ts';
import type { Value } from '../values.ts';
import { isText, joined, optionsOf, textsOf } from '../values.ts';

const APPENDS = /^(?:append|Append|WriteString|push_str|appendln)$/u;
const MAX_LINKS = 40;

interface Chain {
  readonly name: string;
  /** What is added, in order. */
  readonly added: readonly Expression[];
  /** Each pair is a parameter of an address. */
  readonly query: boolean;
}

/**
 * `builder.append(a).append(b)`, `url << path`, `url.searchParams.set(key, value)`: texts are values here, so what a statement adds to
 * one that a name holds gives the name a new text. False for anything else.
 */
export function appended(expression: Expression, here: Running, evaluator: Evaluator): boolean {
  const chain = chainOf(expression);
  const before = chain ? here.scope.get(chain.name) : undefined;
  if (!chain || before === undefined || !optionsOf(before).every(isText)) return false;
  const added = chain.added.map((one) => textsOf(evaluator.value(one, here)));
  const made = chain.query ? withParameter(before, added) : joined([textsOf(before), ...added]);
  for (let scope = here.scope as Running['scope'] | null; scope; scope = scope.outer)
    if (scope.names.has(chain.name)) {
      scope.names.set(chain.name, made);
      break;
    }
  return true;
}

function withParameter(before: Value, [key = [], value = []]: readonly (readonly string[])[]): Value {
  const mark = textsOf(before).map((text) => (text.includes('?') ? `${text}&` : `${text}?`));
  return joined([mark, key, ['='], value]);
}

function chainOf(expression: Expression): Chain | null {
  if (expression.kind === 'operation' && expression.operator === '<<' && expression.left.kind === 'name')
    return { name: expression.left.name, added: [expression.right], query: false };
  const added: Expression[] = [];
  let one = expression;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    if (one.kind === 'name') return added.length > 0 ? { name: one.name, added, query: false } : null;
    if (one.kind !== 'call' || one.callee.kind !== 'member') return null;
    const { name, of } = one.callee;
    const values = one.given.map(({ value }) => value);
    if (/^(?:set|append)$/u.test(name) && of.kind === 'member' && of.name === 'searchParams' && of.of.kind === 'name')
      return values.length === 2 ? { name: of.of.name, added: values, query: true } : null;
    if (!APPENDS.test(name) || values.length !== 1) return null;
    added.unshift(...values);
    one = of;
  }
  return null;
}
