import type { Origin } from './types.ts';

/** A text and where each of its characters was written. */
export interface SourceText {
  readonly text: string;
  readonly at: (offset: number) => Origin;
}

/** Text that stands in one place as a whole, such as an expanded command. */
export function pointSource(text: string, at: Origin): SourceText {
  return { text, at: () => at };
}

/** Several texts joined by line breaks, as GitLab joins the entries of `script`. */
export function joinSources(parts: readonly SourceText[]): SourceText {
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += part.text.length + 1;
  }
  return {
    text: parts.map(({ text }) => text).join('\n'),
    at: (offset) => {
      const index = Math.max(0, lastAtMost(starts, offset));
      const part = parts[index];
      if (!part) return { file: '', line: 1 };
      return part.at(Math.min(offset - (starts[index] ?? 0), part.text.length));
    },
  };
}

/**
 * A YAML scalar: its decoded text is aligned with the raw text character by character, which gives the right line for
 * literal, folded, quoted and plain multi-line forms alike.
 */
export function scalarSource(text: string, raw: string, file: string, firstLine: number): SourceText {
  const offsets = [0];
  const lines = [firstLine];
  let line = firstLine;
  let cursor = 0;
  for (let index = 0; index < text.length; index += 1) {
    const wanted = text.charCodeAt(index);
    if (wanted <= 32) continue;
    const found = raw.indexOf(text.charAt(index), cursor);
    if (found < 0) break;
    const before = line;
    for (let at = raw.indexOf('\n', cursor); at >= 0 && at < found; at = raw.indexOf('\n', at + 1)) line += 1;
    cursor = found + 1;
    if (line !== before) {
      offsets.push(index);
      lines.push(line);
    }
  }
  return { text, at: (offset) => ({ file, line: lines[lastAtMost(offsets, offset)] ?? firstLine }) };
}

/** Index of the last element that is not greater than `value` in an ascending list. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Offsets at which lines begin, behind their indentation: blanks are not placed in a scalar of YAML. */
export function lineStarts(text: string, from: number): readonly number[] {
  const starts = [from];
  for (let at = text.indexOf('\n', from); at >= 0 && starts.length < 5_000; at = text.indexOf('\n', at + 1)) {
    let start = at + 1;
    while (text.charAt(start) === ' ' || text.charAt(start) === '\t') start += 1;
    starts.push(start);
  }
  return starts;
}
