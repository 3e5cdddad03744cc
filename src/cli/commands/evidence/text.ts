import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { encodingOf } from '../../../domain/encoding.ts';
import { printable } from '../../../domain/redact.ts';
import { usage } from '../edges/lookup.ts';

/** In bytes, unpacked. */
const LARGEST_TABLE = 256_000_000;
/** What is behind it of a line is left out: no line of ours is as long. */
export const LONGEST_LINE = 200_000;

const tooLarge = (file: string): Error =>
  usage(`${printable(file)} is larger than ${LARGEST_TABLE / 1_000_000} MB`, 'Import it in parts.');

/**
 * The text of a file, piece by piece: UTF-8, or UTF-16 with its mark as spreadsheets write it; packed with gzip or not.
 *
 * @throws RolloutError `USAGE` for what is no text, too large, or cut off
 */
export async function* textOf(path: string, file: string): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let size = 0;
  for await (const chunk of bytesOf(path, file)) {
    size += chunk.length;
    if (size > LARGEST_TABLE) throw tooLarge(file);
    decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
    yield decoded(file, decoder, chunk);
  }
  yield decoded(file, decoder ?? new TextDecoder(), new Uint8Array(), false);
}

function decoded(file: string, decoder: TextDecoder, bytes: Uint8Array, stream = true): string {
  try {
    const text = decoder.decode(bytes, { stream });
    if (!text.includes('\0')) return text;
  } catch {
    // Told below: whatever else it is encoded in would make names of other projects.
  }
  throw usage(
    `${printable(file)} is no text in UTF-8 or UTF-16`,
    'Save it as UTF-8, then import it again. Nothing was changed.',
  );
}

/** The bytes of a file, unpacked where they are packed with gzip. */
async function* bytesOf(path: string, file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path);
  const stream: Readable = isGzip(firstBytes(path)) ? source.pipe(createGunzip()) : source;
  source.once('error', (error) => stream.destroy(error));
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw /^Z_/.test((error as NodeJS.ErrnoException).code ?? '') ? broken(file) : error;
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const broken = (file: string): Error =>
  usage(`${printable(file)} is a gzip file that is broken or cut off`, 'Fetch it again. Nothing was changed.');

/**
 * The lines of a file of any size, packed with gzip or not, as rotated logs are. Of a line that is longer than `LONGEST_LINE`
 * the beginning comes, so that a file without line breaks needs no memory.
 */
export async function* linesOf(path: string, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytesOf(path, file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE + 1);
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

function firstBytes(path: string): Uint8Array {
  const bytes = new Uint8Array(2);
  const handle = openSync(path, 'r');
  try {
    readSync(handle, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(handle);
  }
  return bytes;
}
