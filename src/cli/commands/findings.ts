import type { Command } from 'commander';
import { wantsPerson, type DenialFinding } from '../../domain/watch/denial-finding.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import { printable } from '../../domain/redact.ts';
import { counted, isoTime } from '../../domain/values.ts';
import { RolloutError } from '../../domain/errors.ts';
import { confirm } from '../terminal/ask.ts';
import { globalsOf, type CliContext } from '../context.ts';
import { carryOut } from './orders.ts';
import type { Paint } from '../terminal/output.ts';
import { fitted } from '../terminal/wrap.ts';

/** `tidegate findings`: who was refused what, what to do about it, and what else a person should look at. */
export function registerFindings(program: Command, context: CliContext): void {
  const findings = program
    .command('findings')
    .description('refused accesses, one per edge, with what to do about each; and other things to look at')
    .option('--all', 'those that are settled or expected as well')
    .addHelpText('after', '\nExample:\n  $ tidegate findings --json | jq -r \'.denials[] | "\\(.caller) \\(.callee)"\'')
    .action(async ({ all = false }: { all?: boolean }, command: Command) => {
      const { openRollout } = await import('../session/session.ts');
      const { currentPlaybook } = await import('../playbook/file.ts');
      const { denialFindings } = await import('../../engine/watch/denials.ts');
      const { store, row, clock } = await openRollout(context, globalsOf(command), 'look');
      try {
        const { playbook } = currentPlaybook(context.cwd, row);
        const denials = await denialFindings(store, playbook, clock.now());
        const others = await store.findings();
        const shown = denials.filter((finding) => all || wantsPerson(finding));
        context.out.result(
          {
            schemaVersion: 1,
            counts: countDenials(denials),
            denials: shown.map(denialJson),
            others: others.map((finding) => ({ ...finding, at: isoTime(finding.at) })),
          },
          () => fitted(render(denials, shown, others, context.out.paint), context.out.textColumns),
        );
      } finally {
        store.close();
      }
    });
  registerSettle(findings, context);
}

/** What no log and no later run tells, a person may know: the order is recorded with its reason. */
function registerSettle(findings: Command, context: CliContext): void {
  findings
    .command('settle')
    .description('record that failed jobs without a readable log, or with an unclear one, were no refusals')
    .argument('<job...>', 'ids of the jobs, as `tidegate findings` names them')
    .requiredOption(
      '--reason <text>',
      'what they failed of, and who knows it; for the ledger, the verdict and the report',
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ tidegate findings settle 88123 --reason "disk full on runner 7, says team shop; run by hand since"',
    )
    .action(async (jobs: readonly string[], { reason }: { reason: string }, command: Command) => {
      const ids = jobs.map(jobId);
      if (reason.trim() === '') throw new RolloutError('USAGE', '--reason is empty', 'Say what the jobs failed of.');
      const done = `Settled: ${counted(ids.length, 'job')}. The next sweep judges without them; a wave that waits is \`tidegate approve\`d or \`tidegate resume\`d.`;
      await carryOut(context, command, done, async (order) => {
        const { settleFailures, whatToSettle } = await import('../../engine/watch/settle.ts');
        for (const { jobId: id, jobName, callerPath, reason: why } of await whatToSettle(order, ids))
          context.out.note(`${printable(callerPath)}, job ${id} "${printable(jobName)}": ${printable(why)}`);
        if (!(await confirm(context, globalsOf(command), 'Record that no access was refused there?'))) return false;
        await settleFailures(order, ids, reason);
        return true;
      });
    });
}

function jobId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RolloutError(
    'USAGE',
    `"${printable(text)}" is no id of a job`,
    'Give the number that `tidegate findings` shows.',
  );
}

/** How many findings are in each state. */
export function countDenials(denials: readonly DenialFinding[]): Readonly<Record<DenialFinding['state'], number>> {
  const count = (wanted: DenialFinding['state']): number => denials.filter(({ state }) => state === wanted).length;
  return { open: count('open'), resolved: count('resolved'), expected: count('expected') };
}

/** With paths for ids and moments as text. */
export function denialJson({ callerPath, calleePath, caller, callee, first, last, ...rest }: DenialFinding): object {
  return {
    ...{ caller: callerPath, callee: calleePath, callerId: caller, calleeId: callee },
    ...{ first: isoTime(first), last: isoTime(last) },
    ...rest,
  };
}

/** `2 open, 1 resolved, 3 expected`. */
export const denialCounts = ({ open, resolved, expected }: ReturnType<typeof countDenials>): string =>
  `${open} open, ${resolved} resolved, ${expected} expected`;

const STATES: Readonly<Record<DenialFinding['state'], 'red' | 'green' | 'dim'>> = {
  open: 'red',
  resolved: 'green',
  expected: 'dim',
};

/** One line for a screen of many. */
export function denialLine(finding: DenialFinding, paint: Paint): string {
  const { callerPath, calleePath, count, disposition, state } = finding;
  const waits = wantsPerson(finding);
  const what = paint(waits ? 'red' : STATES[state], waits ? disposition : state);
  const since = waits && finding.resolvedBy !== null ? `; ${printable(finding.resolvedBy)}, to be decided` : '';
  return `${what} ${printable(callerPath)} -> ${printable(calleePath ?? 'an unknown project')}: ${counted(count, 'job')}${since}`;
}

/** Everything that is known of one finding. */
export function denialLines(finding: DenialFinding, paint: Paint): readonly string[] {
  const { jobs, first, last, reason, quote, line, confidence, disproof, owners, suggestion, resolvedBy } = finding;
  const names = jobs.map(({ name, count, jobId }) => `"${name}" (${count}, latest ${jobId})`).join(', ');
  return [
    denialLine(finding, paint),
    `  ${isoTime(first)} to ${isoTime(last)}, ${printable(names)}`,
    `  why       ${printable(reason)} (confidence ${confidence.toFixed(2)})`,
    ...(quote === null ? [] : [`  line ${String(line ?? '').padEnd(5)}${printable(quote)}`]),
    ...(disproof === null ? [] : [`  unless    ${printable(disproof)}`]),
    ...(owners.length === 0 ? [] : [`  owners    ${printable(owners.map((name) => `@${name}`).join(', '))}`]),
    ...(resolvedBy === null ? [] : [`  resolved  ${printable(resolvedBy)}`]),
    ...(suggestion === null ? [] : [`  advice    ${suggestion.decision}: ${printable(suggestion.reason)}`]),
  ];
}

function render(
  denials: readonly DenialFinding[],
  shown: readonly DenialFinding[],
  others: readonly Finding[],
  paint: Paint,
): string {
  const more = shown.length < denials.length ? '; `tidegate findings --all` shows all of them' : '';
  const lines = [`${paint('bold', 'Refused accesses')}: ${denialCounts(countDenials(denials))}${more}`];
  for (const finding of shown) lines.push(...denialLines(finding, paint));
  if (shown.some(({ suggestion }) => suggestion !== null)) {
    lines.push(
      'Nothing of this advice is applied by itself: `tidegate edges approve` or `reject` CALLER CALLEE --reason TEXT',
    );
  }
  if (others.length > 0) {
    lines.push(paint('bold', 'Other findings'));
    lines.push(
      ...others.map(
        ({ at, kind, subject, text }) =>
          `${isoTime(at)} ${paint('yellow', kind)} ${printable(subject)}: ${printable(text)}`,
      ),
    );
  }
  return lines.join('\n');
}
