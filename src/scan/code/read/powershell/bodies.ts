import type { Expression, Statement, Target } from '../../syntax.ts';
import type { Reader } from './reader.ts';

/** The value that is gone over. */
export const item: Target = { kind: 'name', name: '$_', declares: true };

/** Statements in braces. */
export function body(reader: Reader): readonly Statement[] {
  reader.space();
  if (!reader.takeMark('{')) return [];
  const found = reader.grammar.statements(reader);
  reader.takeMark('}');
  return found;
}

/** A condition in parentheses; unknown where there is none. */
export function parenthesised(reader: Reader): Expression {
  reader.space();
  return reader.is('(') ? reader.grammar.group(reader) : { kind: 'unknown', text: 'condition' };
}
