import { unknown } from '../../marks.ts';
import type { Arg } from '../../shell/call.ts';
import type { Language } from './language.ts';
import type { ProgramFunction } from './expression.ts';
import { DOT_JOINS, Expressions, MAX_VALUES, likely } from './expression.ts';
import { NAME, STRING, concatenationLength, openedIn } from './syntax.ts';
import { ProgramCalls } from './calls.ts';
import type { DataFile } from './data.ts';
import { definitionAt } from './functions.ts';
import { unpacked } from './unpack.ts';
import { balanced, readCollection, startsCollection } from './collections.ts';

/** Enough of what a parameter is given to find `MAX_VALUES` different ones. */
const MAX_GIVEN = 400;

/** Values of a program's variables: each name has all texts it was given, in order. */
export class Values {
  readonly #language: Language;
  readonly #environment: (name: string) => string | undefined;
  readonly #names = new Map<string, readonly string[]>();
  readonly #functions = new Map<string, ProgramFunction>();
  readonly #expressions: Expressions;
  #calledBy: { readonly code: readonly string[]; readonly calls: ProgramCalls } | null = null;

  constructor(language: Language, environment: (name: string) => string | undefined) {
    this.#language = language;
    this.#environment = environment;
    this.#expressions = new Expressions({
      language,
      environment,
      get: (name) => this.#names.get(name),
      functionOf: (name) => this.#functions.get(name),
      within: (bound, body) => this.#within(bound, body),
    });
  }

  /** All values of an expression; empty when it is not understood. */
  evaluate(text: string): readonly string[] {
    return this.#expressions.evaluate(text);
  }

  #within(bound: ReadonlyMap<string, readonly string[]>, body: () => readonly string[]): readonly string[] {
    const saved = new Map([...bound.keys()].map((name) => [name, this.#names.get(name)] as const));
    for (const [name, values] of bound) if (values.length > 0) this.#names.set(name, values);
    const found = body();
    for (const [name, values] of saved) {
      if (values) this.#names.set(name, values);
      else this.#names.delete(name);
    }
    return found;
  }

  /** Arguments of the command line, by name and by position. */
  bindArguments(args: readonly Arg[]): void {
    args.forEach(({ value }, index) => {
      const name = /^--?([A-Za-z][\w-]*)(?:=([^]*))?$/u.exec(value);
      const next = args[index + 1]?.value ?? '';
      if (name) {
        const key = (name[1] ?? '').replaceAll('-', '_');
        for (const one of [key, key.toLowerCase(), `args.${key}`, `options.${key}`])
          this.#names.set(one, [name[2] ?? next]);
      }
      this.#names.set(`argv[${index + 1}]`, [value]);
      this.#names.set(`argv[${index + 2}]js`, [value]);
      this.#names.set(`%${index + 1}`, [value]);
    });
  }

  /** Takes in what one line binds: an assignment, a loop over literals, or a call with literal arguments. */
  readLine(text: string, code: readonly string[], index: number): void {
    this.#destructured(text);
    this.#unpack(text);
    this.#members(text);
    this.#loop(text);
    this.#calls(code, index);
    const assignment = this.#assignment(text, code, index);
    if (!assignment) return;
    if (startsCollection(assignment.expression)) this.#collect(assignment.name, assignment.expression);
    // A list of Perl is no expression in brackets, whose first text would be its value.
    if (this.#language === 'perl' && /^\s*@|^\s*(?:my|our)\s+@/u.test(text)) return;
    const values = this.evaluate(assignment.expression);
    if (values.length === 0) return;
    const all = values.slice(-MAX_VALUES);
    this.#names.set(assignment.name, all);
    // `ext.base = …` is read as `base` elsewhere.
    const last = assignment.name.split('.').at(-1);
    if (last !== undefined && last !== assignment.name) this.#names.set(last, all);
  }

  #assignment(text: string, code: readonly string[], index: number): { name: string; expression: string } | null {
    const match =
      /^\s*(?:(?:export|const|let|var|val|def|final|my|our|String|private|public|static|\[\w+\])\s+)*[$@]?([A-Za-z_][\w.]*)\s*(?::\s*[\w.<>[\]| ]+)?\s*(?::=|=)(?![=>~])\s*(.*)$/u.exec(
        text,
      );
    if (!match) return null;
    const open = match[2] ?? '';
    const name = match[1] ?? '';
    if (startsCollection(open)) return { name, expression: balanced(open, code.slice(index + 1)) };
    // A parenthesised value may go on for some lines.
    const continued = /[([+]\s*$/u.test(open) || open === '' ? code.slice(index + 1, index + 6).join(' ') : '';
    return { name, expression: `${open} ${continued}` };
  }

  /** `const { NAME: local, OTHER } = process.env`. */
  #destructured(text: string): void {
    const list = /\{([^{}]*)\}\s*=\s*(?:process\.env|import\.meta\.env|Deno\.env\.toObject\(\))/u.exec(text)?.[1];
    for (const part of list?.split(',') ?? []) {
      const match = /^\s*(\w+)\s*(?::\s*(\w+))?/u.exec(part);
      const name = match?.[1] ?? '';
      if (match) this.#names.set(match[2] ?? name, [this.#environment(name) ?? unknown(name)]);
    }
  }

  /** `({ id, file }) =>`, `for (const { id } of …)`: each name takes what stands under it in some mapping. */
  #members(text: string): void {
    const list =
      /\(\s*\{([\w\s,:]{1,400})\}\s*\)\s*=>|\bfor\s*\(\s*(?:const|let|var)\s*\{([\w\s,:]{1,400})\}\s*of\b/u.exec(text);
    for (const part of (list?.[1] ?? list?.[2])?.split(',') ?? []) {
      const [key = '', local = key] = part.split(':').map((word) => word.trim());
      const values = this.#names.get(`#${key}`);
      if (values) this.#names.set(local, values);
    }
  }

  /** What a JSON or YAML file of the program holds; the program decides what it takes, so it is likely. */
  bindData({ name, values, keys, fields }: DataFile): void {
    for (const [key, found] of fields) this.#names.set(`#${key}`, this.#several(found));
    if (name === null) return;
    if (values.length > 0) this.#names.set(name, this.#several(values));
    if (keys.length > 0) this.#names.set(`${name}#keys`, this.#several(keys));
  }

  /** `a, b = …`: all expressions are evaluated before a name changes. */
  #unpack(text: string): void {
    const bound = unpacked(text).map(({ name, expression }) => [name, this.evaluate(expression)] as const);
    for (const [name, values] of bound) if (values.length > 0) this.#names.set(name, values);
  }

  #collect(name: string, expression: string): void {
    // A slice of Go: `[]string{"a", "b"}`.
    const list = expression.replace(/^\s*\[\d*\][\w.]+\s*\{([^{}]*)\}/u, '[$1]');
    const found = readCollection(list, (literal) => this.evaluate(literal));
    if (!found) return;
    const bind = (key: string, values: readonly string[]): void => {
      if (values.length > 0) this.#names.set(key, values.length === 1 ? values : this.#several(values));
    };
    bind(name, found.values);
    bind(`${name}#keys`, found.keys);
    found.columns.forEach((column, index) => {
      bind(`${name}#${index}`, column);
    });
    for (const [key, values] of found.fields) {
      bind(`${name}.${key}`, values);
      // A loop over mappings has another name for each of them, so the key alone has to do.
      bind(`#${key}`, [...(this.#names.get(`#${key}`) ?? []), ...values]);
    }
  }

  /** `for a, b in X.items()`, `for (const [a, b] of …)`, `X.each do |a, b|`: each name takes its part. */
  #pairLoop(text: string): boolean {
    const match =
      /\bfor\s*\(?\s*(?:const|let|var|my)?\s*[[(]?\s*(\w+)\s*,\s*(\w+)\s*[\])]?\s+(?:in|of)\s+(?:Object\.entries\(|enumerate\()?\s*(\w+)/u.exec(
        text,
      );
    const block = /\b(\w+)\.(?:each|each_pair|forEach|map)\s*(?:do|\{|\()\s*\(?\|?\(?\s*(\w+)\s*,\s*(\w+)\s*\)?/u.exec(
      text,
    );
    const [first, second, source] = match ? match.slice(1) : [block?.[2], block?.[3], block?.[1]];
    if (first === undefined || second === undefined || source === undefined) return false;
    const name = source;
    const numbered = /\benumerate\(/u.test(text);
    const [left, right] = numbered
      ? [undefined, this.#names.get(name)]
      : [
          this.#names.get(`${name}#keys`) ?? this.#names.get(`${name}#0`),
          this.#names.get(`${name}#1`) ?? this.#names.get(name),
        ];
    if (left) this.#names.set(first, left);
    if (right) this.#names.set(second, right);
    return left !== undefined || right !== undefined;
  }

  /** `foreach ([…] as $key => $value)` of PHP, `for my $x (…)` of Perl, `for _, x := range […]` of Go. */
  #listLoop(text: string): boolean {
    const php = /\bforeach\s*\((.*?)\s+as\s+(?:&?\$(\w+)\s*=>\s*)?&?\$(\w+)\s*\)/u.exec(text);
    const go = /\bfor\s+(\w+)\s*(?:,\s*(\w+)\s*)?:?=\s*range\s+(.*?)\s*\{\s*$/u.exec(text);
    const perl = /\bfor(?:each)?\s+(?:my\s+|our\s+)?\$(\w+)\s*\((.*?)\)\s*(?:\{|$)/u.exec(text);
    const [source, key, name] = php?.slice(1) ?? (go ? [go[3], go[1], go[2]] : [perl?.[2], undefined, perl?.[1]]);
    if (source === undefined || name === undefined) return false;
    const held = /^\s*[$@]?([A-Za-z_]\w*)\s*$/u.exec(source)?.[1];
    if (held === undefined) this.#collect(name, go ? source : `[${source.replace(/^\s*[[(]|[\])]\s*$/gu, '')}]`);
    else {
      const values = this.#names.get(held);
      if (values) this.#names.set(name, this.#several(values));
      const keys = this.#names.get(`${held}#keys`);
      if (keys && key !== undefined) this.#names.set(key, this.#several(keys));
    }
    return true;
  }

  /** `list.each { item ->` of Groovy and Kotlin. */
  #closure(text: string): boolean {
    const [, held = '', name = ''] = /\b(\w+)\.(?:each|forEach|collect|map)\s*\{\s*(\w+)\s*->/u.exec(text) ?? [];
    const values = this.#names.get(held);
    if (values) this.#names.set(name, this.#several(values));
    return values !== undefined;
  }

  #loop(text: string): void {
    if (this.#listLoop(text)) return;
    if (this.#pairLoop(text)) return;
    if (this.#closure(text)) return;
    const named = /\bfor(?:each)?\s*\(?\s*(?:const|let|var|my)?\s*[$]?(\w+)\s+(?:in|of)\s+[(@]*([^]*)$/u.exec(text);
    const block =
      /(?:listOf|arrayOf|setOf|%w)?[([]([^\])]*)[\])]\s*\.(?:forEach|each|map)\s*(?:\{|\(|do)?\s*\(?\|?\s*(\w+)/u.exec(
        text,
      );
    const name = named?.[1] ?? block?.[2];
    const source = named?.[2] ?? block?.[1];
    if (name === undefined || source === undefined) return;
    const words = /%[wi][[({]([^\])}]*)[\])}]\s*\.\w+/u.exec(text)?.[1];
    if (words !== undefined) {
      this.#names.set(name, this.#several(words.split(/\s+/u).filter((word) => word !== '')));
      return;
    }
    const field = /^\s*[$@]?\w+(?:\[\s*:?["'](\w+)["']\s*\]|\.(?:get|fetch)\(\s*:?["'](\w+)["'])/u.exec(source);
    const strings = field
      ? (this.#names.get(`#${field[1] ?? field[2] ?? ''}`) ?? [])
      : [...source.matchAll(new RegExp(STRING.source, 'gu'))].flatMap((match) => this.#expressions.literal(match));
    const listed =
      field || strings.length > 0 ? strings : (this.#names.get(/^\s*[$@]?(\w+)/u.exec(source)?.[1] ?? '') ?? []);
    if (listed.length > 0) this.#names.set(name, this.#several(listed));
  }

  #callsOf(code: readonly string[]): ProgramCalls {
    if (this.#calledBy?.code !== code) this.#calledBy = { code, calls: new ProgramCalls(code) };
    return this.#calledBy.calls;
  }

  /** `f("a")` binds the parameter of a function that the program defines. */
  #calls(code: readonly string[], index: number): void {
    const definition = definitionAt(code, index);
    if (!definition) return;
    const { name, result } = definition;
    const parameters = definition.parameters.map((parameter) => parameter.name);
    if (result !== null) this.#functions.set(name, { parameters, result });
    const values = parameters.map((): string[] => []);
    for (const { line, given } of this.#callsOf(code).of(name, index)) {
      this.#loop(line);
      given.forEach((argument, position) => {
        const keyed = /^(\w+)\s*=(?!=)\s*([^]*)$/u.exec(argument);
        const target = keyed ? parameters.indexOf(keyed[1] ?? '') : position;
        const found = values[target];
        if (found && found.length < MAX_GIVEN) found.push(...this.evaluate(keyed?.[2] ?? argument));
      });
    }
    definition.parameters.forEach(({ name: parameter, fallback }, position) => {
      const given = values[position] ?? [];
      const found = given.length > 0 || fallback === null ? given : this.evaluate(fallback).map(likely);
      if (parameter !== '' && found.length > 0)
        for (const key of definition.makes ? [parameter, `#${parameter}`] : [parameter])
          this.#names.set(key, found.length === 1 ? found : this.#several(found));
    });
  }

  /** Several values come from evaluating the program, so each is only likely. */
  #several(values: readonly string[]): readonly string[] {
    return [...new Set(values)].slice(0, MAX_VALUES).map(likely);
  }

  /** `TEMPLATE.format(…)`, `Sprintf(…)` and calls of the program's own functions: no literal starts them. */
  #templates(text: string): readonly string[] {
    const found: string[] = [];
    for (const match of text.matchAll(/(?<![\w.$@"'`])((?:\w+\.)*?)(\w+)(\.format)?\(/gu)) {
      const name = match[2] ?? '';
      const makes = match[3] !== undefined || /^(?:[Ss]printf|[Ff]ormat)$/u.test(name) || this.#functions.has(name);
      if (makes && found.length < MAX_VALUES) found.push(...this.evaluate(text.slice(match.index)));
    }
    return found.filter((value) => value.includes('/'));
  }

  /** Texts of a line that hold a string literal, joined with what is added to it. */
  stringsOf(text: string): readonly string[] {
    const found: string[] = [];
    const joins = DOT_JOINS.has(this.#language) ? '\\.' : '\\+';
    let rest = text;
    for (let count = 0; count < 30; count += 1) {
      const match = new RegExp(`((?:${NAME}[\\w.()[\\]"']*\\s*${joins}\\s*)*)(?:${STRING.source})`, 'u').exec(rest);
      if (!match) break;
      const expression = rest.slice(match.index + openedIn(match[1] ?? ''));
      found.push(...this.evaluate(expression));
      const length = concatenationLength(expression);
      rest = expression.slice(Math.max(1, length));
    }
    return [...found, ...this.#templates(text)];
  }
}
