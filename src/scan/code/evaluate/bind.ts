import { LIKELY, unknown } from '../../marks.ts';
import { withPart } from '../address-parts.ts';
import type { Evaluator, Running } from '../running.ts';
import { memberOf, setMember } from './members.ts';
import type { Parameter, Target } from '../syntax.ts';
import type { Arguments, Scope, Value } from '../values.ts';
import { NO_ARGUMENTS, each, isObject, isText, list, optionsOf, record, several } from '../values.ts';

/** Binds a value to a name, a place, or the parts of a pattern. */
export function bind(target: Target, value: Value, here: Running, evaluator: Evaluator): void {
  switch (target.kind) {
    case 'name':
      if (target.name === '') return;
      scopeFor(target, here.scope).names.set(target.name, value);
      return;
    case 'place': {
      const key = evaluator.value(target.key, here);
      if (target.of.kind === 'name' && isText(key) && replacedPart(target.of.name, key, value, here)) return;
      for (const one of optionsOf(evaluator.value(target.of, here)))
        setMember(one, key, given(one, key, value, here, evaluator));
      return;
    }
    case 'default':
      bind(target.target, value ?? evaluator.value(target.fallback, here), here, evaluator);
      return;
    case 'rest':
      bind(target.target, value, here, evaluator);
      return;
    case 'items':
      target.items.forEach((item, index) => {
        const rest = item.kind === 'rest';
        bind(
          item,
          each(value, (one) => part(one, index, rest)),
          here,
          evaluator,
        );
      });
      return;
    case 'fields':
      for (const { key, target: inner } of target.fields)
        bind(inner, key === null ? value : memberOf(value, key, here, evaluator), here, evaluator);
  }
}

/** Addresses are texts here, so a part that is set gives the name a new text. */
function replacedPart(name: string, key: string, value: Value, { scope }: Running): boolean {
  const before = scope.get(name);
  const made = before === undefined ? undefined : withPart(before, key, value);
  if (made !== undefined) home(name, scope).names.set(name, made);
  return made !== undefined;
}

function scopeFor({ name, declares, root }: Extract<Target, { kind: 'name' }>, scope: Scope): Scope {
  if (!root) return declares ? scope : home(name, scope);
  let outermost = scope;
  while (outermost.outer) outermost = outermost.outer;
  return outermost;
}

/** What a library is given by `options.CredentialsProvider = () => …` is what the function gives. */
function given(of: Value, key: Value, value: Value, here: Running, evaluator: Evaluator): Value {
  const asked = isObject(of, 'native') && isObject(value, 'function') && isText(key) && /credential|auth/iu.test(key);
  return asked ? evaluator.call(value, NO_ARGUMENTS, value.definition.row, here) : value;
}

/** The scope that has the name; a new name belongs to the innermost. */
function home(name: string, scope: Scope): Scope {
  for (let one: Scope | null = scope; one; one = one.outer) if (one.names.has(name)) return one;
  return scope;
}

function part(value: Value, index: number, rest: boolean): Value {
  if (isObject(value, 'list')) return rest ? list(value.items.slice(index)) : (value.items[index] ?? null);
  if (isText(value)) return unknown('part');
  return value;
}

/** Binds parameters to what a function is given. */
export function bindParameters(
  parameters: readonly Parameter[],
  given: Arguments,
  here: Running,
  evaluator: Evaluator,
): void {
  const left = new Map(given.named);
  let position = 0;
  for (const { target, fallback, rest } of parameters) {
    const name = target.kind === 'name' ? target.name : '';
    if (rest === 'list') {
      bind(target, list(given.positional.slice(position)), here, evaluator);
      position = given.positional.length;
    } else if (rest === 'record') bind(target, record(left), here, evaluator);
    else {
      const named = left.get(name);
      left.delete(name);
      const options = given.positional.length <= position && isLeft(left, parameters) ? taken(left) : undefined;
      const value = named ?? given.positional[position] ?? options;
      if (named === undefined) position += 1;
      here.scope.names.set(name, null);
      bind(
        target,
        value === undefined || (value === null && fallback) ? byDefault(fallback, name, here, evaluator) : value,
        here,
        evaluator,
      );
    }
  }
}

/** Values by name that no parameter has a name for: together they are the last argument, as in Ruby. */
const isLeft = (left: ReadonlyMap<string, Value>, parameters: readonly Parameter[]): boolean =>
  left.size > 0 &&
  parameters.every(({ target, rest }) => rest !== 'record' && !(target.kind === 'name' && left.has(target.name)));

function taken(left: Map<string, Value>): Value {
  const made = record(left);
  left.clear();
  return made;
}

/** A default can be replaced by another call, so texts of it are likely where the program names a project by them alone. */
function byDefault(fallback: Parameter['fallback'], name: string, here: Running, evaluator: Evaluator): Value {
  if (!fallback) return unknown(name === '' ? 'parameter' : name);
  const value = evaluator.value(fallback, here);
  return several(optionsOf(value).map((one) => (isText(one) && one.includes('/') ? one + LIKELY : one)));
}
