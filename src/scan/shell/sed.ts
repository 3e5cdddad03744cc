import { unknown } from '../marks.ts';
import type { Call } from './call.ts';
import { parseArgs } from './call.ts';
import type { Line } from './state.ts';

interface Substitution {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** `sed` for substitutions; a program that uses anything else makes the text unknown. Understands `-i`. */
export function sed(call: Call): void {
  const parsed = parseArgs(
    call.args.map((arg) => ({ ...arg, value: arg.value.replace(/^-[nr]*i.*$/u, '--in-place') })),
    new Set(['e', 'f', 'expression']),
  );
  const given = [...(parsed.options.get('e') ?? []), ...(parsed.options.get('expression') ?? [])].map(
    ({ value }) => value,
  );
  const programs = given.length > 0 ? given : parsed.operands.slice(0, 1).map(({ value }) => value);
  const files = given.length > 0 ? parsed.operands : parsed.operands.slice(1);
  const extended = parsed.options.has('E') || parsed.options.has('r');
  const steps = programs.flatMap((program) => substitutions(program, extended));
  const apply = (lines: readonly Line[]): readonly Line[] =>
    lines.map((line) => ({ ...line, text: applied(line.text, steps) }));
  if (parsed.options.has('in-place')) {
    for (const { value } of files) {
      const lines = call.workspace.lines(value, call.state);
      if (lines) call.workspace.write(value, apply(lines), false, call.state);
    }
    return;
  }
  const input =
    files.length === 0
      ? (call.stdin ?? [])
      : files.flatMap(({ value }) => call.workspace.lines(value, call.state) ?? []);
  for (const line of apply(input)) call.state.print(line.text, line.at);
}

function applied(text: string, steps: readonly (Substitution | null)[]): string {
  let result = text;
  for (const step of steps) {
    if (step === null) return unknown('sed');
    if (result.length > 2_000) return result;
    result = result.replace(step.pattern, (...match: readonly unknown[]) =>
      step.replacement.replace(/\\(\d)|\\(.)|&/gu, (token, group?: string, literal?: string) => {
        if (group !== undefined) return typeof match[Number(group)] === 'string' ? String(match[Number(group)]) : '';
        return literal ?? (token === '&' ? String(match[0]) : token);
      }),
    );
  }
  return result;
}

/** Parses `s#from#to#g; s/…/…/`. Null stands for a command that is not a substitution. */
function substitutions(program: string, extended: boolean): readonly (Substitution | null)[] {
  const found: (Substitution | null)[] = [];
  let rest = program.trim();
  while (rest !== '' && found.length < 20) {
    if (!rest.startsWith('s')) return /^(?:\/[^/]*\/)?[dpq]$|^\d+[dpq]?/u.test(rest) ? found : [...found, null];
    const delimiter = rest.charAt(1);
    const parts: string[] = [''];
    let index = 2;
    for (; index < rest.length && parts.length < 3; index += 1) {
      const char = rest.charAt(index);
      if (char === '\\' && index + 1 < rest.length) {
        const next = rest.charAt(index + 1);
        parts.push(`${parts.pop() ?? ''}${next === delimiter ? next : `\\${next}`}`);
        index += 1;
      } else if (char === delimiter) parts.push('');
      else parts.push(`${parts.pop() ?? ''}${char}`);
    }
    const flags = /^[gIi0-9]*/u.exec(rest.slice(index))?.[0] ?? '';
    found.push(compiled(parts[0] ?? '', parts[1] ?? '', flags, extended));
    rest = rest.slice(index + flags.length).replace(/^[\s;]+/u, '');
  }
  return found;
}

function compiled(pattern: string, replacement: string, flags: string, extended: boolean): Substitution | null {
  // In basic expressions the bare characters are literal and the escaped ones special; elsewhere it is the other way.
  const source = extended
    ? pattern
    : pattern.replace(/\\?[()+?{}|]/gu, (token) => (token.length === 2 ? token.charAt(1) : `\\${token}`));
  if (source.length > 200 || /\([^)]*[+*][^)]*\)[+*{]/u.test(source) || (source.match(/[+*]/gu)?.length ?? 0) > 4)
    return null;
  try {
    return {
      pattern: new RegExp(source, `${flags.includes('g') ? 'g' : ''}${/i/iu.test(flags) ? 'i' : ''}`),
      replacement,
    };
  } catch {
    return null;
  }
}
