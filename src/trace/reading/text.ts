import { printable } from '../../domain/redact.ts';

// `2026-11-23T10:00:00.000000Z 01O `; a plus instead of the blank continues the line before.
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z \d\d[OE]([ +]?)/;
// A page or a program that stripped the trace may have taken the carriage return that ends the mark.
// eslint-disable-next-line no-control-regex
const SECTION = /section_(start|end):\d{1,12}:([\w.-]{1,128})(?:\[[^\]\r]{0,200}\])?(?:\r|$|(?=\u001b))/g;
// The runner echoes a command in bold green; output that starts with `$ ` is not a command.
// eslint-disable-next-line no-control-regex
const ECHOED_COMMAND = /\u001b\[32;1m(?:\$|PS>) /;

/** A section of the job as the runner opens and closes it (`get_sources`, `step_script`, `after_script`, …). */
export interface SectionMark {
  readonly kind: 'start' | 'end';
  readonly name: string;
}

/** One line of a trace without what the runner and the terminal added. */
export interface TraceLine {
  readonly number: number;
  readonly text: string;
  /** Length of the text with the blanks that padded it. */
  readonly width: number;
  /** The text goes on where the line before it ended (a `+` in the timestamp). */
  readonly continues: boolean;
  readonly sections: readonly SectionMark[];
  /** The line is the runner's echo of a command of the script. */
  readonly command: boolean;
}

/** Decodes a raw line (one character per byte): UTF-8 with replacement, no timestamp, colours, markers or overwritten text. */
export function readLine(number: number, raw: string): TraceLine {
  let decoded = decode(raw);
  if (decoded.endsWith('\r')) decoded = decoded.slice(0, -1);
  const continues = TIMESTAMP.exec(decoded)?.[1] === '+';
  decoded = decoded.replace(TIMESTAMP, '');
  const sections = [...decoded.matchAll(SECTION)].map(([, kind, name]): SectionMark => ({
    kind: kind === 'start' ? 'start' : 'end',
    name: name ?? '',
  }));
  if (sections.length > 0) decoded = decoded.replace(SECTION, '');
  const command = ECHOED_COMMAND.test(decoded.slice(0, 64));
  // A carriage return inside a line is a progress bar: all of its states are kept, apart from each other.
  const padded = printable(decoded.replaceAll('\r', ' '));
  return { number, text: padded.trimEnd(), width: padded.length, continues, sections, command };
}

/**
 * Where the runner's mark begins on a line that holds output before it: what a step wrote last may lack its newline (curl
 * prints GitLab's body like that), and belongs to the section that the mark closes. -1 for any other line.
 */
export function markAfterOutput(raw: string): number {
  const at = raw.search(/section_(?:start|end):\d{1,12}:/);
  return at > 0 && printable(raw.slice(0, at).replace(TIMESTAMP, '')).trim() !== '' ? at : -1;
}

// eslint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/;

function decode(raw: string): string {
  return ASCII.test(raw) ? raw : Buffer.from(raw, 'latin1').toString('utf8');
}
