import { balanced } from './collections.ts';
import { arguments_ } from './syntax.ts';

/** A function, method, constructor or record that a program defines. */
export interface Definition {
  /** What a call names: the class for a constructor. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** The expression it gives, or null. */
  readonly result: string | null;
  /** It makes an object, which has its parameters as fields. */
  readonly makes?: true;
}

/** A parameter, with the expression it has where a call gives none. */
export interface Parameter {
  readonly name: string;
  readonly fallback: string | null;
}

const MAX_LINE = 2_000;
const NAMED = /\b(?:def|fun|function|sub|func)\s+(?:\([^()]*\)\s*)?(\w+)\s*\(([^)]*)\)/u;
const ARROW = /^\s*(?:export\s+)?(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?(?:\(([^)]*)\)|(\w+))\s*=>/u;
const LAMBDA = /^\s*(\w+)\s*=\s*lambda\s+([\w\s,=]*):\s*(\S.*)$/u;
/** `def name = { a, b -> … }` of Groovy. */
const CLOSURE = /^\s*(?:def|val|var)\s+(\w+)\s*=\s*\{\s*((?:\w+\s+)?\w+(?:\s*,\s*(?:\w+\s+)?\w+)*)\s*->\s*(.*)$/u;
const METHOD =
  /^\s+(?:(?:async|static|public|private)\s+)*(?!if\b|for\b|while\b|switch\b|catch\b)(\w+)\s*\(([^()]*)\)\s*\{/u;
const CONSTRUCTOR = /^(?:__init__|__construct|constructor|initialize)$/u;
const FIELD = /^\s+(\w+)\s*:\s*[\w.[\]| "']+?(?:\s*=\s*(\S.*))?$/u;

/** The definition that a line begins, or null. */
export function definitionAt(code: readonly string[], index: number): Definition | null {
  const line = code[index] ?? '';
  if (line.length > MAX_LINE) return null;
  const following = code.slice(index + 1, index + 21);
  const lambda = LAMBDA.exec(line);
  if (lambda) return { name: lambda[1] ?? '', parameters: parametersOf(lambda[2] ?? ''), result: lambda[3] ?? null };
  const closure = CLOSURE.exec(line);
  if (closure) {
    const own = (closure[3] ?? '').replace(/\}\s*$/u, '').trim();
    const result = own === '' ? resultOf('', following) : own.replace(/^return\s+/u, '');
    return { name: closure[1] ?? '', parameters: parametersOf(closure[2] ?? ''), result };
  }
  // Long lists of parameters have a line for each.
  const head = /[(,]\s*$/u.test(line) ? balanced(line, following).replace(/\s*\n\s*/gu, ' ') : line;
  const match = NAMED.exec(head) ?? ARROW.exec(head) ?? METHOD.exec(head);
  if (!match) return recordAt(code, index);
  const [, written = '', list = match[3] ?? ''] = match;
  const name = CONSTRUCTOR.test(written) ? classAbove(code, index) : written;
  if (name === null) return null;
  const parameters = parametersOf(list, /\bfunc\b/u.test(head));
  if (CONSTRUCTOR.test(written)) return { name, parameters, result: null, makes: true };
  return { name, parameters, result: resultOf(head, following) };
}

function parametersOf(list: string, nameFirst = false): readonly Parameter[] {
  return arguments_(list)
    .map((one) => {
      const text = one.trim();
      const name = (nameFirst ? /^(\w+)/u : /[$]?(\w+)\s*\??\s*(?=[:=,]|$)/u).exec(text)?.[1] ?? '';
      return { name, fallback: /^[^=]*[^=!<>]=\s*(?!=)(\S[^]*)$/u.exec(text)?.[1] ?? null };
    })
    .filter(({ name }, index) => !(index === 0 && /^(?:self|cls)$/u.test(name)) && name !== '');
}

/** The class whose body a line stands in. */
function classAbove(code: readonly string[], index: number): string | null {
  for (let at = index; at >= 0 && index - at < 400; at -= 1) {
    const name = /^\s*(?:export\s+)?(?:default\s+)?(?:final\s+|abstract\s+)?class\s+(\w+)/u.exec(code[at] ?? '')?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

/** A class of fields only, as `@dataclass` and `NamedTuple` have them: its fields are what a call gives. */
function recordAt(code: readonly string[], index: number): Definition | null {
  const match = /^\s*class\s+(\w+)\s*(?:\(([\w., ]*)\))?\s*:/u.exec(code[index] ?? '');
  const decorated = code.slice(Math.max(0, index - 3), index).some((line) => /^\s*@(?:\w+\.)?dataclass\b/u.test(line));
  if (!match || !(decorated || /NamedTuple|BaseModel/u.test(match[2] ?? ''))) return null;
  const parameters: Parameter[] = [];
  for (const line of code.slice(index + 1, index + 41)) {
    if (line.trim() === '') continue;
    const field = FIELD.exec(line);
    if (!field) break;
    parameters.push({ name: field[1] ?? '', fallback: field[2] ?? null });
  }
  return { name: match[1] ?? '', parameters, result: null, makes: true };
}

/** What a function gives: the expression of an arrow, or its only `return`. */
function resultOf(line: string, following: readonly string[]): string | null {
  const arrow = /=>\s*(?!\{)(\S.*?);?\s*$/u.exec(line)?.[1];
  if (arrow !== undefined) return arrow;
  const own = /\breturn\s+(.+?)[;}]?\s*\}?\s*$/u.exec(line)?.[1];
  if (own !== undefined) return own;
  const end = following.findIndex((text) => /^\s*(?:def|function|async function|class|fun)\b|^\}/u.test(text));
  const body = end < 0 ? following : following.slice(0, end);
  const at = body.findIndex((text) => /^\s*return\s+\S/u.test(text));
  const returned = /^\s*return\s+(.+?);?\s*$/u.exec(body[at] ?? '')?.[1];
  return returned === undefined
    ? null
    : /[([+]$/u.test(returned)
      ? `${returned} ${body.slice(at + 1, at + 5).join(' ')}`
      : returned;
}
