import { printable } from '../../../domain/redact.ts';
import { epochMs, formatDuration, isoTime, spoken } from '../../../domain/values.ts';
import type { LedgerRow } from '../../../engine/ports.ts';
import type { Paint } from '../../terminal/output.ts';
import { breakLine } from '../../terminal/wrap.ts';

/** What a row is about comes first, whatever the order of its keys. */
const FIRST = ['verdict', 'outcome', 'disposition', 'action', 'kind', 'reason', 'reasons', 'by', 'rule'];
/** Numbers of the database's own, which say nothing to a reader. */
const INTERNAL: ReadonlySet<string> = new Set(['id', 'waveId', 'failure wave', 'decision subject']);
const NAMES_SHOWN = 3;
const LONGEST_TEXT = 300;
const INDENT = '        ';

/**
 * A row of the ledger for people: when, what and to what in the first line, then its facts in words, then who did it.
 * Nothing of it is as long as `--json`, which has every field.
 *
 * @param columns - width of the terminal; null leaves each line whole, for pipes and files
 */
export function rowText(row: LedgerRow, paint: Paint, columns: number | null): string {
  const { seq, at, actor, kind, subject, hash } = row;
  const who = [actor.gitlabUser ?? actor.osUser, actor.ciJob].filter((word) => word !== null).join(', ');
  const head = `${String(seq).padStart(6)}  ${isoTime(at)}  ${paint('bold', printable(kind))}  ${printable(subject)}`;
  const lines = [
    head,
    ...facts(row).map((fact) => `${INDENT}${printable(fact)}`),
    paint('dim', `${INDENT}${printable(who)}; ${hash.slice(0, 12)}`),
  ];
  if (columns === null) return lines.join('\n');
  return lines.flatMap((line) => breakLine(line, columns, INDENT.length + 2)).join('\n');
}

/** The body in words: a line for each fact, numbers in one line together; what is empty is left out. */
function facts({ kind, body }: LedgerRow): readonly string[] {
  const known = Object.entries(body).filter(([key, value]) => !INTERNAL.has(`${kind} ${key}`) && tells(key, value));
  const rank = ([key]: readonly [string, unknown]): number => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  known.sort((a, b) => rank(a) - rank(b));
  const numbers = known.filter(([, value]) => typeof value === 'number');
  const others = known.filter(([, value]) => typeof value !== 'number');
  return [
    ...others.map(([key, value]) => `${nameOf(key)}: ${words(key, value)}`),
    ...(numbers.length === 0 ? [] : [pairs(numbers)]),
  ];
}

const tells = (key: string, value: unknown): boolean => !INTERNAL.has(key) && !empty(value);

const pairs = (entries: readonly (readonly [string, unknown])[]): string =>
  entries.map(([key, value]) => `${nameOf(key)} ${words(key, value)}`).join(', ');

/** `soakMs` → `soak`, `inScope` → `in scope`: a duration says its unit itself. */
const nameOf = (key: string): string => printable(spoken(key.replace(/Ms$/, '')));

const empty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** One value in words: durations and moments as people write them, lists by their first members and their number. */
function words(key: string, value: unknown): string {
  if (typeof value === 'number') return numberWords(key, value);
  if (typeof value === 'string') return cut(value);
  if (Array.isArray(value)) return listWords(key, value);
  if (typeof value === 'object' && value !== null) return objectWords(value);
  return String(value);
}

function numberWords(key: string, value: number): string {
  if (key.endsWith('Ms')) return formatDuration(value);
  // Moments before 2001 are counts.
  return key.endsWith('At') && value > 1e12 ? isoTime(epochMs(value)) : String(value);
}

function listWords(key: string, list: readonly unknown[]): string {
  const shown = list.slice(0, key === 'reasons' ? list.length : NAMES_SHOWN).map((item) => words(key, item));
  const rest = list.length - shown.length;
  return `${shown.join(key === 'reasons' ? '; ' : ', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** What it is, then its facts but for what is nought: `person root`, `add entry, entry project acme/libs/core`. */
function objectWords(value: object): string {
  const { kind, path, name, ...rest } = value as Readonly<Record<string, unknown>>;
  const what = typeof kind === 'string' ? spoken(kind) : null;
  const lead = [what, path, name].filter((word) => typeof word === 'string').join(' ');
  const facts = Object.entries(rest).filter(([key, member]) => tells(key, member) && member !== 0 && member !== false);
  const all = [lead, pairs(facts)].filter((part) => part !== '').join(', ');
  return all === '' ? 'none' : cut(all);
}

function cut(text: string): string {
  const lines = text.trimEnd().split('\n');
  if (lines.length > 1) return `${lines.length} lines`;
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT).toWellFormed()}…` : text;
}
