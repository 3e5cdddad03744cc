import type { NewDecision } from './decision.ts';
import { DEFAULT_PERMISSIONS } from './decision.ts';
import type { Edge } from '../edges/edge.ts';
import { narrowingOf, type NarrowingFacts } from '../access/permissions.ts';
import type { Playbook, Rule } from '../playbook.ts';
import type { EntryPermissions } from '../project.ts';
import { edgeRisk, riskText, type EdgeFacts, type Risk } from './risk.ts';
import { pathMatcher } from '../path-pattern.ts';
import { counted, epochMs, type EpochMs, formatDuration, isoTime, samePath } from '../values.ts';

/** Whether a rule matches, and the first condition that did not hold. */
export interface RuleTrial {
  readonly rule: string;
  readonly matches: boolean;
  /** Its conditions hold, and what it may never approve stops it: the risk, the age or the lack of evidence. */
  readonly barred: boolean;
  readonly because: string;
}

function sharedGroups(a: string, b: string): number {
  const left = a.split('/').slice(0, -1);
  const right = b.split('/').slice(0, -1);
  let shared = 0;
  while (shared < left.length && shared < right.length && samePath(left[shared] ?? '', right[shared] ?? ''))
    shared += 1;
  return shared;
}

const rootOf = (path: string): string => path.split('/')[0] ?? path;

type Condition = (facts: EdgeFacts, now: EpochMs) => string | null;

/** Each condition of `when` as a function to the reason why it does not hold, or null when it does. */
function conditionsOf(when: Rule['when']): readonly Condition[] {
  const conditions: Condition[] = [];
  const { callers, callees, sameGroup, crossRoot, seenWithin, access, callerVisibility } = when;
  if (callers !== undefined) {
    const matches = pathMatcher(callers);
    conditions.push(({ edge }) => (matches(edge.callerPath) ? null : `caller is not in ${callers}`));
  }
  if (callees !== undefined) {
    const matches = pathMatcher(callees);
    conditions.push(({ edge }) => (matches(edge.calleePath) ? null : `callee is not in ${callees}`));
  }
  if (sameGroup !== undefined) {
    conditions.push(({ edge }) => {
      const shared = sharedGroups(edge.callerPath, edge.calleePath);
      return shared >= sameGroup ? null : `they share ${counted(shared, 'group')}, not ${sameGroup}`;
    });
  }
  if (crossRoot !== undefined) {
    conditions.push(({ edge }) =>
      samePath(rootOf(edge.callerPath), rootOf(edge.calleePath)) !== crossRoot ? null : `crossRoot is ${!crossRoot}`,
    );
  }
  if (seenWithin !== undefined) {
    conditions.push(({ edge }, now) =>
      now - edge.lastSeen <= seenWithin
        ? null
        : `last seen ${isoTime(edge.lastSeen)}, more than ${formatDuration(seenWithin)} ago`,
    );
  }
  if (access !== undefined) {
    conditions.push(({ edge }) => {
      if (edge.access.length === 0) return 'the kind of access is not known';
      const other = edge.access.find((kind) => !access.some((one) => one === kind));
      return other === undefined ? null : `it uses ${other}`;
    });
  }
  if (callerVisibility !== undefined) {
    conditions.push(({ caller }) =>
      callerVisibility.some((visibility) => visibility === caller.visibility)
        ? null
        : `the caller is ${caller.visibility}`,
    );
  }
  return conditions;
}

/** A playbook's rules, ready to be tried on edges. */
export interface RuleBook {
  /** Every rule in order with whether it matches and why not. */
  readonly explain: (facts: EdgeFacts, now: EpochMs) => readonly RuleTrial[];
  /** The decision the first matching rule makes; null when it is left to a person. */
  readonly propose: (facts: EdgeFacts, now: EpochMs, narrowing: NarrowingFacts) => NewDecision | null;
  /** The risk that keeps any rule from approving this edge; null where it is within the playbook's bar. */
  readonly question: (facts: EdgeFacts, now: EpochMs) => Risk | null;
}

