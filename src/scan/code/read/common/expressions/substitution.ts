import type { Expression } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import { targetOf } from '../../targets.ts';
import type { Reader } from '../reader.ts';
import { given, nameOf, textLiteral } from '../values.ts';

const WRITTEN = /^s(?:\{([^{}]*)\}\s*\{([^]*)\}|([/|!#])([^]*?)(?<!\\)\3([^]*)\3)$/u;

/** `s/pattern/text/flags` of Perl, which changes `$_`; null for another pattern. */
export function substitution(reader: Reader, { from, to, row }: Token): Expression | null {
  const match = WRITTEN.exec(reader.lexer.text.slice(from, to));
  if (!match) return null;
  const flags = /^[a-z]*/u.exec(reader.lexer.text.slice(to, to + 10))?.[0] ?? '';
  const [pattern = '', replacement = ''] = match[3] === undefined ? [match[1], match[2]] : [match[4], match[5]];
  const value = replaced(nameOf('_'), [pattern, replacement, flags], row);
  return flags.includes('r') || value === null ? value : { kind: 'assignment', target: nameTarget('_'), value };
}

/** `$x =~ s/…/…/`: what changes is on the left. */
export function substitutedIn(left: Expression, right: Expression): Expression | null {
  const inner = right.kind === 'assignment' ? right.value : right;
  if (inner.kind !== 'call' || inner.callee.kind !== 'name' || !/^(?:#substitute|uri_escape)$/u.test(inner.callee.name))
    return null;
  const value: Expression = { ...inner, given: [given(left), ...inner.given.slice(1)] };
  const target = left.kind === 'assignment' ? left.target : targetOf(left);
  return right.kind === 'assignment' && target ? { kind: 'assignment', target, value } : value;
}

const nameTarget = (name: string): { kind: 'name'; name: string; declares: boolean } => ({
  kind: 'name',
  name,
  declares: false,
});

function replaced(of: Expression, parts: readonly [string, string, string], row: number): Expression | null {
  const [, replacement, flags] = parts;
  // `sprintf("%%%02X", ord($1))` is the usual way to encode a text for an address.
  if (/sprintf.*%02x.*ord|uri_escape/iu.test(replacement))
    return { kind: 'call', callee: nameOf('uri_escape'), given: [given(of)], row };
  if (flags.includes('e')) return null;
  const texts = parts.map((text) => given(textLiteral(text, row)));
  return { kind: 'call', callee: nameOf('#substitute'), given: [given(of), ...texts], row };
}
