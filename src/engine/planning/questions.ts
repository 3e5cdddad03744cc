import type { Decision } from '../../domain/decisions/decision.ts';
import { riskText } from '../../domain/decisions/risk.ts';
import type { RuleBook } from '../../domain/decisions/rules.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import type { Project } from '../../domain/project.ts';
import { counted, type EpochMs, type ProjectId } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import type { Question } from '../ports.ts';
import type { FactBook } from './facts.ts';
import { canonicalForm } from './plan-hash.ts';
import { knowledgeByCallee, type CalleeKnowledge } from './knowledge.ts';
import { asRulesSee } from './as-rules-see.ts';

/** What approvals are weighed anew with. */
export interface Weighing {
  readonly projects: ReadonlyMap<ProjectId, Project>;
  readonly rules: Pick<RuleBook, 'question'>;
  readonly facts: FactBook;
  readonly now: EpochMs;
}

/**
 * Weighs the rules' own approvals against what was looked up since they were made: all of them where the playbook's bar or
 * weights are others than the last time. One whose risk is above the bar now is in question: it counts for nothing until a
 * person, or a rule once the facts have changed, decides anew. Entries that stand are left alone, and people's approvals are
 * theirs. Interrupted, it begins anew and finds the rest.
 */
export async function questionApprovals(engine: Engine, weighing: Weighing): Promise<void> {
  const { store, playbook } = engine;
  const { callees: touched, upTo, weighedWith } = await store.worsened();
  const measure = canonicalForm({ ...playbook.risk, maxAge: playbook.evidence.maxAge });
  if (upTo === 0 && weighedWith === measure) return;
  const { projects, now } = weighing;
  const approved = (await store.countEdges()).approved > 0;
  const isTouched = (id: ProjectId): boolean => weighedWith !== measure || touched.has(id);
  const callees = approved ? [...projects.values()].filter(({ id, inScope }) => inScope && isTouched(id)) : [];
  let questions: Questioned[] = [];
  for await (const known of knowledgeByCallee(store, callees, now)) {
    questions = questions.concat(await questionsOf(engine, known, weighing));
    if (questions.length < BATCH) continue;
    await keep(engine, questions, now);
    questions = [];
  }
  if (questions.length > 0) await keep(engine, questions, now);
  await fenced(engine, () => store.weighed(upTo, measure));
}

/** Written together: a stricter bar may question every approval there is. */
const BATCH = 4_000;

interface Questioned extends Question {
  readonly subject: string;
}

async function questionsOf(
  { store, playbook }: Engine,
  { callee, edges }: CalleeKnowledge,
  { projects, rules, facts, now }: Weighing,
): Promise<readonly Questioned[]> {
  const questions: Questioned[] = [];
  for (const edge of edges) {
    const caller = projects.get(edge.caller);
    if (edge.state !== 'approved' || !caller) continue;
    const look = facts.ofEdge(edge.caller, edge.callee);
    const judged = { edge: await asRulesSee(store, edge), caller, callee, callers: edges.length, look };
    const risk = rules.question(judged, now);
    if (risk === null) continue;
    const decision = await decisionOn(store, edge);
    if (decision?.by.kind !== 'rule') continue;
    const subject = `${edge.callerPath} -> ${edge.calleePath}`;
    questions.push({
      decision: decision.id,
      score: risk.score,
      because: `the bar is ${playbook.risk.maxForRules}; ${riskText(risk)}`,
      subject,
    });
  }
  return questions;
}

const decisionOn = async (store: Engine['store'], { decisionId }: Edge): Promise<Decision | null> =>
  decisionId === null ? null : store.decision(decisionId);

async function keep(engine: Engine, questions: readonly Questioned[], now: EpochMs): Promise<void> {
  const { store } = engine;
  await fenced(engine, async () => {
    await store.putQuestions(questions, now);
    const body = questions.map(({ decision, subject, score, because }) => ({ decision, subject, score, because }));
    const subject = counted(questions.length, 'approval');
    await store.appendLedger([{ kind: 'questioned', subject, body: { approvals: body } }], now);
  });
}
