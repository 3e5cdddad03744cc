import type { Expression, FunctionDefinition, Parameter } from '../../syntax.ts';
import type { Reader } from './reader.ts';
import { name, text } from './reader.ts';

const NO_VALUE = { kind: 'constant', value: null } as const;

/** What a function takes beside its parameters: the arguments that are left, and what it is piped. */
export const IMPLICIT: readonly Parameter[] = [
  { target: { kind: 'name', name: '$args', declares: true }, fallback: null, rest: 'list' },
  { target: { kind: 'name', name: '$input', declares: true }, fallback: NO_VALUE, rest: null },
];

/** True for a function that is called as a command, with parameters by their names. */
export const isCommand = ({ parameters: all }: FunctionDefinition): boolean =>
  all.some((one) => IMPLICIT.includes(one));

/** `([Parameter(Position = 0)] [string] $Name = 'x', [switch] $Force)`. */
export function parameters(reader: Reader): readonly Parameter[] {
  reader.takeMark('(');
  const found: Parameter[] = [];
  for (;;) {
    reader.space();
    if (reader.ended || reader.takeMark(')')) return found;
    if (reader.takeMark(',')) continue;
    const before = reader.at;
    const one = parameter(reader);
    if (one) found.push(one);
    if (reader.at === before) reader.at += 1;
  }
}

function parameter(reader: Reader): Parameter | null {
  const attributes = attributesHere(reader);
  const written = reader.take(/\$(?:\{([\w-]+)\}|(\w+))/uy);
  if (!written) return null;
  const own = (written[1] ?? written[2] ?? '').toLowerCase();
  reader.space();
  const flag = attributes.some((one) => /^switch(?:parameter)?$/iu.test(one));
  let fallback = reader.takeMark('=') ? read(reader) : null;
  if (flag) fallback ??= { kind: 'constant', value: false };
  const position = attributes.flatMap((one) => /\bPosition\s*=\s*(\d+)/iu.exec(one)?.[1] ?? [])[0];
  const aliases = attributes.flatMap((one) =>
    /^Alias\s*\(/iu.test(one)
      ? [...one.matchAll(/['"]([\w-]+)['"]/gu)].map((found) => (found[1] ?? '').toLowerCase())
      : [],
  );
  return {
    target: { kind: 'name', name: `$${own}`, declares: true },
    fallback,
    rest: null,
    option: {
      names: [own, ...aliases],
      flag,
      list: attributes.some((one) => /^[\w.]+\s*\[\s*\]$/u.test(one)),
      position: position === undefined ? null : Number(position),
      piped: attributes.some((one) => /ValueFromPipeline\b(?!\s*=\s*\$false)/iu.test(one)),
    },
  };
}

function read(reader: Reader): Parameter['fallback'] {
  reader.space();
  return reader.grammar.operation(reader);
}

/** What stands in brackets in front of a parameter or of `param`: types and attributes. */
export function attributesHere(reader: Reader): readonly string[] {
  const found: string[] = [];
  for (;;) {
    reader.space();
    if (!reader.is('[')) return found;
    const start = reader.at;
    let depth = 0;
    do {
      const char = reader.text.charAt(reader.at);
      if (char === '"' || char === "'") reader.grammar.operand(reader);
      else {
        if (/[[({]/u.test(char)) depth += 1;
        else if (/[\])}]/u.test(char)) depth -= 1;
        reader.at += 1;
      }
    } while (depth > 0 && !reader.ended);
    found.push(
      reader.text
        .slice(start + 1, reader.at - 1)
        .trim()
        .slice(0, 300),
    );
  }
}

/** The name under which a parameter is read, as an expression. */
export const valueOfParameter = (parameter: Parameter): Expression =>
  parameter.target.kind === 'name' ? name(parameter.target.name) : text('', 0);
