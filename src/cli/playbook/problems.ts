import type { z } from 'zod';
import { playbookSchema } from '../../domain/playbook.ts';
import { nearest } from '../arguments/nearest.ts';

/** One thing that is wrong with a playbook; `line` counts from 1, null where the whole file is meant. */
export interface Problem {
  readonly line: number | null;
  readonly text: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * Says in the words of a playbook's author what the schema found.
 *
 * @param value - the whole playbook as it was read, to quote what is there
 * @param lineOf - the line on which a field stands
 */
export function describeIssues(
  issues: readonly Issue[],
  value: unknown,
  lineOf: (path: Path) => number,
): readonly Problem[] {
  return issues.flatMap((issue) => describe(issue, value, lineOf));
}

function describe(issue: Issue, root: unknown, lineOf: (path: Path) => number): readonly Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path);
    return issue.keys.map((key) => ({
      line: lineOf([...path, key]),
      text: `${fieldName([...path, key])}: there is no such key${suggestion(key, known)}`,
    }));
  }
  const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : null;
  if (branch !== null) {
    const inner = branch.map((one) => ({ ...one, path: [...path, ...one.path] }));
    return describeIssues(inner, root, lineOf);
  }
  return [{ line: lineOf(path), text: `${fieldName(path)}: ${sentence(issue, valueAt(root, path))}` }];
}

/** The form the author most likely meant: the one with the least wrong; null when all are of another type. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const sameType = branches.filter(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  return [...sameType].sort((a, b) => a.length - b.length)[0] ?? null;
}

function sentence(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return found === undefined
        ? `is missing; it must be ${TYPES[issue.expected] ?? issue.expected}`
        : `must be ${TYPES[issue.expected] ?? issue.expected}, not ${shown(found)}`;
    case 'invalid_value': {
      const words = issue.values.map(String);
      return `${shown(found)} is none of ${words.join(', ')}${typeof found === 'string' ? suggestion(found, words) : ''}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      return issue.origin === 'array'
        ? 'needs at least one item'
        : `must be ${issue.minimum} or more, not ${shown(found)}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must not be longer than ${issue.maximum} characters`
        : `must be ${issue.maximum} or less, not ${shown(found)}`;
    case 'invalid_format':
      return `${shown(found)} is not ${issue.message}`;
    case 'invalid_union':
      return `${shown(found)} is of none of the forms that are possible here`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'keys with values',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean ${near}?`;
}

/** `decisions.rules[0].then`. */
function fieldName(path: Path): string {
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name === '' ? 'the file' : name.replace(/^\./, '');
}

function valueAt(root: unknown, path: Path): unknown {
  let at = root;
  for (const key of path) at = (at as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key];
  return at;
}

interface Introspected {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly options?: readonly unknown[];
}

/** The keys that the schema knows at a path, for the suggestion. */
function keysAt(path: Path): readonly string[] {
  let schema: unknown = playbookSchema;
  for (const step of path) {
    const inner = unwrapped(schema);
    schema = typeof step === 'number' ? inner.element : inner.shape?.[String(step)];
  }
  const { shape, options = [] } = unwrapped(schema);
  return Object.keys(shape ?? {}).concat(options.flatMap((option) => Object.keys(unwrapped(option).shape ?? {})));
}

/** Defaults and optionals wrap the schema that has the keys. */
function unwrapped(schema: unknown): Introspected {
  let current = schema as { def?: { innerType?: unknown } } | undefined;
  while (current?.def?.innerType !== undefined) current = current.def.innerType as typeof current;
  return (current ?? {}) as Introspected;
}
