import type { Place } from '../../running.ts';
import type { Arguments, Value } from '../../values.ts';
import { native } from '../../values.ts';
import { hereOf } from '../world.ts';

/** A function of a library by its name, with what it is given: `Invoke-RestMethod` is one that sends requests. */
export function outside(name: string, given: Arguments, { evaluator, row, ...place }: Place): Value {
  return evaluator.call(native(name), given, row, hereOf({ evaluator, row, ...place }));
}
