import type { Outside, Place } from '../running.ts';
import { textsOf } from '../values.ts';
import { outermost } from './world.ts';

/** The variables that the program set, for what it starts. */
export function exportEnvironment(
  { shellCall: { state } }: Pick<Outside, 'shellCall'>,
  { module, row }: Pick<Place, 'module' | 'row'>,
): void {
  for (const [key, value] of outermost(module.scope).names) {
    if (!key.startsWith('env:')) continue;
    const name = key.slice(4);
    const [text = ''] = value === null ? [''] : textsOf(value);
    if (state.value(name) !== text) state.set(name, text, module.at(row));
    state.export(name);
  }
}
