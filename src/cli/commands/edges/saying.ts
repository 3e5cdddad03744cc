import {
  isReplacement,
  REPLACEMENTS,
  type DecisionVerdict,
  type Replacement,
} from '../../../domain/decisions/decision.ts';
import type { NarrowingFacts } from '../../../domain/access/permissions.ts';
import { expiryOf } from '../../../domain/decisions/expiry.ts';
import { readPermissions } from '../../../domain/edges/edge-table.ts';
import type { Edge } from '../../../domain/edges/edge.ts';
import type { EntryPermissions } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import type { EpochMs } from '../../../domain/values.ts';
import { usage } from './lookup.ts';

const LONGEST_REASON = 500;
const LONGEST_OWNER = 80;

/** What a person says of the edges they name, as it was typed. */
export interface SayingFlags {
  readonly reason?: string;
  readonly permissions?: string;
  readonly owner?: string;
  readonly expires?: string;
  readonly by?: string;
}

/** One order as it was checked: what is to be said of every edge it names. */
export interface Saying {
  /** The moment of the decision, and of all that is counted from it. */
  readonly at: EpochMs;
  readonly verdict: DecisionVerdict;
  readonly reason: string;
  /** Null: nothing was asked for, so default permissions, and no reason to decide anew. */
  readonly permissions: ((edge: Edge) => EntryPermissions) | null;
  readonly owner: string | null;
  readonly expiresAt: EpochMs | null;
  readonly replacedBy: Replacement | null;
}

export const VERBS = { approve: 'approved', reject: 'rejected', replace: 'replaced' } as const;
export type Verb = keyof typeof VERBS;

/** @throws RolloutError `USAGE` for what is missing, too long or has passed */
export function readSaying(verb: Verb, flags: SayingFlags, narrowing: NarrowingFacts, now: EpochMs): Saying {
  const reason = printable(flags.reason ?? '').trim();
  if (reason === '') throw usage('why? a decision needs a reason', 'Add --reason TEXT; it goes into the record.');
  if (reason.length > LONGEST_REASON)
    throw usage(`the reason is longer than ${LONGEST_REASON} characters`, 'Shorten it.');
  const base = { at: now, verdict: VERBS[verb], reason, owner: readOwner(flags.owner) };
  if (verb === 'replace') {
    const by = flags.by ?? '';
    if (!isReplacement(by)) throw usage('replaced by what?', `Add --by ${REPLACEMENTS.join('|')}.`);
    return { ...base, permissions: null, expiresAt: null, replacedBy: by };
  }
  const permissions = flags.permissions === undefined ? null : permissionsOf(flags.permissions, narrowing);
  return { ...base, permissions, expiresAt: readExpiry(flags.expires, now), replacedBy: null };
}

function readOwner(text: string | undefined): string | null {
  const owner = printable(text ?? '').trim();
  if (owner.length > LONGEST_OWNER) throw usage(`--owner is longer than ${LONGEST_OWNER} characters`, 'Shorten it.');
  return owner === '' ? null : owner;
}

function permissionsOf(text: string, narrowing: NarrowingFacts): (edge: Edge) => EntryPermissions {
  const read = readPermissions(text, narrowing);
  const { policies } = narrowing;
  if (typeof read === 'function') return read;
  const known = policies.length === 0 ? '' : ` Known: ${policies.join(', ')}.`;
  throw usage(`--permissions: ${printable(read)}`, `Write default, observed, or policies.${known}`);
}

function readExpiry(text: string | undefined, now: EpochMs): EpochMs | null {
  if (text === undefined) return null;
  const moment = expiryOf(text, now);
  const said = `--expires: "${printable(text)}"`;
  if (moment === null) throw usage(`${said} is no moment`, 'Write 2027-03-01, 2027-03-01T12:00:00Z or 365d.');
  if (moment <= now) throw usage(`${said} has passed already`, 'Give a later one.');
  return moment;
}
