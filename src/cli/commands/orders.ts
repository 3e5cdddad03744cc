import type { Command } from 'commander';
import { printable } from '../../domain/redact.ts';
import { RolloutError } from '../../domain/errors.ts';
import type { Confirmation } from '../../engine/orders/approve.ts';
import type { OrderContext } from '../../engine/orders/order.ts';
import type { PlannedWave, PlannedCallee } from '../../domain/plan/plan.ts';
import { counted } from '../../domain/values.ts';
import { confirm } from '../terminal/ask.ts';
import { globalsOf, type CliContext } from '../context.ts';
import type { Paint } from '../terminal/output.ts';
import type { PlanReader } from '../../engine/planning/plan-reader.ts';
import { planText } from './plan/render.ts';

/** What the ledger says where a person gave no reason. */
export const DEFAULT_REASON = 'no reason given';

/** What every order takes. */
export interface OrderFlags {
  readonly reason: string;
}

/** The operator's hand: each shows what it is about to do and asks, or takes `--yes`. */
export function registerOrders(program: Command, context: CliContext): void {
  registerApprove(program, context);
  program
    .command('pause')
    .description('stop before the next write to GitLab, wherever the rollout stands')
    .option('--reason <text>', 'why, for the ledger', DEFAULT_REASON)
    .addHelpText('after', '\nExample:\n  $ tidegate pause --reason "incident 4711"')
    .action(async ({ reason }: OrderFlags, command: Command) => {
      await carryOut(context, command, 'Paused. Nothing more is written until `tidegate resume`.', async (order) => {
        const orders = await import('../../engine/orders/resume.ts');
        await orders.pause(order, reason);
        return true;
      });
    });
  program
    .command('resume')
    .description('go on after a pause, a failed wave or one that saw too little')
    .option('--project <path>', 'let this project be planned again, which `rollback --project` took back')
    .option('--reason <text>', 'why, for the ledger', DEFAULT_REASON)
    .addHelpText('after', '\nExample:\n  $ tidegate resume --reason "the missing edge is decided"')
    .action(async ({ reason, project }: OrderFlags & { project?: string }, command: Command) => {
      if (project !== undefined) {
        const done = `${printable(project)} is planned again: \`tidegate resume\` or \`tidegate tick\` goes on.`;
        await carryOut(context, command, done, async (order) => {
          const orders = await import('../../engine/orders/resume.ts');
          await orders.resumeProject(order, project, reason);
          return true;
        });
        return;
      }
      await carryOut(context, command, 'Resumed. `tidegate tick` goes on.', async (order) => {
        const orders = await import('../../engine/orders/resume.ts');
        const what = await orders.whatToResume(order);
        if (!(await confirm(context, globalsOf(command), `This will ${what}. Go on?`))) return false;
        await orders.resume(order, reason);
        return true;
      });
    });
  registerAbort(program, context);
}

const APPROVED = { plan: 'Plan', widening: 'Widening', wave: 'Wave' } satisfies Record<Confirmation['kind'], string>;

function registerApprove(program: Command, context: CliContext): void {
  program
    .command('approve')
    .description('confirm what the rollout waits for: a plan, a widening, a wave')
    .argument('[hash]', 'hash of the plan you looked at: refused when it is another one by now')
    .option('--reason <text>', 'why, for the ledger', DEFAULT_REASON)
    .addHelpText(
      'after',
      '\nExample:\n  $ tidegate approve 3f9c0a12b4d5e6f7 --reason "reviewed with the platform team"',
    )
    .action(async (hash: string | undefined, { reason }: OrderFlags, command: Command) => {
      const { openRollout } = await import('../session/session.ts');
      const orders = await import('../../engine/orders/approve.ts');
      const session = await openRollout(context, globalsOf(command));
      try {
        const shown = await orders.whatToApprove(session);
        const current = shown.kind === 'wave' ? shown.wave.planHash : shown.plan.head.hash;
        if (hash !== undefined && hash !== current) {
          throw new RolloutError(
            'ORDER_REFUSED',
            `plan ${printable(hash)} is not the current one, which is ${current}`,
            'Look at it with `tidegate plan show`.',
          );
        }
        const wave = shown.kind === 'wave' ? await session.store.planWave(current, shown.wave.number) : null;
        context.out.note(await describeConfirmation(shown, wave, context.out.paint));
        if (!(await confirm(context, globalsOf(command), 'Approve this?'))) {
          context.out.result({ schemaVersion: 1, approved: null, plan: current }, () => 'Nothing was changed.');
          return;
        }
        await orders.approve(session, shown, reason);
        context.out.result(
          { schemaVersion: 1, approved: shown.kind, plan: current },
          () => `${APPROVED[shown.kind]} approved. \`tidegate tick\` goes on.`,
        );
      } finally {
        session.store.close();
      }
    });
}

