import { LIKELY, hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { percentEncoded } from '../../text/encode.ts';
import type { Language } from './language.ts';
import { ENVIRONMENT, STRING, arguments_, closingBracket } from './syntax.ts';

/** A function of the program that gives one expression. */
export interface ProgramFunction {
  readonly parameters: readonly string[];
  readonly result: string;
}

/** What names of a program stand for. */
export interface Names {
  readonly language: Language;
  readonly environment: (name: string) => string | undefined;
  /** Every text a name was given, or undefined. */
  readonly get: (name: string) => readonly string[] | undefined;
  readonly functionOf: (name: string) => ProgramFunction | undefined;
  /** Evaluates with parameters bound to arguments. */
  readonly within: (bound: ReadonlyMap<string, readonly string[]>, body: () => readonly string[]) => readonly string[];
}

export const MAX_VALUES = 40;
const MAX_DEPTH = 8;

/** Languages whose dot joins texts rather than calls a method. */
export const DOT_JOINS: ReadonlySet<Language> = new Set(['php', 'perl']);
/** Arguments of a template that are followed. */
const MAX_FILLED = 12;

interface Term {
  readonly values: readonly string[];
  readonly length: number;
}

const ENCODING =
  /^(?:\[[\w.]+\]::|[\w.:]*?)(?:quote(?:_plus)?|encodeURIComponent|encodeURI|url_?encode|CGI\.escape|EscapeDataString|UrlEncode|rawurlencode|encode_www_form_component|escape|PathEscape|QueryEscape)\s*\(/u;
const WRAPPING =
  /^(?:new\s+)?(?:[\w.:]*\.)?(?:uri|URI|URL|str|String|toString|Path|urlparse|parse|create|Request|URI\.parse|Addressable::URI\.parse|f)\s*\(/u;

/** Evaluates the expressions of a program as far as they make texts. */
export class Expressions {
  readonly #names: Names;
  #depth = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  /** All values of `term + term + …` at the start of a text; empty when the first term is not understood. */
  evaluate(text: string): readonly string[] {
    if (this.#depth >= MAX_DEPTH) return [];
    this.#depth += 1;
    const { values } = this.sum(text);
    this.#depth -= 1;
    return values;
  }

  /** The values at the start of a text, and how much of it they took. */
  sum(text: string): Term {
    let results: readonly string[] = [''];
    let rest = text.trimStart();
    for (let count = 0; count < 20; count += 1) {
      const term = this.#postfixed(rest);
      if (!term)
        return count === 0 ? { values: [], length: 0 } : { values: results, length: text.length - rest.length };
      results = results.flatMap((left) => term.values.map((right) => left + right)).slice(0, MAX_VALUES);
      rest = rest.slice(term.length);
      const joins =
        /^\s*(?:\+(?![+=])|\.(?=\s*["'$])|<<(?=\s*["']))\s*/u.exec(rest) ?? this.#dotted(rest) ?? this.#adjacent(rest);
      if (!joins) break;
      rest = rest.slice(joins[0].length);
    }
    const fallback = /^\s*(?:\|\||\?\?|\bor\b|\?:)\s*(?=["'`])/u.exec(rest);
    if (fallback && results.every((value) => hasUnknown(value)))
      return { values: this.evaluate(rest.slice(fallback[0].length)).map(likely), length: text.length };
    return { values: results, length: text.length - rest.length };
  }

  /** In PHP and Perl a dot joins whatever stands around it. */
  #dotted(rest: string): RegExpExecArray | null {
    return DOT_JOINS.has(this.#names.language) ? /^\s*\.(?![.=])\s*/u.exec(rest) : null;
  }

  /** Python joins literals that stand side by side. */
  #adjacent(rest: string): RegExpExecArray | null {
    return this.#names.language === 'python' ? /^\s*(?=[fFrRbBuU]{0,2}["'])/u.exec(rest) : null;
  }

  /** A term with the methods that are called on it. */
  #postfixed(text: string): Term | null {
    let term = this.#term(text);
    for (let count = 0; term && count < 10; count += 1) {
      const next = this.#method(term, text.slice(term.length)) ?? this.#percent(term, text.slice(term.length));
      if (!next) break;
      term = next;
    }
    return term;
  }

  #method(term: Term, rest: string): Term | null {
    const dot = DOT_JOINS.has(this.#names.language) ? '->' : '\\.';
    const match =
      new RegExp(`^\\s*(?:\\?|&)?${dot}(\\w+)[!?]?\\s*(\\()?`, 'u').exec(rest) ?? /^\s+-(replace|f)\s+()/u.exec(rest);
    if (!match) return null;
    const [whole, name = '', bracket] = match;
    const open = whole.length;
    const end =
      bracket === '(' ? closingBracket(rest, open - 1) : bracket === undefined ? open : rest.search(/[)\n;]|$/u);
    if (end < 0) return null;
    const given = arguments_(rest.slice(open, end));
    const length = term.length + (bracket === '(' ? end + 1 : end);
    const changed = this.#changed(name, term.values, given);
    return changed && { values: changed, length };
  }

  #changed(name: string, values: readonly string[], given: readonly string[]): readonly string[] | null {
    if (/^(?:replace|replaceAll|gsub|sub|Replace|tr)$/u.test(name)) {
      const [from, to] = [this.#pattern(given[0] ?? ''), this.evaluate(given[1] ?? '')[0] ?? ''];
      return from === null || from === '' ? values : values.map((value) => value.replaceAll(from, to));
    }
    if (name === 'format' || name === 'f') return this.#formatted(values, given);
    if (/^(?:strip|rstrip|lstrip|trim|trimEnd|TrimEnd|chomp)$/u.test(name)) {
      const drop = this.evaluate(given[0] ?? '')[0];
      return values.map((value) => (drop === '/' ? value.replace(/\/+$/u, '') : value.trim()));
    }
    if (/^(?:lower|toLowerCase|downcase|ToLower)$/u.test(name)) return values.map((value) => value.toLowerCase());
    if (/^(?:concat)$/u.test(name))
      return values
        .flatMap((value) => this.evaluate(given[0] ?? '').map((right) => value + right))
        .slice(0, MAX_VALUES);
    return /^(?:toString|to_s|ToString|encode|decode|freeze|href|toURL|orEmpty|get|orElse|dup|html_safe|as_str|into)$/u.test(
      name,
    )
      ? values
      : null;
  }

  /** The text that is replaced: a literal, or a regular expression that is one. */
  #pattern(text: string): string | null {
    const regex = /^\s*\/((?:\\.|[^/\\])+)\/[a-z]*\s*$/u.exec(text)?.[1];
    if (regex === undefined) return this.evaluate(text)[0] ?? null;
    const plain = regex.replace(/\\([/.])/gu, '$1');
    return /[\\^$*+?()[\]{}|]/u.test(plain) ? null : plain;
  }

  /** `"{}/{name}/{0}".format(…)`. */
  #formatted(values: readonly string[], given: readonly string[]): readonly string[] {
    const names = given.map((argument) => /^(\w+)\s*=(?!=)\s*([^]*)$/u.exec(argument));
    const plain = given.map((argument, index) => names[index]?.[2] ?? argument);
    return this.#filled(values, plain, (value, filled) => {
      const positional = filled.filter((_, index) => !names[index]);
      let next = 0;
      return value.replace(/\{(\w*)(?::[^{}]*)?\}/gu, (_, key: string) => {
        if (key === '') next += 1;
        const index = key === '' ? next - 1 : Number(key);
        const named = names.findIndex((match) => match?.[1] === key);
        return filled[named] ?? positional[index] ?? unknown(key);
      });
    });
  }

  /** Fills templates with every combination of what the arguments can be. */
  #filled(
    templates: readonly string[],
    given: readonly string[],
    fill: (template: string, filled: readonly string[]) => string,
  ): readonly string[] {
    let combinations: readonly (readonly string[])[] = [[]];
    for (const argument of given.slice(0, MAX_FILLED)) {
      const values = this.evaluate(argument);
      const choices = values.length > 0 ? values : [unknown(argument)];
      combinations = combinations
        .flatMap((before) => choices.map((choice) => [...before, choice]))
        .slice(0, MAX_VALUES);
    }
    return templates.flatMap((value) => combinations.map((filled) => fill(value, filled))).slice(0, MAX_VALUES);
  }

  /** `"…%s…" % (a, b)`. */
  #percent(term: Term, rest: string): Term | null {
    const match = /^\s*%\s*(\(|\[)?/u.exec(rest);
    if (!match || !/^(?:python|ruby)$/u.test(this.#names.language) || !term.values.some((value) => value.includes('%')))
      return null;
    const open = match[0].length;
    const end = match[1] === undefined ? rest.length : closingBracket(rest, open - 1);
    const given = match[1] === undefined ? [rest.slice(open)] : arguments_(rest.slice(open, Math.max(open, end)));
    const values = this.#filled(term.values, given, (value, filled) => {
      let next = 0;
      return value.replace(/%(?:\((\w+)\))?[sdr]/gu, () => filled[next++] ?? unknown('%s'));
    });
    return { values, length: term.length + (end < 0 ? rest.length : end + (match[1] === undefined ? 0 : 1)) };
  }

  #term(text: string): Term | null {
    return (
      this.#string(text) ??
      this.#environmentVariable(text) ??
      this.#sprintf(text) ??
      this.#wrapped(text) ??
      this.#called(text) ??
      this.#bracketed(text) ??
      this.#argument(text) ??
      this.#item(text) ??
      this.#name(text)
    );
  }

  #string(text: string): Term | null {
    const match = new RegExp(`^(?:${STRING.source})`, 'u').exec(text);
    return match && { values: this.literal(match), length: match[0].length };
  }

  #environmentVariable(text: string): Term | null {
    const match = ENVIRONMENT.exec(text);
    if (!match) return null;
    const name = match.slice(1).find((group) => group !== '' && typeof group === 'string') ?? '';
    const value = this.#names.environment(name);
    const fallback = /,\s*(["'])([^"']*)\1\s*[\])]$/u.exec(match[0])?.[2];
    const otherwise = fallback === undefined ? unknown(name) : likely(fallback);
    return { values: [value ?? otherwise], length: match[0].length };
  }

  /** `fmt.Sprintf("%s/%d", a, b)` and the `format` functions of other languages. */
  #sprintf(text: string): Term | null {
    const match = /^(?:[\w.]*\.)?(?:[Ss]printf|String\.format|[Ff]ormat|util\.format)\s*\(/u.exec(text);
    const end = match ? closingBracket(text, match[0].length - 1) : -1;
    if (!match || end < 0) return null;
    const [first = '', ...given] = arguments_(text.slice(match[0].length, end));
    const values = this.#filled(this.evaluate(first), given, (value, filled) => {
      let next = 0;
      return value.replace(/%[-\d.]*[sdvq]|\{(\d+)\}/gu, (_, index?: string) => {
        next += 1;
        return filled[index === undefined ? next - 1 : Number(index)] ?? unknown('%s');
      });
    });
    return values.length === 0 ? null : { values, length: end + 1 };
  }

  /** `quote(x)`, `encodeURIComponent(x)` and what only wraps: `URI(x)`, `str(x)`. */
  #wrapped(text: string): Term | null {
    const encoding = ENCODING.exec(text);
    const match = encoding ?? WRAPPING.exec(text);
    if (!match) return null;
    const end = closingBracket(text, match[0].length - 1);
    if (end < 0) return null;
    const [first = ''] = arguments_(text.slice(match[0].length, end));
    const inside = this.evaluate(first);
    if (inside.length === 0) return null;
    const values = encoding
      ? inside.map((value) => percentEncoded(withoutLikely(value)) + (value.includes(LIKELY) ? LIKELY : ''))
      : inside;
    return { values, length: end + 1 };
  }

  /** A call of one of the program's own functions. */
  #called(text: string): Term | null {
    const match = /^(?:self\.|this\.|await\s+)?(\w+)\s*\(/u.exec(text);
    const known = match ? this.#names.functionOf(match[1] ?? '') : undefined;
    if (!match || !known) return null;
    const end = closingBracket(text, match[0].length - 1);
    if (end < 0) return null;
    const bound = new Map<string, readonly string[]>();
    arguments_(text.slice(match[0].length, end)).forEach((argument, index) => {
      const keyed = /^(\w+)\s*=(?!=)\s*([^]*)$/u.exec(argument);
      bound.set(keyed?.[1] ?? known.parameters[index] ?? '', this.evaluate(keyed?.[2] ?? argument));
    });
    const values = this.#names.within(bound, () => this.evaluate(known.result));
    return values.length === 0 ? null : { values, length: end + 1 };
  }

  #bracketed(text: string): Term | null {
    if (!text.startsWith('(')) return null;
    const end = closingBracket(text, 0);
    const inner = this.evaluate(text.slice(1, end < 0 ? undefined : end));
    return inner.length > 0 ? { values: inner, length: end < 0 ? text.length : end + 1 } : null;
  }

  /** A number, or an argument of the command line. */
  #argument(text: string): Term | null {
    const number = /^\d+/u.exec(text);
    if (number) return { values: [number[0]], length: number[0].length };
    const position = /^(?:sys\.argv|process\.argv|ARGV|argv|\$argv|\$args)\[(\d+)\]/u.exec(text);
    if (!position) return null;
    const shift = /^(?:ARGV|\$args)/u.test(text) ? Number(position[1]) + 1 : Number(position[1]);
    const key = text.startsWith('process') ? `argv[${shift}]js` : `argv[${shift}]`;
    return { values: this.#names.get(key) ?? [unknown(position[0])], length: position[0].length };
  }

  #item(text: string): Term | null {
    const item =
      /^[$@]?([A-Za-z_]\w*)(?:\[\s*:?["']?(\w+)["']?\s*\]|\.(?:get|fetch|dig)\(\s*:?["'](\w+)["']\s*\))/u.exec(text);
    if (!item) return null;
    const key = item[2] ?? item[3] ?? '';
    const held = this.#names.get(`${item[1] ?? ''}.${key}`) ?? this.#names.get(`#${key}`);
    return held ? { values: held, length: item[0].length } : null;
  }

  /** A name, of which the longest known beginning counts: the rest may be methods. */
  #name(text: string): Term | null {
    const match = /^[$@]{0,2}([A-Za-z_][\w]*(?:(?:\.|->|::)[A-Za-z_]\w*)*)/u.exec(text);
    if (!match) return null;
    const whole = (match[1] ?? '').replace(/->|::/gu, '.');
    const sigil = match[0].length - (match[1] ?? '').length;
    const parts = whole.split('.');
    for (let count = parts.length; count > 0; count -= 1) {
      const name = parts.slice(0, count).join('.');
      const values = this.#known(name);
      if (values) return { values, length: Math.min(match[0].length, sigil + lengthOf(match[1] ?? '', count)) };
    }
    return { values: [unknown(match[0])], length: match[0].length };
  }

  #known(name: string): readonly string[] | undefined {
    const last = name.split('.').at(-1) ?? name;
    const field = name.includes('.') ? this.#names.get(`#${last}`) : undefined;
    return this.#names.get(name) ?? field ?? this.#names.get(last);
  }

  /** Values of a string literal, with what stands in it. */
  literal(match: RegExpExecArray | RegExpMatchArray): readonly string[] {
    const raw = match[1] ?? match[2] ?? match[3] ?? '';
    const quoted: readonly (string | undefined)[] = match;
    const { language } = this.#names;
    if (language === 'python') return /^[rRbBuU]{0,2}["']/u.test(match[0]) ? [raw] : this.interpolate(raw);
    const single = quoted[2] !== undefined;
    const plain = single && /^(?:ruby|php|perl|java|javascript)$/u.test(language);
    if (plain || (language === 'javascript' && quoted[1] !== undefined)) return [raw];
    return this.interpolate(language === 'perl' ? raw.replaceAll('\\@', '@') : raw);
  }

  /** Replaces `{x}`, `${x}`, `#{x}`, `$x`, `$(x)` and `%x%` in a literal. */
  interpolate(text: string): readonly string[] {
    const { language } = this.#names;
    const pattern =
      language === 'python'
        ? /\{([^{}]+)\}/gu
        : language === 'php' && text.includes('{$')
          ? /\{(\$[^{}]+)\}|\$\{(\w+)\}|\$([A-Za-z_]\w*)/gu
          : /(?:\$|#|\$(?=ENV\{))(?:ENV)?\{((?:[^{}]|\{[^{}]*\})+)\}|\$\(((?:[^()]|\([^()]*\))+)\)|\$((?:env:)?[A-Za-z_]\w*)/giu;
    let results: readonly string[] = [''];
    let last = 0;
    for (const match of text.matchAll(pattern)) {
      const before = text.slice(last, match.index);
      const expression = (match[1] ?? match[2] ?? match[3] ?? '').replace(/![rsa]$|:[^:'"/]*$/u, (tail) =>
        tail.startsWith(':') && /env:/iu.test(match[0]) ? tail : '',
      );
      const values = this.#inside(expression, match[0]);
      results = results.flatMap((left) => values.map((value) => left + before + value)).slice(0, MAX_VALUES);
      last = match.index + match[0].length;
    }
    return results.map((left) => left + text.slice(last));
  }

  #inside(expression: string, literal: string): readonly string[] {
    const { environment, language } = this.#names;
    const clean = expression.trim();
    const name =
      /^(?:\$?env:|ENV\{)(\w+)\}?$/iu.exec(clean)?.[1] ??
      (language === 'perl' ? /^\$ENV\{["']?(\w+)["']?\}$/u.exec(literal)?.[1] : undefined);
    if (name !== undefined) return [environment(name) ?? unknown(name)];
    const values = this.evaluate(clean);
    return values.length > 0 ? values : [unknown(clean)];
  }
}

/** A value that rests on a default. */
export const likely = (value: string): string => (value.includes(LIKELY) ? value : value + LIKELY);

/** Length of the first `count` parts of a dotted name as written. */
function lengthOf(written: string, count: number): number {
  let length = 0;
  for (const [index, part] of written.split(/(\.|->|::)/u).entries()) if (index < count * 2 - 1) length += part.length;
  return length;
}
