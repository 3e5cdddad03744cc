import { RolloutError } from '../../../domain/errors.ts';
import { withoutTags } from './trace-page.ts';

/** What a file given as a trace turned out to be. `note` is for the person, where the file was not read as it stands. */
export interface TraceInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly note: string | null;
}

/** Enough to tell what it is: the runner's header is longer. */
const LOOKED_AT = 4_096;

/** First bytes of what holds a log instead of being one, and the command that takes it out. */
const PACKED: readonly (readonly [bytes: string, what: string, unpack: string])[] = [
  ['\u001f\u008b', 'a gzip archive', 'gunzip -c'],
  ['PK\u0003\u0004', 'a zip archive', 'unzip -p'],
  ['BZh', 'a bzip2 archive', 'bunzip2 -c'],
  ['\u00fd7zXZ', 'an xz archive', 'xz -dc'],
  ['\u0028\u00b5\u002f\u00fd', 'a zstd archive', 'zstd -dc'],
];

/**
 * Reads what people have at hand as a trace: the raw log, a copy with line numbers, a saved page, a file that PowerShell wrote.
 *
 * @param name - how the error names it
 * @throws RolloutError `USAGE` for archives and binary files, before anything is judged
 */
export async function traceInput(chunks: AsyncIterable<Uint8Array>, name: string): Promise<TraceInput> {
  const source = chunks[Symbol.asyncIterator]();
  const head = await readHead(source);
  const rest = joined(head, source);
  refuseArchives(head, name);
  const encoding = encodingOf(head);
  if (encoding !== null)
    return { chunks: decoded(rest, encoding), note: `${name}: read as ${encoding.toUpperCase()} text.` };
  if (isBinary(head))
    throw new RolloutError('USAGE', `${name}: binary, not a log`, 'Give the text of the job log, such as JOB_URL/raw.');
  const start = head.toString('latin1');
  if (/^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype html|html|head|body)\b/i.test(start))
    return {
      chunks: withoutTags(rest),
      note: `${name}: a web page, read without its tags. The log itself is at JOB_URL/raw.`,
    };
  const first = numberedFrom(start);
  return first === null
    ? { chunks: rest, note: null }
    : { chunks: withoutNumbers(rest, first), note: `${name}: read without the line numbers in front of its lines.` };
}

async function readHead(source: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let length = 0; length < LOOKED_AT;) {
    const next = await source.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.byteLength;
  }
  return Buffer.concat(parts);
}

async function* joined(head: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.byteLength > 0) yield head;
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}

function refuseArchives(head: Buffer, name: string): void {
  const start = head.toString('latin1', 0, 8);
  const packed = PACKED.find(([bytes]) => start.startsWith(bytes));
  if (packed === undefined) return;
  const [, what, unpack] = packed;
  throw new RolloutError(
    'USAGE',
    `${name}: ${what}, not a log`,
    `Unpack it first: ${unpack} FILE | tidegate diagnose …`,
  );
}

/** By its mark, or by the zero in every other byte that text in Latin letters has. */
function encodingOf(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const looked = head.subarray(0, 512);
  const zeros = [0, 1].map((parity) => looked.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  const [even = 0, odd = 0] = zeros;
  if (odd > looked.length * 0.4 && even === 0) return 'utf-16le';
  return even > looked.length * 0.4 && odd === 0 ? 'utf-16be' : null;
}

/** A log may hold binary output somewhere, but does not begin with it. */
function isBinary(head: Buffer): boolean {
  const control = head.filter((byte) => byte < 9 || (byte > 13 && byte < 27) || (byte > 27 && byte < 32)).length;
  return control > head.length * 0.05;
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
  yield Buffer.from(decoder.decode(), 'utf8');
}

/** Lines that count up by one: a copy from a page or an editor. Null where they do not. */
function numberedFrom(start: string): number | null {
  const lines = start.split('\n').slice(0, -1);
  const first = Number(NUMBER.exec(lines[0] ?? '')?.[1] ?? Number.NaN);
  if (lines.length < 3 || Number.isNaN(first)) return null;
  return lines.every((line, at) => NUMBER.exec(line)?.[1] === String(first + at)) ? first : null;
}

const NUMBER = /^\s{0,12}(\d{1,9})(?=\D|$)/;

/** Takes the number off each line as long as it is the one that is due: a digit of the log itself stays. */
async function* withoutNumbers(chunks: AsyncIterable<Uint8Array>, first: number): AsyncGenerator<Uint8Array> {
  let due = first;
  let held = '';
  let begun = false;
  const strip = (line: string): string => {
    if (begun) return line;
    const number = String(due);
    due += 1;
    const at = line.search(/\S/);
    const numbered = at >= 0 && at <= 12 && line.startsWith(number, at);
    return numbered ? line.slice(at + number.length).replace(/^(?:\t| ?[|:] ?| )/, '') : line;
  };
  for await (const chunk of chunks) {
    const lines = (held + Buffer.from(chunk).toString('latin1')).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) {
      yield Buffer.from(`${strip(line)}\n`, 'latin1');
      begun = false;
    }
    // An endless line is handed on as it comes; only its beginning can hold a number.
    if (held.length <= LOOKED_AT) continue;
    yield Buffer.from(strip(held), 'latin1');
    begun = true;
    held = '';
  }
  if (held !== '') yield Buffer.from(strip(held), 'latin1');
}
