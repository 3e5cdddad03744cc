import type { Command } from 'commander';
import { z } from 'zod';
import type { Compaction, CompactionInput } from '../../domain/compaction/compaction.ts';
import { RolloutError } from '../../domain/errors.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { counted } from '../../domain/values.ts';
import type { Paint } from '../terminal/output.ts';

const HELP = `
Reads one JSON object from stdin:
  limit           entries the callee may hold, existing ones included: a number, or
                  {"projects": 200, "groups": 200} to count both kinds apart as GitLab does
  callers         paths of the projects that were seen to reach the callee
  projects        paths of all present projects; callers missing here count as present
  existing        entries the callee holds (optional): paths of projects or groups, or {"kind", "path"};
                  they count against the limit, and what they admit needs no entry and is no widening
  userNamespaces  personal namespaces (optional): never group entries

Answers with the entries to ADD, the number of projects they admit beyond the callers, and for each
new group entry how many projects it admits and how many of them are callers. Paths compare without
case. Exit 1 with the least achievable count when the limit cannot be met.

Example:
  $ echo '{"limit":2,"callers":["a/x/1","a/x/2","b/3"],"projects":["a/x/9"]}' | tidegate compact --json
`;

/** A segment is any text here: what GitLab would refuse as a name must not crash a planner. */
const path = z
  .string('not a text')
  .max(2_048, 'longer than 2048 characters')
  .refine((text) => text.split('/').every((segment) => segment.trim() !== ''), 'no path (empty, or an empty segment)');
const projectPath = path.refine((text) => text.includes('/'), 'no project path (it has no namespace)');
const count = z.int('not a whole number').min(0, 'below 0');
const entry = z.strictObject({ kind: z.enum(['project', 'group']), path });

/** Says of what is not there that it is missing, rather than which type it has not. */
const listOf = <T extends z.ZodType>(item: T): z.ZodArray<T> =>
  z.array(item, { error: ({ input }) => (input === undefined ? 'missing' : 'not a list') });

const inputSchema = z.strictObject({
  limit: z.union([count, z.strictObject({ projects: count, groups: count })], {
    error: ({ input }) =>
      input === undefined ? 'missing' : 'not a whole number of 0 or more, nor {"projects", "groups"} of such',
  }),
  callers: listOf(projectPath),
  projects: listOf(projectPath),
  existing: listOf(z.union([path, entry], { error: 'no path, nor {"kind", "path"}' })).default([]),
  userNamespaces: listOf(path).default([]),
});

type Input = z.infer<typeof inputSchema>;

const NO_FIELD = `no such field; there are ${Object.keys(inputSchema.shape).join(', ')}`;

/** `existing.3` as `existing[3]`, so that the field can be found in the input. */
function fieldName(keys: readonly PropertyKey[]): string {
  const name = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name.replace(/^\./, '') || 'input';
}

function readInput(text: string): Input {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    const reason = text.trim() === '' ? 'stdin is empty' : printable((cause as Error).message);
    throw new RolloutError('USAGE', `input: no JSON: ${reason}`, 'Pass one JSON object on stdin; see compact --help.');
  }
  const parsed = inputSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    // A misspelt optional field would change the answer without a word.
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${printable(key)}: ${NO_FIELD}`);
    return [`${fieldName(issue.path)}: ${issue.path.length === 0 ? 'not a JSON object' : issue.message}`];
  });
  const shown = problems.slice(0, 10).concat(problems.length > 10 ? [`and ${problems.length - 10} more`] : []);
  throw new RolloutError('USAGE', shown.join('\n  '), 'Correct the input; see compact --help.');
}

function toDomain(
  { limit, existing, callers, projects, userNamespaces }: Input,
  entriesFromPaths: typeof import('../../domain/compaction/compaction.ts').entriesFromPaths,
): CompactionInput {
  const paths = existing.filter((one) => typeof one === 'string');
  const entries = existing.filter((one) => typeof one !== 'string');
  return {
    callers,
    projects,
    userNamespaces,
    limit: typeof limit === 'number' ? { kind: 'total', entries: limit } : { kind: 'separate', ...limit },
    existing: [...entriesFromPaths(paths, [...projects, ...callers]), ...entries],
  };
}

/** Control characters in a name must not reach the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '\uFFFD');

function render({ entries, widening, widened }: Extract<Compaction, { fits: true }>, paint: Paint): string {
  const lines = entries.map(({ kind, path: name }) => `${kind.padEnd(7)}  ${printable(name)}`);
  const groups = widened.map(
    ({ group, admits, observed }) =>
      `${printable(group)} admits ${counted(admits, 'project')}, ${observed} of them observed`,
  );
  const summary = `${counted(entries.length, 'entry', 'entries')} to add, widening ${widening}`;
  return [...lines, '', ...groups, paint('bold', summary)].join('\n');
}

function refusal({ least, personal, roots }: Extract<Compaction, { fits: false }>): RolloutError {
  const few = (names: readonly string[]) =>
    names.slice(0, 5).map(printable).join(', ') + (names.length > 5 ? `, and ${names.length - 5} more` : '');
  const why = [
    personal.length > 0
      ? `${counted(personal.length, 'caller in a personal namespace takes', 'callers in personal namespaces take')} an entry each (${few(personal)})`
      : '',
    roots.length > 1 ? `${roots.length} top-level groups share no group entry (${few(roots.map((r) => r.path))})` : '',
  ].filter((text) => text !== '');
  const count = `${counted(least.entries, 'entry', 'entries')} (${counted(least.projects, 'project')}, ${counted(least.groups, 'group')}), existing ones included`;
  return new RolloutError(
    'LIMIT_UNREACHABLE',
    [`the limit cannot be met: the least achievable count is ${count}`, ...why].join('\n  '),
    'Remove entries, split the callee, or give some callers another credential.',
  );
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** `tidegate compact`: callers, projects and a limit on stdin, the entries of least widening on stdout. */
export function registerCompact(program: Command, context: CliContext): void {
  program
    .command('compact')
    .description('fit a list of callers to a limit of allowlist entries with the least widening')
    .addHelpText('after', HELP)
    .action(async () => {
      const { compact, entriesFromPaths } = await import('../../domain/compaction/compaction.ts');
      if (context.stdin.isTTY) context.out.note('Reading JSON from the terminal; end it with Ctrl-D.');
      const input = readInput(await readAll(context.stdin));
      const found = compact(toDomain(input, entriesFromPaths));
      if (found.fits) {
        const { entries, widening, widened } = found;
        context.out.result({ entries, widening, widened }, () => render(found, context.out.paint));
        return;
      }
      const { least, personal, roots } = found;
      if (context.out.json) context.out.result({ leastAchievable: least.entries, least, personal, roots }, () => '');
      const { message, hint } = refusal(found);
      context.out.error(`tidegate: ${message}\n  ${hint}`);
      context.setExit(EXIT.failed);
    });
}
