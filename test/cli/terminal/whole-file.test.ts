import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeWhole } from '../../../src/cli/terminal/whole-file.ts';

describe('a file that is written as a whole', () => {
  it('takes the place of the one before, also behind a link', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'whole-'));
    writeFileSync(join(dir, 'real.html'), 'before', { mode: 0o640 });
    symlinkSync('real.html', join(dir, 'link.html'));
    await writeWhole(join(dir, 'link.html'), 'after', 'the report');
    expect(readFileSync(join(dir, 'real.html'), 'utf8')).toBe('after');
    expect(readdirSync(dir).sort()).toEqual(['link.html', 'real.html']);
  });

  it('leaves the one before, and nothing else, where what is written fails half-way', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'whole-'));
    const file = join(dir, 'edges.csv');
    writeFileSync(file, 'before');
    async function* broken(): AsyncGenerator<string> {
      yield 'half';
      await Promise.reject(new RangeError('a defect'));
    }
    await expect(writeWhole(file, broken(), 'the table')).rejects.toThrow(RangeError);
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(dir)).toEqual(['edges.csv']);
  });

  it.each([
    { name: 'no/such/place.html', says: 'there is no such directory (ENOENT)' },
    { name: 'taken', says: 'EISDIR' },
  ])('says why it cannot be: $says', async ({ name, says }) => {
    const dir = mkdtempSync(join(tmpdir(), 'whole-'));
    if (name === 'taken') writeFileSync(join(dir, 'x'), '');
    const file = name === 'taken' ? dir : join(dir, name);
    const failure = writeWhole(file, 'x', 'the report');
    await expect(failure).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--output') as string });
    await expect(failure).rejects.toThrow(says);
  });
});
