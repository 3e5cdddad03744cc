import type { Command } from 'commander';
import { RolloutError } from '../../../domain/errors.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import type { Playbook } from '../../../domain/playbook.ts';
import { printable } from '../../../domain/redact.ts';
import { counted, type EpochMs } from '../../../domain/values.ts';
import type { LookAhead } from '../../../engine/planning/look-ahead.ts';
import type { PlanReader } from '../../../engine/planning/plan-reader.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../../context.ts';
import { currentPlaybook } from '../../playbook/file.ts';
import { inPieces, jsonText, mapped } from '../../terminal/stream.ts';
import { breakLines } from '../../terminal/wrap.ts';
import { planJson } from './data.ts';
import { planText } from './render.ts';
import type { Session } from '../../session/session.ts';

/** `tidegate plan`: what would change, computed now; `plan show` and `plan diff` for the stored ones. */
export function registerPlan(program: Command, context: CliContext): void {
  const plan = program
    .command('plan')
    .description('compute, show and store the plan; `plan show` the current one, `plan diff` two of them')
    .option('--all', 'every project and entry')
    .addHelpText('after', '\nExample:\n  $ tidegate plan --all\n  $ tidegate plan diff 3f9c0a12b4d5e6f7')
    .action(async (flags: { all?: boolean }, command: Command) => {
      await compute(context, globalsOf(command), flags.all === true);
    });
  plan
    .command('show')
    .description('the plan that is carried out, or waits for approval')
    .argument('[hash]', 'an earlier plan (default: the current one)')
    .option('--all', 'every project and entry')
    .addHelpText('after', '\nExample:\n  $ tidegate plan show --all')
    .action(async (hash: string | undefined, _: unknown, command: Command) => {
      const all = command.optsWithGlobals<{ all?: boolean }>().all === true;
      await withPlans(context, globalsOf(command), async (find, { store, clock, row }) => {
        const { lookAhead } = await import('../../../engine/planning/look-ahead.ts');
        const shown = await find(hash ?? null);
        const ahead = await lookAhead(store, currentPlaybook(context.cwd, row).playbook, shown, clock.now());
        await show(context, shown, ahead, all);
      });
    });
  plan
    .command('diff')
    .description('what differs between an earlier plan and the current one')
    .argument('[hash]', 'the earlier plan (default: the one before the later)')
    .argument('[other]', 'the later plan (default: the current one)')
    .addHelpText('after', '\nExample:\n  $ tidegate plan diff 3f9c0a12b4d5e6f7')
    .action(async (hash: string | undefined, other: string | undefined, _: unknown, command: Command) => {
      const { planDifferences } = await import('../../../engine/planning/plan-compare.ts');
      await withPlans(context, globalsOf(command), async (find, { store }) => {
        const later = await find(other ?? null);
        const earlier = await find(hash ?? (await planBefore(store, later.head.hash)));
        const differences = planDifferences(earlier, later);
        const { out } = context;
        await out.pieces(inPieces(out.json ? jsonText({ differences }) : differenceText(differences)));
      });
    });
}

/** @throws RolloutError `USAGE` when it is the first one */
async function planBefore(store: RolloutStore, hash: string): Promise<string> {
  const plans = [...(await store.plans())].sort((a, b) => a.createdAt - b.createdAt);
  const at = plans.findIndex((plan) => plan.hash === hash);
  const before = plans[at - 1];
  if (before) return before.hash;
  throw new RolloutError('USAGE', `no plan was made before ${printable(hash)}`, 'See it with `tidegate plan show`.');
}

async function* differenceText(differences: AsyncIterable<string>): AsyncGenerator<string> {
  let same = true;
  for await (const difference of differences) {
    same = false;
    yield `${printable(difference)}\n`;
  }
  if (same) yield 'The plans are the same.\n';
}

async function show({ out }: CliContext, plan: PlanReader, ahead: LookAhead, all: boolean): Promise<void> {
  const text = out.json
    ? await planJson(plan, ahead, all)
    : mapped(planText({ plan, digests: ahead.digests, ahead, everything: all, paint: out.paint }), (line) =>
        breakLines(line, out.textColumns),
      );
  await out.pieces(inPieces(text));
}

type FindPlan = (hash: string | null) => Promise<PlanReader>;

