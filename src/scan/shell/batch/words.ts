/** Names of a batch file: spelled as they were first, as they count in any case. */
export class Names {
  /** Windows has its own names for the home directory. */
  readonly #spelled = new Map<string, string>([
    ['userprofile', 'HOME'],
    ['homepath', 'HOME'],
  ]);
  /** Variables of loops, which have one letter and tell large from small. */
  readonly loops = new Set<string>();

  constructor(known: Iterable<string>) {
    for (const name of known) this.#spelled.set(name.toLowerCase(), name);
  }

  variable(written: string): string {
    const key = written.toLowerCase();
    const known = this.#spelled.get(key);
    if (known !== undefined) return known;
    const made = written.replace(/\W/gu, '_');
    this.#spelled.set(key, made);
    return made;
  }
}

const LOOP = /%%(?:~([a-z]*))?([A-Za-z])/uy;
/** How the variable of a loop is written on a command line. */
const SHORT_LOOP = /%(?:~([a-z]*))?([A-Za-z])(?!\w)/uy;
const ARGUMENT = /%(?:~([a-z]*))?([0-9*])/uy;
const VARIABLE = /%([A-Za-z_][\w().-]*)(?::([^%\n]*))?%|!([A-Za-z_][\w().-]*)(?::([^!\n]*))?!/uy;

/** What stands at a place of a word, in the words of a POSIX shell, and how long it was. */
export interface Piece {
  readonly shell: string;
  readonly length: number;
}

/** A variable or an argument at a place; null for plain text. */
export function expansionAt(text: string, at: number, names: Names): Piece | null {
  LOOP.lastIndex = at;
  const loop = loopAt(LOOP.exec(text), names);
  if (loop) return loop;
  ARGUMENT.lastIndex = at;
  const argument = ARGUMENT.exec(text);
  if (argument) return { shell: argumentOf(argument[1] ?? '', argument[2] ?? ''), length: argument[0].length };
  VARIABLE.lastIndex = at;
  const variable = VARIABLE.exec(text);
  if (!variable) {
    SHORT_LOOP.lastIndex = at;
    return loopAt(SHORT_LOOP.exec(text), names);
  }
  const name = names.variable(variable[1] ?? variable[3] ?? '');
  return { shell: changed(name, variable[2] ?? variable[4]), length: variable[0].length };
}

/** The variable of a loop that is open, with the letters that take parts of a path. */
function loopAt(found: RegExpExecArray | null, { loops }: Names): Piece | null {
  const variable = found?.[2] ?? '';
  return found && loops.has(variable) ? { shell: partOf(variable, found[1] ?? ''), length: found[0].length } : null;
}

/** `%%~nf`, `%%~nxf`, `%%~dpf`. */
function partOf(name: string, parts: string): string {
  if (/^nx$/iu.test(parts)) return `\${${name}##*/}`;
  if (/^n$/iu.test(parts)) return `$(basename "\${${name}%.*}")`;
  if (/^d?p$/iu.test(parts)) return `$(dirname "\${${name}}")/`;
  return `\${${name}}`;
}

/** `%1`, `%*`, `%~dp0` (the folder of the file). */
function argumentOf(parts: string, which: string): string {
  if (which === '*') return '$*';
  if (which === '0' && /^[dpf]+$/u.test(parts)) return '$(dirname "$0")/';
  return `\${${which}}`;
}

/** `%X:a=b%`, `%X:~0,7%`. */
function changed(name: string, change: string | undefined): string {
  if (change === undefined) return `\${${name}}`;
  const part = /^~(-?\d+)(?:,(-?\d+))?$/u.exec(change);
  if (part)
    return `\${${name}:${part[1]?.startsWith('-') === true ? ' ' : ''}${part[1] ?? '0'}${part[2] === undefined ? '' : `:${part[2]}`}}`;
  const [, from, to = ''] = /^([^=]+)=([^]*)$/u.exec(change) ?? [];
  if (from === undefined || /[{}"$`]/u.test(change)) return `\${${name}}`;
  // Variables of the second kind may stand in the new text.
  return `\${${name}//${from.replaceAll('/', '\\/')}/${to.replace(/!(\w+)!/gu, '$${$1}')}}`;
}

/** Text as it stands between the double quotes of a POSIX shell. */
export const literal = (text: string): string => text.replace(/["$`\\]/gu, '\\$&');
