import type { Expression, Parameter, Statement } from '../../syntax.ts';
import { item } from './bodies.ts';
import { collecting } from './outputs.ts';
import { IMPLICIT, attributesHere, parameters, valueOfParameter } from './parameters.ts';
import type { Reader } from './reader.ts';
import { closure, known, name, text } from './reader.ts';

/** `function Name($a) { param($b) … }`. */
export function defined(word: string, reader: Reader): readonly Statement[] {
  reader.blanks();
  const written = reader.take(/[^\s(){}]+/uy)?.[0] ?? '';
  const own = written.replace(/^(?:global|script|local|private):/iu, '').toLowerCase();
  const row = reader.row();
  reader.blanks();
  const front = reader.is('(') ? parameters(reader) : [];
  const before = reader.inFunction;
  reader.inFunction = true;
  const inside = functionBody(reader, front, word === 'filter', row);
  reader.inFunction = before;
  return [
    {
      kind: 'function',
      definition: { name: `function:${own}`, ...inside, decorators: [], method: null, implicit: false, row },
    },
  ];
}

interface Inside {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

/** A body in braces, with the parameters at its beginning. */
function functionBody(reader: Reader, front: readonly Parameter[], piped: boolean, row: number): Inside {
  reader.space();
  reader.takeMark('{');
  reader.between();
  attributesHere(reader);
  const own = reader.take(/param(?=\s*\()/iuy) ? parametersHere(reader) : [];
  const all = [...front, ...own];
  const found = reader.grammar.statements(reader);
  reader.takeMark('}');
  const whole: readonly Statement[] = piped
    ? [{ kind: 'each', target: item, over: name('$input'), keys: false, body: found }]
    : found;
  return {
    parameters: [...all, ...IMPLICIT],
    body: collecting(
      whole.flatMap((one) => piecewise(one, all)),
      reader.outName(),
      row,
    ),
  };
}

function parametersHere(reader: Reader): readonly Parameter[] {
  reader.space();
  return parameters(reader);
}

/** `process { … }` runs for each value that is piped, else once for what the parameter was given. */
function piecewise(statement: Statement, all: readonly Parameter[]): readonly Statement[] {
  if (statement.kind !== 'each' || statement.over.kind !== 'name' || statement.over.name !== '$input')
    return [statement];
  const taker = all.find(({ option }) => option?.piped === true);
  const over = known(
    '#inputs',
    [name('$input'), taker ? valueOfParameter(taker) : { kind: 'constant', value: null }],
    0,
  );
  const binds: readonly Statement[] = taker
    ? [{ kind: 'bind', targets: [taker.target], value: name('$_'), row: 0 }]
    : [];
  return [{ ...statement, over, body: [...binds, ...statement.body] }];
}

/** A block in braces as a value. */
export function block(reader: Reader): Expression {
  const row = reader.row();
  const before = reader.inFunction;
  reader.inFunction = false;
  const { parameters: all, body: inside } = functionBody(reader, [], false, row);
  reader.inFunction = before;
  return closure(all, inside, row);
}

/** `param(…)` of a script takes the words of its command line. */
export function scriptParameters(reader: Reader, row: number): readonly Statement[] {
  const all = parametersHere(reader);
  const fields = all.flatMap(({ target }) => (target.kind === 'name' ? [target] : []));
  const made: Expression = {
    kind: 'record',
    fields: fields.map((target) => ({ key: text(target.name, row), value: name(target.name) })),
  };
  const taken = known('#arguments', [closure([...all, ...IMPLICIT], [{ kind: 'return', value: made }], row)], row);
  return [
    {
      kind: 'bind',
      targets: [{ kind: 'fields', fields: fields.map((target) => ({ key: target.name, target })) }],
      value: taken,
      row,
    },
  ];
}

/** `using module ./x.psm1`. */
export function used(reader: Reader, row: number): readonly Statement[] {
  reader.blanks();
  const isModule = reader.take(/module(?!\w)/iuy) !== null;
  const value = reader.grammar.pipeline(reader);
  const path: Expression =
    value.kind === 'call' ? (value.given.find((one) => one.name === '#name')?.value ?? value) : value;
  return isModule ? [{ kind: 'expression', value: known('#module', [path], row), row }] : [];
}