async function withPlans(
  context: CliContext,
  globals: GlobalOptions,
  work: (find: FindPlan, session: Session) => Promise<void>,
): Promise<void> {
  const { openRollout } = await import('../../session/session.ts');
  const { storedPlan } = await import('../../../engine/planning/plan-reader.ts');
  const { rolloutState } = await import('../../../engine/drive/decide.ts');
  const session = await openRollout(context, globals, 'look');
  const { store, row } = session;
  try {
    await work(async (hash) => {
      const wanted = hash ?? rolloutState(row.checkpoint).context.planHash;
      const plan = wanted === null ? null : await storedPlan(store, wanted);
      if (plan) return plan;
      throw new RolloutError(
        'USAGE',
        wanted === null ? 'there is no plan yet' : `there is no plan ${printable(wanted)}`,
        'Run `tidegate tick`, or `tidegate plan` for a preview.',
      );
    }, session);
  } finally {
    store.close();
  }
}

async function compute(context: CliContext, globals: GlobalOptions, all: boolean): Promise<void> {
  const { openDriver } = await import('../../session/session.ts');
  const { lookAhead } = await import('../../../engine/planning/look-ahead.ts');
  const { planAtHand } = await import('../../../engine/planning/plan-reader.ts');
  const { computePlan } = await import('../../../engine/planning/planning.ts');
  const { rolloutState } = await import('../../../engine/drive/decide.ts');
  const driver = await openDriver(context, globals);
  try {
    const { engine } = driver;
    const identity = await engine.forge.identity();
    await engine.store.saveServer(await engine.forge.capabilities(), identity);
    if ((await engine.store.inventories()).count === 0) {
      throw new RolloutError('ORDER_REFUSED', 'there is no inventory yet', 'Run `tidegate inventory` first.');
    }
    const { planHash } = rolloutState((await engine.store.rollout()).checkpoint).context;
    const { plan, fresh, expired } = await computePlan(engine, planHash);
    if (fresh) await engine.store.savePlan(plan);
    await warnOfRules(context, engine.playbook);
    await warnOfPilots(context, engine.playbook, engine.store);
    warnOfExpired(context, expired);
    await warnOfFreeze(context, engine.playbook, plan, engine.clock.now());
    const shown = planAtHand(plan);
    await show(context, shown, await lookAhead(engine.store, engine.playbook, shown, engine.clock.now()), all);
  } finally {
    await driver.close();
  }
}

async function warnOfRules({ out }: CliContext, playbook: Playbook): Promise<void> {
  const { deadRules } = await import('../../../domain/decisions/rule-check.ts');
  for (const { rule, because } of deadRules(playbook)) {
    out.note(`The rule ${printable(rule)} can never match: ${printable(because)}.`);
  }
}

function warnOfExpired({ out }: CliContext, expired: number): void {
  if (expired === 0) return;
  out.note(
    `${counted(expired, 'approval is past its date or in question', 'approvals are past their date or in question')}: nothing is added or taken away for ${expired === 1 ? 'it' : 'them'} until somebody decides anew: \`tidegate edges list --state undecided\`.`,
  );
}

/** A wave that its freeze windows never let start is no plan. */
async function warnOfFreeze({ out }: CliContext, { freeze }: Playbook, plan: Plan, now: EpochMs): Promise<void> {
  if (freeze.windows.length === 0) return;
  const { freezeFor, neverThaws } = await import('../../../domain/plan/freeze.ts');
  const stuck = plan.waves.find(({ callees }) => neverThaws(freezeFor(freeze, callees), now));
  if (stuck) out.note(`Wave ${stuck.number} can never start: freeze.windows of the playbook leave no gap for a year.`);
}

async function warnOfPilots({ out }: CliContext, playbook: Playbook, store: RolloutStore): Promise<void> {
  const { lostPilots } = await import('../../../domain/plan/pilot-check.ts');
  const { projects: named } = playbook.waves.pilot;
  if (named.length === 0 || (await store.waves()).length > 0) return;
  const callees = (await store.projects()).filter(({ inScope }) => inScope);
  for (const pattern of lostPilots(
    named,
    callees.map(({ path }) => path),
  )) {
    out.note(`The pilot ${printable(pattern)} of the playbook matches no project in scope.`);
  }
}
