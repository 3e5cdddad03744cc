import type { Dialect } from './dialect.ts';
import type { Token } from './lexer.ts';

const LEVELS: readonly (readonly string[])[] = [
  ['or', 'xor'],
  ['and'],
  [],
  ['=', ':=', '<-', '+=', '-=', '*=', '/=', '.=', '%=', '||=', '&&=', '??=', '?='],
  ['=>', '|>'],
  ['?'],
  ['??'],
  ['||'],
  ['&&'],
  ['==', '!=', '===', '!==', '<=>', '<', '>', '<=', '>=', '=~', '!~', 'in', 'not in', 'is'],
  ['..'],
  ['|', '&', '^', '<<', '>>', 'to'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**', 'as'],
];

/** How tightly operators bind, by their common names. */
export const POWERS: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap((names, level) => names.map((name) => [name, level] as const)),
);

/** Operators that give a name a value. */
export const ASSIGNS: ReadonlySet<string> = new Set(LEVELS[3]);

const COMMON: Readonly<Record<string, string>> = {
  '?:': '??',
  '//': '/',
  '...': '..',
  '..<': '..',
  '..=': '..',
  '<<-': '<-',
  '%in%': 'in',
  '%>%': '|>',
};

/** The common name of an operator; null where the token is not one. */
export function operatorName(token: Token, dialect: Dialect): string | null {
  const { text } = token;
  const own = Object.hasOwn(dialect.operators, text) ? dialect.operators[text] : undefined;
  if (own !== undefined) return own;
  if (token.kind !== 'mark') return null;
  if (text === '?') return dialect.ternary ? '?' : null;
  return Object.hasOwn(COMMON, text) ? (COMMON[text] ?? null) : text;
}
