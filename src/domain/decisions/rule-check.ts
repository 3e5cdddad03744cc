/**
 * Rules that can never match, told from the playbook alone: before an organisation is read, and whatever it holds.
 * Only what is certain is said: a rule that is not named here may still match nothing.
 */
import type { Playbook, Rule } from '../playbook.ts';
import { SECRET, WRITING } from './risk.ts';
import { pathMatcher } from '../path-pattern.ts';
import { counted, formatDuration, samePath } from '../values.ts';

/** A rule that can never decide anything, with the reason in words. */
export interface DeadRule {
  readonly rule: string;
  readonly because: string;
}

type When = Rule['when'];
type Checked = Pick<Playbook, 'decisions' | 'risk' | 'evidence' | 'scope'>;

/** Every rule of a playbook that no edge can reach, in order, each with the first reason. */
export function deadRules(playbook: Checked): readonly DeadRule[] {
  const { rules } = playbook.decisions;
  return rules.flatMap((rule, index) => {
    const because =
      contradiction(rule.when) ??
      outOfScope(rule.when, playbook.scope) ??
      (rule.then === 'approve' ? neverApproves(rule.when, playbook) : null) ??
      overtaken(rule, rules.slice(0, index));
    return because === null ? [] : [{ rule: rule.name, because }];
  });
}

const WILD = /[*?[\]{}()!+@]/;

/** The leading segments of a path pattern that are fixed; null where there is no pattern. */
function fixedSegments(pattern: string | undefined): readonly string[] {
  const segments = pattern?.toLowerCase().split('/') ?? [];
  const wild = segments.findIndex((segment) => WILD.test(segment));
  return wild === -1 ? segments : segments.slice(0, wild);
}

/** Two fixed beginnings that differ somewhere: no path begins with both. */
function diverge(a: readonly string[], b: readonly string[]): boolean {
  return a.slice(0, b.length).some((segment, index) => segment !== b[index]);
}

function sharedStart(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((segment, index) => segment !== b[index]);
  return differs === -1 ? a.length : differs;
}

function contradiction({ callers, callees, sameGroup, crossRoot }: When): string | null {
  const from = fixedSegments(callers);
  const to = fixedSegments(callees);
  if (crossRoot === true && sameGroup !== undefined) {
    return `\`crossRoot: true\` and \`sameGroup: ${sameGroup}\` exclude each other`;
  }
  if (diverge(from, to) && sameGroup !== undefined && sharedStart(from, to) < sameGroup) {
    const shared = counted(sharedStart(from, to), 'group');
    return `${callers ?? ''} and ${callees ?? ''} share ${shared}, and \`sameGroup\` asks for ${sameGroup}`;
  }
  const [fromRoot, toRoot] = [from[0], to[0]];
  if (crossRoot === undefined || fromRoot === undefined || toRoot === undefined) return null;
  if ((fromRoot !== toRoot) === crossRoot) return null;
  return `\`crossRoot: ${String(crossRoot)}\`, and ${callers ?? ''} and ${callees ?? ''} are in ${crossRoot ? 'the same root group' : 'different root groups'}`;
}

/** Rules decide edges of callees in scope alone. */
function outOfScope({ callees }: When, { groups, projects, exclude }: Playbook['scope']): string | null {
  if (callees === undefined) return null;
  const to = fixedSegments(callees);
  const places = [...groups, ...projects].map((path) => path.toLowerCase().split('/'));
  if (places.length > 0 && places.every((place) => diverge(to, place))) return `${callees} is outside of \`scope\``;
  const excluded = exclude.find((pattern) => covers(pattern, callees));
  return excluded === undefined ? null : `\`scope.exclude\` leaves ${excluded} out`;
}

/** What the conditions alone say of an edge may already be more risk than a rule may approve. */
function neverApproves(when: When, { risk, evidence }: Checked): string | null {
  const { weights, maxForRules } = risk;
  const certain = [
    when.crossRoot === true ? Math.min(weights.crossRoot, weights.personalCaller) : 0,
    when.callerVisibility?.every((visibility) => visibility === 'public') === true ? weights.publicCaller : 0,
    when.access?.every((kind) => WRITING.has(kind)) === true ? weights.writes : 0,
    when.access?.every((kind) => SECRET.has(kind)) === true ? weights.secrets : 0,
  ].reduce((sum, points) => sum + points, 0);
  if (certain > maxForRules) {
    return `what it matches has a risk of ${certain} at least, and \`risk.maxForRules\` is ${maxForRules}`;
  }
  return evidence.maxAge === 0 ? `\`evidence.maxAge\` is ${formatDuration(0)}: no edge is young enough` : null;
}

/** An earlier rule decides all that this one would. What bars one approval bars every other: only then does it pass by. */
function overtaken(rule: Rule, earlier: readonly Rule[]): string | null {
  const first = earlier.find(
    (other) => (other.then !== 'approve' || rule.then === 'approve') && matchesAllOf(other.when, rule.when),
  );
  return first === undefined ? null : `the rule ${first.name} before it matches all that it would`;
}

/** Does `wide` match whatever `narrow` matches? Condition by condition; false where that cannot be told. */
function matchesAllOf(wide: When, narrow: When): boolean {
  return (
    (wide.callers === undefined || covers(wide.callers, narrow.callers)) &&
    (wide.callees === undefined || covers(wide.callees, narrow.callees)) &&
    (wide.sameGroup === undefined || (narrow.sameGroup !== undefined && narrow.sameGroup >= wide.sameGroup)) &&
    (wide.crossRoot === undefined ||
      narrow.crossRoot === wide.crossRoot ||
      (!wide.crossRoot && narrow.sameGroup !== undefined)) &&
    (wide.seenWithin === undefined || (narrow.seenWithin !== undefined && narrow.seenWithin <= wide.seenWithin)) &&
    isPart(narrow.access, wide.access) &&
    isPart(narrow.callerVisibility, wide.callerVisibility)
  );
}

const isPart = (part: readonly string[] | undefined, whole: readonly string[] | undefined): boolean =>
  whole === undefined || (part?.every((word) => whole.includes(word)) ?? false);

/** Does a path pattern match whatever another one matches? */
function covers(wide: string, narrow: string | undefined): boolean {
  if (wide === '**') return true;
  if (narrow === undefined) return false;
  if (samePath(wide, narrow)) return true;
  if (!WILD.test(narrow)) return pathMatcher(wide)(narrow);
  const below = /^(.+)\/\*\*$/.exec(wide)?.[1];
  return below !== undefined && !WILD.test(below) && narrow.toLowerCase().startsWith(`${below.toLowerCase()}/`);
}
