/**
 * Risk: what an edge or an entry would let happen, and what enforcing a callee could break. One formula for all three
 * (docs/decisions/0011): each fact that holds adds its weight, the sum is capped at 100. A fact that holds in part adds
 * that part of its weight. The weights are the playbook's.
 */
import type { Edge } from '../edges/edge.ts';
import type { PlannedEntry } from '../plan/plan.ts';
import type { Playbook } from '../playbook.ts';
import type { Project, ProjectOutline } from '../project.ts';
import { CALLEE_FACTS, NOT_LOOKED, type SensitivityFacts, type RiskLook } from './facts.ts';
import { counted, formatDuration, samePath, type EpochMs } from '../values.ts';

/** What is known of an edge where it is judged. Both projects as the inventory knows them. */
export interface EdgeFacts {
  readonly edge: Edge;
  readonly caller: ProjectOutline;
  readonly callee: ProjectOutline;
  /** How many callers of the callee are known, this one included. */
  readonly callers: number;
  /** What takes requests of its own; left out where nobody looked. */
  readonly look?: RiskLook;
}

/** Something that makes an access riskier, by the name of its weight in the playbook. */
export type RiskFact = keyof Playbook['risk']['weights'];

/** One fact that holds, with what it counts for. */
export interface RiskReason {
  readonly fact: RiskFact;
  /** Whole number ≥ 1. */
  readonly points: number;
  /** The fact in words, without its points. */
  readonly because: string;
}

/** How risky an access is. The weights are the playbook's. */
export interface Risk {
  /** Whole number, 0–100. */
  readonly score: number;
  /** The facts that count, the weightiest first; together they are the score, unless it was capped. */
  readonly reasons: readonly RiskReason[];
  /** Facts that were not read: they count for nothing in the score, and might. */
  readonly unread: readonly RiskFact[];
  /** What the score would be if each of them held in full. Whole number, score–100. */
  readonly atMost: number;
}

/** The part of a playbook that the formula needs. */
export type RiskPolicy = Pick<Playbook, 'risk' | 'evidence'>;

/** A fact, how far it holds (0–1), and its words, put together only where it counts: most facts of a million edges do not. */
type Finding = readonly [fact: RiskFact, share: number, because: () => string];

/** Kinds of access that change something on the callee, or may. */
export const WRITING: ReadonlySet<string> = new Set([
  'git-push',
  'trigger-api',
  'release',
  'deployments',
  'environments',
]);
/** Kinds that hand out what only few people may read. */
export const SECRET: ReadonlySet<string> = new Set(['terraform-state', 'secure-files']);
/** From here on a callee is a hub: what gets into it gets everywhere. */
const HUB_CALLERS = 200;
/** Callers at which the weight for callers counts in full; below, it grows with their logarithm. */
const MOST_CALLERS = 1_000;

const rootOf = (path: string): string => path.split('/')[0] ?? path;
const crossesRoots = (a: string, b: string): boolean => !samePath(rootOf(a), rootOf(b));

function sum(findings: readonly Finding[], { weights }: Playbook['risk'], unread: readonly RiskFact[] = []): Risk {
  const reasons: RiskReason[] = [];
  for (const [fact, share, because] of findings) {
    const points = Math.round(weights[fact] * Math.min(1, share));
    if (points > 0) reasons.push({ fact, points, because: because() });
  }
  reasons.sort((a, b) => b.points - a.points || (a.fact < b.fact ? -1 : 1));
  const score = capped(reasons.map(({ points }) => points));
  const open = unread.filter((fact) => weights[fact] > 0);
  return { score, reasons, unread: open, atMost: capped([score, ...open.map((fact) => weights[fact])]) };
}

const capped = (points: readonly number[]): number =>
  Math.min(
    100,
    points.reduce((total, one) => total + one, 0),
  );

const when = (holds: boolean, fact: RiskFact, because: () => string): Finding => [fact, holds ? 1 : 0, because];

const known = (kinds: readonly string[], of: ReadonlySet<string>): readonly string[] =>
  kinds.filter((kind) => of.has(kind));

/**
 * How much harm this access could do, were it let in: higher with what it may change or read, with who can make its jobs
 * do something else, and with how little is known of it.
 */
export function edgeRisk(
  { edge, caller, callee, callers, look = NOT_LOOKED }: EdgeFacts,
  policy: RiskPolicy,
  now: EpochMs,
): Risk {
  const writes = known(edge.access, WRITING);
  const secrets = known(edge.access, SECRET);
  const staleAfter = policy.evidence.maxAge / 2;
  const findings: readonly Finding[] = [
    when(writes.length > 0, 'writes', () => `may change the callee: ${writes.join(', ')}`),
    when(secrets.length > 0, 'secrets', () => `reads what few may read: ${secrets.join(', ')}`),
    when(edge.access.length === 0, 'unknownAccess', () => 'the kind of access is not known'),
    when(
      crossesRoots(edge.callerPath, edge.calleePath) && !caller.personal,
      'crossRoot',
      () => 'caller and callee are in different root groups',
    ),
    when(caller.personal, 'personalCaller', () => 'the caller is in a personal namespace'),
    when(caller.visibility === 'public', 'publicCaller', () => 'the caller is public'),
    when(callee.visibility === 'private', 'privateCallee', () => 'the callee is private'),
    when(callee.archived, 'archived', () => 'the callee is archived'),
    when(caller.archived, 'archived', () => 'the caller is archived and runs no jobs'),
    when(now - edge.lastSeen > staleAfter, 'stale', () => `not seen for more than ${formatDuration(staleAfter)}`),
    when(
      edge.sources.every((source) => source === 'denial'),
      'deniedOnly',
      () => 'known from a denial alone',
    ),
    ['hub', callers / HUB_CALLERS, () => `the callee has ${counted(callers, 'caller')}`],
  ];
  const [found, unread] = look === NOT_LOOKED ? NOTHING_LOOKED_UP : lookedUp(LOOKED_AT, look);
  return sum(found.length === 0 ? findings : [...findings, ...found], policy.risk, unread);
}

