import type { ShellState } from '../../shell/state.ts';
import type { Origin } from '../../types.ts';
import { formatted } from '../texts.ts';
import type { Arguments, Value } from '../values.ts';
import { isObject, isText, list, optionsOf, textOf, textsOf } from '../values.ts';

/** Functions that print to the standard output; those of logs and of the standard error are none. */
const PRINTS =
  /^(?:print|println|puts|say|cat|echo|printf|writeln|println!|print!|Console\.Write\w*|System\.out\.print\w*|console\.log|io\.write|(?:sys\.stdout|process\.stdout|STDOUT|stdout)\.(?:write|print|puts)|fmt\.Print\w*|click\.echo|typer\.echo)$/u;
/** Functions that end what they print with a line break. */
const ENDS_LINE = /^(?:println|puts|say|writeln|println!|console\.log|click\.echo|typer\.echo)$|(?:ln|Line|\.puts)$/iu;
/** Languages whose `print` ends the line. */
const PRINTS_LINES = /^(?:python|lua|r)$/u;
const MAX_LINES = 4_000;

/** What a program prints, as the shell around it reads it. */
export class Output {
  readonly #state: ShellState;
  readonly #language: string;
  #open: { text: string; readonly at: Origin } | null = null;
  #lines = 0;

  constructor(state: ShellState, language: string) {
    this.#state = state;
    this.#language = language;
  }

  /** Prints what a function is given, where it is one that prints. */
  print(name: string, given: Arguments, at: Origin): void {
    if (!PRINTS.test(name)) return;
    const end = given.named.get('end') ?? given.named.get('nl');
    const ends = ENDS_LINE.test(name) || (name === 'print' && PRINTS_LINES.test(this.#language));
    const mark = isText(end) ? end : end === false ? '' : ends ? '\n' : '';
    for (const text of textsGiven(name, given, this.#language))
      this.#write(text.endsWith('\n') && mark === '\n' ? text : text + mark, at);
  }

  /** Ends the last line. */
  finish(): void {
    if (this.#open) this.#line(this.#open.text, this.#open.at);
    this.#open = null;
  }

  #write(text: string, at: Origin): void {
    const [first = '', ...others] = text.split('\n');
    this.#open = this.#open ? { ...this.#open, text: this.#open.text + first } : { text: first, at };
    for (const line of others) {
      this.#line(this.#open.text, this.#open.at);
      this.#open = { text: line, at };
    }
    if (this.#open.text === '') this.#open = null;
  }

  #line(text: string, at: Origin): void {
    this.#lines += 1;
    if (this.#lines <= MAX_LINES) this.#state.print(text, at);
  }
}

/** The texts that one call prints: more than one where the files do not decide which it is. */
function textsGiven(name: string, { positional, named }: Arguments, language: string): readonly string[] {
  const [first, ...rest] = positional;
  if (first === undefined) return [];
  if (/printf$/iu.test(name))
    return optionsOf(first).flatMap((one) => (isText(one) ? textsOf(formatted(one, list(rest))) : []));
  if (/puts$/u.test(name) && isObject(first, 'list')) return first.items.flatMap(textsOf);
  // What is no text, such as the handle in Perl's `print STDERR "…"`, is not printed.
  const shown = positional.filter((one) => one !== null && (typeof one !== 'object' || one.kind === 'several'));
  const [only] = shown;
  if (only === undefined) return [];
  if (shown.length === 1) return textsOf(only);
  const sep = named.get('sep');
  const by = isText(sep) ? sep : /^(?:python|javascript|r)$/u.test(language) || name === 'fmt.Println' ? ' ' : '';
  return [shown.map((one: Value) => textOf(one)).join(by)];
}
