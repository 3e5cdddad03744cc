import { DEFAULT_PERMISSIONS, type Decision, type NewDecision } from '../../../domain/decisions/decision.ts';
import { groupEntryKey } from '../../../domain/plan/entries.ts';
import type { AllowlistEntry, Project } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import { counted, samePath, type EpochMs } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import { confirm } from '../../terminal/ask.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import type { Session } from '../../session/session.ts';
import { findProject } from './lookup.ts';
import { deciderOf } from './text.ts';

/** The entry of a group that stands on a callee, as the last inventory read it. */
export interface StandingGroup {
  readonly callee: Project;
  readonly entry: AllowlistEntry;
  /** The latest decision on it. */
  readonly decision: Decision | null;
}

/** What a person says of it. */
export interface SignOff {
  readonly at: EpochMs;
  readonly reason: string;
  readonly owner: string | null;
}

/**
 * The group entry that two words name; null where they name a caller. A group is named by its path: its id may be a
 * project's as well.
 *
 * @throws RolloutError `USAGE` for an unknown callee
 */
export async function standingGroup(store: RolloutStore, group: string, word: string): Promise<StandingGroup | null> {
  const callee = await findProject(store, word);
  const entry = callee.allowlist?.entries.find(({ kind, path }) => kind === 'group' && samePath(path, group));
  if (!entry) return null;
  const { byGroupEntry } = await import('../../../engine/planning/knowledge.ts');
  const decisions = byGroupEntry(await store.groupEntryDecisions(callee.id));
  return { callee, entry, decision: decisions.get(groupEntryKey(callee.id, entry.id)) ?? null };
}

/**
 * Signs for an entry that stands already, so that no plan splits it and no inventory calls it nobody's. It covers the
 * projects that are known to be let in by it today (0067).
 */
export async function signStandingGroup(
  context: CliContext,
  globals: GlobalOptions,
  { store, person }: Session,
  standing: StandingGroup,
  said: SignOff,
): Promise<void> {
  const { callee, entry, decision } = standing;
  const name = `group ${printable(entry.path)} -> ${printable(callee.path)}`;
  const signed = decision?.verdict === 'approved';
  let ids: readonly number[] = [];
  if (signed) context.out.note(`${name} is signed for already by ${deciderOf(decision)}.`);
  else {
    const { admits, observed } = await admittedBy(store, standing);
    context.out.note(
      `The entry of ${name} stays as it is: it lets in ${counted(admits, 'known project')}, ${observed} of them seen, and whatever comes into the group: ${said.reason}`,
    );
    if (await confirm(context, globals, 'Sign for it?'))
      ids = await record(store, callee, signOff(standing, said, person, { admits, observed }));
  }
  const decisions = ids.map((id) => ({ id, group: entry.path, callee: callee.path }));
  const result = { verdict: 'approved', decided: ids.length, unchanged: signed ? 1 : 0, decisions };
  context.out.result({ schemaVersion: 1, ...result }, () =>
    ids.length === 0 ? 'Nothing was changed.' : '1 group entry signed for. `tidegate tick` takes it up.',
  );
}

interface Admitted {
  readonly admits: number;
  readonly observed: number;
}

async function admittedBy(store: RolloutStore, { callee, entry }: StandingGroup): Promise<Admitted> {
  const below = (path: string): boolean => path.toLowerCase().startsWith(`${entry.path.toLowerCase()}/`);
  const projects = (await store.outlines()).filter(({ id, path }) => id !== callee.id && below(path));
  const edges = await store.edges({ callee: callee.id });
  return { admits: projects.length, observed: edges.filter(({ callerPath }) => below(callerPath)).length };
}

function signOff(
  { callee, entry }: StandingGroup,
  { at, reason, owner }: SignOff,
  person: string,
  { admits, observed }: Admitted,
): NewDecision {
  const { defaultPermissions, policies } = entry;
  const widening = Math.max(0, admits - observed);
  return {
    subject: { kind: 'group-entry', callee: callee.id, groupId: entry.id, groupPath: entry.path, widening },
    ...{ verdict: 'approved', replacedBy: null, by: { kind: 'person', name: person }, owner, reason },
    permissions: defaultPermissions ? DEFAULT_PERMISSIONS : { defaultPermissions, policies },
    evidence: `stands already; lets in ${counted(observed, 'observed caller')} and ${counted(widening, 'other project')} today`,
    ...{ decidedAt: at, expiresAt: null },
  };
}

async function record(store: RolloutStore, callee: Project, decision: NewDecision): Promise<readonly number[]> {
  const { subjectOf } = await import('../../../engine/planning/apply-rules.ts');
  const subject = subjectOf(decision, new Map([[callee.id, callee]]));
  return store.transaction(async () => {
    const ids = await store.putDecisions([decision]);
    const body = { id: ids[0], ...decision };
    await store.appendLedger([{ kind: 'decision', subject, body }], decision.decidedAt);
    return ids;
  });
}