type Outcome = readonly [found: readonly Finding[], unread: readonly RiskFact[]];

/** Built once: most edges of a large organisation are judged before anybody has looked. */
const NOTHING_LOOKED_UP: Outcome = [[], Object.keys(NOT_LOOKED) as (keyof RiskLook)[]];

/** What was found, and what was not read: neither of the two is a fact that was read and is nothing. */
function lookedUp(
  table: readonly LookedUpRow[],
  look: Readonly<Partial<Record<keyof RiskLook, number | null>>>,
): Outcome {
  const found: Finding[] = [];
  const unread: RiskFact[] = [];
  for (const { fact, full, text } of table) {
    const count = look[fact] ?? null;
    if (count === null) unread.push(fact);
    else if (count > 0) found.push([fact, count / full, () => text(count)]);
  }
  return [found, unread];
}

/** From `full` on a fact counts in full, below in proportion. */
interface LookedUpRow {
  readonly fact: keyof RiskLook;
  readonly full: number;
  readonly text: (count: number) => string;
}

const LOOKED_AT: readonly LookedUpRow[] = [
  { fact: 'protectedEnvironments', full: 1, text: (n) => `the callee guards ${counted(n, 'environment')}` },
  { fact: 'packages', full: 1, text: (n) => `the callee publishes packages: ${n} of them` },
  { fact: 'terraformStates', full: 1, text: (n) => `the callee keeps ${counted(n, 'Terraform state')}` },
  { fact: 'pushers', full: 50, text: (n) => `${counted(n, 'person', 'people')} may push to the caller` },
  { fact: 'forks', full: 1, text: (n) => `the caller has ${counted(n, 'fork')}` },
  {
    fact: 'privilegedSchedules',
    full: 1,
    text: (n) => `${counted(n, 'schedule')} of the caller ${n === 1 ? 'runs' : 'run'} as a maintainer of the callee`,
  },
];

/**
 * Risk of an entry: that of its riskiest caller, and for a group what comes along with it.
 *
 * @param callers - risks of the callers that the entry is for
 */
export function entryRisk(
  entry: Pick<PlannedEntry, 'kind' | 'path' | 'defaultPermissions' | 'callers' | 'widening'>,
  callers: readonly Risk[],
  { risk }: RiskPolicy,
): Risk {
  const worst = callers.reduce<Risk>((most, one) => (one.score > most.score ? one : most), {
    score: 0,
    reasons: [],
    unread: [],
    atMost: 0,
  });
  if (entry.kind === 'project') return worst;
  const admitted = entry.callers.length + entry.widening;
  const own = sum(
    [
      ['groupEntry', 1, () => 'a group entry: projects that come later get in as well'],
      when(entry.defaultPermissions, 'wideGroup', () => 'everyone in the group may do all that a job token can do'),
      [
        'widening',
        entry.widening / Math.max(1, admitted),
        () =>
          `${entry.widening} of ${counted(admitted, 'project')} ${entry.widening === 1 ? 'was' : 'were'} never seen`,
      ],
    ],
    risk,
  );
  return {
    score: capped([worst.score, own.score]),
    reasons: [...own.reasons, ...worst.reasons],
    unread: worst.unread,
    atMost: capped([worst.atMost, own.score]),
  };
}

/**
 * How much can break when this callee is enforced and the evidence was wrong: what waves are ordered by. Time has no part
 * in it, so a plan does not change by being looked at later; what was looked up counts whenever that was, what was not read
 * counts for nothing here.
 */
export function calleeRisk(
  callee: Project,
  approved: readonly Edge[],
  { risk }: Pick<Playbook, 'risk'>,
  facts: SensitivityFacts = NOT_LOOKED,
): Risk {
  const callers = approved.length;
  const foreign = approved.filter(({ callerPath }) => crossesRoots(callerPath, callee.path)).length;
  const kinds = known([...new Set(approved.flatMap(({ access }) => access))].sort(), new Set([...WRITING, ...SECRET]));
  const open = callee.visibility === 'public' || callee.visibility === 'internal';
  return sum(
    [
      // Each doubling counts the same: from one caller to two is as much as from five hundred to a thousand.
      [
        'callers',
        Math.log2(1 + callers) / Math.log2(1 + MOST_CALLERS),
        () => `${counted(callers, 'pipeline')} would stop`,
      ],
      when(
        foreign > 0,
        'foreignCallers',
        () => `${foreign} of them in other root groups, whose teams are the last to be asked`,
      ),
      when(open, 'openCallee', () => `it is ${callee.visibility}: its log may miss who reads it`),
      when(callee.log === null || callee.log.cut, 'blindLog', () => 'its log could not be read to the end'),
      when(kinds.length > 0, 'deepUse', () => `it is used for ${kinds.join(', ')}`),
      ...lookedUp(OF_CALLEE, facts)[0],
    ],
    risk,
  );
}

const OF_CALLEE = LOOKED_AT.filter(({ fact }) => (CALLEE_FACTS as readonly string[]).includes(fact));

/** `crosses root groups (20), kind unknown (5)`: the reasons of a risk in one line. */
export const riskText = ({ reasons }: Pick<Risk, 'reasons'>): string =>
  reasons.map(({ points, because }) => `${because} (${points})`).join(', ');
