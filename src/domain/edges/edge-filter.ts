import picomatch from 'picomatch';
import { REPLACEMENTS, type Decision } from '../decisions/decision.ts';
import type { Edge, EdgeState } from './edge.ts';
import type { EvidenceSource } from './evidence.ts';
import { ACCESS_KINDS } from '../access/permissions.ts';
import { pathMatcher } from '../path-pattern.ts';
import { parseDuration, type EpochMs } from '../values.ts';

/** An edge with the decision that stands on it, as a filter looks at them. */
export interface FilterSubject {
  readonly edge: Edge;
  /** The latest decision, in force or expired; null when there is none. */
  readonly decision: Decision | null;
}

/** Does a term hold of this edge, at that moment? */
export type EdgePredicate = (subject: FilterSubject, now: EpochMs) => boolean;

/** An expression that was understood. */
export interface EdgeFilterExpression {
  readonly kind: 'filter';
  /** Every term holds. */
  readonly matches: EdgePredicate;
  /** Keys that the expression names, so that a bulk order can tell whether the state was chosen on purpose. */
  readonly keys: ReadonlySet<string>;
}

/** What is wrong with an expression; `word` is the one that is not among `known`, for a suggestion. */
export interface FilterProblem {
  readonly kind: 'problem';
  readonly message: string;
  readonly word: string | null;
  readonly known: readonly string[];
}

/** Every state of an edge, in the order of its life. */
export const EDGE_STATES: readonly EdgeState[] = ['undecided', 'approved', 'rejected', 'replaced'];
const SOURCES: readonly EvidenceSource[] = ['auth-log', 'scan', 'trace', 'import', 'denial'];
const GLOB_KEYS = ['caller', 'callee', 'state', 'source', 'access', 'by', 'owner', 'replacement'] as const;
type GlobKey = (typeof GLOB_KEYS)[number];
/** Keys of a filter expression. */
export const FILTER_KEYS: readonly string[] = [...GLOB_KEYS, 'seen'];

/** Longer patterns help nobody and make the matcher slow. */
const LONGEST_VALUE = 500;
const TERM = /^([^=!<>]*)(!=|=|<|>)(.*)$/;

/** Words with a closed set of values: a pattern that fits none of them is a typing error, and `!=` would then fit all. */
const CLOSED: Readonly<Partial<Record<GlobKey, readonly string[]>>> = {
  state: EDGE_STATES,
  source: SOURCES,
  access: ACCESS_KINDS,
  replacement: REPLACEMENTS,
};

const VALUES: Readonly<Record<GlobKey, (subject: FilterSubject) => readonly string[]>> = {
  caller: ({ edge }) => [edge.callerPath],
  callee: ({ edge }) => [edge.calleePath],
  state: ({ edge }) => [edge.state],
  source: ({ edge }) => edge.sources,
  access: ({ edge }) => edge.access,
  by: ({ decision }) => (decision ? [decision.by.name, `${decision.by.kind}:${decision.by.name}`] : []),
  owner: ({ decision }) => (decision?.owner == null ? [] : [decision.owner]),
  replacement: ({ decision }) => (decision?.replacedBy == null ? [] : [decision.replacedBy]),
};

const problem = (message: string, word: string | null = null, known: readonly string[] = []): FilterProblem => ({
  kind: 'problem',
  message,
  word,
  known,
});

const isGlobKey = (key: string): key is GlobKey => (GLOB_KEYS as readonly string[]).includes(key);

/** Names of rules and people hold slashes and spaces: only paths are matched segment by segment. */
function matcherOf(key: GlobKey, value: string): (text: string) => boolean {
  if (key === 'caller' || key === 'callee') return pathMatcher(value);
  const matches = picomatch(value.toLowerCase(), { dot: true, nonegate: true, noextglob: true, bash: true });
  return (text) => matches(text.toLowerCase());
}

function globTerm(key: GlobKey, negated: boolean, value: string): EdgePredicate | FilterProblem {
  const matches = matcherOf(key, value);
  const known = CLOSED[key];
  if (known && !known.some(matches)) return problem(`there is no ${key} "${value}"`, value, known);
  const values = VALUES[key];
  return (subject) => values(subject).some(matches) !== negated;
}

function seenTerm(operator: string, value: string): EdgePredicate | FilterProblem {
  if (operator !== '<' && operator !== '>') return problem('seen compares with < or >, such as seen<30d');
  const ms = parseDuration(value);
  if (ms === null) return problem(`seen${operator}${value}: "${value}" is no duration; write it as 30d`);
  return operator === '<' ? ({ edge }, now) => now - edge.lastSeen < ms : ({ edge }, now) => now - edge.lastSeen > ms;
}

function parseTerm(term: string): { readonly key: string; readonly test: EdgePredicate } | FilterProblem {
  const [, key = '', operator = '', quoted = ''] = TERM.exec(term) ?? [];
  if (operator === '') return problem(`"${term}" is no term; write key=pattern`);
  const value = quoted.replaceAll('"', '');
  if (key !== 'seen' && !isGlobKey(key)) return problem(`there is no key "${key}"`, key, FILTER_KEYS);
  if (value === '' || value.length > LONGEST_VALUE)
    return problem(`${key}: a value has 1 to ${LONGEST_VALUE} characters`);
  if (key !== 'seen' && operator !== '=' && operator !== '!=') return problem(`${key} compares with = or !=`);
  const test = key === 'seen' ? seenTerm(operator, value) : globTerm(key, operator === '!=', value);
  return typeof test === 'function' ? { key, test } : test;
}

/**
 * Reads a filter expression: terms `key=glob`, `key!=glob`, `seen<30d`, `seen>90d`, separated by spaces; all must hold. A
 * value with spaces stands in double quotes. In paths `*` stays within one segment and `**` crosses them; where an edge
 * has several values (`source`, `access`), `=` asks for one that fits and `!=` for none.
 */
export function parseEdgeFilter(expression: string): EdgeFilterExpression | FilterProblem {
  const terms = expression.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  // An empty expression would select everything, which a bulk order must not do by accident.
  if (terms.length === 0) return problem('the filter is empty; write terms such as callee=acme/libs/**');
  const tests: EdgePredicate[] = [];
  const keys = new Set<string>();
  for (const term of terms) {
    const parsed = parseTerm(term);
    if ('kind' in parsed) return parsed;
    tests.push(parsed.test);
    keys.add(parsed.key);
  }
  return { kind: 'filter', keys, matches: (subject, now) => tests.every((test) => test(subject, now)) };
}
