import { unknown } from '../../marks.ts';
import { superMethod } from '../classes.ts';
import type { Place } from '../running.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, native } from '../values.ts';

/** Calls of functions that are bound to something: to arguments, or to the object of a base class. */

/** A function with some of its arguments bound (`functools.partial`). */
export function partial({ given: before }: NativeValue, given: Arguments, place: Place): Value {
  const [callee, ...first] = before?.positional ?? [];
  if (callee === undefined) return unknown('partial');
  const here = { scope: place.module.scope, module: place.module, returned: [] };
  const positional = [...first, ...given.positional];
  const named = new Map([...(before?.named ?? []), ...given.named]);
  return place.evaluator.call(callee, { positional, named }, place.row, here);
}

/** `super().method(…)`, `super(…)`. */
export function superCall(name: string, callee: NativeValue, given: Arguments, place: Place): Value {
  const self = isObject(callee.receiver, 'object')
    ? callee.receiver
    : isObject(callee.receiver, 'native')
      ? callee.receiver.receiver
      : undefined;
  const target = isObject(self, 'object')
    ? superMethod(self, name === 'super' ? 'constructor' : name, given.positional.length)
    : null;
  const here = { scope: place.module.scope, module: place.module, returned: [] };
  if (target) return place.evaluator.call(target, given, place.row, here);
  if (isObject(self, 'object') && name !== 'super') self.fields.set('#base', native('super', given));
  return native('super', given, self);
}
