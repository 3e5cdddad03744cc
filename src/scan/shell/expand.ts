import type {
  ArithmeticExpression,
  DoubleQuotedChild,
  ParameterExpansionPart,
  ParameterOperation,
  ParsedScript,
  Word,
  WordPart,
} from 'unbash';
import { parse } from 'unbash';
import { LIKELY, hasUnknown, unknown, withoutLikely } from '../marks.ts';
import { arithmetic, arithmeticOf } from './arithmetic.ts';
import { braceWords } from './braces.ts';
import { removePattern, replacePattern } from './pattern.ts';
import { MAX_WORDS, fieldsOf } from './split.ts';
import type { Piece } from './split.ts';
import type { Line, ShellState } from './state.ts';
import { textOfLines } from './state.ts';

/** Runs `$(…)` or `<(…)` and gives its output. */
export type Substitute = (script: ParsedScript | undefined, text: string) => readonly Line[];

const MAX_TEXT = 100_000;

/** Expands words of one shell state. Values of unset variables are unknown: a CI/CD variable may hold them. */
export class Expander {
  readonly #state: ShellState;
  readonly #substitute: Substitute;

  constructor(state: ShellState, substitute: Substitute) {
    this.#state = state;
    this.#substitute = substitute;
  }

  /** One word to one text, without splitting. */
  text(word: Word | undefined): string {
    if (!word) return '';
    return this.#pieces(word)
      .map(({ text }) => text)
      .join('')
      .slice(0, MAX_TEXT);
  }

