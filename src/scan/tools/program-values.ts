import { LIKELY, unknown, withoutLikely } from '../marks.ts';
import type { Arg } from '../shell/call.ts';
import { percentEncoded } from '../text/encode.ts';
import type { Language } from './language.ts';
import { ENVIRONMENT, NAME, STRING, arguments_, concatenationLength, openedIn, quotedWords } from './program-syntax.ts';
import { balanced, readCollection, startsCollection } from './program-collections.ts';

const MAX_VALUES = 40;
/** Values of a program's variables: each name has all texts it was given, in order. */
export class Values {
  readonly #language: Language;
  readonly #environment: (name: string) => string | undefined;
  readonly #names = new Map<string, readonly string[]>();

  constructor(language: Language, environment: (name: string) => string | undefined) {
    this.#language = language;
    this.#environment = environment;
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
    this.#loop(text);
    this.#calls(text, code);
    const assignment = this.#assignment(text, code, index);
    if (!assignment) return;
    if (startsCollection(assignment.expression)) this.#collect(assignment.name, assignment.expression);
    const values = this.evaluate(assignment.expression);
    // CMake's branches are not followed, so a variable keeps what each of them sets.
    const before = this.#language === 'cmake' ? (this.#names.get(assignment.name) ?? []) : [];
    if (values.length > 0) this.#names.set(assignment.name, [...before, ...values].slice(-MAX_VALUES));
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
    const strings = [...source.matchAll(new RegExp(STRING.source, 'gu'))].flatMap((match) => this.#literal(match));
    const listed =
      strings.length > 0 ? strings : (this.#names.get(this.#key(/^\s*[$@]?(\w+)/u.exec(source)?.[1] ?? '')) ?? []);
    if (listed.length > 0) this.#names.set(this.#key(name), this.#several(listed));
  }

  /** `f("a")` binds the parameter of a function that the program defines. */
  #calls(text: string, code: readonly string[]): void {
    const definition =
      /\b(?:def|fun|function|sub)\s+(\w+)\s*\(([^)]*)\)/u.exec(text) ??
      /^\s*(?:const|let)\s+(\w+)\s*=\s*(?:async\s*)?\(([^)]*)\)\s*=>/u.exec(text);
    if (!definition) return;
    const [, name = '', list = ''] = definition;
    const parameters = list.split(',').map((one) => /[$]?(\w+)\s*(?=[:=,]|$)/u.exec(one.trim())?.[1] ?? '');
    const values = parameters.map((): string[] => []);
    for (const line of code) {
      for (const call of line.matchAll(new RegExp(`(?<!(?:def|fun|function)\\s)\\b${name}\\s*\\(([^()]*)\\)`, 'gu'))) {
        this.#loop(line);
        arguments_(call[1] ?? '').forEach((argument, index) => {
          const keyed = /^(\w+)\s*=\s*([^]*)$/u.exec(argument);
          const target = keyed ? parameters.indexOf(keyed[1] ?? '') : index;
          values[target]?.push(...this.evaluate(keyed?.[2] ?? argument));
        });
      }
    }
    parameters.forEach((parameter, index) => {
      const found = values[index] ?? [];
      if (parameter !== '' && found.length > 0)
        this.#names.set(this.#key(parameter), found.length === 1 ? found : this.#several(found));
    });
  }

  /** Several values come from evaluating the program, so each is only likely. */
  #several(values: readonly string[]): readonly string[] {
    return [...new Set(values)].slice(0, MAX_VALUES).map((value) => (value.includes(LIKELY) ? value : value + LIKELY));
  }

  /** Texts of a line that hold a string literal, joined with what is added to it. */
  stringsOf(text: string): readonly string[] {
    const found: string[] = [];
    if (this.#language === 'cmake' || this.#language === 'batch') {
      for (const word of text.split(/[\s"()]+/u))
        if (word.includes('://') || /^[$%]/u.test(word)) found.push(...this.#interpolate(word));
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
    return found;
  }

  /** All values of `term + term + …` at the start of a text; empty when the first term is not understood. */
  evaluate(text: string): readonly string[] {
    let results: readonly string[] = [''];
    let rest = text.trim();
    for (let count = 0; count < 20; count += 1) {
      const term = this.#term(rest);
      if (!term) return count === 0 ? [] : results;
      results = results.flatMap((left) => term.values.map((right) => left + right)).slice(0, MAX_VALUES);
      rest = rest.slice(term.length).trimStart();
      if (!/^(?:\+|\.(?=\s*["'$]))/u.test(rest)) break;
      rest = rest.slice(1).trimStart();
    }
    return results;
  }

  #term(text: string): { readonly values: readonly string[]; readonly length: number } | null {
    const literal = new RegExp(`^(?:${STRING.source})`, 'u').exec(text);
    if (literal) return { values: this.#literal(literal), length: literal[0].length };
    const environment = ENVIRONMENT.exec(text);
    if (environment) {
      const name = environment.slice(1).find((group) => group !== '' && typeof group === 'string') ?? '';
      return { values: [this.#environment(name) ?? unknown(name)], length: environment[0].length };
    }
    const call =
      /^(?:[\w.:]*(?:quote(?:_plus)?|encodeURIComponent|url_encode|CGI\.escape|EscapeDataString|rawurlencode|encode_www_form_component|uri|URI|URL|str|String|toString))\s*\(([^()]*(?:\([^()]*\))?[^()]*)\)(?:\.to\w+\(\))?/u.exec(
        text,
      );
    if (call) {
      const encodes = /quote|ncode|scape/u.test(call[0]);
      const inside = this.evaluate(call[1] ?? '');
      return {
        values: inside.map((value) =>
          encodes ? percentEncoded(withoutLikely(value)) + (value.includes(LIKELY) ? LIKELY : '') : value,
        ),
        length: call[0].length,
      };
    }
    if (/^[(]/u.test(text)) {
      const inner = this.evaluate(text.slice(1));
      return inner.length > 0 ? { values: inner, length: Math.max(1, text.indexOf(')') + 1) } : null;
    }
    const number = /^\d+/u.exec(text);
    if (number) return { values: [number[0]], length: number[0].length };
    const position = /^(?:sys\.argv|process\.argv|ARGV|argv|\$argv)\[(\d+)\]/u.exec(text);
    if (position) {
      const shift = text.startsWith('ARGV') ? Number(position[1]) + 1 : Number(position[1]);
      const key = text.startsWith('process') ? `argv[${shift}]js` : `argv[${shift}]`;
      return { values: this.#names.get(key) ?? [unknown(position[0])], length: position[0].length };
    }
    const item =
      /^[$@]?([A-Za-z_]\w*)(?:\[\s*:?["']?(\w+)["']?\s*\]|\.(?:get|fetch|dig)\(\s*:?["'](\w+)["']\s*\))/u.exec(text);
    if (item) {
      const key = item[2] ?? item[3] ?? '';
      const held = this.#names.get(`${this.#key(item[1] ?? '')}.${key}`) ?? this.#names.get(`#${key}`);
      if (held) return { values: held, length: item[0].length };
    }
    const name = /^[$@]?([A-Za-z_][\w.]*)(?:\.(?:rstrip|strip|trim|lower|toString|chomp)\([^)]*\))?/u.exec(text);
    if (!name) return null;
    return { values: this.#named(name[1] ?? '', name[0]), length: name[0].length };
  }

  #named(name: string, text: string): readonly string[] {
    const last = this.#key(name.split('.').at(-1) ?? name);
    const field = name.includes('.') ? this.#names.get(`#${last}`) : undefined;
    return this.#names.get(this.#key(name)) ?? field ?? this.#names.get(last) ?? [unknown(text)];
  }

  #literal(match: RegExpExecArray | RegExpMatchArray): readonly string[] {
    const raw = match[1] ?? match[2] ?? match[3] ?? '';
    const quoted: readonly (string | undefined)[] = match;
    const single = quoted[2] !== undefined && this.#language !== 'python';
    const plain = single && /^(?:ruby|php|perl|powershell|java)$/u.test(this.#language);
    return plain ? [raw] : this.#interpolate(raw);
  }

  /** Replaces `{x}`, `${x}`, `#{x}`, `$x`, `$(x)` and `%x%` in a literal. */
  #interpolate(text: string): readonly string[] {
    const python = this.#language === 'python';
    const pattern = python
      ? /\{([^{}]+)\}/gu
      : this.#language === 'batch'
        ? /%(\w+)%/gu
        : /(?:\$|#|\$(?=ENV\{))(?:ENV)?\{((?:[^{}]|\{[^{}]*\})+)\}|\$\(([^()]+)\)|\$((?:env:)?[A-Za-z_]\w*)/gu;
    let results: readonly string[] = [''];
    let last = 0;
    for (const match of text.matchAll(pattern)) {
      const before = text.slice(last, match.index);
      const expression = (match[1] ?? match[2] ?? match[3] ?? '').replace(/![rsa]$|:[^:'"/]*$/u, (tail) =>
        /^:/u.test(tail) && /env:/u.test(match[0]) ? tail : '',
      );
      const values = this.#inside(expression, match[0]);
      results = results.flatMap((left) => values.map((value) => left + before + value)).slice(0, MAX_VALUES);
      last = match.index + match[0].length;
    }
    return results.map((left) => left + text.slice(last));
  }

  #inside(expression: string, literal = ''): readonly string[] {
    const clean = expression.trim();
    const environment = /^(?:env:|ENV\{|\$env:)(\w+)\}?$/u.exec(clean)?.[1];
    if (environment !== undefined) return [this.#environment(environment) ?? unknown(environment)];
    if (this.#language === 'cmake' || this.#language === 'batch') {
      const own = literal.startsWith('$ENV')
        ? undefined
        : (this.#names.get(clean) ?? this.#names.get(clean.toLowerCase()));
      return own ?? [this.#environment(clean) ?? unknown(clean)];
    }
    const values = this.evaluate(clean);
    return values.length > 0 ? values : [unknown(clean)];
  }
}
