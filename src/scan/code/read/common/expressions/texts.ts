import type { Expression } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import type { Reader } from '../reader.ts';
import { given, nameOf, textLiteral } from '../values.ts';
import { substitution } from './substitution.ts';

/** What a token of a text stands for: a text with its holes, a list of words, a command. */
export function textOf(reader: Reader, token: Token): Expression {
  const parts = token.pieces.map((piece) => (typeof piece === 'string' ? piece : reader.hole(piece.code, piece.row)));
  const value: Expression = { kind: 'text', parts, row: token.row };
  if (token.means === 'words') {
    const words = token.pieces.flatMap((piece) => (typeof piece === 'string' ? piece.split(/\s+/u) : []));
    const items = words.filter((word) => word !== '').map((word) => given(textLiteral(word, token.row)));
    const list: Expression = { kind: 'list', items };
    if (reader.dialect.arrows) reader.spreads.add(list);
    return list;
  }
  if (token.means === 'pattern') return substitution(reader, token) ?? { kind: 'unknown', text: 'pattern' };
  if (token.means === 'command')
    return { kind: 'call', callee: nameOf('#shell'), given: [given(value)], row: token.row };
  return value;
}
