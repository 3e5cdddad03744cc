import { samePermissions, targetKey } from '../project.ts';
import type { Plan, PlannedCallee } from './plan.ts';
import { counted } from '../values.ts';

interface Placed {
  readonly callee: PlannedCallee;
  readonly wave: number;
}

function placed(plan: Plan): ReadonlyMap<number, Placed> {
  return new Map(
    plan.waves.flatMap(({ number, callees }) =>
      callees.map((callee) => [callee.id, { callee, wave: number }] as const),
    ),
  );
}

/** What differs between two plans, one line per callee and change; empty when they mean the same. */
export function diffPlans(before: Plan, after: Plan): readonly string[] {
  const old = placed(before);
  const now = placed(after);
  const lines: string[] = [];
  for (const [id, { callee, wave }] of now) {
    const was = old.get(id);
    if (!was) lines.push(`+ ${callee.path}: wave ${wave}, ${counted(callee.add.length, 'entry', 'entries')}`);
    else lines.push(...calleeDifferences(was, { callee, wave }));
  }
  for (const [id, { callee }] of old) {
    if (!now.has(id)) lines.push(`- ${callee.path}: no longer part of the plan`);
  }
  const held = new Map(before.held.map((callee) => [callee.id, callee.reason]));
  for (const { id, path, reason } of after.held) {
    if (held.get(id) !== reason) lines.push(`~ ${path}: held back (${reason})`);
  }
  return lines;
}

function calleeDifferences(was: Placed, is: Placed): readonly string[] {
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
