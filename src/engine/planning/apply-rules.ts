import { leftToItsAuthor, type Decision, type NewDecision } from '../../domain/decisions/decision.ts';
import { ruleBook } from '../../domain/decisions/rules.ts';
import { edgeKey } from '../../domain/edges/edge.ts';
import type { Project } from '../../domain/project.ts';
import { counted, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { asRulesSee } from './as-rules-see.ts';
import { loadFacts } from './facts.ts';
import { narrowingFacts } from './followed.ts';
import { knowledgeByCallee } from './knowledge.ts';
import { questionApprovals } from './questions.ts';

/** Decisions written together: they share one transaction, one flush to disk and one row of the ledger. */
const BATCH = 4_000;

/** What the rules decided, and what they left to a person. */
export interface RulesApplied {
  readonly decided: number;
  /** Edges of callees in scope that still wait for a person. */
  readonly undecided: number;
  /** Of these, the ones whose approval has run out or is in question, with that approval. */
  readonly expired: readonly ExpiredApproval[];
}

/** An approval past its date, or one that facts found later put into question, that nobody has renewed. */
export interface ExpiredApproval {
  /** `caller -> callee` by their paths. */
  readonly subject: string;
  readonly decision: Decision;
}

/**
 * Lets the playbook's rules decide the edges that nobody has decided. People's decisions are never touched: what a person
 * approved until a day is that person's to renew. The rules' own approvals are weighed anew first, where facts were found
 * since (`questions.ts`). Goes through the callees one by one and writes as it goes: interrupted,
 * it goes on with what is undecided then.
 */
export async function applyRules(engine: Engine): Promise<RulesApplied> {
  const { store, clock, playbook } = engine;
  const now = clock.now();
  const narrowing = await narrowingFacts(store);
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const rules = ruleBook(playbook);
  const facts = await loadFacts(store, playbook, now);
  await questionApprovals(engine, { projects, rules, facts, now });
  // In order of their ids, as the tables keep edges and decisions: neighbours are written together.
  const callees = [...projects.values()].filter(({ inScope }) => inScope).sort((a, b) => a.id - b.id);
  let made: NewDecision[] = [];
  let decided = 0;
  let undecided = 0;
  const expired: ExpiredApproval[] = [];
  const write = async (): Promise<void> => {
    await recordBatch(engine, made, projects, now);
    decided += made.length;
    made = [];
  };
  for await (const { callee, edges, decisions } of knowledgeByCallee(store, callees, now)) {
    for (const edge of edges) {
      const caller = projects.get(edge.caller);
      if (edge.state !== 'undecided' || !caller) continue;
      const earlier = decisions.get(edgeKey(edge.caller, edge.callee)) ?? null;
      const seen = await asRulesSee(store, edge);
      const decision = leftToItsAuthor(earlier)
        ? null
        : rules.propose(
            { edge: seen, caller, callee, callers: edges.length, look: facts.ofEdge(edge.caller, edge.callee) },
            now,
            narrowing,
          );
      if (decision) made.push(decision);
      else undecided += 1;
      if (!decision && earlier) expired.push({ subject: subjectOf(earlier, projects), decision: earlier });
    }
    if (made.length >= BATCH) await write();
  }
  await write();
  return { decided, undecided, expired };
}

/** Decisions of rules, with one ledger row that names every edge and binds what was stored by its digest (decision 0045). */
async function recordBatch(
  { store, lease }: Engine,
  made: readonly NewDecision[],
  projects: Paths,
  now: EpochMs,
): Promise<void> {
  if (made.length === 0) return;
  await store.transaction(
    async () => {
      const [first = 0] = await store.putDecisions(made);
      const digest = await store.decisionDigest(first, made.length);
      const subjects = (verdict: NewDecision['verdict']): readonly string[] =>
        made.filter((decision) => decision.verdict === verdict).map((decision) => subjectOf(decision, projects));
      const body = {
        ...{ first, count: made.length, digest, rules: countByRule(made) },
        ...{ approved: subjects('approved'), rejected: subjects('rejected') },
      };
      await store.appendLedger([{ kind: 'decisions', subject: counted(made.length, 'edge'), body }], now);
    },
    await lease.hold(),
  );
}

function countByRule(made: readonly NewDecision[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { by } of made) counts.set(by.name, (counts.get(by.name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

type Paths = ReadonlyMap<ProjectId, Pick<Project, 'path'>>;

/** How a decision's subject is called in the ledger. */
export function subjectOf({ subject }: Pick<NewDecision, 'subject'>, projects: Paths): string {
  const callee = projects.get(subject.callee)?.path ?? `project ${subject.callee}`;
  const caller =
    subject.kind === 'edge'
      ? (projects.get(subject.caller)?.path ?? `project ${subject.caller}`)
      : `group ${subject.groupPath}`;
  return `${caller} -> ${callee}`;
}
