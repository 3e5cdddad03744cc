import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { encodingOf } from '../../../domain/encoding.ts';
import { printable } from '../../../domain/redact.ts';
import { usage } from '../edges/lookup.ts';
import { readBounded } from '../../arguments/bounded-file.ts';

/** In bytes, unpacked. */
const LARGEST_TABLE = 256_000_000;
/** What is behind it of a line is left out: no line of ours is as long. */
export const LONGEST_LINE = 200_000;

/** The whole text of a file: UTF-8, or UTF-16 with its mark as spreadsheets write it; packed with gzip or not. */
export function textOf(path: string, file: string): string {
  const tooLarge = () =>
    usage(`${printable(file)} is larger than ${LARGEST_TABLE / 1_000_000} MB`, 'Import it in parts.');
  const raw = readRaw(path, tooLarge);
  const bytes = isGzip(raw) ? unpacked(raw, file, tooLarge) : raw;
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below: whatever else it is encoded in would make names of other projects.
  }
  throw usage(
    `${printable(file)} is no text in UTF-8 or UTF-16`,
    'Save it as UTF-8, then import it again. Nothing was changed.',
  );
}

function readRaw(path: string, tooLarge: () => Error): Buffer {
  try {
    return readBounded(path, LARGEST_TABLE);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EFBIG' ? tooLarge() : error;
  }
}

function unpacked(raw: Buffer, file: string, tooLarge: () => Error): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: LARGEST_TABLE });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : broken(file);
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
  const packed = isGzip(firstBytes(path));
  const source = createReadStream(path);
  const stream: Readable = packed ? source.pipe(createGunzip()) : source;
  source.once('error', (error) => stream.destroy(error));
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE + 1);
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
  } catch (error) {
    throw /^Z_/.test((error as NodeJS.ErrnoException).code ?? '') ? broken(file) : error;
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