  /** One word to the arguments it becomes. */
  fields(word: Word): readonly string[] {
    if (word.parts?.some(({ type }) => type === 'BraceExpansion') !== true) return this.#fields(word);
    const words = braceWords(word.text);
    if (words.length < 2) return this.#fields(word);
    return words.flatMap((text) => wordsOf(text).flatMap((one) => this.#fields(one))).slice(0, MAX_WORDS);
  }

  #fields(word: Word): readonly string[] {
    return fieldsOf(this.#pieces(word), this.#state.value('IFS'));
  }

  /** The parts of a here-document. */
  parts(parts: readonly WordPart[]): string {
    return parts
      .flatMap((part) => this.#part(part, true))
      .map(({ text }) => text)
      .join('');
  }

  #pieces(word: Word): readonly Piece[] {
    if (!word.parts) return [{ text: word.value, split: false }];
    return word.parts.flatMap((part) => this.#part(part, false));
  }

  #part(part: WordPart, quoted: boolean): readonly Piece[] {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
      case 'Glob':
        return [{ text: part.value, split: false }];
      case 'DoubleQuoted':
      case 'LocaleString':
        return [
          { text: '', split: false },
          ...part.parts.flatMap((inside: DoubleQuotedChild) => this.#part(inside, true)),
        ];
      case 'SimpleExpansion':
        return [this.#simple(part.text.slice(1), quoted)];
      case 'ParameterExpansion':
        return [this.#parameter(part, quoted)];
      case 'CommandExpansion':
        return [{ text: textOfLines(this.#substitute(part.script, part.text)).replace(/\n+$/u, ''), split: !quoted }];
      case 'ArithmeticExpansion':
        return [{ text: this.#arithmetic(part.expression) ?? unknown(part.text), split: false }];
      case 'BraceExpansion':
        return [{ text: part.text, split: false }];
      case 'ProcessSubstitution':
        return [{ text: this.#pipe(part), split: false }];
      case 'ExtendedGlob':
        return [{ text: part.text, split: false }];
    }
  }

  /** `<(…)`: the output is in a file of its own; `>(…)` only takes input. */
  #pipe({ operator, script, text }: Extract<WordPart, { type: 'ProcessSubstitution' }>): string {
    if (operator === '>' || !script) return '/dev/null';
    const path = `/dev/fd/${script.pos}`;
    // The command may replace the files of the state, so it runs first.
    const output = this.#substitute(script, text);
    this.#state.files.set(path, output);
    this.#state.touch();
    return path;
  }

  /** What the groups of `[[ TEXT =~ PATTERN ]]` took. */
  matched(groups: readonly string[]): void {
    this.#state.arrays.set('BASH_REMATCH', groups);
    this.#state.touch();
  }

  /** The value of arithmetic, or null where it is not known. */
  #arithmetic(expression: ArithmeticExpression | undefined): string | null {
    const value = expression ? this.arithmetic(expression) : Number.NaN;
    return Number.isNaN(value) ? null : String(value);
  }

  /** The value of an arithmetic expression, whose assignments take effect; NaN where it is not known. */
  arithmetic(expression: ArithmeticExpression): number {
    return arithmetic(expression, {
      read: (name) => this.#lookUp(name),
      write: (name, value) => this.#state.set(name, String(value), null),
      word: (word) => (word.parts ? this.parts(word.parts) : word.value),
    });
  }

  #simple(name: string, quoted: boolean): Piece {
    if (name === '@' || (name === '*' && !quoted))
      return { text: this.#state.positional.join(' '), split: false, words: this.#state.positional };
    return { text: this.#lookUp(name) ?? absent(name), split: !quoted };
  }

  /** Undefined where only the environment could know the value, and for a parameter that was not given. */
  #lookUp(name: string): string | undefined {
    if (/^\d+$/u.test(name))
      return name === '0' ? (this.#state.value('0') ?? 'sh') : this.#state.positional[Number(name) - 1];
    if (name === '#') return String(this.#state.positional.length);
    if (name === '*' || name === '@') return this.#state.positional.join(' ');
    if (/^[?$!-]$/u.test(name)) return unknown(name);
    return this.#state.value(name) ?? this.#state.arrays.get(this.#state.named(name))?.[0];
  }

  #parameter(part: ParameterExpansionPart, quoted: boolean): Piece {
    if (part.operation?.type === 'Names') return this.#names(part.parameter);
    const list = this.#list(part);
    if (list) {
      if (part.prefix === '#') return { text: String(list.length), split: false };
      const operation = part.operation;
      const words = operation?.type === 'Slice' ? this.#slice(list, operation.offset, operation.length) : list;
      const changed =
        operation && operation.type !== 'Slice' ? words.map((word) => this.#apply(word, operation, part)) : words;
      return { text: changed.join(' '), split: false, words: changed };
    }
    const raw = this.#element(part);
    if (part.prefix === '#') return { text: raw === undefined ? unknown(part.text) : String(raw.length), split: false };
    if (part.prefix === '!')
      return { text: this.#lookUp(withoutLikely(raw ?? '')) ?? unknown(part.text), split: !quoted };
    const value = part.operation ? this.#apply(raw, part.operation, part) : (raw ?? absent(part.parameter));
    return { text: value, split: !quoted };
  }

  /** `${!PREFIX@}`: names of variables. */
  #names(prefix: string): Piece {
    const names = [...this.#state.vars.keys()].filter((name) => name.startsWith(prefix) && /^\w+$/u.test(name)).sort();
    return { text: names.join(' '), split: false, words: names };
  }

  #element(part: ParameterExpansionPart): string | undefined {
    if (!part.index) return this.#lookUp(part.parameter);
    const index = this.text(part.index);
    const keyed = this.#state.value(`${part.parameter}[${index}]`);
    // The index of a list is arithmetic, in which a bare name is a variable.
    const position = /^[A-Za-z_]\w*$/u.test(index) ? Number(this.#lookUp(index)) : Number(index);
    return keyed ?? this.#state.arrays.get(this.#state.named(part.parameter))?.at(position);
  }

  #list(part: ParameterExpansionPart): readonly string[] | null {
    const index = part.index?.text;
    if (part.parameter === '@' || part.parameter === '*') return this.#state.positional;
    if (index !== '@' && index !== '*') return null;
    const name = this.#state.named(part.parameter);
    const keyed = `${name}[`;
    const entries = [...this.#state.vars].filter(([name]) => name.startsWith(keyed));
    if (entries.length > 0)
      return entries.map(([name, { value }]) => (part.prefix === '!' ? name.slice(keyed.length, -1) : value));
    const listed = this.#state.arrays.get(name) ?? [];
    return part.prefix === '!' ? listed.map((_, position) => String(position)) : listed;
  }

  #slice(list: readonly string[], offset: Word, length: Word | undefined): readonly string[] {
    const from = this.#number(offset);
    // `${@:2}` counts from 1, arrays from 0; `$0` is no argument.
    const shift = list === this.#state.positional && from > 0 ? 1 : 0;
    const start = Number.isNaN(from) ? 0 : from < 0 ? Math.max(0, list.length + from) : from - shift;
    const count = length ? this.#number(length) : Number.NaN;
    return list.slice(start, Number.isNaN(count) ? undefined : count < 0 ? count : start + count);
  }

  /** Offsets and lengths are arithmetic, in which a bare name is a variable. */
  #number(word: Word): number {
    const text = withoutLikely(this.text(word)).trim();
    if (/^-?\d+$/u.test(text)) return Number(text);
    const expression = text.length < 100 ? arithmeticOf(text) : undefined;
    return expression ? this.arithmetic(expression) : Number.NaN;
  }

  #apply(value: string | undefined, operation: ParameterOperation, part: ParameterExpansionPart): string {
    if (operation.type === 'Default')
      return this.#default(value, operation.operator, operation.operand, part.parameter);
    if (value === undefined) return absent(part.parameter, part.text);
    const clean = withoutLikely(value);
    const mark = clean === value ? '' : LIKELY;
    switch (operation.type) {
      case 'Remove':
        return removePattern(clean, operation.operator, this.#pattern(operation.operand)) + mark;
      case 'Replace': {
        const pattern = this.#pattern(operation.pattern);
        return replacePattern(clean, operation.operator, pattern, this.text(operation.replacement)) + mark;
      }
      case 'Slice': {
        const start = this.#number(operation.offset);
        const length = operation.length ? this.#number(operation.length) : undefined;
        if (Number.isNaN(start) || Number.isNaN(length) || hasUnknown(clean)) return unknown(part.text);
        return clean.slice(start).slice(0, length) + mark;
      }
      case 'CaseModification':
        if (operation.operator.startsWith(',')) return clean.toLowerCase() + mark;
        return operation.operator === '^^'
          ? clean.toUpperCase() + mark
          : clean.charAt(0).toUpperCase() + clean.slice(1) + mark;
      case 'Transform':
      case 'Names':
      case 'Unknown':
        return value;
    }
  }

  /** A pattern keeps its backslashes: `\/` is a slash, `\*` a star. */
  #pattern(word: Word): string {
    return word.parts ? this.text(word) : word.text.replace(/^(["'])(.*)\1$/u, '$2');
  }

  #default(value: string | undefined, operator: string, operand: Word, name: string): string {
    const empty = value === undefined || (operator.startsWith(':') && value === '');
    const kind = operator.replace(':', '');
    // An option that is only there when somebody sets the variable: left out, as it names no address by itself.
    if (kind === '+') return empty ? '' : this.text(operand);
    if (!empty) return value;
    if (kind === '?') return unknown(name);
    // A positional parameter is set by the call that was read; an unset variable may be set by GitLab.
    const fallback = this.text(operand) + (/^\d+$/u.test(name) || value !== undefined ? '' : LIKELY);
    if (kind === '=') this.#state.set(name, fallback, null);
    return fallback;
  }
}

/** A parameter that was not given is empty; a variable that nobody set may be set by GitLab. */
const absent = (name: string, shown = name): string => (/^\d+$/u.test(name) ? '' : unknown(shown));

/** Text as the words of a command line. */
function wordsOf(text: string): readonly Word[] {
  const [statement] = parse(`: ${text}`).commands;
  return statement?.command.type === 'Command' ? statement.command.args.filter((word) => word.type === 'Word') : [];
}
