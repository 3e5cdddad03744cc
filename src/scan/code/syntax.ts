/**
 * Programs of all languages in one form, which the evaluator runs. Only what decides texts is kept: types, exceptions and
 * visibility are not.
 */
export type Expression =
  /** A literal with what is interpolated into it. */
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[]; readonly row: number }
  | { readonly kind: 'constant'; readonly value: number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly key: Expression }
  | {
      readonly kind: 'slice';
      readonly of: Expression;
      readonly from: Expression | null;
      readonly to: Expression | null;
    }
  | { readonly kind: 'call'; readonly callee: Expression; readonly given: readonly Given[]; readonly row: number }
  | { readonly kind: 'list'; readonly items: readonly Given[] }
  | { readonly kind: 'record'; readonly fields: readonly Field[] }
  | { readonly kind: 'function'; readonly definition: FunctionDefinition }
  | {
      readonly kind: 'operation';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly row: number;
    }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly then: Expression; readonly otherwise: Expression }
  /** `value for target in over if test`; with a key it makes a record. */
  | {
      readonly kind: 'comprehension';
      readonly key: Expression | null;
      readonly value: Expression;
      readonly rounds: readonly {
        readonly target: Target;
        readonly over: Expression;
        readonly test: Expression | null;
      }[];
    }
  | { readonly kind: 'assignment'; readonly target: Target; readonly value: Expression }
  | { readonly kind: 'class'; readonly definition: ClassDefinition }
  /** Gives one value more of those that the function makes; each of a collection where `all`. */
  | { readonly kind: 'yield'; readonly value: Expression; readonly all: boolean }
  | { readonly kind: 'unknown'; readonly text: string };

/** An argument or an element; `name` where it is given by name. */
export interface Given {
  readonly name: string | null;
  readonly value: Expression;
  /** `*list` or `**record`: each of its values stands for itself. */
  readonly spread: boolean;
}

/** One field of a record; key null for a record that is spread into it. */
export interface Field {
  readonly key: Expression | null;
  readonly value: Expression;
}

/** What a value is bound to. */
export type Target =
  /** A name of the innermost scope, or, where it is not declared there, of one around it. */
  | {
      readonly kind: 'name';
      readonly name: string;
      readonly declares: boolean;
      /** The name belongs to the whole program. */
      readonly root?: true;
    }
  | { readonly kind: 'place'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'items'; readonly items: readonly Target[] }
  | { readonly kind: 'fields'; readonly fields: readonly TargetField[] }
  /** Takes all that is left. */
  | { readonly kind: 'rest'; readonly target: Target }
  | { readonly kind: 'default'; readonly target: Target; readonly fallback: Expression };

/** `{ key: target }`; key null takes the fields that are left. */
export interface TargetField {
  readonly key: string | null;
  readonly target: Target;
}

/** One parameter of a function. */
export interface Parameter {
  readonly target: Target;
  readonly fallback: Expression | null;
  readonly rest: 'list' | 'record' | null;
  /** How it is given on a command line, in shells whose functions are commands. */
  readonly option?: ParameterOption;
}

/** A parameter that is given as `-Name value`. */
export interface ParameterOption {
  /** In small letters, without dashes. */
  readonly names: readonly string[];
  /** It stands for itself, without a value. */
  readonly flag: boolean;
  /** `a,b` of a command line is a list. */
  readonly list: boolean;
  readonly position: number | null;
  /** It takes what is piped. */
  readonly piped: boolean;
}

/** A function of the program. */
export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly decorators: readonly Expression[];
  /** The first parameter is the object it is called on. */
  readonly method: 'instance' | 'static' | 'property' | null;
  /** `this` stands for the object, where no parameter does. */
  readonly implicit: boolean;
  /** Members of the object are found by their bare names. */
  readonly bare?: true;
  /** Where it was defined. */
  readonly row: number;
}

/** A class of the program. */
export interface ClassDefinition {
  readonly name: string;
  readonly bases: readonly Expression[];
  readonly methods: readonly FunctionDefinition[];
  /** Values of the class, and of each object where `each`; `value` null for a field without one. */
  readonly fields: readonly { readonly name: string; readonly value: Expression | null; readonly each: boolean }[];
  /** Objects are made of the fields in order, as of a dataclass. */
  readonly record: boolean;
}

/** What an import binds. `name` null binds the module itself, `*` all of its names. */
export interface ImportedName {
  readonly name: string | null;
  readonly as: string;
}

/** One statement. */
export type Statement =
  | { readonly kind: 'expression'; readonly value: Expression; readonly row: number }
  | { readonly kind: 'bind'; readonly targets: readonly Target[]; readonly value: Expression; readonly row: number }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: 'each';
      readonly target: Target;
      readonly over: Expression;
      readonly keys: boolean;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'while';
      readonly test: Expression | null;
      readonly body: readonly Statement[];
      readonly step: readonly Statement[];
    }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  /** Ways, any one of which may be taken. */
  | { readonly kind: 'ways'; readonly ways: readonly (readonly Statement[])[] }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'throw' }
  /** The rest of the program was not read. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'function'; readonly definition: FunctionDefinition }
  | { readonly kind: 'class'; readonly definition: ClassDefinition }
  | { readonly kind: 'import'; readonly module: string; readonly names: readonly ImportedName[] }
  /** What the module gives to others under a name. */
  | { readonly kind: 'export'; readonly name: string; readonly value: Expression };
