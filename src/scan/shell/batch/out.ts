import type { BatchReader } from './reader.ts';

/** A line of the translation and the row that it was made of. */
export interface Out {
  readonly text: string;
  readonly row: number;
}

/** What conditions and loops ask of the translation. */
export interface Translator {
  readonly reader: BatchReader;
  readonly row: number;
  /** The command that comes next; brackets end it where it is `nested` in some. */
  readonly command: (nested: boolean) => Out[];
}
