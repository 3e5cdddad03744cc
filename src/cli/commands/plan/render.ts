import { waysOut } from '../../../domain/decisions/alternatives.ts';
import { GAP_TITLES } from '../../../domain/edges/gap.ts';
import type { WaveOutlook } from '../../../domain/plan/outlook.ts';
import type { HeldCallee, PlannedCallee, PlannedEntry } from '../../../domain/plan/plan.ts';
import type { EntryPermissions } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import { riskText, type Risk } from '../../../domain/decisions/risk.ts';
import { LOG_BLIND_SPOTS } from '../../../domain/access/shadow.ts';
import { counted, isoTime } from '../../../domain/values.ts';
import type { CalleeDetails, LookAhead } from '../../../engine/planning/look-ahead.ts';
import { pagesOf, type PlanReader } from '../../../engine/planning/plan-reader.ts';
import { NAMED, type WaveDigest } from '../../../domain/plan/wave-digest.ts';
import type { Paint } from '../../terminal/output.ts';

/** What of a plan is to be shown, and how. */
export interface PlanView {
  readonly plan: PlanReader;
  /** What each of its waves comes to. */
  readonly digests: readonly WaveDigest[];
  /** Null where only the plan itself is shown. */
  readonly ahead: LookAhead | null;
  /** Every project and entry. */
  readonly everything: boolean;
  readonly paint: Paint;
}

/** A plan as a person wants to see it before approving, line by line: what changes per wave, what widens, what is left out. */
export async function* planText(view: PlanView): AsyncGenerator<string> {
  const { plan, digests, ahead, everything, paint } = view;
  const { hash, widening, noSwitchBecause, requests } = plan.head;
  yield `${paint('bold', `Plan ${hash}`)}\n`;
  for (const digest of digests) yield* waveText(digest, view);
  const held = await plan.held();
  yield* lines(heldLines(held, everything, paint));
  yield* lines([`  widening: ${counted(widening, 'project')} beyond those observed`, ...alternatives(digests)]);
  if (noSwitchBecause !== null) yield `  the switch of the instance stays: ${noSwitchBecause}\n`;
  yield `  about ${counted(requests, 'request')} to GitLab\n`;
  if (ahead) yield* lines(unseenLines(ahead, everything));
}

const lines = (texts: readonly string[]): readonly string[] => texts.map((text) => `${text}\n`);

function heldLines(held: readonly HeldCallee[], everything: boolean, paint: Paint): readonly string[] {
  if (held.length === 0) return [];
  const shown = everything ? held : held.slice(0, NAMED);
  const more = held.length - shown.length;
  return [
    paint('yellow', `  held back: ${counted(held.length, 'project')}`),
    ...shown.map(({ path, reason, detail }) => `    ${printable(path)}: ${reason}, ${printable(detail)}`),
    ...(more > 0 ? [`    and ${more} more (tidegate plan show --all)`] : []),
  ];
}

/** What the evidence could not see, so that nobody approves a plan as if it had seen all (promise 7). */
function unseenLines({ unseen: { overall, counts } }: LookAhead, everything: boolean): readonly string[] {
  const named = everything ? '' : ' (named by tidegate plan show --all)';
  return [
    '  not seen by the evidence:',
    ...overall.map((text) => `    ${text}`),
    ...(counts.length > 0 ? [`    of projects in the waves to come${named}:`] : []),
    ...counts.map(({ kind, callees }) => `      ${callees}: ${GAP_TITLES[kind]}`),
    `    ${LOG_BLIND_SPOTS}`,
  ];
}

/** Where a plan widens, what a person could do instead before signing it off. */
function alternatives(digests: readonly WaveDigest[]): readonly string[] {
  const crowded = digests.flatMap(({ widened }) => widened);
  return crowded.slice(0, NAMED).flatMap(({ path, approvedCallers, add }) => {
    const groups = add.filter(({ kind }) => kind === 'group');
    const ways = waysOut({ callee: path, callers: approvedCallers, groups });
    return [
      `    instead of widening ${printable(path)}:`,
      ...ways.map(({ name, steps }) => `      ${name}: ${printable(steps.join(' '))}`),
    ];
  });
}

