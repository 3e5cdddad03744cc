/**
 * How a language is written, as far as the common reader has to know it. The languages that have no parser of their own here
 * differ in few things: comments, texts, words, where a statement ends, and how functions, classes and loops begin.
 */
export interface Dialect {
  /** Marks of comments to the end of the line. */
  readonly comments: readonly string[];
  /** Comments with an end. */
  readonly blocks: readonly (readonly [open: string, close: string])[];
  readonly texts: readonly TextForm[];
  /** Holes of texts whose body begins in the next line (`<<X`); null where there are none. */
  readonly heredocs: readonly Hole[] | null;
  /** A word, as a sticky pattern. */
  readonly word: RegExp;
  /** Marks in front of names that say no more than that they are names: `$`, `@`. */
  readonly sigils: RegExp | null;
  /** True where the end of a line ends a statement. */
  readonly lines: boolean;
  /** Bodies in braces, or up to a word. */
  readonly bodies: 'braces' | 'end';
  /** Words that begin statements, and what they begin. */
  readonly words: Readonly<Record<string, Form>>;
  /** Words before a declaration that do not matter. */
  readonly modifiers: ReadonlySet<string>;
  /** `Type name = …` and `Type name(…) {` without a word in front. */
  readonly typed: boolean;
  /** Which word of a parameter is its name, where there are several. */
  readonly named: 'first' | 'last';
  /** The last value of a function is what it gives. */
  readonly implicit: boolean;
  /** Operators that other languages write in another way, by what they mean in the common form. */
  readonly operators: Readonly<Record<string, string>>;
  /** `test ? then : otherwise`. */
  readonly ternary: boolean;
  /** Members stand behind `->`, as a dot joins texts. */
  readonly arrows: boolean;
  /** What stands for the object in its methods, and whether a method finds the object's fields by their bare names. */
  readonly self: string | null;
  readonly bare: boolean;
  /** Words alone are calls unless something is assigned to them, and calls need no brackets. */
  readonly commands: boolean;
  /** What a brace at the start of an expression opens. */
  readonly brace: 'record' | 'function' | 'block';
  /** `Name{…}` makes an object. */
  readonly composite: boolean;
  /** `=` or `:` behind the name of an argument that is given by name. */
  readonly argument: '=' | ':' | null;
  readonly constants: Readonly<Record<string, boolean | null>>;
}

/** A kind of text literal. */
export interface TextForm {
  /** What begins it, as a sticky pattern. */
  readonly open: RegExp;
  /** What ends it. */
  readonly close: (opened: RegExpExecArray) => string;
  /** True where a backslash hides what follows; `doubled` where the closing mark does so by standing twice. */
  readonly escape: '\\' | '`' | 'doubled' | null;
  /** What may stand in it to be replaced by a value. */
  readonly holes: readonly Hole[];
  /** Its words are a list, or it is a command that runs. */
  readonly means?: 'words' | 'command' | 'pattern';
  /** It may stand only where a value is expected. */
  readonly operand?: true;
}

/** A way to put a value into a text: `#{x}`, `${x}`, `$(x)`, `{x}`, `$x`, `$x->y[0]`, `$x.y`. */
export type Hole = '#{' | '${' | '@{' | '$(' | '{' | '{$' | '$' | '$>' | '$.';

/** What a word begins. */
export type Form =
  | 'if'
  | 'unless'
  | 'elif'
  | 'else'
  | 'switch'
  | 'case'
  | 'for'
  | 'while'
  | 'until'
  | 'loop'
  | 'repeat'
  | 'block'
  | 'try'
  | 'catch'
  | 'finally'
  | 'return'
  | 'break'
  | 'continue'
  | 'throw'
  | 'function'
  | 'class'
  | 'extend'
  | 'declare'
  | 'import'
  | 'include'
  | 'skip'
  | 'end';

/** Lua calls a function with a text or a table without brackets, and methods with a colon. */
export const isLua = ({ words, bodies }: Dialect): boolean => words['local'] === 'declare' && bodies === 'end';

/** R takes members with `$`, and values with `[[…]]`. */
export const isR = ({ constants }: Dialect): boolean => constants['NA'] !== undefined;

/** Closing mark of a bracket, of any other mark itself. */
export const closing = (open: string): string => ({ '(': ')', '[': ']', '{': '}', '<': '>' })[open] ?? open;

/** `"…"` and `'…'` with backslashes. */
export const quoted = (open: RegExp, holes: readonly Hole[] = [], escape: TextForm['escape'] = '\\'): TextForm => ({
  open,
  close: ([mark]) => mark.slice(-1),
  escape,
  holes,
});

const WORDS: Readonly<Record<string, Form>> = {
  if: 'if',
  else: 'else',
  for: 'for',
  while: 'while',
  return: 'return',
  break: 'break',
};

/** Words that the languages after C share. */
export const C_WORDS: Readonly<Record<string, Form>> = {
  continue: 'continue',
  throw: 'throw',
  try: 'try',
  catch: 'catch',
  finally: 'finally',
  switch: 'switch',
  case: 'case',
  class: 'class',
  import: 'import',
};

/** Words with blanks between them. */
export const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** A language with braces, `//` and double quotes; the rest is what differs. */
export function dialect(differs: Partial<Dialect>): Dialect {
  return {
    comments: ['//'],
    blocks: [['/*', '*/']],
    texts: [quoted(/"/uy), quoted(/'/uy)],
    heredocs: null,
    word: /[\p{L}_][\p{L}\d_]*/uy,
    sigils: null,
    lines: false,
    bodies: 'braces',
    modifiers: new Set(),
    typed: false,
    named: 'first',
    implicit: false,
    operators: {},
    ternary: true,
    arrows: false,
    self: 'this',
    bare: false,
    commands: false,
    brace: 'block',
    composite: false,
    argument: null,
    constants: { true: true, false: false, null: null, nil: null },
    ...differs,
    words: { ...WORDS, ...differs.words },
  };
}
