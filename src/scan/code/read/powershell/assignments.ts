import type { Expression, Statement, Target } from '../../syntax.ts';
import { KEYWORD } from './keywords.ts';
import { collecting } from './outputs.ts';
import type { Reader } from './reader.ts';
import { closure, known, text } from './reader.ts';

/** A pipeline, or what it is assigned to. */
export function assignment(reader: Reader): readonly Statement[] {
  const row = reader.row();
  const value = reader.grammar.pipeline(reader);
  reader.blanks();
  const operator = reader.take(/(\?\?|[-+*/%])?=(?!=)/uy);
  if (!operator) {
    if (value.kind === 'assignment') return [{ kind: 'bind', targets: [value.target], value: value.value, row }];
    return [{ kind: 'expression', value, row }];
  }
  reader.space();
  const right = inType(value, changed(value, operator[1], reader), row);
  return [{ kind: 'bind', targets: targetsOf(value, reader), value: right, row }];
}

/** Types that change nothing of what a variable is given. */
const PLAIN =
  /^(?:string|int\d*|long|bool|switch|object|array|hashtable|psobject|pscustomobject|double|uri|void|ordered|securestring)?(?:\[\])?$/u;

/** `[xml]$x = …` gives the variable what the type makes of the value. */
function inType(left: Expression, right: Expression, row: number): Expression {
  if (left.kind !== 'call' || left.callee.kind !== 'name' || left.callee.name !== '#cast') return right;
  const type = left.given[0]?.value;
  const [written = ''] = type?.kind === 'text' ? type.parts : [];
  return type && typeof written === 'string' && !PLAIN.test(written) ? known('#cast', [type, right], row) : right;
}

function changed(before: Expression, operator: string | undefined, reader: Reader): Expression {
  const row = reader.row();
  const right = assigned(reader);
  if (operator === undefined) return right;
  if (operator === '??') return { kind: 'operation', operator, left: before, right, row };
  return known(`#${operator}`, [before, right], row);
}

/** What stands behind `=` or in parentheses: an assignment gives what it assigns. */
export const assigned = (reader: Reader): Expression =>
  reader.deeper(() => assignedHere(reader), { kind: 'unknown', text: '…' });

function assignedHere(reader: Reader): Expression {
  const row = reader.row();
  if (reader.peek(KEYWORD)) {
    const [one, ...others] = reader.grammar.statement(reader);
    if (one?.kind === 'expression' && others.length === 0) return one.value;
    const body = one ? [one, ...others] : [];
    return { kind: 'call', callee: closure([], collecting(body, reader.outName(), row), row), given: [], row };
  }
  const value = reader.grammar.pipeline(reader);
  const start = reader.at;
  reader.blanks();
  const operator = reader.take(/(\?\?|[-+*/%])?=(?!=)/uy);
  if (!operator) {
    reader.at = start;
    return value;
  }
  reader.space();
  const [target] = targetsOf(value, reader);
  const right = changed(value, operator[1], reader);
  return target ? { kind: 'assignment', target, value: right } : right;
}

/** What an expression in front of `=` is bound to. */
function targetsOf(value: Expression, reader: Reader): readonly Target[] {
  const target = targetOf(value, reader);
  return target ? [target] : [];
}

export function targetOf(value: Expression, reader: Reader): Target | null {
  if (value.kind === 'name') {
    const root = reader.shared.has(value);
    return { kind: 'name', name: value.name, declares: reader.inFunction && !root, ...(root ? { root } : {}) };
  }
  if (value.kind === 'member') return { kind: 'place', of: value.of, key: text(value.name, 0) };
  if (value.kind === 'list') {
    const items = value.items.flatMap(({ value: one }) => targetOf(one, reader) ?? []);
    return {
      kind: 'items',
      items: items.map((one, index) => (index === items.length - 1 ? { kind: 'rest', target: one } : one)),
    };
  }
  if (value.kind !== 'call' || value.callee.kind !== 'name') return null;
  const [first, second] = value.given;
  if (/^#(?:member|index)$/u.test(value.callee.name) && first && second)
    return { kind: 'place', of: first.value, key: second.value };
  return value.callee.name === '#cast' && second ? targetOf(second.value, reader) : null;
}
