import { hasToken, hasUnknown } from '../../marks.ts';
import { safePattern } from '../../safe-pattern.ts';
import type { Decision } from '../../shell/test.ts';
import type { CmakeWord } from './commands.ts';
import type { Variables } from './values.ts';

const FALSE = /^(?:0|off|no|false|n|ignore|notfound|.*-notfound|)$/iu;

/** The truth of `if(…)`; null where the files do not decide it. */
export function holds(words: readonly CmakeWord[], variables: Variables): Decision {
  return new Condition(words, variables).run();
}

const not = (truth: Decision): Decision => (truth === null ? null : !truth);

class Condition {
  readonly #words: readonly CmakeWord[];
  readonly #variables: Variables;
  #next = 0;

  constructor(words: readonly CmakeWord[], variables: Variables) {
    this.#words = words.slice(0, 200);
    this.#variables = variables;
  }

  run(): Decision {
    return this.#or();
  }

  #take(text: string): boolean {
    const word = this.#words[this.#next];
    if (!word || word.quoted || word.text !== text) return false;
    this.#next += 1;
    return true;
  }

  #or(): Decision {
    let truth = this.#and();
    while (this.#take('OR')) {
      const other = this.#and();
      truth = truth === true || other === true ? true : truth === null || other === null ? null : false;
    }
    return truth;
  }

  #and(): Decision {
    let truth = this.#not();
    while (this.#take('AND')) {
      const other = this.#not();
      truth = truth === false || other === false ? false : truth === null || other === null ? null : true;
    }
    return truth;
  }

  #not(): Decision {
    return this.#take('NOT') ? not(this.#not()) : this.#unary();
  }

  #unary(): Decision {
    if (this.#take('(')) {
      const truth = this.#or();
      this.#take(')');
      return truth;
    }
    if (this.#take('DEFINED')) return this.#defined(this.#word()?.text ?? '');
    for (const test of ['EXISTS', 'COMMAND', 'TARGET', 'POLICY', 'TEST', 'IS_DIRECTORY'])
      if (this.#take(test)) {
        this.#next += 1;
        return null;
      }
    return this.#binary(this.#word());
  }

  #defined(name: string): Decision {
    const environment = /^ENV\{(\w+)\}$/u.exec(name)?.[1];
    if (environment === undefined) return this.#variables.get(name.replace(/^CACHE\{(\w+)\}$/u, '$1')) !== undefined;
    const value = this.#variables.environment(environment);
    // Beside what GitLab and the configuration set, the image may set anything.
    return value === undefined ? (/^(?:CI|GITLAB)_/u.test(environment) ? false : null) : true;
  }

  #binary(left: CmakeWord | undefined): Decision {
    const operator = this.#words[this.#next];
    if (
      !operator ||
      operator.quoted ||
      !/^(?:STREQUAL|MATCHES|EQUAL|LESS|GREATER|VERSION_\w+|IN_LIST)$/u.test(operator.text)
    )
      return this.#truth(left);
    this.#next += 1;
    const right = this.#word();
    const [a, b] = [this.#operand(left), this.#operand(right)];
    if (a === null || b === null) return null;
    if (operator.text === 'STREQUAL') return a === b;
    if (operator.text === 'EQUAL') return Number(a) === Number(b);
    if (operator.text !== 'MATCHES') return null;
    const safe = safePattern(b, 'u');
    return safe && a.length <= safe.longest ? safe.regex.test(a) : null;
  }

  #word(): CmakeWord | undefined {
    this.#next += 1;
    return this.#words[this.#next - 1];
  }

  /** A bare name stands for its variable where there is one. */
  #operand(word: CmakeWord | undefined): string | null {
    if (!word) return '';
    const named = word.quoted ? undefined : this.#variables.get(word.text);
    const values = named ?? this.#variables.expand(word);
    const [value = ''] = values;
    return values.length > 1 || (hasUnknown(value) && !hasToken(value)) ? null : value;
  }

  #truth(word: CmakeWord | undefined): Decision {
    if (!word) return false;
    const value = this.#operand(word);
    if (value === null) return null;
    if (/^(?:1|on|yes|true|y)$/iu.test(value)) return true;
    if (FALSE.test(value)) return false;
    const known = !word.quoted && this.#variables.get(word.text) !== undefined;
    // `if(NAME)` of a variable that no file sets: a toolchain or CMake itself may.
    return known || /\$/u.test(word.text) ? true : /^[A-Z]/u.test(word.text) ? null : false;
  }
}
