import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traceInput } from '../../../src/cli/commands/diagnose/trace-input.ts';

const LINES = [
  'Running with gitlab-runner 18.2.0 <main> & "more"',
  '$ git clone https://git.corp.test/tools/sdk.git',
  "Cloning into 'sdk'... ünïcode",
  'remote: Authentication by CI/CD job token not allowed from cart to sdk.',
  '4 of 9 failed',
];
const LOG = `${LINES.join('\n')}\n`;
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('/', '&#x2F;');
const PAGE = [
  '<!DOCTYPE html>',
  '<html><head><title>build (#1)</title><script>if (a < b) { x("</div>") }</script></head><body>',
  ...LINES.map(
    (line, at) =>
      `<div class="job-log-line"><a class="job-log-line-number" href="#L${at + 1}">${at + 1}</a><span>${escape(line)}</span></div>`,
  ),
  '</body></html>',
].join('');

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function textOf(bytes: Uint8Array, size = 7): Promise<{ readonly text: string; readonly note: string | null }> {
  const { chunks, note } = await traceInput(inPieces(bytes, size), 'job.log');
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return { text: Buffer.concat(parts).toString('utf8').replace('\ufeff', ''), note };
}

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('what people have at hand as a trace', () => {
  it.each([
    ['the raw log', Buffer.from(LOG), null],
    ['a file of Windows PowerShell', Buffer.from(`\ufeff${LOG}`, 'utf16le'), 'UTF-16LE'],
    ['the same without its mark', Buffer.from(LOG, 'utf16le'), 'UTF-16LE'],
    ['the other byte order', swapped(`\ufeff${LOG}`), 'UTF-16BE'],
    ['numbers before a tab', Buffer.from(LINES.map((line, at) => `${at + 1}\t${line}\n`).join('')), 'line numbers'],
    [
      'numbers from the middle on',
      Buffer.from(LINES.map((line, at) => `  ${at + 97} ${line}\n`).join('')),
      'line numbers',
    ],
    [
      'numbers without a blank',
      Buffer.from(LINES.map((line, at) => `${at + 1}${at === 4 ? ' ' : ''}${line}\n`).join('')),
      'line numbers',
    ],
    ['a saved page', Buffer.from(PAGE), 'web page'],
  ])('%s', async (_what, bytes, note) => {
    const read = await textOf(bytes);
    expect(read.text.trimEnd()).toBe(LOG.trimEnd());
    if (note === null) expect(read.note).toBeNull();
    else expect(read.note).toContain(note);
  });

  it.each([
    ['gzip', gzipSync(LOG), 'gunzip'],
    ['zip', Buffer.from('PK\u0003\u0004xxxx'), 'unzip'],
    ['a program', Buffer.from(Array.from({ length: 4_096 }, (_, at) => at % 256)), 'JOB_URL/raw'],
  ])('refuses %s and says what to give instead', async (_what, bytes, hint) => {
    await expect(traceInput(inPieces(bytes, 512), 'job.log')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('job.log') as string,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it('takes an empty file, and one whose lines merely begin with numbers', async () => {
    expect(await textOf(Buffer.alloc(0))).toEqual({ text: '', note: null });
    const counted = '3 files\n3 files\n4 files\n';
    expect(await textOf(Buffer.from(counted))).toEqual({ text: counted, note: null });
  });

  it('gives one text however the bytes are split', async () => {
    const inputs = [
      Buffer.from(PAGE),
      Buffer.from(LOG, 'utf16le'),
      Buffer.from(LINES.map((line, at) => `${at + 1} ${line}\n`).join('')),
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...inputs), fc.integer({ min: 1, max: 5_000 }), async (bytes, size) => {
        expect((await textOf(bytes, size)).text.trimEnd()).toBe(LOG.trimEnd());
      }),
      { numRuns: 40 },
    );
  });

  it.each(['<'.repeat(65_536), '<!'.repeat(65_536), '<a '.repeat(65_536), '&'.repeat(65_536), '&#'.repeat(65_536)])(
    'reads a hostile page in time',
    async (bait) => {
      const before = process.cpuUsage();
      await textOf(Buffer.from(`<html>${bait.repeat(8)}`), 65_536);
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
    },
  );
});
