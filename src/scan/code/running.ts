import type { Output } from './library/output.ts';
import type { Call } from '../shell/call.ts';
import type { Origin } from '../types.ts';
import type { Expression, FunctionDefinition, Statement } from './syntax.ts';
import type { Arguments, FunctionValue, Module, NativeValue, Scope, Value } from './values.ts';

/** How often a loop is gone round, and how many items of a list are followed. */
export const MAX_ROUNDS = 200;

/** What the evaluator asks of the world around a program. */
export interface Surroundings {
  /** A module of the program by the text of its import, null where it is a library. */
  readonly module: (name: string, from: Module) => Module | null;
  /** A call of something outside of the program. */
  readonly call: (callee: NativeValue, given: Arguments, place: Place) => Value;
  /** What a function of the program is called with, where a library fills its parameters. */
  readonly filled: (definition: FunctionDefinition, given: Arguments) => Arguments;
  /** A decorator of a library stands before a function. */
  readonly decorated: (by: NativeValue, value: FunctionValue) => void;
  /** A value of something outside of the program, such as a variable of the environment. */
  readonly read: (name: string, of?: NativeValue) => Value | undefined;
  /** What a loop over something outside of the program goes over, null where that is not known. */
  readonly items: (value: NativeValue, module: Module) => readonly Value[] | null;
  /** Remembers where a text was put together. */
  readonly wrote: (texts: readonly string[], place: Place) => void;
}

/** Where something happens. */
export interface Place {
  readonly module: Module;
  readonly row: number;
  readonly evaluator: Evaluator;
}

/** One running function or module. */
export interface Running {
  readonly scope: Scope;
  readonly module: Module;
  readonly returned: Value[];
  /** What a generator has given so far. */
  readonly yielded?: Value[];
}

/** What the parts of the evaluator ask of each other. */
export interface Evaluator {
  readonly around: Surroundings;
  /** True when the program has used up its steps. */
  readonly exhausted: boolean;
  readonly run: (statements: readonly Statement[], here: Running) => unknown;
  readonly value: (expression: Expression, here: Running) => Value;
  readonly call: (callee: Value, given: Arguments, row: number, here: Running) => Value;
  /** What a loop goes over; the keys of a record where `keys`. */
  readonly items: (value: Value, keys: boolean, module: Module) => readonly Value[];
}

/** What native functions ask of the job that runs the program. */
export interface Outside {
  readonly shellCall: Call;
  /** True when some file of the program names a variable that holds the token, or an argument does. */
  readonly mentionsToken: boolean;
  readonly module: Surroundings['module'];
  /** Where a text was put together, else where it is used. */
  readonly origin: (text: string, place: Place) => Origin;
  /** Words of the program's command line. */
  readonly argv: readonly string[];
  /** A variable of the job. */
  readonly variable: (name: string) => Value;
  /** Runs a file of the job in a scope of the program; false where there is none. */
  readonly script: (path: string, scope: Scope) => boolean;
  /** Folders to which the program goes back. */
  readonly folders: string[];
  /** What the program prints. */
  readonly output: Output;
}
