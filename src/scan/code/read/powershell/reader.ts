import type { Expression, Given, Parameter, Statement } from '../../syntax.ts';

/** Deeper programs are nobody's helper script. */
const MAX_DEPTH = 200;

/** Parts of the grammar that contain each other. */
export interface Grammar {
  /** One statement; those that stand for others come as several. */
  readonly statement: (reader: Reader) => readonly Statement[];
  /** Statements up to a closing mark, which is left where it is. */
  readonly statements: (reader: Reader) => readonly Statement[];
  /** A pipeline: an expression or a command, and what it is piped into. */
  readonly pipeline: (reader: Reader) => Expression;
  /** What may stand behind `=`: a pipeline, or a statement whose output is taken. */
  readonly assigned: (reader: Reader) => Expression;
  readonly expression: (reader: Reader) => Expression;
  /** An expression in which commas are not part of it, as in the arguments of a method. */
  readonly operation: (reader: Reader) => Expression;
  /** An operand with its members, without operators around it. */
  readonly operand: (reader: Reader) => Expression;
  /** `$( … )`: what the statements give. */
  readonly subExpression: (reader: Reader) => Expression;
  /** `( … )` and what it gives. */
  readonly group: (reader: Reader) => Expression;
  /** What a case of `switch` is compared with. */
  readonly caseLabel: (reader: Reader) => Expression;
  /** A block in braces: a function without a name. */
  readonly block: (reader: Reader) => Expression;
}

/** A place in the text of a PowerShell program, whose tokens depend on what is read: a command or an expression. */
export class Reader {
  readonly text: string;
  readonly grammar: Grammar;
  #at = 0;
  /** Names that are bound belong to the function that is read. */
  inFunction = false;
  /** Names that were written with the scope of the whole script. */
  readonly shared = new Set<Expression>();
  /** Some of the text was passed. */
  cut = false;
  #depth = 0;
  #outs = 0;
  readonly #starts: number[] = [0];

  constructor(text: string, grammar: Grammar) {
    this.text = text;
    this.grammar = grammar;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  get at(): number {
    return this.#at;
  }

  /** Never behind the end, where no pattern would find it. */
  set at(place: number) {
    this.#at = Math.min(place, this.text.length);
  }

  get ended(): boolean {
    return this.#at >= this.text.length;
  }

  /** The row of a place, counted from 0. */
  row(at = this.at): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** What a sticky pattern finds here, without taking it. */
  peek(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  take(pattern: RegExp): RegExpExecArray | null {
    const found = this.peek(pattern);
    if (found) this.at += found[0].length;
    return found;
  }

  is(mark: string): boolean {
    return this.text.startsWith(mark, this.at);
  }

  takeMark(mark: string): boolean {
    if (!this.is(mark)) return false;
    this.at += mark.length;
    return true;
  }

  /** Passes blanks, comments and continued lines. */
  blanks(): void {
    for (;;) {
      this.take(/(?:[^\S\n]|`\r?\n|\uFEFF)+/uy);
      if (this.is('<#')) {
        const end = this.text.indexOf('#>', this.at + 2);
        this.at = end < 0 ? this.text.length : end + 2;
      } else if (this.is('#')) {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else return;
    }
  }

  /** Passes blanks and ends of lines. */
  space(): void {
    do this.blanks();
    while (this.takeMark('\n'));
  }

  /** Passes what stands between statements. */
  between(): void {
    do this.space();
    while (this.takeMark(';'));
  }

  /** Reads one level deeper; passes everything at a depth that nobody writes. */
  deeper<T>(make: () => T, other: T): T {
    if (this.#depth >= MAX_DEPTH) {
      this.cut = true;
      this.at = this.text.length;
      return other;
    }
    this.#depth += 1;
    const made = make();
    this.#depth -= 1;
    return made;
  }

  /** A name under which one body collects what it gives. */
  outName(): string {
    this.#outs += 1;
    return `#out${this.#outs}`;
  }
}

/** The expression of a name. */
export const name = (of: string): Expression => ({ kind: 'name', name: of });
/** The expression of a text without anything to fill in. */
export const text = (of: string, row: number): Expression => ({ kind: 'text', parts: [of], row });
/** An argument; `as` is the name of its parameter. */
export const given = (value: Expression, as: string | null = null): Given => ({ name: as, value, spread: false });

/** A call of something that the evaluator's part for PowerShell knows by name. */
export const known = (of: string, values: readonly Expression[], row: number): Expression => ({
  kind: 'call',
  callee: name(of),
  given: values.map((value) => given(value)),
  row,
});

/** A body that is run where it stands, for what it gives. */
export const closure = (parameters: readonly Parameter[], body: readonly Statement[], row: number): Expression => ({
  kind: 'function',
  definition: { name: '', parameters, body, decorators: [], method: null, implicit: false, row },
});
