import type { Command } from 'commander';
import { counted, epochMs, isoTime, spoken, type EpochMs } from '../../domain/values.ts';
import { printable } from '../../domain/redact.ts';
import { nextStep } from '../../engine/record/next-step.ts';
import type { Overview, WaveOverview } from '../../engine/record/overview.ts';
import { wantsPerson, type DenialFinding } from '../../domain/watch/denial-finding.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../context.ts';
import type { Paint } from '../terminal/output.ts';
import { fitted } from '../terminal/wrap.ts';
import { countDenials, denialCounts, denialJson, denialLine } from './findings.ts';

const FINDINGS_SHOWN = 5;
/** Where the second column begins. */
const COLUMN = 12;

/** `tidegate status`: where things stand, in one screen. */
export function registerStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('where the rollout stands, wave by wave, and what it waits for')
    .addHelpText('after', '\nExample:\n  $ tidegate status --json | jq .waves')
    .action(async (_: unknown, command: Command) => {
      const [{ databaseFile }, { readOverview }, { overview }] = await Promise.all([
        import('../session/session.ts'),
        import('../../adapters/sqlite/record/overview.ts'),
        import('../../engine/record/overview.ts'),
      ]);
      const file = databaseFile(context, globalsOf(command), 'look');
      const rows = await readOverview(file, epochMs(Date.now()));
      const state = overview(rows);
      // Working them out loads more than the rest of the screen together, and mostly there are none.
      const denials = rows.refusals ? await readDenials(context, globalsOf(command)) : [];
      context.out.result({ schemaVersion: 1, ...readable(state), denials: openDenials(denials) }, () =>
        fitted(renderStatus(state, context.out.paint, denials), context.out.textColumns),
      );
    });
}

async function readDenials(context: CliContext, globals: GlobalOptions): Promise<readonly DenialFinding[]> {
  const [{ openRollout }, { currentPlaybook }, { denialFindings }] = await Promise.all([
    import('../session/session.ts'),
    import('../playbook/file.ts'),
    import('../../engine/watch/denials.ts'),
  ]);
  const { store, row, clock } = await openRollout(context, globals, 'look');
  try {
    return await denialFindings(store, currentPlaybook(context.cwd, row).playbook, clock.now());
  } finally {
    store.close();
  }
}

const openDenials = (denials: readonly DenialFinding[]): object => ({
  counts: countDenials(denials),
  open: denials.filter(({ state }) => state === 'open').map(denialJson),
  undecided: denials.filter((finding) => finding.state === 'resolved' && wantsPerson(finding)).map(denialJson),
});

const time = (moment: number | null): string | null => (moment === null ? null : isoTime(epochMs(moment)));

