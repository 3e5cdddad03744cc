import type { Evaluator, Running } from '../running.ts';
import type { ClassDefinition, Statement } from '../syntax.ts';
import type { Value } from '../values.ts';
import { Scope, isObject } from '../values.ts';

/** Decorators of libraries hear of the function, which stays what it is. */
export function decorated(
  { definition }: Extract<Statement, { kind: 'function' }>,
  here: Running,
  evaluator: Evaluator,
): Value {
  const made: Value = { kind: 'function', definition, scope: here.scope, module: here.module, self: undefined };
  let result: Value = made;
  for (const decorator of [...definition.decorators].reverse()) {
    const by = evaluator.value(decorator, here);
    if (isObject(by, 'native')) {
      if (isObject(result, 'function')) evaluator.around.decorated(by, result);
      continue;
    }
    const given = { positional: [result], named: new Map<string, Value>() };
    const changed = evaluator.call(by, given, definition.row, here);
    if (isObject(changed, 'function')) result = changed;
  }
  return result;
}

/** The value of a class, whose fields are evaluated where they stand. */
export function classOf(definition: ClassDefinition, here: Running, evaluator: Evaluator): Value {
  const bases = definition.bases.map((base) => evaluator.value(base, here));
  const fields = new Map<string, Value>();
  const scope = new Scope(here.scope);
  for (const { name, value } of definition.fields) {
    const made = value === null ? undefined : evaluator.value(value, { ...here, scope });
    if (made === undefined) continue;
    fields.set(name, made);
    scope.names.set(name, made);
  }
  return { kind: 'class', definition, scope: here.scope, module: here.module, bases, fields };
}
