import type { Plan, PlannedWave } from '../domain/plan.ts';
import { printable } from '../domain/redact.ts';
import type { Paint } from './output.ts';

const SHOWN = 8;

/** A plan as a person wants to see it before approving: what changes per wave, what widens, what is left out. */
export function renderPlan(plan: Plan, paint: Paint, everything = false): string {
  const lines = [
    paint('bold', `Plan ${plan.hash}`),
    ...plan.waves.flatMap((wave) => renderWave(wave, paint, everything)),
  ];
  if (plan.held.length > 0) {
    lines.push(paint('yellow', `  held back: ${plan.held.length} projects`));
    const shown = everything ? plan.held : plan.held.slice(0, SHOWN);
    lines.push(...shown.map(({ path, reason, detail }) => `    ${printable(path)}: ${reason}, ${printable(detail)}`));
    if (shown.length < plan.held.length)
      lines.push(`    and ${plan.held.length - shown.length} more (tidegate plan show --all)`);
  }
  lines.push(`  widening: ${plan.widening} projects beyond those observed`);
  if (plan.noSwitchBecause !== null) lines.push(`  the switch of the instance stays: ${plan.noSwitchBecause}`);
  lines.push(`  about ${plan.requests} requests to GitLab`);
  return lines.join('\n');
}

function renderWave(wave: PlannedWave, paint: Paint, everything: boolean): readonly string[] {
  if (wave.instanceSwitch)
    return [`  ${paint('bold', `wave ${wave.number}`)} (organisation): the switch of the whole instance`];
  const entries = wave.callees.reduce((sum, { add }) => sum + add.length, 0);
  const callers = wave.callees.reduce((sum, { approvedCallers }) => sum + approvedCallers, 0);
  const head = `  ${paint('bold', `wave ${wave.number}`)} (${wave.kind}): ${wave.callees.length} projects, ${entries} entries, ${callers} callers`;
  const groups = wave.callees.flatMap(({ path, add }) =>
    add.filter(({ kind }) => kind === 'group').map((entry) => ({ path, entry })),
  );
  const widened = groups.map(
    ({ path, entry }) => `    ${printable(path)} <- group ${printable(entry.path)}, widening ${entry.widening}`,
  );
  if (!everything) return [head, ...widened.slice(0, SHOWN)];
  const rows = wave.callees.map(
    ({ path, add, why }) => `    ${printable(path)}: ${add.length} entries, ${printable(why)}`,
  );
  return [head, ...rows, ...widened];
}
