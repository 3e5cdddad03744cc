import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 65_536;

/**
 * The bytes of a file that a person names, a pipe (`<(…)`) included. A device that never ends is read no further than a file may
 * reach.
 *
 * @param most - bytes
 * @throws NodeJS.ErrnoException `EFBIG` when there are more; whatever opening and reading throw
 */
export function readBounded(path: string, most: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const read = readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      size += read;
      if (size > most) throw Object.assign(new Error('the file is too large'), { code: 'EFBIG' });
    }
  } finally {
    closeSync(descriptor);
  }
}

const WORDS: Readonly<Record<string, string>> = { EISDIR: 'it is a directory', EFBIG: 'it is too large' };

/** Why a file cannot be read, in words where the code alone does not tell. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';
  return WORDS[code] ?? code;
}
