import { resolve } from 'node:path';
import { leftToItsAuthor, type Decision } from '../../../../domain/decisions/decision.ts';
import type { Edge } from '../../../../domain/edges/edge.ts';
import type { Playbook } from '../../../../domain/playbook.ts';
import { printable } from '../../../../domain/redact.ts';
import { riskText, type EdgeFacts } from '../../../../domain/decisions/risk.ts';
import { deadRules } from '../../../../domain/decisions/rule-check.ts';
import { ruleBook, type RuleBook } from '../../../../domain/decisions/rules.ts';
import { counted, type EpochMs, type ProjectId } from '../../../../domain/values.ts';
import type { ProjectOutline } from '../../../../domain/project.ts';
import { currentPlaybook, readPlaybook, readPlaybookText, type KeptPlaybook } from '../../../playbook/file.ts';
import { deciderOf } from '../text.ts';

/**
 * What the rules of a playbook would do with an edge. `stands`: it is decided, and rules do not decide it anew; `differs`
 * tells of an edge that another rule decided and these rules would decide otherwise. `question`: a rule approved it, and its
 * risk is above this playbook's bar (docs/decisions/0089).
 */
export interface WhatIf {
  readonly outcome: 'approve' | 'reject' | 'ask' | 'stands' | 'question' | 'out-of-scope';
  readonly rule: string | null;
  readonly reason: string;
  readonly differs: boolean;
}

/** How one rule fares with the edges that were listed. */
export interface RuleTally {
  readonly rule: string;
  readonly then: 'approve' | 'reject' | 'ask';
  /** Edges that it would decide, or leave to a person. */
  readonly matches: number;
  /** Why it can never match, whatever the organisation holds; null where it may. */
  readonly never: string | null;
}

type Projects = ReadonlyMap<ProjectId, ProjectOutline>;

/** A playbook on trial, on what is known now. */
export class Trial {
  readonly playbook: Playbook;
  readonly #rules: RuleBook;
  readonly #projects: Projects;
  readonly #now: EpochMs;
  readonly #matches = new Map<string, number>();

  constructor(playbook: Playbook, projects: Projects, now: EpochMs) {
    this.playbook = playbook;
    this.#rules = ruleBook(playbook);
    this.#projects = projects;
    this.#now = now;
  }

  /**
   * What the rules would do, were nothing decided yet by any of them; counts what matched.
   *
   * @param known - how many callers of the callee are known, and what was looked up of the edge
   */
  try(edge: Edge, decision: Decision | null, known: Pick<EdgeFacts, 'callers' | 'look'>): WhatIf {
    const person = decision?.by.kind === 'person' && edge.state !== 'undecided';
    if (person) return { outcome: 'stands', rule: null, reason: `decided by ${deciderOf(decision)}`, differs: false };
    if (edge.state === 'undecided' && decision !== null && leftToItsAuthor(decision)) {
      const reason = `the approval by ${deciderOf(decision)} has run out, and rules do not renew it`;
      return { outcome: 'ask', rule: null, reason, differs: false };
    }
    const [caller, callee] = [this.#projects.get(edge.caller), this.#projects.get(edge.callee)];
    if (!caller || callee?.inScope !== true) {
      const reason = 'the callee is not part of this rollout';
      return { outcome: 'out-of-scope', rule: null, reason, differs: false };
    }
    const facts = { edge, caller, callee, ...known };
    const fresh = this.#outcome(facts);
    if (edge.state === 'undecided' || decision === null) return fresh;
    const above = edge.state === 'approved' ? this.#rules.question(facts, this.#now) : null;
    if (above !== null) {
      const reason = `the approval by ${deciderOf(decision)}, as risk ${above.score} is above the bar of ${this.playbook.risk.maxForRules}: ${riskText(above)}`;
      return { outcome: 'question', rule: null, reason, differs: true };
    }
    const verdict = fresh.outcome === 'approve' ? 'approved' : fresh.outcome === 'reject' ? 'rejected' : 'undecided';
    const differs = verdict !== edge.state;
    const would = verdict === 'undecided' ? 'left to a person' : verdict;
    const by = fresh.rule === null ? '' : ` by ${fresh.rule}`;
    const reason = differs
      ? `decided by ${deciderOf(decision)}; would be ${would}${by}: ${fresh.reason}`
      : `decided by ${deciderOf(decision)}`;
    return { outcome: 'stands', rule: fresh.rule, reason, differs };
  }

  #outcome(facts: EdgeFacts): WhatIf {
    const matched = this.#rules.explain(facts, this.#now).find(({ matches }) => matches);
    if (!matched) return { outcome: 'ask', rule: null, reason: this.#whyNone(facts), differs: false };
    this.#matches.set(matched.rule, (this.#matches.get(matched.rule) ?? 0) + 1);
    const then = this.playbook.decisions.rules.find(({ name }) => name === matched.rule)?.then ?? 'ask';
    return { outcome: then, rule: matched.rule, reason: matched.because, differs: false };
  }

  /** Where a rule came to be barred, that says more than that none matches. */
  #whyNone(facts: EdgeFacts): string {
    const trials = this.#rules.explain(facts, this.#now);
    const barred = trials.find(({ barred: stopped }) => stopped);
    return barred ? `${barred.rule} stops: ${barred.because}` : 'no rule matches';
  }

  tally(): readonly RuleTally[] {
    const dead = new Map(deadRules(this.playbook).map(({ rule, because }) => [rule, because]));
    return this.playbook.decisions.rules.map(({ name, then }) => ({
      rule: name,
      then,
      matches: this.#matches.get(name) ?? 0,
      never: dead.get(name) ?? null,
    }));
  }
}

/** @param file - a changed playbook to try, as a person names it; null for the one that counts now */
export function playbookOnTrial(cwd: string, kept: KeptPlaybook, file: string | null): Playbook {
  if (file === null) return currentPlaybook(cwd, kept).playbook;
  const path = resolve(cwd, file);
  return readPlaybook(readPlaybookText(path), file);
}

/** What the rules on trial would do with one edge, in words. */
export const whatIfText = ({ outcome, rule, reason }: WhatIf): string => {
  const head = {
    approve: 'would approve: ',
    reject: 'would reject: ',
    ask: 'would be left to a person: ',
    stands: '',
    question: 'would put into question ',
    'out-of-scope': 'would not be looked at: ',
  }[outcome];
  return `${head}${rule === null || outcome === 'stands' ? '' : `${rule}, `}${reason}`;
};

const DOES = { approve: 'approves', reject: 'rejects', ask: 'leaves to a person' } as const;

/** One line per rule, and what no rule decides. */
export function tallyLines(
  tally: readonly RuleTally[],
  { left, differ, questioned }: Readonly<Record<'left' | 'differ' | 'questioned', number>>,
): readonly string[] {
  return [
    ...tally.map(({ rule, then, matches, never }) => {
      const none = never === null ? '' : `; it can never match: ${never}`;
      return `  ${printable(rule)} ${DOES[then]} ${counted(matches, 'edge')}${none}`;
    }),
    `  no rule decides ${counted(left, 'edge')}`,
    ...(questioned === 0
      ? []
      : [`  ${counted(questioned, 'approval')} of rules would be in question: their risk is above this bar`]),
    ...(differ === 0 ? [] : [`  ${counted(differ, 'edge')} stand otherwise, as rules do not decide anew`]),
  ];
}
