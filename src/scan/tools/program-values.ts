import { unknown } from '../marks.ts';
import type { Arg } from '../shell/call.ts';
import type { Language } from './language.ts';
import type { ProgramFunction } from './program-expression.ts';
import { Expressions, MAX_VALUES, likely } from './program-expression.ts';
import { NAME, STRING, arguments_, concatenationLength, openedIn, quotedWords } from './program-syntax.ts';
import { unpacked } from './program-unpack.ts';
import { balanced, readCollection, startsCollection } from './program-collections.ts';

/** Values of a program's variables: each name has all texts it was given, in order. */
export class Values {
  readonly #language: Language;
  readonly #environment: (name: string) => string | undefined;
  readonly #names = new Map<string, readonly string[]>();
  readonly #functions = new Map<string, ProgramFunction>();
  readonly #expressions: Expressions;

  constructor(language: Language, environment: (name: string) => string | undefined) {
    this.#language = language;
    this.#environment = environment;
    this.#expressions = new Expressions({
      language,
      environment,
      get: (name) => this.#names.get(this.#key(name)),
      functionOf: (name) => this.#functions.get(name),
      within: (bound, body) => this.#within(bound, body),
    });
  }

  /** All values of an expression; empty when it is not understood. */
  evaluate(text: string): readonly string[] {
    return this.#expressions.evaluate(text);
  }

  #within(bound: ReadonlyMap<string, readonly string[]>, body: () => readonly string[]): readonly string[] {
    const saved = new Map([...bound.keys()].map((name) => [name, this.#names.get(this.#key(name))] as const));
    for (const [name, values] of bound) if (values.length > 0) this.#names.set(this.#key(name), values);
    const found = body();
    for (const [name, values] of saved) {
      if (values) this.#names.set(this.#key(name), values);
      else this.#names.delete(this.#key(name));
    }
    return found;
  }

  /** Arguments of the command line: `-Name value` for PowerShell and argparse, positions for the rest. */
  bindArguments(code: readonly string[], args: readonly Arg[]): void {
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
    this.#parameters(code, args);
  }

  /** PowerShell's positional parameters and their defaults. */
  #parameters(code: readonly string[], args: readonly Arg[]): void {
    if (this.#language !== 'powershell') return;
    const block = /\bparam\s*\(([^]*?)\n\s*\)|\bparam\s*\(([^\n]*)\)/iu.exec(code.join('\n'));
    const positional = args.filter(
      ({ value }, index) => !value.startsWith('-') && !(args[index - 1]?.value ?? '').startsWith('-'),
    );
    let position = 0;
    for (const match of (block?.[1] ?? block?.[2] ?? '').matchAll(/\$(\w+)(?:\s*=\s*(["']?)([^"',\n)]*)\2)?/gu)) {
      const name = (match[1] ?? '').toLowerCase();
      if (/^(?:true|false|null|env)$/u.test(name)) continue;
      const given = positional[position];
      position += 1;
      if (this.#names.has(name)) continue;
      if (given) this.#names.set(name, [given.value]);
      else if (match[3] !== undefined) this.#names.set(name, [match[3].trim()]);
    }
  }

  /** Takes in what one line binds: an assignment, a loop over literals, or a call with literal arguments. */
  readLine(text: string, code: readonly string[], index: number): void {
    this.#destructured(text);
    this.#unpack(text);
    this.#loop(text);
    this.#calls(text, code, index);
    const assignment = this.#assignment(text, code, index);
    if (!assignment) return;
    if (startsCollection(assignment.expression)) this.#collect(assignment.name, assignment.expression);
    const values = this.evaluate(assignment.expression);
    // CMake's branches are not followed, so a variable keeps what each of them sets.
    const before = this.#language === 'cmake' ? (this.#names.get(assignment.name) ?? []) : [];
    if (values.length === 0) return;
    const all = [...before, ...values].slice(-MAX_VALUES);
    this.#names.set(assignment.name, all);
    // `ext.base = …` is read as `base` elsewhere.
    const last = assignment.name.split('.').at(-1);
    if (last !== undefined && last !== assignment.name) this.#names.set(last, all);
  }

  #assignment(text: string, code: readonly string[], index: number): { name: string; expression: string } | null {
    if (this.#language === 'cmake') {
      const set = /^\s*set\s*\(\s*(\w+)\s+(.*?)\)?\s*$/iu.exec(text);
      return set ? { name: set[1] ?? '', expression: quotedWords(set[2] ?? '') } : null;
    }
    if (this.#language === 'batch') {
      const set = /^\s*@?set\s+"?(\w+)=([^"\n]*)"?\s*$/iu.exec(text);
      return set ? { name: (set[1] ?? '').toLowerCase(), expression: JSON.stringify(set[2] ?? '') } : null;
    }
    const match =
      /^\s*(?:(?:export|const|let|var|val|def|final|my|our|String|private|public|static|\[\w+\])\s+)*[$@]?([A-Za-z_][\w.]*)\s*(?::\s*[\w.<>[\]| ]+)?\s*(?::=|=)(?![=>~])\s*(.*)$/u.exec(
        text,
      );
    if (!match) return null;
    const open = match[2] ?? '';
    const name = this.#key(match[1] ?? '');
    if (startsCollection(open)) return { name, expression: balanced(open, code.slice(index + 1)) };
    // A parenthesised value may go on for some lines.
    const continued = /[([+]\s*$/u.test(open) || open === '' ? code.slice(index + 1, index + 6).join(' ') : '';
    return { name, expression: `${open} ${continued}` };
  }

  #key(name: string): string {
    return this.#language === 'powershell' ? name.toLowerCase() : name;
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

  /** `a, b = …`: all expressions are evaluated before a name changes. */
  #unpack(text: string): void {
    const bound = unpacked(text).map(({ name, expression }) => [name, this.evaluate(expression)] as const);
    for (const [name, values] of bound) if (values.length > 0) this.#names.set(this.#key(name), values);
  }

  #collect(name: string, expression: string): void {
    const found = readCollection(expression, (literal) => this.evaluate(literal));
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
    const name = this.#key(source);
    const numbered = /\benumerate\(/u.test(text);
    const [left, right] = numbered
      ? [undefined, this.#names.get(name)]
      : [
          this.#names.get(`${name}#keys`) ?? this.#names.get(`${name}#0`),
          this.#names.get(`${name}#1`) ?? this.#names.get(name),
        ];
    if (left) this.#names.set(this.#key(first), left);
    if (right) this.#names.set(this.#key(second), right);
    return left !== undefined || right !== undefined;
  }

  #loop(text: string): void {
    if (this.#pairLoop(text)) return;
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
      this.#names.set(this.#key(name), this.#several(words.split(/\s+/u).filter((word) => word !== '')));
      return;
    }
    const strings = [...source.matchAll(new RegExp(STRING.source, 'gu'))].flatMap((match) =>
      this.#expressions.literal(match),
    );
    const listed =
      strings.length > 0 ? strings : (this.#names.get(this.#key(/^\s*[$@]?(\w+)/u.exec(source)?.[1] ?? '')) ?? []);
    if (listed.length > 0) this.#names.set(this.#key(name), this.#several(listed));
  }

  /** `f("a")` binds the parameter of a function that the program defines. */
  #calls(text: string, code: readonly string[], index: number): void {
    const definition =
      /\b(?:def|fun|function|sub)\s+(\w+)\s*\(([^)]*)\)/u.exec(text) ??
      /^\s*(?:const|let)\s+(\w+)\s*=\s*(?:async\s*)?\(([^)]*)\)\s*=>/u.exec(text);
    if (!definition) return;
    const [, name = '', list = ''] = definition;
    const parameters = list
      .split(',')
      .map((one) => /[$]?(\w+)\s*(?=[:=,]|$)/u.exec(one.trim())?.[1] ?? '')
      .filter((parameter, index) => !(index === 0 && /^(?:self|cls)$/u.test(parameter)));
    const result = resultOf(text, code.slice(index + 1, index + 20));
    if (result !== null) this.#functions.set(name, { parameters, result });
    const values = parameters.map((): string[] => []);
    for (const line of code) {
      for (const call of line.matchAll(
        new RegExp(`(?<!(?:def|fun|function)\\s)\\b${name}\\s*\\(((?:[^()]|\\([^()]*\\))*)\\)`, 'gu'),
      )) {
        this.#loop(line);
        arguments_(call[1] ?? '').forEach((argument, position) => {
          const keyed = /^(\w+)\s*=\s*([^]*)$/u.exec(argument);
          const target = keyed ? parameters.indexOf(keyed[1] ?? '') : position;
          values[target]?.push(...this.evaluate(keyed?.[2] ?? argument));
        });
      }
    }
    parameters.forEach((parameter, position) => {
      const found = values[position] ?? [];
      if (parameter !== '' && found.length > 0)
        this.#names.set(this.#key(parameter), found.length === 1 ? found : this.#several(found));
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
    if (this.#language === 'cmake' || this.#language === 'batch') {
      for (const word of text.split(/[\s"()]+/u))
        if (word.includes('://') || /^[$%]/u.test(word)) found.push(...this.#expressions.interpolate(word));
      return found;
    }
    let rest = text;
    for (let count = 0; count < 30; count += 1) {
      const match = new RegExp(`((?:${NAME}[\\w.()[\\]"']*\\s*\\+\\s*)*)(?:${STRING.source})`, 'u').exec(rest);
      if (!match) break;
      const expression = rest.slice(match.index + openedIn(match[1] ?? ''));
      found.push(...this.evaluate(expression));
      const length = concatenationLength(expression);
      rest = expression.slice(Math.max(1, length));
    }
    return [...found, ...this.#templates(text)];
  }
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
