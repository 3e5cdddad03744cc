import type { FunctionDefinition } from './syntax.ts';
import type { ClassValue, FunctionValue, ObjectValue, Value } from './values.ts';
import { isObject } from './values.ts';

/** The constructor of a class or of the nearest base that has one. */
export function constructorOf(of: ClassValue, self: Value, count?: number): FunctionValue | null {
  return methodOf(of, '__init__', self) ?? methodOf(of, 'constructor', self, count) ?? methodOf(of, 'initialize', self);
}

/** Bases first. */
export function lineage(of: ClassValue, depth = 0): readonly ClassValue[] {
  if (depth > 10) return [of];
  return [...of.bases.flatMap((base) => (isObject(base, 'class') ? lineage(base, depth + 1) : [])), of];
}

/** A method of a class or its bases, bound to an object; of several the one that takes `count` values. */
export function methodOf(of: ClassValue, name: string, self: Value, count?: number): FunctionValue | null {
  for (const one of [...lineage(of)].reverse()) {
    const definition = definitionOf(one, name, count);
    if (definition) return boundTo(one, definition, self);
    // A method that stands outside of its class was put there later.
    const added = one.fields.get(name);
    if (isObject(added, 'function')) return boundTo(one, added.definition, self, added.scope);
  }
  return null;
}

/** The method that a base has under a name. */
export function superMethod(self: ObjectValue, name: string, count?: number): FunctionValue | null {
  const bases = lineage(self.of).slice(0, -1).reverse();
  for (const one of bases) {
    const definition = definitionOf(one, name, count);
    if (definition) return boundTo(one, definition, self);
  }
  return null;
}

function definitionOf({ definition }: ClassValue, name: string, count?: number): FunctionDefinition | undefined {
  const found = definition.methods.filter((method) => method.name === name);
  return found.find(({ parameters }) => parameters.length === count) ?? found[0];
}

const boundTo = (of: ClassValue, definition: FunctionDefinition, self: Value, scope = of.scope): FunctionValue => ({
  kind: 'function',
  definition,
  scope,
  module: of.module,
  self: definition.method !== 'static' ? self : definition.implicit ? of : undefined,
});
