import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { RolloutError } from '../../domain/errors.ts';

type Text = string | AsyncIterable<string>;

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'it is read-only there',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOENT: 'there is no such directory',
  EISDIR: 'that is a directory',
  ENOTDIR: 'that is not in a directory',
};

/**
 * Writes a file as a whole or not at all: beside it first, then in its place, so that a full disk or a failure half-way leaves
 * what was there. A pipe or a device is written to as it is.
 *
 * @param what - what is written, for the message: `the report`
 * @throws RolloutError `USAGE` naming the file; what `text` throws as it is
 */
export async function writeWhole(file: string, text: Text, what: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const there = await stat(target).catch(() => null);
  const draft = `${target}.${randomUUID().slice(0, 8)}.part`;
  try {
    if (there !== null && !there.isFile()) await writeFile(target, text);
    else {
      const handle = await open(draft, 'wx', there?.mode);
      try {
        await writeFile(handle, text);
      } finally {
        await handle.close();
      }
      await rename(draft, target);
    }
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const code = (error as NodeJS.ErrnoException).code;
    if (typeof code !== 'string' || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new RolloutError(
      'USAGE',
      `${what} cannot be written to ${file}: ${code in WORDS ? `${WORDS[code] ?? ''} (${code})` : code}`,
      'Name another file with --output, or print it with --output -.',
      { cause: error },
    );
  }
}