function outlookLines(outlook: WaveOutlook): readonly string[] {
  const { callersExposed, unproven, jobsPerWeek, requests, startsAt, endsAt, riskiest } = outlook;
  const risky = riskiest.filter(({ risk }) => risk > 0).map(({ path, risk }) => `${printable(path)} (${risk})`);
  return [
    `    ${counted(callersExposed, 'caller')} exposed, at least ${counted(jobsPerWeek, 'job')} a week, ${counted(unproven, 'edge')} unproven, ${counted(requests, 'request')}`,
    `    ${isoTime(startsAt).slice(0, 10)} to ${isoTime(endsAt).slice(0, 10)} at the earliest`,
    ...(risky.length > 0 ? [`    riskiest: ${risky.join(', ')}`] : []),
  ];
}

function calleeLines(
  { path, add, remove, narrow, risk, why, placed }: PlannedCallee,
  { risks, unseen }: CalleeDetails,
): readonly string[] {
  return [
    `    ${printable(path)}: ${counted(add.length, 'entry', 'entries')}, risk ${risk}, ${printable(why)}`,
    ...(placed === '' ? [] : [`      here: ${printable(placed)}`]),
    ...add.map(
      (entry, index) => `      + ${entry.kind} ${printable(entry.path)}${grantWords(entry)}${riskWords(risks[index])}`,
    ),
    ...remove.map(
      ({ kind, path: target, why: reason }) => `      - ${kind} ${printable(target)}: ${printable(reason)}`,
    ),
    ...narrow.map((entry) => `      ~ ${entry.kind} ${printable(entry.path)} to ${entry.policies.join(', ')}`),
    ...unseen.map((text) => `      not seen: ${printable(text)}`),
  ];
}

/** What an entry grants where that is less than everything a job token may do. */
const grantWords = ({ defaultPermissions, policies }: EntryPermissions): string =>
  defaultPermissions ? '' : ` with ${printable(policies.join(', ')) || 'no permission'} alone`;

function riskWords(risk: Risk | undefined): string {
  if (!risk) return '';
  return `, risk ${risk.score}${risk.reasons.length === 0 ? '' : `: ${printable(riskText(risk))}`}`;
}

async function* waveText(digest: WaveDigest, { plan, ahead, everything, paint }: PlanView): AsyncGenerator<string> {
  const { number, kind, instanceSwitch, groups } = digest;
  const outlook = ahead?.waves.find((wave) => wave.number === number);
  const coming = outlook ? outlookLines(outlook) : [];
  if (instanceSwitch) {
    const name = paint('bold', `wave ${number}`);
    yield* lines([`  ${name} (organisation): the switch of the whole instance`, ...coming]);
    return;
  }
  yield* lines([`  ${paint('bold', `wave ${number}`)} (${kind}): ${changesText(digest)}`, ...coming]);
  if (!everything) {
    yield* lines(groups.map(({ callee, entry }) => groupLine(callee, entry)));
    return;
  }
  const widened: string[] = [];
  for await (const page of pagesOf(plan, number)) {
    const details = outlook && ahead ? await ahead.detailsOf(page) : null;
    for (const callee of page) {
      yield* lines(calleeLines(callee, details?.get(callee.id) ?? { risks: [], unseen: [] }));
      const added = callee.add.filter((entry) => entry.kind === 'group');
      widened.push(...added.map((entry) => groupLine(callee.path, entry)));
    }
  }
  yield* lines(widened);
}

const groupLine = (callee: string, { path, widening }: PlannedEntry): string =>
  `    ${printable(callee)} <- group ${printable(path)}, widening ${widening}`;

function changesText({ callees, added, removed, narrowed, callers }: WaveDigest): string {
  const less = `${removed > 0 ? `, ${removed} to remove` : ''}${narrowed > 0 ? `, ${narrowed} to narrow` : ''}`;
  return `${counted(callees, 'project')}, ${counted(added, 'entry', 'entries')}${less}, ${counted(callers, 'caller')}`;
}
