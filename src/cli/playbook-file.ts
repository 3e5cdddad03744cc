import { distance } from 'fastest-levenshtein';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { RolloutError } from '../domain/errors.ts';
import { playbookSchema, type Playbook } from '../domain/playbook.ts';

const MAX_CHARS = 1_000_000;

/**
 * Reads a playbook. Every problem is reported at once, each with its line and field.
 *
 * @throws RolloutError `PLAYBOOK_INVALID`
 */
export function readPlaybook(text: string, file: string): Playbook {
  if (text.length > MAX_CHARS) throw invalid(file, [`${file}: longer than a megabyte`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map(
        ({ message, pos }) => `${file}:${lines.linePos(pos[0]).line}: ${message.split('\n')[0] ?? message}`,
      ),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw invalid(file, [`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const parsed = playbookSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  throw invalid(
    file,
    parsed.error.issues.flatMap((issue) => describe(issue, file, lineOf)),
  );
}

const invalid = (file: string, problems: readonly string[]): RolloutError =>
  new RolloutError(
    'PLAYBOOK_INVALID',
    `the playbook cannot be used:\n  ${problems.join('\n  ')}`,
    `Correct ${file}; nothing was changed.`,
  );

function describe(
  issue: z.core.$ZodIssue,
  file: string,
  lineOf: (path: readonly PropertyKey[]) => number,
): readonly string[] {
  const field = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys')
    return [`${file}:${lineOf(issue.path)}: ${field === '' ? 'the file' : field}: ${issue.message}`];
  const known = keysAt(issue.path);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    return `${file}:${lineOf([...issue.path, key])}: ${[...issue.path, key].map(String).join('.')}: there is no such key${near === null ? '' : `; did you mean ${near}?`}`;
  });
}

/** The keys that the schema knows at a path, for the suggestion. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = playbookSchema;
  for (const step of path) {
    const inner = unwrapped(schema);
    schema = typeof step === 'number' ? inner.element : inner.shape?.[String(step)];
  }
  return Object.keys(unwrapped(schema).shape ?? {});
}

interface Introspected {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
}

/** Defaults and optionals wrap the schema that has the keys. */
function unwrapped(schema: unknown): Introspected {
  let current = schema as { def?: { innerType?: unknown } } | undefined;
  while (current?.def?.innerType !== undefined) current = current.def.innerType as typeof current;
  return (current ?? {}) as Introspected;
}

/** The closest of the known words, when it is close enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(best.candidate.length / 2)) ? best.candidate : null;
}
