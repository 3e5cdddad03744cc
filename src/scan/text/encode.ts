import { cleanse, hasToken, hasUnknown, unknown, withoutLikely } from '../marks.ts';
import type { Call, Tool } from '../shell/call.ts';
import { parseArgs, valuesOf } from '../shell/call.ts';
import { inputLines, perLine } from './lines.ts';

const ENCODED = new Map(Array.from(`/:@ +&=?#%`).map((char) => [char, encodeURIComponent(char)]));

/** Percent-encodes the way `jq @uri` does, leaving marks alone. */
export const percentEncoded = (text: string): string =>
  Array.from(text)
    .map((char) => ENCODED.get(char) ?? char)
    .join('');

/** Encoding keeps the token: what matters is that it is still in there. Decoding gives what a known text holds. */
export const base64 = perLine(
  (text, call) => {
    if (hasToken(text)) return text;
    const decodes = call.args.some(({ value }) => /^-[a-z]*[dD]$|^--decode$/u.test(value));
    const decoded = decodes ? decodedBase64(text) : text;
    return decoded === text ? unknown('base64') : decoded;
  },
  ['w', 'wrap'],
);

/** The text that base64 stands for, in UTF-16 or UTF-8; what is no base64 stays as it is. */
export function decodedBase64(text: string): string {
  const plain = withoutLikely(text).trim();
  if (plain.length % 4 !== 0 || !/^[A-Za-z\d+/]+=*$/u.test(plain)) return text;
  const bytes = Buffer.from(plain, 'base64');
  const decoded = bytes.toString(bytes.includes(0) ? 'utf16le' : 'utf8');
  return decoded.includes('\uFFFD') ? text : cleanse(decoded);
}

/** `openssl base64 -A`, `openssl enc -base64`; what else it makes of a text is not known. */
export const openssl: Tool = (call) => {
  const [verb] = call.args;
  const encodes =
    verb?.value === 'base64' ||
    (verb?.value === 'enc' && call.args.some(({ value }) => /^-(?:base64|a)$/u.test(value)));
  if (encodes) base64({ ...call, args: [] });
  else call.state.print(unknown('openssl'), call.at);
};

/** `envsubst`, of the named variables only where it is given some: `envsubst '$A $B'`. */
export const envSubst: Tool = (call) => {
  const named = call.args[0]?.value ?? '';
  // It reads the standard input alone.
  perLine((text) => substituted(text, named, call))({ ...call, args: [] });
};

const substituted = (text: string, named: string, call: Call): string =>
  text.replace(/\$\{(\w+)\}|\$(\w+)/gu, (token, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    if (named.includes('$') && !new RegExp(`\\$\\{?${name}\\b`, 'u').test(named)) return token;
    return call.state.value(name) ?? unknown(name);
  });

/** The bytes of the input as two hexadecimal digits each; null where some are not known. */
function hexBytes(call: Call): readonly string[] | null {
  const { operands } = parseArgs(call.args, new Set(['t', 'A', 'N', 'w', 'e', 'c', 'l', 's', 'f', 'n']));
  const text = inputLines(call, call.name === 'od' ? [] : operands)
    .map((line) => withoutLikely(line.text))
    .join('\n');
  if (text === '' || hasUnknown(text)) return null;
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0'));
}

/** `od -An -tx1`, `hexdump -e '/1 "%02x"'`, `xxd -p`: bytes as digits, which scripts put a `%` before. */
export const hexadecimal: Tool = (call) => {
  const words = valuesOf(call.args);
  const joined = words.join(' ');
  const bytes = hexBytes(call);
  const plain = call.name === 'xxd' ? /(?:^| )-(?:p|ps|plain|c1? ?-p)/u : /-t ?x1|-tx1|-x|%0?\.?2?x|-An? ?-?t?x1/u;
  if (!bytes || !plain.test(joined) || words.includes('-r')) call.state.print(unknown(call.name), call.at);
  else if (call.name === 'od') call.state.print(` ${bytes.join(' ')}`, call.at);
  else call.state.print(bytes.map((byte) => formatOf(joined)(byte)).join(''), call.at);
};

/** What `hexdump -e '/1 "%%%02X"'` writes around each byte. */
function formatOf(words: string): (byte: string) => string {
  const [, before = '', letter = 'x', after = ''] = /"([^"%]*(?:%%|%)?)%0?\.?2([xX])([^"]*)"/u.exec(words) ?? [];
  return (byte) => before.replace('%%', '%') + (letter === 'X' ? byte.toUpperCase() : byte) + after;
}