async function describeConfirmation(shown: Confirmation, wave: PlannedWave | null, paint: Paint): Promise<string> {
  switch (shown.kind) {
    case 'plan':
      return planInShort(shown.plan, paint);
    case 'widening':
      return [
        'These group entries let in more than was observed, and every project created below them later:',
        ...shown.entries.map(
          ({ callee, entry, signedFor }) =>
            `  ${printable(callee.path)} <- group ${printable(entry.path)}: ${entry.callers.length} observed callers, ${entry.widening} other projects today${signedFor === null ? '' : ` (signed for ${signedFor}, now ${entry.widening})`}`,
        ),
      ].join('\n');
    case 'wave':
      return shown.accept
        ? `Wave ${shown.wave.number} is inconclusive: "tidegate status" says why. Approving accepts it as it is.`
        : [`Wave ${shown.wave.number} of plan ${shown.wave.planHash} is next:`, ...waveLines(wave)].join('\n');
  }
}

/** The plan without what only `--all` shows. */
async function planInShort(plan: PlanReader, paint: Paint): Promise<string> {
  const { digestPlan } = await import('../../engine/planning/plan-reader.ts');
  const digests = await digestPlan(plan);
  const pieces: string[] = [];
  for await (const piece of planText({ plan, digests, ahead: null, everything: false, paint })) pieces.push(piece);
  return pieces.join('').trimEnd();
}

/** How much of GitLab the wave changes. */
function waveLines(wave: PlannedWave | null): readonly string[] {
  if (!wave) return [];
  if (wave.instanceSwitch) return ['  it sets the switch of the whole instance'];
  const count = (many: (callee: PlannedCallee) => number): number =>
    wave.callees.reduce((sum, callee) => sum + many(callee), 0);
  const added = counted(
    count(({ add }) => add.length),
    'entry',
    'entries',
  );
  const removed = count(({ remove }) => remove.length);
  const narrowed = count(({ narrow }) => narrow.length);
  const enforced = count(({ enforce }) => (enforce ? 1 : 0));
  const changes = [
    `${added} added`,
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(narrowed > 0 ? [`${narrowed} narrowed`] : []),
    ...(enforced > 0 ? [`then ${enforced} enforced`] : []),
  ];
  return [
    `  ${counted(wave.callees.length, 'project')}: ${changes.join(', ')}; \`tidegate plan show --all\` names them`,
  ];
}

function registerAbort(program: Command, context: CliContext): void {
  program
    .command('abort')
    .description('end the rollout; leaves what was done, or takes everything back with --reopen')
    .option('--reopen', 'take back every wave, the latest first, with the next tick')
    .option('--now', 'do not ask: a running driver sends no further write from this moment on')
    .option('--reason <text>', 'why, for the ledger', DEFAULT_REASON)
    .addHelpText('after', '\nExample:\n  $ tidegate abort --now --reopen --reason "wrong instance"')
    .action(async (flags: OrderFlags & { reopen?: boolean; now?: boolean }, command: Command) => {
      const reopen = flags.reopen === true;
      const done = reopen
        ? 'Aborted. `tidegate tick` takes back every wave.'
        : 'Aborted. What was done stays as it is.';
      await carryOut(context, command, done, async (order) => {
        const orders = await import('../../engine/orders/rollback.ts');
        const question = reopen
          ? 'This ends the rollout and takes back every wave. Go on?'
          : 'This ends the rollout. Go on?';
        if (flags.now !== true && !(await confirm(context, globalsOf(command), question))) return false;
        await orders.abort(order, reopen, flags.reason);
        return true;
      });
    });
}

/** Opens the rollout, lets an order be given, and says what it set going. */
export async function carryOut(
  context: CliContext,
  command: Command,
  done: string,
  work: (order: OrderContext) => Promise<boolean>,
): Promise<void> {
  const { openRollout } = await import('../session/session.ts');
  const session = await openRollout(context, globalsOf(command));
  try {
    const happened = await work(session);
    context.out.result({ schemaVersion: 1, done: happened }, () => (happened ? done : 'Nothing was changed.'));
  } finally {
    session.store.close();
  }
}
