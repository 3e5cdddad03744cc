import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { RolloutError } from '../../domain/errors.ts';
import { playbookSchema, type Playbook } from '../../domain/playbook.ts';
import { counted } from '../../domain/values.ts';
import { readBounded, whyUnreadable } from '../arguments/bounded-file.ts';
import { describeIssues, type Problem } from './problems.ts';

const MAX_CHARS = 1_000_000;

/** What the rollout keeps of its playbook: the name of the file and the text it had when it was last read. */
export interface KeptPlaybook {
  readonly playbookName: string;
  readonly playbookText: string;
}

/** A playbook as it counts now. `fromFile`: the file is there; otherwise the rollout's own copy is used. */
export interface CurrentPlaybook {
  readonly playbook: Playbook;
  readonly text: string;
  readonly file: string;
  readonly fromFile: boolean;
}

/**
 * The playbook file as it is now; when it has gone, the text the rollout keeps.
 *
 * @throws RolloutError `PLAYBOOK_INVALID`
 */
export function currentPlaybook(cwd: string, { playbookName, playbookText }: KeptPlaybook): CurrentPlaybook {
  const file = resolve(cwd, playbookName);
  const fromFile = existsSync(file);
  const text = fromFile ? readPlaybookText(file) : playbookText;
  return { playbook: readPlaybook(text, file), text, file, fromFile };
}

/** The text of a playbook file; what cannot be read is told with its name. */
export function readPlaybookText(file: string): string {
  try {
    return readBounded(file, 4 * MAX_CHARS).toString();
  } catch (error) {
    throw new RolloutError(
      'PLAYBOOK_INVALID',
      `the playbook ${file} cannot be read (${whyUnreadable(error)})`,
      'Check the path and its permissions; nothing was changed.',
      { cause: error },
    );
  }
}

/**
 * Reads a playbook. Every problem is reported at once, each with its line and field.
 *
 * @param file - as the person shall see it in the message
 * @throws RolloutError `PLAYBOOK_INVALID`
 */
export function readPlaybook(text: string, file: string): Playbook {
  if (text.length > MAX_CHARS) throw invalid(file, [{ line: null, text: 'it is longer than a megabyte' }]);
  // eslint-disable-next-line no-control-regex
  if (/[\u0000\ufffd]/.test(text)) throw invalid(file, [{ line: null, text: 'it is no text in UTF-8' }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const value = valueOf(document, file, lines);
  const parsed = playbookSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(file, describeIssues(parsed.error.issues, value, lineFinder(document, lines)));
}

function valueOf(document: Document.Parsed, file: string, lines: LineCounter): unknown {
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => ({
      line: lines.linePos(pos[0]).line,
      // The library repeats the place and quotes the line below its first sentence.
      text: inWords(message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message),
    }));
    // What the library says after it has run out of stack are its own troubles.
    const deep = problems.find(({ text }) => text === TOO_DEEP);
    throw invalid(file, deep ? [deep] : problems);
  }
  // A file that a full disk cut to nothing must not put everything in scope, as the defaults would.
  if (document.contents === null) throw invalid(file, [{ line: null, text: 'it is empty' }]);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(file, [{ line: null, text: inWords(error instanceof Error ? error.message : String(error)) }]);
  }
}

/** What the library says of thousands of brackets in each other. */
const inWords = (message: string): string => (message.startsWith('Maximum call stack') ? TOO_DEEP : message);
const TOO_DEEP = 'it is nested too deeply';

/** Finds the line of a field, or of the nearest thing around it that the file has. */
function lineFinder(document: Document.Parsed, lines: LineCounter): (path: readonly PropertyKey[]) => number {
  return (path) => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
}

/** All of them, but for a file that is something else. */
const MOST_SHOWN = 100;

function invalid(file: string, problems: readonly Problem[]): RolloutError {
  const sorted = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const shown = sorted
    .slice(0, MOST_SHOWN)
    .map(({ line, text }) => (line === null ? `  ${text}` : `  line ${line}: ${text}`));
  if (sorted.length > MOST_SHOWN)
    shown.push(`  and ${counted(sorted.length - MOST_SHOWN, 'problem more', 'problems more')}`);
  return new RolloutError(
    'PLAYBOOK_INVALID',
    [`the playbook ${file} cannot be used:`, ...shown].join('\n'),
    'Correct the file and run the command again; nothing was changed.',
  );
}
