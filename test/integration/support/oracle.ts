import type { LedgerAnswer } from './rollout.ts';

/** `GET /-/sandbox/state`. */
export interface World {
  readonly enforced: boolean;
  readonly projects: Readonly<Record<string, Callee>>;
}

export interface Callee {
  readonly id: number;
  readonly stored: boolean;
  readonly effective: boolean;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly kind: 'project' | 'group';
  readonly path: string;
  readonly defaultPermissions: boolean;
  readonly policies: readonly string[];
}

export interface Change {
  readonly kind: 'setting' | 'entry_added' | 'entry_removed' | 'policies' | 'instance';
  readonly project: string | null;
  readonly entry: string | null;
  readonly value: boolean | { readonly defaultPermissions: boolean; readonly policies: readonly string[] } | null;
}

/** One row of `GET /-/sandbox/requests`. */
export interface Call {
  readonly n: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly change: Change | null;
  readonly changes?: readonly Change[];
}

/** Everything judged: what was there before the first call, every call, and what the rollout says it was told. */
export interface Evidence {
  readonly before: World;
  readonly calls: readonly Call[];
  readonly after: World;
  readonly ledger: readonly LedgerAnswer[];
}

const keyOf = (callee: string, caller: string): string => `${caller} -> ${callee}`;

/** The edges that a ledger row decides, `caller -> callee`, and whether it approves them: one, or a batch of a rule's. */
function decidedBy({ kind, subject, body }: LedgerAnswer): readonly (readonly [string, boolean])[] {
  if (kind === 'decision' && !subject.startsWith('group ')) return [[subject, body['verdict'] === 'approved']];
  if (kind !== 'decisions') return [];
  const { approved, rejected } = body as { readonly approved: readonly string[]; readonly rejected: readonly string[] };
  return [...approved.map((edge) => [edge, true] as const), ...rejected.map((edge) => [edge, false] as const)];
}

/** Approvals of edges by the moment they were recorded, from the ledger: `caller -> callee`. */
class Decisions {
  readonly #rows: readonly { readonly at: number; readonly edge: string; readonly approved: boolean }[];

  constructor(ledger: readonly LedgerAnswer[]) {
    this.#rows = ledger.flatMap((row) => {
      const at = Date.parse(row.at);
      return decidedBy(row).map(([edge, approved]) => ({ at, edge, approved }));
    });
  }

  approvedAt(moment: number): ReadonlySet<string> {
    const approved = new Set<string>();
    for (const { at, edge, approved: yes } of this.#rows) {
      if (at > moment) continue;
      if (yes) approved.add(edge);
      else approved.delete(edge);
    }
    return approved;
  }
}

const admits = (entries: readonly Pick<Entry, 'kind' | 'path'>[], caller: string): boolean =>
  entries.some(({ kind, path }) => (kind === 'project' ? path === caller : caller.startsWith(`${path}/`)));

/**
 * Replays the journal of the stand-in and says what a rollout may never have done. Everything comes from the stand-in but
 * the decisions, which only the rollout knows.
 *
 * @returns one line per breach; empty when there is none
 */
export function breaches({ before, calls, after, ledger }: Evidence): readonly string[] {
  const found: string[] = [];
  const decisions = new Decisions(ledger);
  const live = new Map(
    Object.entries(before.projects).map(([path, { stored, entries }]) => [path, { stored, entries: [...entries] }]),
  );
  const isFirst = (project: string, path: string): boolean =>
    before.projects[project]?.entries.some((entry) => entry.path === path) === true;
  for (const call of calls) {
    for (const change of call.changes ?? (call.change ? [call.change] : [])) {
      const place = `call ${call.n} (${call.at}) ${change.kind} ${change.project ?? 'instance'} ${change.entry ?? ''}`;
      const callee = change.project === null ? undefined : live.get(change.project);
      if (change.kind === 'instance' && change.value === true) {
        for (const [path, { stored }] of live) if (!stored) found.push(`${place}: ${path} is still open`);
      }
      if (!callee || change.project === null) continue;
      if (change.kind === 'setting') {
        callee.stored = change.value === true;
        const approved = decisions.approvedAt(Date.parse(call.at));
        for (const edge of change.value === true ? approved : []) {
          const [caller = '', target = ''] = edge.split(' -> ');
          if (target === change.project && !admits(callee.entries, caller))
            found.push(`${place}: ${caller} is missing`);
        }
      } else if (change.entry !== null) {
        if (isFirst(change.project, change.entry)) found.push(`${place}: that entry was there before`);
        const there = callee.entries.findIndex(({ path }) => path === change.entry);
        if (change.kind === 'entry_added') {
          if (there >= 0) found.push(`${place}: added twice`);
          callee.entries.push(entryOf(change, before));
        }
        if (change.kind === 'entry_removed') {
          if (callee.stored) found.push(`${place}: removed from an allowlist that is on`);
          callee.entries.splice(there, 1);
        }
      }
    }
  }
  for (const [path, { stored, entries }] of live) {
    const end = after.projects[path];
    if (!end) continue;
    if (end.stored !== stored || pathsOf(end.entries) !== pathsOf(entries))
      found.push(`${path}: the state at the end is not what the calls add up to`);
  }
  return [...found, ...unaccounted(calls, ledger)];
}

/** The intents that account for a change, by what the journal calls it. */
const INTENTS_OF: Readonly<Record<Change['kind'], readonly string[]>> = {
  setting: ['enforce', 'reopen'],
  entry_added: ['addEntry', 'restoreEntry'],
  entry_removed: ['removeEntry'],
  policies: ['setPermissions'],
  instance: ['setInstance'],
};

