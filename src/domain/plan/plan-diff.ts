import { samePermissions, targetKey } from '../project.ts';
import type { HeldCallee, PlannedCallee } from './plan.ts';
import { counted } from '../values.ts';

/** A callee in the wave that changes it. */
export interface Placed {
  readonly callee: PlannedCallee;
  readonly wave: number;
}

/** What the later plan says of a callee that the earlier one leaves alone. */
export const addedText = ({ callee, wave }: Placed): string =>
  `+ ${callee.path}: wave ${wave}, ${counted(callee.add.length, 'entry', 'entries')}`;

/** The line of a project that an earlier plan had and the later one has not. */
export const droppedText = (path: string): string => `- ${path}: no longer part of the plan`;

/** Callees that the later plan holds back, or for another reason. */
export function heldDifferences(before: readonly HeldCallee[], after: readonly HeldCallee[]): readonly string[] {
  const held = new Map(before.map((callee) => [callee.id, callee.reason]));
  return after
    .filter(({ id, reason }) => held.get(id) !== reason)
    .map(({ path, reason }) => `~ ${path}: held back (${reason})`);
}

/** What of a callee a difference may be in, as data to compare: where nothing of it differs, `calleeDifferences` is empty. */
export const comparable = ({ path, add, remove, narrow, enforce }: PlannedCallee): object => ({
  ...{ path, enforce },
  add: add.map(({ kind, id, path: target, defaultPermissions, policies }) => [
    ...[kind, id, target, defaultPermissions, policies],
  ]),
  ...{ remove, narrow },
});

/** What differs in what two plans do to one callee, one line per change. */
export function calleeDifferences(was: Placed, is: Placed): readonly string[] {
  const lines: string[] = [];
  if (was.wave !== is.wave) lines.push(`~ ${is.callee.path}: wave ${was.wave} -> ${is.wave}`);
  const old = new Map(was.callee.add.map((entry) => [targetKey(entry), entry]));
  for (const entry of is.callee.add) {
    const earlier = old.get(targetKey(entry));
    if (!earlier) lines.push(`~ ${is.callee.path}: + ${entry.kind} ${entry.path}`);
    else if (!samePermissions(earlier, entry))
      lines.push(`~ ${is.callee.path}: other permissions for ${entry.kind} ${entry.path}`);
    old.delete(targetKey(entry));
  }
  for (const entry of old.values()) lines.push(`~ ${is.callee.path}: - ${entry.kind} ${entry.path}`);
  if (was.callee.enforce !== is.callee.enforce) {
    lines.push(`~ ${is.callee.path}: ${is.callee.enforce ? 'is to be enforced' : 'is enforced already'}`);
  }
  return [...lines, ...tightenDifferences(was.callee, is.callee)];
}

/** What one plan takes away and the other leaves. */
function tightenDifferences(was: PlannedCallee, is: PlannedCallee): readonly string[] {
  const words = ({ remove, narrow }: PlannedCallee): ReadonlySet<string> =>
    new Set([
      ...remove.map(({ kind, path }) => `remove ${kind} ${path}`),
      ...narrow.map(({ kind, path, policies }) => `narrow ${kind} ${path} to ${policies.join(', ')}`),
    ]);
  const [before, now] = [words(was), words(is)];
  return [
    ...[...now].filter((word) => !before.has(word)).map((word) => `~ ${is.path}: ${word}`),
    ...[...before].filter((word) => !now.has(word)).map((word) => `~ ${is.path}: no longer ${word}`),
  ];
}
