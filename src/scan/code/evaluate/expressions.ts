import { unknown, withoutLikely } from '../../marks.ts';
import { bind } from './bind.ts';
import { classOf } from './defining.ts';
import { memberOf } from './members.ts';
import { operate } from './operators.ts';
import type { Evaluator, Running } from '../running.ts';
import { MAX_ROUNDS } from '../running.ts';
import type { Expression, Given } from '../syntax.ts';
import type { Arguments, Value } from '../values.ts';
import {
  Scope,
  isObject,
  isText,
  joined,
  list,
  native,
  optionsOf,
  record,
  several,
  textOf,
  textsOf,
  truth,
} from '../values.ts';

/** The value of an expression; its parts are asked of the evaluator, which counts the steps. */
export function expressionValue(expression: Expression, here: Running, evaluator: Evaluator): Value {
  switch (expression.kind) {
    case 'text': {
      const value = joined(
        expression.parts.map((part) =>
          typeof part === 'string' ? [part] : textsOf(alone(evaluator.value(part, here))),
        ),
      );
      wrote(value, expression.row, here, evaluator);
      return value;
    }
    case 'constant':
      return expression.value;
    case 'name':
      return here.scope.get(expression.name) ?? evaluator.around.read(expression.name) ?? native(expression.name);
    case 'member':
      return memberValue(expression, here, evaluator);
    case 'index': {
      const key = evaluator.value(expression.key, here);
      return memberOf(evaluator.value(expression.of, here), key, here, evaluator);
    }
    case 'slice':
      return sliced(expression, here, evaluator);
    case 'call':
      return callOf(expression, here, evaluator);
    case 'list':
      return list(argumentsOf(expression.items, here, evaluator).positional);
    case 'record':
      return recordOf(expression, here, evaluator);
    case 'function':
      return {
        kind: 'function',
        definition: expression.definition,
        scope: here.scope,
        module: here.module,
        // A method that stands outside of its class gets its object when it is called.
        self: expression.definition.method === null ? here.scope.get('this') : undefined,
      };
    case 'class':
      return classOf(expression.definition, here, evaluator);
    case 'operation': {
      const value = operate(expression, here, evaluator);
      wrote(value, expression.row, here, evaluator);
      return value;
    }
    case 'not': {
      const holds = truth(evaluator.value(expression.of, here));
      return holds === null ? unknown('not') : !holds;
    }
    case 'choice': {
      const holds = truth(evaluator.value(expression.test, here));
      if (holds !== null) return evaluator.value(holds ? expression.then : expression.otherwise, here);
      return several([evaluator.value(expression.then, here), evaluator.value(expression.otherwise, here)]);
    }
    case 'comprehension':
      return comprehended(expression, here, evaluator);
    case 'assignment': {
      const value = evaluator.value(expression.value, here);
      bind(expression.target, value, here, evaluator);
      return value;
    }
    case 'yield': {
      const value = evaluator.value(expression.value, here);
      here.yielded?.push(
        ...(expression.all ? evaluator.items(value, true, here.module) : [value]).slice(0, MAX_ROUNDS),
      );
      return value;
    }
    case 'unknown':
      return unknown(expression.text);
  }
}

/** Remembers where a text that may be an address was put together. */
function wrote(value: Value, row: number, here: Running, evaluator: Evaluator): void {
  const texts = optionsOf(value).filter(isText);
  if (texts.some((text) => text.includes('/'))) evaluator.around.wrote(texts, { module: here.module, row, evaluator });
}

function memberValue(expression: Extract<Expression, { kind: 'member' }>, here: Running, evaluator: Evaluator): Value {
  // `import a.b` binds `a.b` as a whole.
  const dotted = dottedName(expression);
  const whole = dotted === null ? undefined : here.scope.get(dotted);
  return whole ?? memberOf(evaluator.value(expression.of, here), expression.name, here, evaluator);
}

function sliced({ of, from, to }: Extract<Expression, { kind: 'slice' }>, here: Running, evaluator: Evaluator): Value {
  const number = (side: Expression | null): number | undefined => {
    const value = side ? evaluator.value(side, here) : undefined;
    return typeof value === 'number' ? value : undefined;
  };
  const [start, end] = [number(from), number(to)];
  const value = evaluator.value(of, here);
  if (isObject(value, 'list')) return list(value.items.slice(start, end));
  if (isText(value) && (from === null || start !== undefined) && (to === null || end !== undefined))
    return value.slice(start, end);
  return isText(value) ? unknown('slice') : value;
}

function recordOf({ fields }: Extract<Expression, { kind: 'record' }>, here: Running, evaluator: Evaluator): Value {
  const found = new Map<string, Value>();
  for (const { key, value } of fields) {
    const made = evaluator.value(value, here);
    if (key !== null) found.set(keyText(evaluator.value(key, here)), made);
    else if (isObject(made, 'record')) for (const [name, inside] of made.fields) found.set(name, inside);
  }
  return record(found);
}

function comprehended(
  expression: Extract<Expression, { kind: 'comprehension' }>,
  here: Running,
  evaluator: Evaluator,
): Value {
  const scope = new Scope(here.scope);
  const inner: Running = { ...here, scope };
  const values: Value[] = [];
  const fields = new Map<string, Value>();
  const round = (index: number): void => {
    const next = expression.rounds[index];
    if (!next) {
      const value = evaluator.value(expression.value, inner);
      if (expression.key) fields.set(withoutLikely(textOf(evaluator.value(expression.key, inner))), value);
      else values.push(value);
      return;
    }
    for (const item of evaluator.items(evaluator.value(next.over, inner), true, here.module)) {
      if (evaluator.exhausted || values.length > MAX_ROUNDS) return;
      bind(next.target, item, inner, evaluator);
      if (next.test === null || truth(evaluator.value(next.test, inner)) !== false) round(index + 1);
    }
  };
  round(0);
  return expression.key ? record(fields) : list(values);
}

/** Values of arguments; those of a spread list stand for themselves. */
function argumentsOf(given: readonly Given[], here: Running, evaluator: Evaluator): Arguments {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  for (const { name, value, spread } of given) {
    const made = evaluator.value(value, here);
    if (name !== null) named.set(name, made);
    else if (!spread) positional.push(made);
    else if (isObject(made, 'record')) for (const [key, inside] of made.fields) named.set(key, inside);
    else if (positional.length < MAX_ROUNDS) positional.push(...evaluator.items(made, true, here.module));
  }
  return { positional, named };
}

function callOf(expression: Extract<Expression, { kind: 'call' }>, here: Running, evaluator: Evaluator): Value {
  const callee = evaluator.value(expression.callee, here);
  const given = argumentsOf(expression.given, here, evaluator);
  const value = evaluator.call(callee, given, expression.row, here);
  wrote(value, expression.row, here, evaluator);
  return value;
}

/** `@{[ … ]}`: a list of one stands for what is in it. */
const alone = (value: Value): Value =>
  isObject(value, 'list') && value.items.length === 1 ? (value.items[0] ?? null) : value;

/** `a.b.c` where it is made of names alone. */
export function dottedName(expression: Expression): string | null {
  if (expression.kind === 'name') return expression.name;
  const of = expression.kind === 'member' ? dottedName(expression.of) : null;
  return of === null || expression.kind !== 'member' ? null : `${of}.${expression.name}`;
}

/** The text of a key; a constant of a library has its name. */
const keyText = (key: Value): string =>
  isObject(key, 'native') && !key.fields.has('text') ? key.name : withoutLikely(textOf(key));