/** Moments as text: the form that scripts can read. */
function readable(state: Overview): object {
  return {
    ...state,
    observeUntil: time(state.observeUntil),
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

/** The whole state on one screen. */
export function renderStatus(state: Overview, paint: Paint, denials: readonly DenialFinding[] = []): string {
  const { projects, edges } = state;
  const lines = [
    `${paint('bold', printable(state.gitlabUrl))}: ${paint('cyan', standing(state))}${state.paused ? `, ${paint('yellow', 'paused')}` : ''}`,
    `  projects  ${projects.enforced} of ${projects.inScope} enforced, ${projects.open} open, ${projects.unread} not read`,
    `  edges     ${edges.approved} approved, ${edges.rejected} rejected, ${edges.replaced} replaced, ${edges.undecided} undecided${state.edgesOutside > 0 ? `; ${state.edgesOutside} of callees outside of the scope` : ''}`,
  ];
  if (state.expired > 0) {
    const words = `${counted(state.expired, 'approval')} past the date or in question, to be decided anew`;
    lines.push(`  expired   ${paint('yellow', words)}: \`tidegate edges list --state undecided\``);
  }
  if (state.planHash !== null) lines.push(`  plan      ${state.planHash}`);
  lines.push(...state.waves.map((wave, index) => renderWave(wave, index === state.waves.length - 1, paint)));
  if (state.observeUntil !== null) lines.push(`  observes  until ${isoTime(wholeSecond(state.observeUntil))}`);
  const next = nextLine(state);
  if (next !== null) lines.push(`  next      ${next}`);
  if (state.held.length > 0) lines.push(...renderHeld(state.held));
  if (denials.length > 0) lines.push(...renderDenials(denials, paint));
  const recent = state.findings.slice(-FINDINGS_SHOWN);
  if (recent.length > 0) lines.push(`  findings  ${state.findings.length}, the latest:`);
  lines.push(
    ...recent.map(
      ({ kind, subject, text }) => `    ${paint('yellow', kind)} ${printable(subject)}: ${printable(text)}`,
    ),
  );
  return lines.join('\n');
}

/** The phase, with the wave that it is about; what it waits for stands under `next`. */
function standing({ phase, state, waves }: Overview): string {
  const wave = waves.at(-1);
  return wave && state === 'rolling' ? `${phase}, wave ${wave.number} ${spoken(wave.state)}` : phase;
}

function renderHeld(held: Overview['held']): readonly string[] {
  const more = held.length - FINDINGS_SHOWN;
  return [
    `  held      ${counted(held.length, 'project')} taken back or opened again by a person; \`tidegate resume --project PATH\` lets one be planned again`,
    ...held.slice(0, FINDINGS_SHOWN).map(({ path, hold }) => `    ${printable(path)}: ${printable(hold)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function renderDenials(denials: readonly DenialFinding[], paint: Paint): readonly string[] {
  const open = denials.filter(wantsPerson);
  const more = open.length - FINDINGS_SHOWN;
  return [
    `  denials   ${denialCounts(countDenials(denials))}; \`tidegate findings\` tells more`,
    ...open.slice(0, FINDINGS_SHOWN).map((finding) => `    ${denialLine(finding, paint)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function nextLine(state: Overview): string | null {
  const step = nextStep(state);
  if (step === null || state.paused) return step && step.how;
  if (step.person) return `${step.what}\n            ${step.how}`;
  const when = step.notBefore === null ? `with the next ${step.how}` : `at ${isoTime(wholeSecond(step.notBefore))}`;
  return `${step.what}, ${when}`;
}

/** As `tick` tells it: whole seconds, never too early. */
const wholeSecond = (moment: number): EpochMs => epochMs(Math.ceil(moment / 1_000) * 1_000);

function renderWave(wave: WaveOverview, isLast: boolean, paint: Paint): string {
  const tone = wave.state === 'passed' ? 'green' : wave.verdict === 'failed' ? 'red' : 'yellow';
  const soak =
    wave.state === 'soaking' && wave.soakUntil !== null ? ` until ${isoTime(wholeSecond(wave.soakUntil))}` : '';
  const kind = wave.kind === 'wave' ? '' : `${wave.kind}: `;
  const failed = wave.failed > 0 ? `, ${wave.failed} failed to change` : '';
  return [
    `${`  wave ${wave.number}`.padEnd(COLUMN)}${kind}${paint(tone, spoken(wave.state))}${soak}, ${changedText(wave)}${failed}`,
    ...renderJudged(wave, isLast),
  ].join('\n');
}

/** How much of GitLab a wave has changed: it may have enforced lists, or changed those that were enforced already. */
function changedText({ callees, enforced, state }: WaveOverview): string {
  if (callees === 0) return 'the switch of the instance';
  if (state === 'rolledBack' && enforced === 0) return `${counted(callees, 'project')} as before it`;
  return `${enforced} of ${counted(callees, 'project')} changed`;
}

/** The numbers behind a verdict, or behind its being open. Of waves that were taken back, the last one's matter, where they are why. */
function renderJudged({ judged, state }: WaveOverview, isLast: boolean): readonly string[] {
  if (judged === null) return [];
  const { seen, verdict, reasons } = judged;
  if (state === 'rolledBack' && (!isLast || verdict === 'passed')) return [];
  const because = verdict === 'pending' ? [] : [`            ${verdict}: ${printable(reasons.join('; '))}`];
  // The reasons of a wave that passed are these numbers.
  if (verdict === 'passed') return [`            ${printable(reasons.join('; '))}`];
  const numbers = [
    counted(seen.jobs, 'job'),
    // The logs of the callees are read anew at the end of the soak: none until then is no news.
    ...(seen.exercisedEdges === 0 && !seen.complete
      ? []
      : [`${seen.exercisedEdges} of ${seen.approvedEdges} edges used again`]),
    counted(seen.approvedDenials + seen.undecidedDenials, 'denial'),
    `${seen.expectedDenials} expected`,
    counted(seen.newFailures, 'new failure'),
    ...(seen.unclear + seen.unreadLogs > 0 ? [`${seen.unclear + seen.unreadLogs} unclear`] : []),
    ...(seen.unread > 0 ? [`${seen.unread} unread`] : []),
  ];
  return [`            ${numbers.join(', ')}`, ...because];
}
