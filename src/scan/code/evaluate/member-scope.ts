import { methodOf } from '../classes.ts';
import type { ClassValue, ObjectValue, Value } from '../values.ts';
import { Scope } from '../values.ts';

/** The members of an object as names, for languages whose methods find them so. */
export class MemberScope extends Scope {
  readonly #self: ObjectValue | ClassValue;

  constructor(outer: Scope | null, self: ObjectValue | ClassValue) {
    super(outer);
    this.#self = self;
    this.names = self.fields;
  }

  override get(name: string): Value | undefined {
    const self = this.#self;
    const of = self.kind === 'object' ? self.of : self;
    return this.names.get(name) ?? of.fields.get(name) ?? methodOf(of, name, self) ?? this.outer?.get(name);
  }
}
