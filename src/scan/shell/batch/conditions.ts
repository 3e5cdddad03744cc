import type { Out, Translator } from './out.ts';
import type { BatchReader } from './reader.ts';

const COMPARES: Readonly<Record<string, string>> = {
  equ: '=',
  neq: '!=',
  lss: '-lt',
  leq: '-le',
  gtr: '-gt',
  geq: '-ge',
};

/** `if [/i] [not] … command [else command]`. */
export function conditionHere(batch: Translator, nested: boolean, row: number): Out[] {
  const { reader } = batch;
  reader.blanks();
  let anyCase = reader.take(/\/i\s+/iuy) !== null;
  const not = reader.take(/not\s+/iuy) ? '! ' : '';
  anyCase ||= reader.take(/\/i\s+/iuy) !== null;
  const test = tested(reader, nested, anyCase);
  const then = batch.command(nested);
  const start = reader.at;
  reader.take(/[^\S\n]*/uy);
  const otherwise = reader.take(/else(?=[\s(])/iuy) ? batch.command(nested) : null;
  if (otherwise === null) reader.at = start;
  return [
    { text: `if ${not}${test}; then`, row },
    ...then,
    { text: ':', row },
    ...(otherwise ? [{ text: 'else', row }, ...otherwise, { text: ':', row }] : []),
    { text: 'fi', row },
  ];
}

function tested(reader: BatchReader, nested: boolean, anyCase: boolean): string {
  if (reader.take(/exist\s+/iuy)) return `[ -e ${reader.word(nested)?.shell ?? '""'} ]`;
  const defined = reader.take(/defined\s+([A-Za-z_][\w().-]*)/iuy)?.[1];
  if (defined !== undefined) return `[ -n "\${${reader.names.variable(defined)}}" ]`;
  if (reader.take(/(?:errorlevel|cmdextversion)\s+\S+/iuy)) return '[ -n "${ERRORLEVEL}" ]';
  const left = side(reader, anyCase, /\s*==\s*|\s+(equ|neq|lss|leq|gtr|geq)\s+/iuy);
  const right = lowered(reader.word(nested)?.inside ?? '', anyCase);
  return `[ "${left.text}" ${left.operator} "${right}" ]`;
}

/** The left side of a comparison: up to `==`, which needs no blanks around it. */
function side(
  reader: BatchReader,
  anyCase: boolean,
  operators: RegExp,
): { readonly text: string; readonly operator: string } {
  const end = reader.text.indexOf('\n', reader.at);
  const line = reader.text.slice(reader.at, end < 0 ? undefined : end);
  const found = /\s*==\s*|\s(?:equ|neq|lss|leq|gtr|geq)\s/iu.exec(line);
  if (!found) return { text: lowered(reader.word(true)?.inside ?? '', anyCase), operator: '=' };
  const part = reader.part(line.slice(0, found.index));
  reader.at += found.index;
  const word = reader.take(operators)?.[1];
  return { text: lowered(part, anyCase), operator: word === undefined ? '=' : (COMPARES[word.toLowerCase()] ?? '=') };
}

/** Small letters, of variables too. */
const lowered = (text: string, anyCase: boolean): string =>
  anyCase
    ? text
        .split(/(\$\{\w+\})/u)
        .map((piece, index) => (index % 2 === 0 ? piece.toLowerCase() : piece.replace('}', ',,}')))
        .join('')
    : text;
