import { stripVTControlCharacters } from 'node:util';
import { beginning } from './width.ts';
import { breakLines } from './wrap.ts';

/** How loud and in which form a command speaks; taken from the global options before it runs. */
export interface OutputMode {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** `once` is asked for only by streams that say they are full. */
type Stream = Pick<NodeJS.WriteStream, 'write'> & {
  readonly once?: (event: 'drain', listener: () => void) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
};
type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const ANSI: Readonly<Record<Tone, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Colours text, or leaves it as it is where colour is off. */
export type Paint = (tone: Tone, text: string) => string;

/** Data goes to stdout, messages and progress to stderr, so that a pipe sees data alone. */
export class Output {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  #mode: OutputMode = { json: false, quiet: false, verbose: false, color: false };
  #progressShown = false;

  constructor(stdout: Stream, stderr: Stream) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  setMode(mode: OutputMode): void {
    this.#mode = mode;
  }

  get json(): boolean {
    return this.#mode.json;
  }

  get columns(): number {
    return Math.max(60, this.#stdout.columns ?? 80);
  }

  /** Width for tables: of the terminal, 160 at most; null where nothing may be cut, as a file or another program reads it. */
  get tableColumns(): number | null {
    return this.#stdout.isTTY === true ? Math.min(160, this.columns) : null;
  }

  /** Width for running text, which can be broken in a terminal too narrow for tables; null where nothing may be. */
  get textColumns(): number | null {
    return this.#stdout.isTTY === true ? Math.min(160, Math.max(40, this.#stdout.columns ?? 80)) : null;
  }

  /** Width of the terminal that messages go to; null where they go to a file or a pipe. */
  get errorColumns(): number | null {
    return this.#stderr.isTTY === true ? Math.max(40, this.#stderr.columns ?? 80) : null;
  }

  readonly paint: Paint = (tone, text) => {
    if (!this.#mode.color) return text;
    const [open, close] = ANSI[tone];
    return `\u001b[${open}m${text}\u001b[${close}m`;
  };

  /** The result of the command: one JSON document with `--json`, else the rendered text, broken where the terminal ends. */
  result<T>(value: T, render: (value: T, paint: Paint) => string): void {
    this.clearProgress();
    const text = this.#mode.json
      ? JSON.stringify(value, null, 2)
      : breakLines(render(value, this.paint), this.textColumns);
    this.#stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Raw data (a report, an export) to stdout as it is. */
  data(text: string): void {
    this.clearProgress();
    this.#stdout.write(text);
  }

  /** The same in pieces, no faster than its reader takes them, so that long lists are never in memory as a whole. */
  async pieces(text: AsyncIterable<string>): Promise<void> {
    this.clearProgress();
    for await (const piece of text) {
      if (this.#stdout.write(piece)) continue;
      await new Promise<void>((resolve) => {
        if (this.#stdout.once) this.#stdout.once('drain', resolve);
        else resolve();
      });
    }
  }

  /** A message for the person in front of the screen. */
  note(text: string): void {
    if (this.#mode.quiet) return;
    this.clearProgress();
    this.#stderr.write(`${breakLines(text, this.errorColumns)}\n`);
  }

  /** Details that only `--verbose` shows. */
  detail(text: string): void {
    if (this.#mode.verbose) this.note(text);
  }

  /** What went wrong: shown even with `--quiet`. */
  error(text: string): void {
    this.clearProgress();
    this.#stderr.write(`${text}\n`);
  }

  /** One line that replaces itself on a terminal; elsewhere nothing, so that logs stay short. */
  progress(text: string): void {
    if (this.#mode.quiet || this.#stderr.isTTY !== true) return;
    const width = Math.max(20, (this.#stderr.columns ?? 80) - 1);
    this.#stderr.write(`\r\u001b[2K${beginning(stripVTControlCharacters(text), width)}`);
    this.#progressShown = true;
  }

  clearProgress(): void {
    if (!this.#progressShown) return;
    this.#stderr.write('\r\u001b[2K');
    this.#progressShown = false;
  }
}
