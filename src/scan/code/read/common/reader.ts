import type { Expression, FunctionDefinition, Parameter, Statement } from '../../syntax.ts';
import { Cursor } from '../cursor.ts';
import type { Dialect } from '../dialect.ts';

/** Longer programs are nobody's helper script. */
const MAX_STATEMENTS = 20_000;

/** A function, and the type that it stands outside of: `func (c *Client) Get()`, `function M.get()`. */
export interface PlacedFunction extends FunctionDefinition {
  readonly of: string | null;
}

/**
 * The parts of a language that contain each other: an expression holds functions, which hold statements, which hold expressions.
 * The files that read them meet here rather than import one another in a circle; `common.ts` fills it in.
 */
export interface Grammar {
  /** An expression whose operators bind at least as strongly as `min`. */
  readonly expression: (reader: Reader, min?: number) => Expression;
  /** A function without a name, if one begins here: `(a) => …`, `|a| …`. */
  readonly lambda: (reader: Reader) => Expression | null;
  /** The block behind a call, as a function. */
  readonly closure: (reader: Reader) => FunctionDefinition;
  readonly functionFrom: (reader: Reader, method: FunctionDefinition['method']) => PlacedFunction;
  /** Parameters from the opening bracket to the closing one. */
  readonly parametersIn: (reader: Reader, close: string) => readonly Parameter[];
  readonly classStatement: (reader: Reader) => readonly Statement[];
  readonly statement: (reader: Reader) => readonly Statement[];
  /** Statements up to one of the words or marks, which is left. */
  readonly statementsTo: (reader: Reader, ...ends: readonly string[]) => readonly Statement[];
  /** The statements between braces. */
  readonly block: (reader: Reader) => readonly Statement[];
  /** The body of a statement: in braces, one statement, or up to `end`. */
  readonly body: (reader: Reader) => readonly Statement[];
  /** A statement that stands for a value. */
  readonly statementValue: (reader: Reader) => Expression;
}

/** What a text that is read was found in. */
export interface Surroundings {
  /** The line that it begins in, from 0. */
  readonly row: number;
  /** How deep it is nested. */
  readonly depth: number;
  /** Names that something is assigned to somewhere in the program: they are no calls. */
  readonly knownNames: ReadonlySet<string>;
}

/** A program that is being read: the place in its tokens, what was learnt on the way, and the grammar. */
export class Reader extends Cursor {
  readonly #grammar: Grammar;
  readonly knownNames: ReadonlySet<string>;
  /** Names that were written as records: `%args`. */
  readonly records = new Set<string>();
  /** Parameters that are fields as well: `__construct(private string $base)`. */
  readonly promoted = new Set<string>();
  /** `&name`, which a function may fill. */
  readonly references = new WeakSet<Expression>();
  /** `key => value`, as lists of two. */
  readonly pairs = new WeakSet<Expression>();
  /** Lists that stand for their values among others, as Perl's do. */
  readonly spreads = new WeakSet<Expression>();
  #bodied = false;
  #statements = 0;

  constructor(grammar: Grammar, dialect: Dialect, text: string, around: Surroundings) {
    super(dialect, text, around.row, around.depth);
    this.#grammar = grammar;
    this.knownNames = around.knownNames;
  }

  expression(min = 0): Expression {
    return this.#grammar.expression(this, min);
  }

  lambda(): Expression | null {
    return this.#grammar.lambda(this);
  }

  closure(): FunctionDefinition {
    return this.#grammar.closure(this);
  }

  functionFrom(method: FunctionDefinition['method']): PlacedFunction {
    return this.#grammar.functionFrom(this, method);
  }

  parametersIn(close: string): readonly Parameter[] {
    return this.#grammar.parametersIn(this, close);
  }

  classStatement(): readonly Statement[] {
    return this.#grammar.classStatement(this);
  }

  statement(): readonly Statement[] {
    return this.#grammar.statement(this);
  }

  statementsTo(...ends: readonly string[]): readonly Statement[] {
    return this.#grammar.statementsTo(this, ...ends);
  }

  block(): readonly Statement[] {
    return this.#grammar.block(this);
  }

  body(): readonly Statement[] {
    return this.#grammar.body(this);
  }

  statementValue(): Expression {
    return this.#grammar.statementValue(this);
  }

  /** Code inside of a text, which is a program of its own. */
  hole(code: string, row: number): Expression {
    const { knownNames, depth } = this;
    return new Reader(this.#grammar, this.dialect, code, { row, depth: depth + 1, knownNames }).expression();
  }

  /** Counts a statement; false where the program is too long to go on. */
  countStatement(): boolean {
    this.#statements += 1;
    return this.#statements <= MAX_STATEMENTS;
  }

  /** True where a brace begins the body of a statement rather than a part of the expression. */
  get bodied(): boolean {
    return this.#bodied;
  }

  /** A condition: a brace behind it begins the body. */
  condition(): Expression {
    return this.#with(true, () => this.expression());
  }

  /** Braces belong to expressions again, and ends of lines do not count. */
  free<T>(make: () => T): T {
    return this.#with(false, () => this.inside(make));
  }

  /** Braces belong to expressions again, and ends of lines count. */
  unbodied<T>(make: () => T): T {
    return this.#with(false, () => this.outside(make));
  }

  #with<T>(bodied: boolean, make: () => T): T {
    const before = this.#bodied;
    this.#bodied = bodied;
    const made = make();
    this.#bodied = before;
    return made;
  }
}
