import { hasUnknown, unknown } from '../marks.ts';
import type { Call } from '../shell/call.ts';
import { parseArgs } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import type { SafePattern } from '../safe-pattern.ts';
import { emit, inputLines, lineMatcher, lineMatches } from './lines.ts';

/** Lines a command applies to. */
type Address = (text: string, row: number, last: boolean) => boolean;
interface Command {
  readonly applies: Address;
  readonly verb: 's' | 'd' | 'p' | 'q';
  readonly pattern: SafePattern | null;
  readonly replacement: string;
  readonly prints: boolean;
}

const MAX_COMMANDS = 40;

/** `sed`: substitutions, deletions and prints with plain addresses; anything else makes its text unknown. */
export function sed(call: Call): void {
  const parsed = parseArgs(
    call.args.map((arg) => ({ ...arg, value: arg.value.replace(/^-[nErsz]*i.*$|^--in-place.*$/u, '--in-place') })),
    new Set(['e', 'f', 'expression', 'file']),
  );
  const given = [...(parsed.options.get('e') ?? []), ...(parsed.options.get('expression') ?? [])];
  const scripts = [...(parsed.options.get('f') ?? []), ...(parsed.options.get('file') ?? [])];
  const named = given.length + scripts.length > 0;
  const program = named
    ? [
        ...given.map(({ value }) => value),
        ...scripts.map(({ value }) => call.workspace.text(value, call.state) ?? unknown(value)),
      ].join('\n')
    : (parsed.operands[0]?.value ?? '');
  const files = named ? parsed.operands : parsed.operands.slice(1);
  const flags = call.args.map(({ value }) => value).filter((value) => /^-[a-zA-Z]+$/u.test(value));
  const extended = parsed.options.has('regexp-extended') || flags.some((flag) => /[Er]/u.test(flag));
  const quiet = parsed.options.has('quiet') || flags.some((flag) => flag.includes('n'));
  const commands = parseProgram(program, extended);
  if (!parsed.options.has('in-place')) {
    emit(call, edited(inputLines(call, files), commands, quiet));
    return;
  }
  for (const { value } of files) {
    const lines = call.workspace.lines(value, call.state);
    if (lines) call.workspace.write(value, edited(lines, commands, quiet), false, call.state);
  }
}

function edited(lines: readonly Line[], commands: readonly Command[] | null, quiet: boolean): readonly Line[] {
  if (!commands) return lines.map((line) => ({ ...line, text: unknown('sed') }));
  const found: Line[] = [];
  for (const [index, line] of lines.entries()) {
    let text = line.text;
    let kept = !quiet || hasUnknown(text);
    let ends = false;
    for (const { applies, verb, pattern, replacement, prints } of commands) {
      if (!applies(text, index + 1, index === lines.length - 1)) continue;
      if (verb === 'd') kept = false;
      if (verb === 'd' || verb === 'q') ends = verb === 'q';
      if (verb === 'd') break;
      const before = text;
      if (pattern && text.length <= pattern.longest) text = substituted(text, pattern.regex, replacement);
      if (verb === 'p' || (prints && text !== before)) found.push({ ...line, text });
    }
    if (kept) found.push({ ...line, text });
    if (ends) break;
  }
  return found;
}

function substituted(text: string, pattern: RegExp, replacement: string): string {
  return text.replace(pattern, (...match: readonly unknown[]) =>
    replacement.replace(/\\(\d)|\\([^])|&/gu, (token, group?: string, escaped?: string) => {
      if (group !== undefined) return typeof match[Number(group)] === 'string' ? String(match[Number(group)]) : '';
      if (escaped === 'n') return '\n';
      return escaped ?? (token === '&' ? String(match[0]) : token);
    }),
  );
}

/** Parses commands that `;` or line breaks separate; null when one of them is not understood. */
function parseProgram(program: string, extended: boolean): readonly Command[] | null {
  const commands: Command[] = [];
  let rest = program.replace(/^[\s;]+/u, '');
  while (rest !== '') {
    const address = addressOf(rest, extended);
    if (!address || commands.length >= MAX_COMMANDS) return null;
    rest = rest.slice(address.length);
    const verb = rest.charAt(0);
    if (verb === 's') {
      const parts = delimited(rest.slice(1));
      if (!parts) return null;
      const pattern = compiled(parts.pattern, parts.flags, extended);
      if (!pattern) return null;
      commands.push({
        applies: address.applies,
        verb,
        pattern,
        replacement: parts.replacement,
        prints: parts.flags.includes('p'),
      });
      rest = rest.slice(1 + parts.length);
    } else if (verb === 'd' || verb === 'p' || verb === 'q') {
      commands.push({ applies: address.applies, verb, pattern: null, replacement: '', prints: false });
      rest = rest.slice(1);
    } else return null;
    rest = rest.replace(/^[\s;]+/u, '');
  }
  return commands;
}

/** `/re/`, `3`, `$`, `1,5`, each with `!` behind it; nothing stands for every line. */
function addressOf(text: string, extended: boolean): { readonly applies: Address; readonly length: number } | null {
  const match = /^(?:\/((?:[^/\\]|\\.)*)\/|(\d+)(?:,(\d+|\$))?|(\$))?\s*(!?)\s*/u.exec(text);
  if (!match) return null;
  const [whole, pattern, from, to, end, not] = match;
  const wanted = not !== '!';
  if (pattern !== undefined) {
    const matcher = lineMatcher(pattern.replace(/\\\//gu, '/'), extended ? 'extended' : 'basic');
    return matcher && { applies: (line) => (lineMatches(matcher, line) ?? false) === wanted, length: whole.length };
  }
  if (end !== undefined) return { applies: (_, __, last) => last === wanted, length: whole.length };
  if (from === undefined) return { applies: () => true, length: whole.length };
  const until = to === undefined ? Number(from) : to === '$' ? Infinity : Number(to);
  return { applies: (_, row) => (row >= Number(from) && row <= until) === wanted, length: whole.length };
}

interface Parts {
  readonly pattern: string;
  readonly replacement: string;
  readonly flags: string;
  readonly length: number;
}

/** `#from#to#g` with any delimiter. */
function delimited(text: string): Parts | null {
  const delimiter = text.charAt(0);
  const parts = [''];
  let index = 1;
  for (; index < text.length && parts.length < 3; index += 1) {
    const char = text.charAt(index);
    if (char === '\\' && index + 1 < text.length) {
      const next = text.charAt(index + 1);
      parts.push(`${parts.pop() ?? ''}${next === delimiter ? next : `\\${next}`}`);
      index += 1;
    } else if (char === delimiter) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${char}`);
  }
  if (parts.length < 3) return null;
  const flags = /^[gIip0-9]*/u.exec(text.slice(index))?.[0] ?? '';
  return { pattern: parts[0] ?? '', replacement: parts[1] ?? '', flags, length: index + flags.length };
}

function compiled(pattern: string, flags: string, extended: boolean): SafePattern | null {
  const matcher = lineMatcher(pattern, extended ? 'extended' : 'basic', /i/iu.test(flags));
  if (!matcher) return null;
  const { regex, longest } = matcher;
  return { regex: new RegExp(regex.source, `${regex.flags}${flags.includes('g') ? 'g' : ''}`), longest };
}
