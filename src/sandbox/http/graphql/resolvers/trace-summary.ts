import { stripVTControlCharacters } from 'node:util';

const MAX_LINES = 100;
const MAX_BYTES = 16 * 1024;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * The tail of a log as GitLab's HTML: at most 100 lines and 16 KB, without colours and section marks.
 *
 * @param lastLines - lines wanted; more than 100 is cut to 100
 */
export function htmlSummary(chunks: Iterable<string>, lastLines: number): string {
  let tail = '';
  for (const chunk of chunks) {
    tail += chunk;
    // Keeping a little more than needed bounds the memory of a long log.
    if (tail.length > 4 * MAX_BYTES) tail = tail.slice(-2 * MAX_BYTES);
  }
  const wanted = Math.max(0, Math.min(lastLines, MAX_LINES));
  const bytes = Buffer.from(tail, 'utf8');
  const text = bytes.subarray(Math.max(0, bytes.length - MAX_BYTES)).toString('utf8');
  const lines = text.replace(/\n$/, '').split('\n');
  return (wanted === 0 ? [] : lines.slice(-wanted)).map((line) => `<span>${escaped(plain(line))}</span>`).join('<br/>');
}

function plain(line: string): string {
  return stripVTControlCharacters(line.replace(/section_(?:start|end):\d+:[^\r]*\r/g, '')).replace(/\r/g, '');
}

function escaped(line: string): string {
  return line.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