interface IntentBody {
  readonly action: { readonly kind: string; readonly entry?: { readonly path: string } };
}

/** Changes that no intent accounts for, each intent counted once: what was written without having been written down. */
function unaccounted(calls: readonly Call[], ledger: readonly LedgerAnswer[]): readonly string[] {
  const left = new Map<string, number>();
  const count = (key: string, by: number): number => {
    const now = (left.get(key) ?? 0) + by;
    left.set(key, now);
    return now;
  };
  for (const { kind, subject, body } of ledger) {
    if (kind !== 'intent') continue;
    const { action } = body as unknown as IntentBody;
    const [change] = Object.entries(INTENTS_OF).find(([, kinds]) => kinds.includes(action.kind)) ?? [action.kind];
    count(`${change} ${action.kind === 'setInstance' ? '' : subject} ${action.entry?.path ?? ''}`, 1);
  }
  return calls.flatMap((call) => {
    const notes = /\/issues\/\d+\/notes$/.test(call.path) ? 'addNote' : 'openIssue';
    const opened = call.method === 'POST' && call.status === 201 && /\/issues(?:\/\d+\/notes)?$/.test(call.path);
    const project = decodeURIComponent(/\/projects\/([^/]+)\/issues/.exec(call.path)?.[1] ?? '');
    const changes = (call.changes ?? (call.change ? [call.change] : [])).map(
      ({ kind, project: of, entry }) => `${kind} ${of ?? ''} ${entry ?? ''}`,
    );
    return [...changes, ...(opened ? [`${notes} ${project} `] : [])]
      .filter((key) => count(key, -1) < 0)
      .map((key) => `call ${call.n} (${call.at}) ${key}: no intent accounts for it`);
  });
}

const pathsOf = (entries: readonly Entry[]): string =>
  entries
    .map(({ path }) => path)
    .sort()
    .join(' ');

function entryOf(change: Change, before: World): Entry {
  const path = change.entry ?? '';
  const value =
    typeof change.value === 'object' && change.value !== null
      ? change.value
      : { defaultPermissions: true, policies: [] };
  return { kind: path in before.projects ? 'project' : 'group', path, ...value };
}

/**
 * Holds the end of a finished rollout against what was decided: enforced, and open to the approved callers alone.
 *
 * @param inScope - which projects it was to enforce
 */
export function shortfalls({ before, after, ledger }: Evidence, inScope: (path: string) => boolean): readonly string[] {
  const found: string[] = [];
  const approved = new Decisions(ledger).approvedAt(Number.POSITIVE_INFINITY);
  for (const [path, callee] of Object.entries(after.projects)) {
    const first = before.projects[path];
    if (!first) continue;
    if (!inScope(path)) {
      if (JSON.stringify(first) !== JSON.stringify({ ...callee, effective: first.effective }))
        found.push(`${path}: out of scope, yet changed`);
      continue;
    }
    if (!callee.stored) found.push(`${path}: not enforced`);
    for (const entry of first.entries) {
      if (!callee.entries.some((other) => JSON.stringify(other) === JSON.stringify(entry)))
        found.push(`${path}: the entry ${entry.path} was changed or is gone`);
    }
    for (const entry of callee.entries) {
      if (first.entries.some(({ path: known }) => known === entry.path)) continue;
      const wanted = [...approved].some(
        (edge) => edge.endsWith(` -> ${path}`) && admits([entry], edge.split(' -> ')[0] ?? ''),
      );
      if (!wanted) found.push(`${path}: nobody approved ${entry.kind} ${entry.path}`);
      if (
        entry.kind === 'project' &&
        admits(
          first.entries.filter(({ kind, defaultPermissions }) => kind === 'group' && defaultPermissions),
          entry.path,
        )
      )
        found.push(`${path}: ${entry.path} was let in already`);
    }
    for (const edge of approved) {
      const [caller = '', target = ''] = edge.split(' -> ');
      if (target === path && !admits(callee.entries, caller))
        found.push(`${keyOf(path, caller)}: approved, yet not let in`);
    }
  }
  return found;
}

/** One line of `GET /-/sandbox/truth`. */
export interface TruthEdge {
  readonly caller: string;
  readonly callee: string;
  readonly access: string;
  readonly allowed: number;
  readonly denied: number;
}

/**
 * Accesses that worked and were then refused without anybody having decided on them: breakage that nobody noticed.
 *
 * @param excused - `caller -> callee` that fail for another reason, such as a user without a role
 */
export function unnoticed(
  truth: readonly TruthEdge[],
  ledger: readonly LedgerAnswer[],
  excused: readonly string[] = [],
): readonly string[] {
  const decided = new Set(ledger.flatMap(decidedBy).map(([edge]) => edge));
  return truth
    .filter(({ allowed, denied }) => allowed > 0 && denied > 0)
    .map(({ caller, callee }) => keyOf(callee, caller))
    .filter((edge) => !decided.has(edge) && !excused.includes(edge));
}

/** Callees that are open without being as they were at first: what a rollback may not leave behind. */
export function halfDone(before: World, now: World): readonly string[] {
  return Object.entries(now.projects)
    .filter(
      ([path, { stored, entries }]) => !stored && pathsOf(entries) !== pathsOf(before.projects[path]?.entries ?? []),
    )
    .map(([path, { entries }]) => `${path}: open with ${pathsOf(entries)}`);
}
