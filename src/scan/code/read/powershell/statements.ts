import type { Expression, Parameter, Statement, Target } from '../../syntax.ts';
import { collecting, printing } from './outputs.ts';
import { IMPLICIT, attributesHere, parameters, valueOfParameter } from './parameters.ts';
import type { Reader } from './reader.ts';
import { closure, known, name, text } from './reader.ts';

const KEYWORD =
  /(if|foreach|for|while|do|switch|try|trap|function|filter|param|return|throw|exit|break|continue|begin|process|end|dynamicparam|clean|class|enum|using|data)(?![\w-])/iuy;
/** Words that are keywords in front of these only. */
const NEEDS: Readonly<Record<string, RegExp>> = {
  foreach: /\s*(?:-parallel\s*)?\(/iuy,
  begin: /\s*\{/uy,
  process: /\s*\{/uy,
  end: /\s*\{/uy,
  clean: /\s*\{/uy,
  dynamicparam: /\s*\{/uy,
  data: /\s*(?:\w+\s*)?\{/uy,
  switch: /\s*(?:-\w+\s*)*\(/uy,
  param: /\s*\(/uy,
  class: /\s+\w+\s*[:{]/uy,
  enum: /\s+\w+\s*\{/uy,
};

/** Statements up to a closing mark, which stays. */
export function statements(reader: Reader): readonly Statement[] {
  const found: Statement[] = [];
  for (;;) {
    reader.between();
    if (reader.ended || reader.peek(/[)}]/uy)) return found;
    const before = reader.at;
    found.push(...reader.deeper(() => statement(reader), []));
    if (reader.at === before) reader.at += 1;
  }
}

/** A whole script: what it gives is printed. */
export function script(reader: Reader): readonly Statement[] {
  const found: Statement[] = [];
  while (!reader.ended) {
    found.push(...statements(reader));
    // A bracket too many ends nothing.
    reader.at += 1;
  }
  return reader.cut ? [...printing(found), { kind: 'cut' }] : printing(found);
}

function statement(reader: Reader): readonly Statement[] {
  reader.take(/:\w+[^\S\n]+(?=foreach|for|while|do|switch)/iuy);
  const start = reader.at;
  const word = reader.take(KEYWORD)?.[1]?.toLowerCase();
  if (word !== undefined) {
    const needs = Object.hasOwn(NEEDS, word) ? NEEDS[word] : undefined;
    if (!needs || reader.peek(needs)) return keyword(word, reader);
    reader.at = start;
  }
  if (
    reader.peek(/\[\s*(?:CmdletBinding|OutputType|Diagnostics\.CodeAnalysis|System\.Diagnostics|Parameter|Alias)\b/iuy)
  ) {
    attributesHere(reader);
    return [];
  }
  return chain(reader);
}

/** `a && b || c`, or one pipeline, or an assignment. */
function chain(reader: Reader): readonly Statement[] {
  const found = [...assignment(reader)];
  for (;;) {
    reader.blanks();
    const mark = reader.take(/&&|\|\|/uy)?.[0];
    if (mark === undefined) return found;
    reader.space();
    const next = reader.take(/exit|throw|return/iuy) ? last(reader) : assignment(reader);
    if (mark === '&&') found.push(...next);
    else found.push({ kind: 'ways', ways: [[], next] });
  }
}

function last(reader: Reader): readonly Statement[] {
  optional(reader);
  return [{ kind: 'throw' }];
}

function assignment(reader: Reader): readonly Statement[] {
  const row = reader.row();
  const value = reader.grammar.pipeline(reader);
  reader.blanks();
  const operator = reader.take(/(\?\?|[-+*/%])?=(?!=)/uy);
  if (!operator) {
    if (value.kind === 'assignment') return [{ kind: 'bind', targets: [value.target], value: value.value, row }];
    return [{ kind: 'expression', value, row }];
  }
  reader.space();
  return [{ kind: 'bind', targets: targetsOf(value, reader), value: changed(value, operator[1], reader), row }];
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
    const [one, ...others] = statement(reader);
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

function targetOf(value: Expression, reader: Reader): Target | null {
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

function keyword(word: string, reader: Reader): readonly Statement[] {
  const row = reader.row();
  switch (word) {
    case 'if':
      return [condition(reader)];
    case 'foreach':
      return [each(reader)];
    case 'for':
      return counted(reader);
    case 'while':
      return [{ kind: 'while', test: parenthesised(reader), body: body(reader), step: [] }];
    case 'do':
      return repeated(reader);
    case 'switch':
      return cases(reader);
    case 'try':
      return attempt(reader);
    case 'trap':
      reader.take(/\s*\[[^\]\n]{0,100}\]/uy);
      body(reader);
      return [];
    case 'function':
    case 'filter':
      return defined(word, reader);
    case 'param':
      return scriptParameters(reader, row);
    case 'return':
      return [{ kind: 'return', value: optional(reader) }];
    case 'throw':
    case 'exit':
      return last(reader);
    case 'break':
    case 'continue':
      reader.take(/[^\S\n]+\w+/uy);
      return [{ kind: word }];
    case 'begin':
    case 'end':
      return body(reader);
    case 'process':
      return [{ kind: 'each', target: item, over: name('$input'), keys: false, body: body(reader) }];
    case 'using':
      return used(reader, row);
    default:
      return skipped(reader);
  }
}

const item: Target = { kind: 'name', name: '$_', declares: true };

/** What follows `return` or `throw` on the same line, null for nothing. */
function optional(reader: Reader): Expression | null {
  reader.blanks();
  return reader.ended || reader.peek(/[\n;)}]|\|\||&&/uy) ? null : assigned(reader);
}

/** Statements in braces. */
function body(reader: Reader): readonly Statement[] {
  reader.space();
  if (!reader.takeMark('{')) return [];
  const found = statements(reader);
  reader.takeMark('}');
  return found;
}

function parenthesised(reader: Reader): Expression {
  reader.space();
  return reader.is('(') ? reader.grammar.group(reader) : { kind: 'unknown', text: 'condition' };
}

function condition(reader: Reader): Statement {
  const test = parenthesised(reader);
  const then = body(reader);
  const start = reader.at;
  reader.space();
  if (reader.take(/elseif(?!\w)/iuy)) {
    const nested = reader.deeper((): readonly Statement[] => [condition(reader)], []);
    return { kind: 'if', test, then, otherwise: nested };
  }
  if (reader.take(/else(?!\w)/iuy)) return { kind: 'if', test, then, otherwise: body(reader) };
  reader.at = start;
  return { kind: 'if', test, then, otherwise: [] };
}

function each(reader: Reader): Statement {
  reader.take(/\s*(?:-parallel\s*)?\(\s*/iuy);
  const variable = reader.grammar.operand(reader);
  const target = targetOf(variable, reader) ?? item;
  reader.space();
  reader.take(/in(?!\w)/iuy);
  reader.space();
  const over = known('#each', [reader.grammar.pipeline(reader)], reader.row());
  closing(reader);
  return { kind: 'each', target, over, keys: false, body: body(reader) };
}

/** Passes what is left in front of a closing bracket. */
function closing(reader: Reader): void {
  reader.space();
  if (!reader.takeMark(')')) {
    statements(reader);
    reader.takeMark(')');
  }
}

function counted(reader: Reader): readonly Statement[] {
  reader.take(/\s*\(/uy);
  const parts: (readonly Statement[])[] = [[], [], []];
  for (let index = 0; index < 3; index += 1) {
    reader.space();
    if (!reader.peek(/[;)]/uy)) parts[index] = assignment(reader);
    reader.space();
    if (!reader.takeMark(';')) break;
  }
  closing(reader);
  const [start = [], middle = [], step = []] = parts;
  const [test] = middle.flatMap((one) => (one.kind === 'expression' ? [one.value] : []));
  return [...start, { kind: 'while', test: test ?? null, body: body(reader), step }];
}

/** `do { … } while (…)`: once, then as a loop. */
function repeated(reader: Reader): readonly Statement[] {
  const inside = body(reader);
  reader.space();
  const word = reader.take(/while|until/iuy)?.[0];
  if (word === undefined) return inside;
  const test = parenthesised(reader);
  const holds: Expression = /until/iu.test(word) ? { kind: 'not', of: test } : test;
  const again = reader.outName();
  const set = (value: Expression): Statement => ({
    kind: 'bind',
    targets: [{ kind: 'name', name: again, declares: true }],
    value,
    row: reader.row(),
  });
  return [
    set({ kind: 'constant', value: true }),
    { kind: 'while', test: name(again), body: inside, step: [set(holds)] },
  ];
}

/** `switch ($x) { 'a' { … } { $_ -gt 1 } { … } default { … } }`: each case that holds runs. */
function cases(reader: Reader): readonly Statement[] {
  const flags = (reader.take(/\s*((?:-\w+\s*)*)/uy)?.[1] ?? '').toLowerCase();
  const row = reader.row();
  const over = known('#each', [parenthesised(reader)], row);
  reader.space();
  if (!reader.takeMark('{')) return [];
  const tests: { readonly test: Expression; readonly body: readonly Statement[] }[] = [];
  let otherwise: readonly Statement[] = [];
  for (;;) {
    reader.between();
    if (reader.ended || reader.takeMark('}')) break;
    const before = reader.at;
    if (reader.take(/default(?=\s*\{)/iuy)) otherwise = body(reader);
    else {
      const pattern = reader.grammar.caseLabel(reader);
      tests.push({ test: tested(pattern, flags, row), body: body(reader) });
    }
    if (reader.at === before) reader.at += 1;
  }
  const chosen = tests.reduceRight<readonly Statement[]>(
    (rest, { test, body: inside }) => [{ kind: 'if', test, then: inside, otherwise: rest }],
    otherwise,
  );
  // A `break` leaves the switch, as it would a loop.
  return [{ kind: 'each', target: item, over, keys: false, body: chosen }];
}

function tested(pattern: Expression, flags: string, row: number): Expression {
  if (pattern.kind === 'function') return { kind: 'call', callee: pattern, given: [], row };
  const how = flags.includes('-regex') ? '#match' : flags.includes('-wildcard') ? '#like' : '#eq';
  return known(how, [name('$_'), pattern], row);
}

function attempt(reader: Reader): readonly Statement[] {
  const inside = body(reader);
  const ways: (readonly Statement[])[] = [];
  let always: readonly Statement[] = [];
  for (;;) {
    const start = reader.at;
    reader.space();
    if (reader.take(/catch(?!\w)/iuy)) {
      attributesHere(reader);
      while (reader.take(/\s*,/uy)) attributesHere(reader);
      ways.push(body(reader));
    } else if (reader.take(/finally(?!\w)/iuy)) always = body(reader);
    else {
      reader.at = start;
      break;
    }
  }
  // What the body ends is not what stands behind it: it may have failed before.
  return [{ kind: 'ways', ways: [inside, ...ways.map((way) => [...way])] }, ...always];
}

/** `function Name($a) { param($b) … }`. */
function defined(word: string, reader: Reader): readonly Statement[] {
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
  const found = statements(reader);
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
function scriptParameters(reader: Reader, row: number): readonly Statement[] {
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
function used(reader: Reader, row: number): readonly Statement[] {
  reader.blanks();
  const isModule = reader.take(/module(?!\w)/iuy) !== null;
  const value = reader.grammar.pipeline(reader);
  const path: Expression =
    value.kind === 'call' ? (value.given.find((one) => one.name === '#name')?.value ?? value) : value;
  return isModule ? [{ kind: 'expression', value: known('#module', [path], row), row }] : [];
}

/** Passes a class or a list of names. */
function skipped(reader: Reader): readonly Statement[] {
  reader.take(/[^{\n]*/uy);
  body(reader);
  return [];
}
