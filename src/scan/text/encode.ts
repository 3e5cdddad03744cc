import { hasToken, unknown, withoutLikely } from '../marks.ts';
import type { Line } from '../shell/state.ts';
import { perLine } from './lines.ts';

const ENCODED = new Map(Array.from(`/:@ +&=?#%`).map((char) => [char, encodeURIComponent(char)]));

/** Percent-encodes the way `jq @uri` does, leaving marks alone. */
export const percentEncoded = (text: string): string =>
  Array.from(text)
    .map((char) => ENCODED.get(char) ?? char)
    .join('');

/** Encoding keeps the token: what matters is that it is still in there. */
export const base64 = perLine((text) => (hasToken(text) ? text : unknown('base64')), ['w', 'wrap']);

/** `envsubst`, of the named variables only where it is given some: `envsubst '$A $B'`. */
export const envSubst = perLine((text, call) => {
  const named = call.args[0]?.value ?? '';
  return text.replace(/\$\{(\w+)\}|\$(\w+)/gu, (token, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    if (named.includes('$') && !new RegExp(`\\$\\{?${name}\\b`, 'u').test(named)) return token;
    return call.state.value(name) ?? unknown(name);
  });
});

/** `python -c "…quote(sys.argv[1])…" TEXT` is the usual way to encode a path; null for any other program text. */
export function quotedByProgram(
  program: string,
  args: readonly string[],
  stdin: readonly Line[] | null,
): string | null {
  if (!program.includes('quote')) return null;
  const literal = /quote(?:_plus)?\(\s*(["'])([^"']+)\1/u.exec(program)?.[2];
  const text = literal ?? (/argv/u.test(program) ? args[0] : stdin?.[0]?.text);
  return text === undefined ? null : percentEncoded(withoutLikely(text));
}
