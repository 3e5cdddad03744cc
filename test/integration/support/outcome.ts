import { drive, type Habits, type Journey } from './operator.ts';
import { breaches, halfDone, shortfalls, unnoticed, type Call, type TruthEdge, type World } from './oracle.ts';
import { StandInProcess, Workplace } from './process.ts';
import { Rollout, type LedgerAnswer } from './rollout.ts';

/** One rollout from `init` to its end, as tests describe it. */
export interface Scenario {
  /** Options of `tidegate sandbox`, such as `['--org', file]`. */
  readonly standIn: readonly string[];
  readonly playbook: string;
  readonly habits?: Habits;
  /** Which projects it is to enforce; default all. */
  readonly inScope?: (path: string) => boolean;
  /** `caller -> callee` whose refusals have another reason than the rollout. */
  readonly excused?: readonly string[];
}

/** Everything that can be judged once it has ended. */
export interface Outcome {
  readonly journey: Journey;
  readonly before: World;
  readonly after: World;
  readonly calls: readonly Call[];
  readonly ledger: readonly LedgerAnswer[];
  /** What may never happen, whatever the organisation; empty when nothing of it did. */
  readonly problems: readonly string[];
}

/** Carries a scenario out and gathers the evidence, from the stand-in's control routes. */
export async function carryOut(scenario: Scenario): Promise<Outcome> {
  const place = new Workplace();
  const standIn = await StandInProcess.start(scenario.standIn, place.path);
  try {
    const rollout = new Rollout(standIn, place);
    const before = await standIn.control<World>('state');
    await rollout.init(scenario.playbook);
    const restored: string[] = [];
    const { habits = {} } = scenario;
    const journey = await drive(rollout, {
      ...habits,
      afterTick: async (...tick) => {
        // A rolled-back wave is restored exactly: nothing that is open differs from the first day.
        if (tick[1].code === 5) restored.push(...halfDone(before, await standIn.control<World>('state')));
        await habits.afterTick?.(...tick);
      },
    });
    const [calls, after, ledger] = await gather(rollout);
    const { edges } = await standIn.control<{ edges: readonly TruthEdge[] }>('truth');
    const evidence = { before, calls, after, ledger };
    const verified = await rollout.command('ledger', 'verify');
    const problems = [
      ...breaches(evidence),
      ...restored,
      ...(journey.end === 'guarding' ? shortfalls(evidence, scenario.inScope ?? (() => true)) : []),
      ...unnoticed(edges, ledger, scenario.excused),
      ...(verified.code === 0 ? [] : [verified.stderr]),
    ];
    return { journey, before, after, calls, ledger, problems };
  } finally {
    await standIn.stop();
    place.remove();
  }
}

const gather = async (rollout: Rollout): Promise<[readonly Call[], World, readonly LedgerAnswer[]]> => [
  await rollout.standIn.control<readonly Call[]>('requests'),
  await rollout.standIn.control<World>('state'),
  await rollout.ledger(),
];
