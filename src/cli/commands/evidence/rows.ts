/** What one line of a file says: projects by path or id, as the file names them. */
export interface EvidenceRow {
  /** 1-based. */
  readonly line: number;
  readonly caller: string | number;
  readonly callee: string | number;
  readonly access: string | null;
  /** Milliseconds since 1970; null where the file does not tell. */
  readonly seenAt: number | null;
}

/** What is wrong with a row; `line` counts from 1, `field` is null where the whole row is meant. */
export interface RowProblem {
  readonly line: number;
  readonly field: string | null;
  readonly message: string;
}

/** Lines that may hold evidence and were not taken in, for one reason. */
export interface UnreadLines {
  readonly why: string;
  readonly lines: number;
  /** The first of them, from 1. */
  readonly first: number;
}

/** Of what is wrong so many are named; the rest is counted. */
const NAMED = 50;

/** What the reading of a file comes to beside its rows: whole when the last of them has been taken. */
export class Tally {
  /** Columns, or keys of a list, that say nothing to an import: a slip of the pen is told, and not taken for a date that is missing. */
  readonly unused = new Set<string>();
  /** Rows, or lines of a log. */
  lines = 0;
  /** Lines that hold no use of a job token at all: of no interest, and no problem. */
  ignored = 0;
  /** What of the file could not be read, for files that are taken in all the same. */
  unread: readonly UnreadLines[] = [];
  /** The first of them; with any, nothing of the file is taken in. */
  readonly problems: RowProblem[] = [];
  problemCount = 0;

  problem(problem: RowProblem): void {
    this.problemCount += 1;
    if (this.problems.length < NAMED) this.problems.push(problem);
  }

  /** What is wrong with the file as a whole, beside which what is wrong with its rows does not count. */
  broken(line: number, message: string): void {
    this.problems.splice(0, this.problems.length, { line, field: null, message });
    this.problemCount = 1;
  }
}

/** What a file of evidence may be. */
export const FILE_KINDS = ['auth-log', 'edges', 'logs'] as const;
/** One of them. */
export type FileKind = (typeof FILE_KINDS)[number];

/** ISO 8601 in UTC, or as GitLab's export writes it (`2026-03-02 08:00:00 UTC`); null for anything else. */
export function momentOf(text: string): number | null {
  const normal = text
    .trim()
    .replace(/ UTC$/, 'Z')
    .replace(/^(\d{4}-\d\d-\d\d) (\d)/, '$1T$2');
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(normal)) return null;
  const ms = Date.parse(/T/.test(normal) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(normal) ? `${normal}Z` : normal);
  return Number.isNaN(ms) ? null : ms;
}

/** No part of a path ends in a dot. */
const PART = '(?:\\w|[\\w.][\\w.+-]{0,253}[\\w+-])';
const PATH = new RegExp(`^${PART}(?:/${PART}){1,20}$`);

/** A project as a file may name it: full path or id; null for anything else. */
export function projectNamed(value: unknown): string | number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.trim().replace(/^'(?=[=+\-@])/, '');
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return PATH.test(text) ? text : null;
}
