/** For what a text is expanded: the rule of a recipe, a condition (`whole`), or the reading of the file (`shell`). */
export interface Expanding {
  readonly target?: string;
  readonly needs?: readonly string[];
  readonly stem?: string;
  /** Variables of the environment are filled in, and do not stay for the shell. */
  readonly whole?: boolean;
  /** Hears of the commands that make starts by itself. */
  readonly shell?: (command: string) => void;
  /** Hears of the texts that become part of the makefile. */
  readonly evaluate?: (text: string) => void;
}

/** Variables that make sets by itself: those of a rule, and a few of its own. */
export function automaticVariable(name: string, { target = '', needs = [], stem = '' }: Expanding): string | null {
  switch (name) {
    case '@':
      return target;
    case '<':
      return needs[0] ?? '';
    case '^':
    case '+':
      return needs.join(' ');
    case '*':
      return stem;
    case '@D':
      return target.replace(/\/?[^/]*$/u, '');
    case '@F':
      return target.split('/').at(-1) ?? '';
    case 'MAKE':
      return 'make';
    case 'CURDIR':
    case 'PWD':
      return '.';
    case 'SHELL':
      return 'sh';
    default:
      return null;
  }
}
