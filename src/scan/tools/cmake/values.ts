import { unknown } from '../../marks.ts';
import type { CmakeWord } from './commands.ts';

const MAX_VALUES = 30;
const MAX_LENGTH = 20_000;

/** Everything a variable may hold; several values where the files do not decide which. */
export type Values = readonly string[];

/** Variables of a run of CMake: of the command line, of the environment, and those that commands set. */
export class Variables {
  readonly #environment: (name: string) => string | undefined;
  readonly #cache: ReadonlyMap<string, string>;
  #values = new Map<string, Values>();

  /** @param cache values of `-D`, which win over cached defaults */
  constructor(environment: (name: string) => string | undefined, cache: ReadonlyMap<string, string>) {
    this.#environment = environment;
    this.#cache = cache;
  }

  get(name: string): Values | undefined {
    const cached = this.#cache.get(name);
    return this.#values.get(name) ?? (cached === undefined ? undefined : [cached]);
  }

  /** @param weak the command may not run, so that what was there before stays possible */
  set(name: string, values: Values, weak: boolean): void {
    const before = weak ? (this.get(name) ?? []) : [];
    this.#values.set(name, [...new Set([...before, ...values])].slice(0, MAX_VALUES));
  }

  /** `set(… CACHE …)` and `option`: a default that the command line replaces. */
  setDefault(name: string, values: Values, weak: boolean): void {
    if (!this.#cache.has(name) && !this.#values.has(name)) this.set(name, values, weak);
  }

  unset(name: string): void {
    this.#values.delete(name);
  }

  environment(name: string): string | undefined {
    return this.get(`ENV{${name}}`)?.[0] ?? this.#environment(name);
  }

  /** Runs `body` with names that end with it, as a function or a loop has them. */
  within(own: ReadonlyMap<string, Values>, body: () => void): void {
    const saved = new Map([...own.keys()].map((name) => [name, this.#values.get(name)]));
    for (const [name, values] of own) this.#values.set(name, values);
    body();
    for (const [name, values] of saved) {
      if (values) this.#values.set(name, values);
      else this.#values.delete(name);
    }
  }

  /** The texts a word may become. */
  expand(word: CmakeWord | undefined): Values {
    if (!word) return [''];
    return word.literal ? [word.text] : this.#expanded(word.text, 0);
  }

  /** The list elements that words come to: an unquoted `a;b` counts as two. */
  list(words: readonly CmakeWord[]): readonly string[] {
    return words
      .flatMap((word) => {
        const texts = this.expand(word);
        return word.quoted ? texts : texts.flatMap((text) => text.split(';'));
      })
      .filter((text) => text !== '')
      .slice(0, 1_000);
  }

  /** The innermost references first, so that `${A_${B}}` names what it should. */
  #expanded(text: string, depth: number): Values {
    const match = /(?<!\\)\$(ENV|CACHE)?\{([^${}]*)\}/u.exec(text);
    if (!match || depth > 20 || text.length > MAX_LENGTH) return [text.replace(/\\\$/gu, '$')];
    const name = match[2] ?? '';
    const found = match[1] === 'ENV' ? [this.environment(name) ?? ''] : (this.get(name) ?? [unknown(name)]);
    return found
      .flatMap((value) =>
        this.#expanded(
          text.slice(0, match.index) + value.replace(/\$/gu, '\\$') + text.slice(match.index + match[0].length),
          depth + 1,
        ),
      )
      .slice(0, MAX_VALUES);
  }
}
