import { waysOut } from '../../../domain/decisions/alternatives.ts';
import { GAP_TITLES } from '../../../domain/edges/gap.ts';
import type { WaveOutlook } from '../../../domain/plan/outlook.ts';
import type { Plan, PlannedCallee, PlannedWave } from '../../../domain/plan/plan.ts';
import type { EntryPermissions } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import { riskText, type Risk } from '../../../domain/decisions/risk.ts';
import { LOG_BLIND_SPOTS } from '../../../domain/access/shadow.ts';
import { counted, isoTime } from '../../../domain/values.ts';
import type { LookAhead } from '../../../engine/planning/look-ahead.ts';
import type { Paint } from '../../terminal/output.ts';

const SHOWN = 8;

/** A plan as a person wants to see it before approving: what changes per wave, what widens, what is left out. */
export function renderPlan(plan: Plan, paint: Paint, everything = false, ahead: LookAhead | null = null): string {
  const lines = [
    paint('bold', `Plan ${plan.hash}`),
    ...plan.waves.flatMap((wave) => renderWave(wave, paint, everything, ahead)),
  ];
  if (plan.held.length > 0) {
    lines.push(paint('yellow', `  held back: ${counted(plan.held.length, 'project')}`));
    const shown = everything ? plan.held : plan.held.slice(0, SHOWN);
    lines.push(...shown.map(({ path, reason, detail }) => `    ${printable(path)}: ${reason}, ${printable(detail)}`));
    if (shown.length < plan.held.length)
      lines.push(`    and ${plan.held.length - shown.length} more (tidegate plan show --all)`);
  }
  lines.push(`  widening: ${counted(plan.widening, 'project')} beyond those observed`, ...alternatives(plan));
  if (plan.noSwitchBecause !== null) lines.push(`  the switch of the instance stays: ${plan.noSwitchBecause}`);
  lines.push(
    `  about ${counted(plan.requests, 'request')} to GitLab`,
    ...(ahead ? unseenLines(ahead, everything) : []),
  );
  return lines.join('\n');
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
function alternatives({ waves }: Plan): readonly string[] {
  const crowded = waves.flatMap(({ callees }) => callees.filter(({ add }) => add.some(({ widening }) => widening > 0)));
  return crowded.slice(0, SHOWN).flatMap(({ path, approvedCallers, add }) => {
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
  { id, path, add, remove, narrow, risk, why, placed }: PlannedCallee,
  ahead: LookAhead | null,
): readonly string[] {
  const risks = ahead?.entryRisks(id) ?? [];
  const unseen = ahead?.unseen.of(id) ?? [];
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

function renderWave(wave: PlannedWave, paint: Paint, everything: boolean, ahead: LookAhead | null): readonly string[] {
  const outlook = ahead?.waves.find(({ number }) => number === wave.number);
  const coming = outlook ? outlookLines(outlook) : [];
  if (wave.instanceSwitch)
    return [`  ${paint('bold', `wave ${wave.number}`)} (organisation): the switch of the whole instance`, ...coming];
  const entries = wave.callees.reduce((sum, { add }) => sum + add.length, 0);
  const callers = wave.callees.reduce((sum, { approvedCallers }) => sum + approvedCallers, 0);
  const goes = (of: (callee: PlannedCallee) => readonly unknown[]): number =>
    wave.callees.reduce((sum, callee) => sum + of(callee).length, 0);
  const [removed, narrowed] = [goes(({ remove }) => remove), goes(({ narrow }) => narrow)];
  const less = `${removed > 0 ? `, ${removed} to remove` : ''}${narrowed > 0 ? `, ${narrowed} to narrow` : ''}`;
  const head = `  ${paint('bold', `wave ${wave.number}`)} (${wave.kind}): ${counted(wave.callees.length, 'project')}, ${counted(entries, 'entry', 'entries')}${less}, ${counted(callers, 'caller')}`;
  const groups = wave.callees.flatMap(({ path, add }) =>
    add.filter(({ kind }) => kind === 'group').map((entry) => ({ path, entry })),
  );
  const widened = groups.map(
    ({ path, entry }) => `    ${printable(path)} <- group ${printable(entry.path)}, widening ${entry.widening}`,
  );
  if (!everything) return [head, ...coming, ...widened.slice(0, SHOWN)];
  const rows = wave.callees.flatMap((callee) => calleeLines(callee, ahead));
  return [head, ...coming, ...rows, ...widened];
}
