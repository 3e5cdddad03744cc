import { printable } from '../../domain/redact.ts';
import type { Clock } from '../../engine/ports.ts';
import type { Output } from '../terminal/output.ts';

const WIDTH = 78;
const INDENT = 12;

/** Tells the story of the demo, one dated line per event, within 80 columns. */
export interface Narrator {
  /** What the product did. */
  tidegate(text: string): void;
  /** What the person decided. */
  you(text: string): void;
}

/** A narrator that dates its lines by the simulated clock. */
export function createNarrator(out: Output, clock: Pick<Clock, 'now'>): Narrator {
  const told = new Set<string>();
  const say = (text: string, tone: 'cyan' | 'bold' | null): void => {
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    const [first = '', ...rest] = wrap(printable(text), WIDTH - INDENT);
    const painted = (line: string): string => (tone === null ? line : out.paint(tone, line));
    out.note(
      [
        `${out.paint('dim', day)}  ${painted(first)}`,
        ...rest.map((line) => `${' '.repeat(INDENT)}${painted(line)}`),
      ].join('\n'),
    );
  };
  return {
    tidegate: (text) => {
      // Inventories repeat while nothing changes; one telling is enough.
      if (text.startsWith('Inventory') && told.has(text)) return;
      told.add(text);
      say(text, null);
    },
    you: (text) => say(`you: ${text}`, 'cyan'),
  };
}

/** Breaks at spaces; a word longer than a line is broken where the line ends. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => part.match(new RegExp(`.{1,${width}}`, 'g')) ?? [''])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
