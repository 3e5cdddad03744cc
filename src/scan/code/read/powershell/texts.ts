import type { Expression } from '../../syntax.ts';
import { name } from './reader.ts';
import type { Reader } from './reader.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '', a: '', b: '', f: '', v: '' };
const PLAIN = /[^"`$]+/uy;
const VARIABLE = /\$(?:(env|script|global|local|private|using|variable):)?(\w+|[?$^](?![\w{(]))/iuy;
const BRACED = /\$\{([^}\n]{1,200})\}/uy;

/** A text in quotes of either kind, or between `@"` and `"@`. */
export function quoted(reader: Reader): Expression {
  const row = reader.row();
  if (reader.is('@"') || reader.is("@'")) return hereText(reader);
  if (reader.takeMark("'")) {
    const body = reader.take(/(?:[^']|'')*/uy)?.[0] ?? '';
    reader.takeMark("'");
    return { kind: 'text', parts: [body.replaceAll("''", "'")], row };
  }
  reader.takeMark('"');
  const parts: (string | Expression)[] = [];
  while (!reader.ended) {
    if (reader.takeMark('""')) parts.push('"');
    else if (reader.takeMark('"')) break;
    else parts.push(piece(reader));
  }
  return { kind: 'text', parts, row };
}

function hereText(reader: Reader): Expression {
  const row = reader.row();
  const mark = reader.text.charAt(reader.at + 1);
  reader.at += 2;
  reader.take(/[^\S\n]*\n?/uy);
  // The text may be empty: its end then stands where it begins.
  const found = reader.text.indexOf(`\n${mark}@`, reader.at - 1);
  const end = found < 0 ? reader.text.length : found;
  const parts: (string | Expression)[] = [];
  if (mark === "'") parts.push(reader.text.slice(reader.at, Math.max(reader.at, end)));
  else
    while (reader.at < end) {
      const start = reader.at;
      if (reader.takeMark('"')) parts.push('"');
      else parts.push(piece(reader));
      const last = parts.at(-1);
      // A plain piece does not know where the text ends.
      if (reader.at > end && typeof last === 'string') parts[parts.length - 1] = last.slice(0, end - start);
    }
  // What was read inside may have gone further: nothing is read twice.
  reader.at = Math.max(reader.at, found < 0 ? reader.text.length : end + 3);
  return {
    kind: 'text',
    parts: parts.map((part) => (typeof part === 'string' ? part.replaceAll('\r', '') : part)),
    row,
  };
}

/** The next piece of a text in which variables count. */
function piece(reader: Reader): string | Expression {
  const plain = reader.take(PLAIN);
  if (plain) return plain[0];
  if (reader.takeMark('`')) {
    const char = reader.text.charAt(reader.at);
    reader.at += 1;
    return ESCAPES[char] ?? char;
  }
  const value = variable(reader);
  if (value) return value;
  if (reader.is('$(')) return reader.grammar.subExpression(reader);
  reader.at += 1;
  return reader.text.charAt(reader.at - 1);
}

/** `$name`, `${name}`, `$env:NAME`, `$script:name`; null for anything else. */
export function variable(reader: Reader): Expression | null {
  const plain = reader.take(VARIABLE);
  if (plain) return named(plain[1] ?? '', plain[2] ?? '', reader);
  const braced = reader.take(BRACED)?.[1];
  if (braced === undefined) return null;
  const [, scope = '', rest = braced] =
    /^(env|script|global|local|private|using|variable):([^]*)$/iu.exec(braced) ?? [];
  return named(scope, rest, reader);
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

function named(scope: string, of: string, reader: Reader): Expression {
  const lower = of.toLowerCase();
  if (scope === '' && Object.hasOwn(CONSTANTS, lower)) return { kind: 'constant', value: CONSTANTS[lower] ?? null };
  const environment = /^env$/iu.test(scope);
  const made = name(environment ? `env:${of}` : `$${lower === 'psitem' ? '_' : lower}`);
  if (environment || /^(?:script|global)$/iu.test(scope)) reader.shared.add(made);
  return made;
}