/** Compiles the rules of a playbook once; trying them is then cheap for a million edges. */
export function ruleBook(playbook: Pick<Playbook, 'evidence' | 'decisions' | 'risk'>): RuleBook {
  const rules = playbook.decisions.rules.map((rule) => ({ rule, conditions: conditionsOf(rule.when) }));
  const trials = (facts: EdgeFacts, now: EpochMs, risk: () => Risk): ((compiled: CompiledRule) => RuleTrial) => {
    // Looked at only where a rule would approve, and once for all of them.
    const barred = once(() => barredFromRules(facts, playbook, now, risk));
    return (compiled) => tryRule(compiled, facts, now, barred);
  };
  const riskOf = (facts: EdgeFacts, now: EpochMs): (() => Risk) => once(() => edgeRisk(facts, playbook, now));
  return {
    explain: (facts, now) => rules.map(trials(facts, now, riskOf(facts, now))),
    propose: (facts, now, narrowing) => {
      const risk = riskOf(facts, now);
      const trial = trials(facts, now, risk);
      const rule = rules.find((compiled) => trial(compiled).matches)?.rule;
      if (rule === undefined || rule.then === 'ask') return null;
      return decisionOf(rule, rule.then, { edge: facts.edge, risk: risk(), now, narrowing });
    },
    question: (facts, now) => aboveBar(playbook, edgeRisk(facts, playbook, now)),
  };
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | null = null;
  return () => (done ??= { value: work() }).value;
}

interface CompiledRule {
  readonly rule: Rule;
  readonly conditions: readonly Condition[];
}

function tryRule(
  { rule, conditions }: CompiledRule,
  facts: EdgeFacts,
  now: EpochMs,
  barred: () => string | null,
): RuleTrial {
  for (const condition of conditions) {
    const miss = condition(facts, now);
    if (miss !== null) return { rule: rule.name, matches: false, barred: false, because: miss };
  }
  const bar = rule.then === 'approve' ? barred() : null;
  if (bar !== null) return { rule: rule.name, matches: false, barred: true, because: bar };
  return { rule: rule.name, matches: true, barred: false, because: rule.reason };
}

function decisionOf(
  rule: Rule,
  then: 'approve' | 'reject',
  {
    edge,
    risk,
    now,
    narrowing,
  }: { readonly edge: Edge; readonly risk: Risk; readonly now: EpochMs; readonly narrowing: NarrowingFacts },
): NewDecision {
  return {
    subject: { kind: 'edge', caller: edge.caller, callee: edge.callee },
    verdict: then === 'approve' ? 'approved' : 'rejected',
    replacedBy: null,
    by: { kind: 'rule', name: rule.name },
    owner: rule.owner ?? null,
    reason: rule.reason,
    permissions: rule.permissions === 'observed' ? observedPermissions(edge, narrowing) : DEFAULT_PERMISSIONS,
    evidence: `${evidenceLine(edge)}${riskThen(risk)}`,
    decidedAt: now,
    expiresAt: rule.expires === undefined ? null : epochMs(now + rule.expires),
  };
}

/** Why no rule may approve this edge, whatever it says; null when one may. */
function barredFromRules(
  { edge }: EdgeFacts,
  playbook: Pick<Playbook, 'evidence' | 'risk'>,
  now: EpochMs,
  riskOf: () => Risk,
): string | null {
  const { evidence, risk } = playbook;
  // Promise 2: a refusal alone never leads to an entry; a person has to say that the access was wanted.
  if (!edge.sources.some((source) => source !== 'denial' && evidence.sources.includes(source))) {
    return `seen only in ${edge.sources.join(', ')}, which no rule may approve`;
  }
  if (now - edge.lastSeen > evidence.maxAge) return `not seen for more than ${formatDuration(evidence.maxAge)}`;
  const above = aboveBar(playbook, riskOf());
  return above && `risk ${above.score} is above the playbook's bar of ${risk.maxForRules}: ${riskText(above)}`;
}

const aboveBar = ({ risk }: Pick<Playbook, 'risk'>, found: Risk): Risk | null =>
  found.score > risk.maxForRules ? found : null;

/** One line of what was known of an edge, for the decision's record. */
export function evidenceLine(edge: Edge): string {
  const access = edge.access.length > 0 ? ` (${edge.access.join(', ')})` : '';
  return `${edge.sources.join(', ')}${access}, seen ${isoTime(edge.firstSeen)} to ${isoTime(edge.lastSeen)}`;
}

/** The risk as it was when something was decided, behind the evidence, with the facts that nobody had read (docs/decisions/0088). */
export function riskThen({ score, reasons, unread }: Risk): string {
  const why = reasons.length === 0 ? '' : `: ${riskText({ reasons })}`;
  return `; risk ${score}${why}${unread.length === 0 ? '' : `; not read: ${unread.join(', ')}`}`;
}

/** The narrowest permissions that every observation together allows; default ones where one does not tell, or cannot be narrowed. */
export function observedPermissions(edge: Edge, { policies, followed }: NarrowingFacts): EntryPermissions {
  const narrowing = narrowingOf(edge, policies, followed.has(edge.caller));
  return narrowing.kind === 'policies'
    ? { defaultPermissions: false, policies: [...narrowing.policies].sort() }
    : DEFAULT_PERMISSIONS;
}
