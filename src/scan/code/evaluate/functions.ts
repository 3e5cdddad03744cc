import { LIKELY, hasToken, hasUnknown, unknown } from '../../marks.ts';
import { constructorOf, lineage, methodOf } from '../classes.ts';
import { bindParameters } from './bind.ts';
import type { Place, Running } from '../running.ts';
import type { Arguments, ClassValue, FunctionValue, ObjectValue, Value } from '../values.ts';
import { MemberScope } from './member-scope.ts';
import { Scope, isObject, isText, list, native, several } from '../values.ts';

/** The value of a call. */
export function called(callee: Value, given: Arguments, place: Place): Value {
  if (isObject(callee, 'function')) return runFunction(callee, given, place);
  if (isObject(callee, 'class')) return construct(callee, given, place);
  if (isObject(callee, 'native')) return place.evaluator.around.call(callee, given, place);
  if (isObject(callee, 'object')) {
    const invoked = methodOf(callee.of, '__call__', callee);
    if (invoked) return runFunction(invoked, given, place);
  }
  // `args(0)` of Scala.
  const [index] = given.positional;
  if (isObject(callee, 'list') && typeof index === 'number') return callee.items.at(index) ?? null;
  // A value that reads like a call, as a field of Ruby does.
  const bare = given.positional.length === 0 && given.named.size === 0;
  return bare && callee !== null && (typeof callee !== 'object' || /^(?:list|record|object|module)$/u.test(callee.kind))
    ? callee
    : unknown('call');
}

/** Runs a function of the program; what it may return. */
function runFunction(callee: FunctionValue, given: Arguments, { evaluator }: Place): Value {
  const { definition, module } = callee;
  const filled = evaluator.around.filled(definition, given);
  const self = callee.self;
  const members =
    definition.bare && (isObject(self, 'object') || isObject(self, 'class'))
      ? new MemberScope(callee.scope, self)
      : callee.scope;
  const scope = new Scope(members);
  const here: Running = { scope, module, returned: [], yielded: [] };
  const named = definition.method !== null && definition.method !== 'static' && !definition.implicit;
  if (self !== undefined && definition.implicit) scope.names.set('this', self);
  const positional = named && self !== undefined ? [self, ...filled.positional] : filled.positional;
  bindParameters(definition.parameters, { positional, named: filled.named }, here, evaluator);
  if (self !== undefined) scope.names.set('#self', self);
  if (isObject(self, 'object')) scope.names.set('super', native('super', null, self));
  const block = given.positional.at(-1);
  if (isObject(block, 'function')) scope.names.set('yield', block);
  evaluator.run(definition.body, here);
  if (here.yielded && here.yielded.length > 0) return list(here.yielded);
  return here.returned.length === 0 ? null : several(here.returned);
}

/** Makes an object: its fields, then its constructor. */
function construct(of: ClassValue, given: Arguments, place: Place): Value {
  const object: ObjectValue = { kind: 'object', of, fields: new Map() };
  const here: Running = { scope: new Scope(of.scope), module: of.module, returned: [] };
  here.scope.names.set('this', object);
  for (const one of lineage(of))
    for (const field of one.definition.fields) {
      const value = field.value && field.each ? place.evaluator.value(field.value, here) : one.fields.get(field.name);
      if (value !== undefined) object.fields.set(field.name, value);
    }
  const made = constructorOf(of, object, given.positional.length);
  if (made) runFunction(made, given, place);
  if (isSettings(of)) fillSettings(of, object, place);
  else if (made) return object;
  else if (lineage(of).some((one) => one.definition.record)) fillRecord(of, object, given);
  else inheritNative(of, object, given, place);
  return object;
}

/** A dataclass takes its fields in order. */
function fillRecord(of: ClassValue, object: ObjectValue, given: Arguments): void {
  const names = lineage(of).flatMap((one) => one.definition.fields.filter(({ each }) => each).map(({ name }) => name));
  names.forEach((name, index) => {
    const value = given.named.get(name) ?? given.positional[index];
    if (value !== undefined) object.fields.set(name, value);
  });
}

/** Classes of pydantic and its like whose fields are variables of the environment. */
const isSettings = (of: ClassValue): boolean =>
  lineage(of).some(({ bases }) =>
    bases.some((base) => isObject(base, 'native') && /(?:^|\.)BaseSettings$/u.test(base.name)),
  );

/** Each field is the variable of its name, with the prefix of the class, or else its default. */
function fillSettings(of: ClassValue, object: ObjectValue, { evaluator }: Place): void {
  const config = of.fields.get('model_config');
  const options = isObject(config, 'native')
    ? config.given?.named
    : isObject(config, 'record')
      ? config.fields
      : undefined;
  const prefix = options?.get('env_prefix');
  for (const one of lineage(of))
    for (const { name } of one.definition.fields) {
      const own = one.fields.get(name);
      const said = isObject(own, 'native') ? own.given : null;
      const alias = said?.named.get('alias') ?? said?.named.get('validation_alias') ?? said?.named.get('env');
      const variable = isText(alias) ? alias : `${isText(prefix) ? prefix : ''}${name}`;
      const value = evaluator.around.read(`os.environ.${variable.toUpperCase()}`);
      const fallback = said ? (said.named.get('default') ?? said.positional[0]) : own;
      if (value !== undefined && !(isText(value) && hasUnknown(value) && !hasToken(value)))
        object.fields.set(name, value);
      else object.fields.set(name, isText(fallback) ? fallback + LIKELY : (fallback ?? value ?? null));
    }
}

/** A class of a library as base: what it is given says what it does. */
function inheritNative(of: ClassValue, object: ObjectValue, given: Arguments, place: Place): void {
  const base = lineage(of)
    .flatMap(({ bases }) => bases)
    .find((one) => isObject(one, 'native'));
  if (isObject(base, 'native')) object.fields.set('#base', place.evaluator.around.call(base, given, place));
}
