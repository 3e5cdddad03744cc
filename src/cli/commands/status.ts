import type { Command } from 'commander';
import { epochMs, isoTime } from '../../domain/values.ts';
import { printable } from '../../domain/redact.ts';
import type { Overview, WaveOverview } from '../../engine/overview.ts';
import { globalsOf, type CliContext } from '../context.ts';
import type { Paint } from '../output.ts';

const FINDINGS_SHOWN = 5;

/** `tidegate status`: where things stand, in one screen. */
export function registerStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('where the rollout stands, wave by wave, and what it waits for')
    .addHelpText('after', '\nExample:\n  $ tidegate status --json | jq .waves')
    .action(async (_: unknown, command: Command) => {
      const { openRollout } = await import('../session.ts');
      const { overview } = await import('../../engine/overview.ts');
      const session = await openRollout(context, globalsOf(command));
      try {
        const state = await overview(session.store);
        context.out.result({ schemaVersion: 1, ...readable(state) }, () => renderStatus(state, context.out.paint));
      } finally {
        session.store.close();
      }
    });
}

const time = (moment: number | null): string | null => (moment === null ? null : isoTime(epochMs(moment)));

/** Moments as text: the form that scripts can read. */
function readable(state: Overview): object {
  return {
    ...state,
    waves: state.waves.map((wave) => ({
      ...wave,
      startedAt: time(wave.startedAt),
      soakUntil: time(wave.soakUntil),
      endedAt: time(wave.endedAt),
    })),
    next: state.next && { ...state.next, notBefore: time(state.next.notBefore) },
    findings: state.findings.map((finding) => ({ ...finding, at: time(finding.at) })),
  };
}

export function renderStatus(state: Overview, paint: Paint): string {
  const { projects, edges } = state;
  const lines = [
    `${paint('bold', printable(state.gitlabUrl))}: ${state.paused ? paint('yellow', 'paused') : paint('cyan', state.phase)} (${state.state})`,
    `  projects  ${projects.enforced} of ${projects.inScope} enforced, ${projects.open} open, ${projects.unread} not read`,
    `  edges     ${edges.approved} approved, ${edges.rejected} rejected, ${edges.replaced} replaced, ${edges.undecided} undecided`,
  ];
  if (state.planHash !== null) lines.push(`  plan      ${state.planHash}`);
  lines.push(...state.waves.map((wave) => renderWave(wave, paint)));
  if (state.next) {
    const when = state.next.notBefore === null ? 'now' : `at ${isoTime(state.next.notBefore)}`;
    lines.push(`  next      ${state.next.task} ${when}`);
  }
  const recent = state.findings.slice(-FINDINGS_SHOWN);
  if (recent.length > 0) lines.push(`  findings  ${state.findings.length}, the latest:`);
  lines.push(
    ...recent.map(
      ({ kind, subject, text }) => `    ${paint('yellow', kind)} ${printable(subject)}: ${printable(text)}`,
    ),
  );
  return lines.join('\n');
}

function renderWave(wave: WaveOverview, paint: Paint): string {
  const tone = wave.state === 'passed' ? 'green' : wave.verdict === 'failed' ? 'red' : 'yellow';
  const soak = wave.state === 'soaking' && wave.soakUntil !== null ? ` until ${isoTime(epochMs(wave.soakUntil))}` : '';
  const failed = wave.failed > 0 ? `, ${wave.failed} failed to change` : '';
  return `  wave ${wave.number}    ${wave.kind}: ${paint(tone, wave.state)}${soak}, ${wave.enforced} of ${wave.callees} projects${failed}`;
}
