import { LIKELY, unknown } from '../marks.ts';
import type { Binding } from '../shell/state.ts';
import type { Origin } from '../types.ts';
import type { Tree } from './tree.ts';
import { child, itemsOf, textOf } from './tree.ts';

/** A variable as the YAML declares it, before expansion. */
export interface Declared {
  readonly value: string;
  readonly expand: boolean;
  readonly at: Origin | null;
  /** Other values offered when a pipeline is started by hand. */
  readonly options?: readonly string[];
}

/** Declared variables by name. */
export type Variables = ReadonlyMap<string, Declared>;

const MAX_VALUE = 20_000;

/** A `variables:` block; entries are text or `{value, expand}`. */
export function readVariables(tree: Tree | undefined): Variables {
  const found = new Map<string, Declared>();
  if (tree?.kind !== 'dict') return found;
  for (const [name, node] of tree.entries) {
    const value = node.kind === 'dict' ? child(node, 'value') : node;
    if (value === undefined) continue;
    const offered = itemsOf(child(node, 'options')).map(textOf);
    const prefilled = (child(node, 'description') !== undefined || offered.length > 0) && textOf(value) !== '';
    found.set(name, {
      // A prefilled value is there to be replaced when somebody starts a pipeline by hand.
      value: textOf(value) + (prefilled ? LIKELY : ''),
      expand: textOf(child(node, 'expand')) !== 'false',
      at: value.kind === 'scalar' ? value.at : node.at,
      options: offered,
    });
  }
  return found;
}

/** Later layers win. */
export function layered(...layers: readonly Variables[]): Variables {
  const all = new Map<string, Declared>();
  for (const layer of layers) for (const [name, declared] of layer) all.set(name, declared);
  return all;
}

/** Expands `$X`, `${X}` and `%X%` in every value, nested ones included. `$$` stays a dollar sign. */
export function expandAll(variables: Variables): ReadonlyMap<string, Binding> {
  const done = new Map<string, string>();
  const valueOf = (name: string, stack: readonly string[]): string => {
    const declared = variables.get(name);
    if (!declared || stack.includes(name) || stack.length > 20) return unknown(name);
    if (!declared.expand || !/[$%]/u.test(declared.value)) return declared.value;
    // Worked out once each: a chain of variables that each name the next one twice would double the work at every link.
    const value = done.get(name) ?? expandText(declared.value, (inner) => valueOf(inner, [...stack, name]));
    done.set(name, value);
    return value;
  };
  return new Map(Array.from(variables, ([name, { at }]) => [name, { value: valueOf(name, []), at }]));
}

/** Expands variables the way GitLab does outside of scripts. */
export function expandText(text: string, lookUp: (name: string) => string): string {
  let length = text.length;
  const expanded = text.replace(
    /\$\$|\$\{(\w+)\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%/gu,
    (token, braced?: string, bare?: string, windows?: string) => {
      const name = braced ?? bare ?? windows;
      if (name === undefined) return '$';
      const value = length > MAX_VALUE ? '' : lookUp(name);
      length += value.length;
      return token.startsWith('%') && value.length > 200 ? token : value;
    },
  );
  return expanded.slice(0, MAX_VALUE);
}

/** One layer for the values as they are, and one for each value that is offered instead. */
export function offeredLayers(variables: Variables): readonly Variables[] {
  const layers: Variables[] = [new Map()];
  for (const [name, declared] of variables) {
    for (const option of (declared.options ?? []).slice(0, 50)) {
      if (option + LIKELY !== declared.value) layers.push(new Map([[name, { ...declared, value: option + LIKELY }]]));
    }
  }
  return layers;
}

const MAX_COMBINATIONS = 200;

/** `parallel: matrix` as one layer of variables per job; a job without it has a single empty layer. */
export function matrixLayers(parallel: Tree | undefined): {
  readonly layers: readonly Variables[];
  readonly complete: boolean;
} {
  const layers: Variables[] = [];
  let complete = true;
  for (const entry of itemsOf(child(parallel, 'matrix'))) {
    if (entry.kind !== 'dict') continue;
    let combinations: Map<string, Declared>[] = [new Map<string, Declared>()];
    for (const [name, values] of entry.entries) {
      combinations = combinations.flatMap((combination) =>
        itemsOf(values)
          .slice(0, MAX_COMBINATIONS + 1)
          .map((value) =>
            new Map<string, Declared>(combination).set(name, { value: textOf(value), expand: true, at: value.at }),
          ),
      );
      if (combinations.length > MAX_COMBINATIONS) {
        combinations = combinations.slice(0, MAX_COMBINATIONS);
        complete = false;
      }
    }
    layers.push(...combinations);
  }
  complete &&= layers.length <= MAX_COMBINATIONS;
  return { layers: layers.length === 0 ? [new Map()] : layers.slice(0, MAX_COMBINATIONS), complete };
}
