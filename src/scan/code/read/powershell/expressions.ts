import type { Expression } from '../../syntax.ts';
import type { Reader } from './reader.ts';
import { known } from './reader.ts';

/** How strongly operators bind. */
const POWERS = new Map<string, number>(
  [
    ['?'],
    ['and', 'or', 'xor', '??'],
    ['band', 'bor', 'bxor', 'shl', 'shr'],
    `eq ne gt ge lt le like notlike match notmatch contains notcontains in notin replace split join is isnot as`.split(
      ' ',
    ),
    ['+', '-'],
    ['*', '/', '%'],
    ['f'],
    ['..'],
  ].flatMap((names, power) => names.map((name) => [name, power] as const)),
);
const WORD = /-([a-z]+)(?![\w-])/iuy;
const MARK = /\.\.|\?\?(?!=)|\?(?=[\s(])|[-+*/%](?![=])/uy;
const CASED =
  /^[ci](?=(?:eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|notcontains|in|notin|replace|split)$)/u;

/** An expression with the operators in it. */
export const expression = (reader: Reader): Expression => binary(reader, 0, true);

export const operation = (reader: Reader): Expression => binary(reader, 0, false);

function binary(reader: Reader, least: number, commas: boolean): Expression {
  return reader.deeper(
    () => {
      let left = commas ? items(reader) : unary(reader);
      for (let found = operator(reader, least); found !== null; found = operator(reader, least)) {
        const row = reader.row();
        reader.space();
        left = found === '?' ? choice(left, reader, commas) : joined(left, found, right(reader, found, commas), row);
      }
      return left;
    },
    { kind: 'unknown', text: '…' },
  );
}

const right = (reader: Reader, operator: string, commas: boolean): Expression =>
  binary(reader, (POWERS.get(operator) ?? 0) + 1, commas || /^(?:f|replace|join|split)$/u.test(operator));

/** The next operator that binds at least so strongly, taken; null where there is none. */
function operator(reader: Reader, least: number): string | null {
  const start = reader.at;
  reader.blanks();
  const word = reader.take(WORD)?.[1]?.toLowerCase();
  const found = word === undefined ? reader.take(MARK)?.[0] : word.replace(CASED, '');
  const power = found === undefined ? undefined : POWERS.get(found);
  if (found !== undefined && power !== undefined && power >= least) return found;
  reader.at = start;
  return null;
}

function joined(left: Expression, operator: string, right: Expression, row: number): Expression {
  if (operator === 'and' || operator === 'or' || operator === '??')
    return { kind: 'operation', operator, left, right, row };
  return known(`#${operator}`, [left, right], row);
}

function choice(test: Expression, reader: Reader, commas: boolean): Expression {
  const then = binary(reader, 1, commas);
  reader.space();
  if (!reader.takeMark(':')) return then;
  reader.space();
  return { kind: 'choice', test, then, otherwise: binary(reader, 0, commas) };
}

/** `a, b`: a list, which binds more strongly than every operator between two values. */
function items(reader: Reader): Expression {
  const found = [unary(reader)];
  for (;;) {
    const start = reader.at;
    reader.blanks();
    if (!reader.takeMark(',')) {
      reader.at = start;
      break;
    }
    reader.space();
    found.push(unary(reader));
  }
  const [only] = found;
  return found.length === 1 && only
    ? only
    : { kind: 'list', items: found.map((value) => ({ name: null, value, spread: false })) };
}

const UNARY = /-(not|bnot|join|split|isplit|csplit)(?![\w-])|!|,|\+\+|--|[-+]/iuy;

function unary(reader: Reader): Expression {
  const row = reader.row();
  const found = reader.take(UNARY);
  if (!found) return reader.grammar.operand(reader);
  reader.space();
  const of = reader.deeper(() => unary(reader), { kind: 'unknown', text: '…' });
  const mark = (found[1] ?? found[0]).toLowerCase();
  switch (mark) {
    case 'not':
    case '!':
      return { kind: 'not', of };
    case ',':
      return { kind: 'list', items: [{ name: null, value: of, spread: false }] };
    case '-':
      return of.kind === 'constant' && typeof of.value === 'number' ? { kind: 'constant', value: -of.value } : of;
    case 'join':
      return known('#join', [of], row);
    case 'split':
    case 'isplit':
    case 'csplit':
      return known('#split', [of], row);
    default:
      return of;
  }
}
