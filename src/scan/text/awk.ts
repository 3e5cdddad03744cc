import { hasUnknown, unknown } from '../marks.ts';
import type { Tool } from '../shell/call.ts';
import { parseArgs, allOptions, option } from '../shell/call.ts';
import { inputLines, lineMatcher, lineMatches } from './lines.ts';

/** One `pattern { print … }` of an awk program. */
interface Clause {
  readonly admits: (fields: readonly string[], row: number) => boolean;
  /** Null when the action prints the whole line. */
  readonly print: ((fields: readonly string[]) => string) | null;
}

const CLAUSE =
  /^\s*(?:(!?)\/((?:[^/\\]|\\.)+)\/|(!?\$\w+|NR|NF)\s*(==|!=|>=?|<=?|~|!~)\s*("[^"]*"|\d+|\/(?:[^/\\]|\\.)+\/)|(NF))?\s*(?:(&&)|\{\s*print\b\s*([^{}]*?)\s*;?\s*\}|$)/u;
const MAX_PROGRAM = 500;

/** `awk -F: '/x/ { print $1 "/" $2 }'`: patterns and `print` of fields and literals; anything else is unknown. */
export const awk: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['F', 'v', 'f', 'assign', 'field-separator']));
  const [program, ...files] = parsed.operands;
  const separator = fieldSeparator(
    option(parsed, 'F', 'field-separator')?.value ?? /FS\s*=\s*"([^"]+)"/u.exec(program?.value ?? '')?.[1] ?? ' ',
  );
  const variables = new Map(
    allOptions(parsed, 'v', 'assign').map(
      ({ value }) => [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)] as const,
    ),
  );
  const clauses = program ? parseProgram(program.value, variables) : null;
  inputLines(call, files).forEach((line, index) => {
    if (!clauses || !separator || hasUnknown(line.text)) {
      call.state.print(unknown('awk'), line.at);
      return;
    }
    const words = line.text.trim() === '' ? [] : separator(line.text);
    const fields = [line.text, ...words];
    for (const { admits, print } of clauses)
      if (admits(fields, index + 1)) call.state.print(print === null ? line.text : print(fields), line.at);
  });
};

function fieldSeparator(written: string): ((text: string) => readonly string[]) | null {
  if (written === ' ') return (text) => text.trim().split(/\s+/u);
  const plain = written.replace(/^\\t$|^t$/u, '\t').replace(/^\\\\?([|.])$/u, '$1');
  if (plain.length === 1) return (text) => text.split(plain);
  const pattern = lineMatcher(plain, 'extended');
  return pattern ? (text) => text.slice(0, pattern.longest).split(pattern.regex) : null;
}

function parseProgram(program: string, variables: ReadonlyMap<string, string>): readonly Clause[] | null {
  const clauses: Clause[] = [];
  let rest = program
    .slice(0, MAX_PROGRAM)
    .replace(/BEGIN\s*\{[^{}]*\}/u, '')
    .trim();
  let all: ((fields: readonly string[], row: number) => boolean)[] = [];
  while (rest !== '') {
    const match = CLAUSE.exec(rest);
    if (!match || match[0] === '') return null;
    const condition = conditionOf(match, variables);
    if (!condition) return null;
    all.push(condition);
    rest = rest.slice(match[0].length).trim();
    if (match[7] !== undefined) continue;
    const tests = all;
    all = [];
    const print = match[8] === undefined || match[8] === '' || match[8] === '$0' ? null : printed(match[8], variables);
    if (print === undefined) return null;
    clauses.push({ admits: (fields, row) => tests.every((test) => test(fields, row)), print });
  }
  return clauses;
}

function conditionOf(
  match: RegExpExecArray,
  variables: ReadonlyMap<string, string>,
): ((fields: readonly string[], row: number) => boolean) | null {
  const [, not, pattern, left, operator = '', right = '', nonEmpty] = match;
  if (pattern !== undefined) {
    const matcher = lineMatcher(pattern.replace(/\\\//gu, '/'), 'extended');
    return matcher && (([line = '']) => lineMatches(matcher, line) !== (not === '!'));
  }
  if (nonEmpty !== undefined) return (fields) => fields.length > 1;
  if (left === undefined) return () => true;
  const value = (fields: readonly string[], row: number): string =>
    left === 'NR' ? String(row) : left === 'NF' ? String(fields.length - 1) : fieldOf(left, fields, variables);
  if (operator.endsWith('~')) {
    const matcher = lineMatcher(right.slice(1, -1), 'extended');
    return matcher && ((fields, row) => lineMatches(matcher, value(fields, row)) !== operator.startsWith('!'));
  }
  const wanted = right.replace(/^"(.*)"$/u, '$1');
  const compare = COMPARISONS[operator];
  return compare ? (fields, row) => compare(value(fields, row), wanted) : null;
}

const COMPARISONS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => Number(a) > Number(b),
  '>=': (a, b) => Number(a) >= Number(b),
  '<': (a, b) => Number(a) < Number(b),
  '<=': (a, b) => Number(a) <= Number(b),
};

function fieldOf(name: string, fields: readonly string[], variables: ReadonlyMap<string, string>): string {
  const key = name.replace(/^\$/u, '');
  if (!name.startsWith('$')) return variables.get(key) ?? '';
  return (key === 'NF' ? fields.at(-1) : fields[Number(key)]) ?? '';
}

/** `$1 "/" $2, x`; undefined for anything that is not fields, literals and given variables. */
function printed(
  list: string,
  variables: ReadonlyMap<string, string>,
): ((fields: readonly string[]) => string) | undefined {
  const words = [...list.matchAll(/\s*("(?:[^"\\]|\\.)*"|\$\w+|,|[A-Za-z_]\w*)/gu)];
  if (
    words
      .map(([word]) => word)
      .join('')
      .trim() !== list.trim()
  )
    return undefined;
  if (words.some(([, word = '']) => /^[A-Za-z_]/u.test(word) && !variables.has(word))) return undefined;
  return (fields) =>
    words
      .map(([, word = '']) => {
        if (word === ',') return ' ';
        return word.startsWith('"') ? word.slice(1, -1) : fieldOf(word, fields, variables);
      })
      .join('');
}
