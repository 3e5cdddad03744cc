import { counted } from '../../domain/values.ts';
import type { SoakObservation, Verdict } from '../../domain/watch/gate.ts';
import type { RolloutPhase, WavePhase } from './decide.ts';

/** What a person is asked for, and the commands that go on: exact ones, to be typed as they stand. */
export interface PersonWait {
  readonly kind: 'waiting-for-person' | 'gate-failed';
  readonly what: string;
  readonly next: string;
}

/** A rollout, as far as it matters for what is waited for. */
export interface RolloutAtHand {
  readonly phase: RolloutPhase;
  readonly planHash: string | null;
  readonly undecided: number;
  readonly unsigned: number;
  readonly staleInRow: number;
}

/** The wave that a rollout is at, as far as it matters for what is waited for. */
export interface WaveAtHand {
  readonly number: number;
  readonly phase: WavePhase;
  readonly verdict: Verdict | null;
  /** What its latest verdict rests on; null where there is none yet. */
  readonly seen: Pick<SoakObservation, 'unclear' | 'unreadLogs' | 'unread' | 'opened'> | null;
}

type Words = readonly [what: string, next: string];

const UNDECIDED = '`tidegate edges list --state undecided`, then `tidegate edges approve` or `tidegate edges reject`';

const ROLLOUT_WAITS: Readonly<
  Partial<Record<RolloutPhase, (rollout: RolloutAtHand, wave: WaveAtHand | null) => Words>>
> = {
  awaitingDecisions: ({ undecided }) => [`${counted(undecided, 'edge waits', 'edges wait')} for a decision`, UNDECIDED],
  awaitingWidening: ({ unsigned }) => [
    `${counted(unsigned, 'group entry admits', 'group entries admit')} more than was observed, or than was signed for, and ${unsigned === 1 ? 'waits' : 'wait'} for a sign-off`,
    '`tidegate approve`',
  ],
  awaitingPlan: ({ planHash }) => [
    `plan ${planHash ?? ''} waits for approval`,
    `\`tidegate plan show\`, then \`tidegate approve ${planHash ?? ''}\``,
  ],
  stopped: ({ staleInRow }, wave) => {
    if (staleInRow > 0)
      return [
        `GitLab had moved each time a wave was about to start, ${staleInRow + 1} times in a row`,
        '`tidegate findings` names what had moved; `tidegate resume` reads and plans again',
      ];
    return wave?.phase === 'rolledBack' && wave.verdict === 'failed'
      ? [
          `wave ${wave.number} was rolled back`,
          '`tidegate findings` says who was refused and why; decide with `tidegate edges approve` or `tidegate edges reject`, then `tidegate resume`',
        ]
      : [
          'a wave was rolled back',
          '`tidegate ledger show` says who ordered it, or why it could not be carried out; `tidegate resume` plans its projects again',
        ];
  },
  restoreBlocked: () => [
    'not every wave could be taken back completely',
    '`tidegate report` names the obstacles; once they are gone, `tidegate resume` tries again',
  ],
  reopenBlocked: () => [
    'the rollout was aborted, but not every wave could be taken back completely',
    '`tidegate report` names the obstacles; once they are gone, `tidegate resume` tries again, and `tidegate abort` leaves it as it is',
  ],
};

const WAVE_WAITS: Readonly<Partial<Record<WavePhase, (wave: WaveAtHand) => Words>>> = {
  awaitingApproval: () => ['waits for approval', '`tidegate approve`'],
  inconclusive: ({ number, seen }) => [
    seen !== null && seen.opened > 0
      ? `does not pass: a person opened ${counted(seen.opened, 'project')} of it again`
      : 'saw too little to be judged',
    [
      ...remediesOf(seen),
      `\`tidegate resume\` soaks on, \`tidegate approve\` accepts it as it is, \`tidegate rollback ${number}\` takes it back`,
    ].join('; '),
  ],
  held: ({ number }) => [
    'failed and was left standing, as the playbook says',
    `\`tidegate rollback ${number}\` takes it back; \`tidegate edges\` to decide, then \`tidegate resume\` goes on with it`,
  ],
  rollbackBlocked: () => [
    'could not be rolled back completely',
    '`tidegate report` names the obstacles; once they are gone, `tidegate resume` tries again',
  ],
};

/** What would clear up the doubts, where more than time is needed. */
function remediesOf(seen: WaveAtHand['seen']): readonly string[] {
  if (seen === null) return [];
  const jobs = seen.unclear + seen.unreadLogs;
  return [
    ...(seen.opened === 0
      ? []
      : [
          '`tidegate findings` names what was opened: its owner turns it on again, or `tidegate resume --project PATH` lets a later wave do so',
        ]),
    ...(jobs === 0
      ? []
      : [
          `\`tidegate findings\` names ${counted(jobs, 'failed job')} that nothing settles: run them again, or ask their owners and \`tidegate findings settle JOB --reason TEXT\``,
        ]),
    ...(seen.unread === 0
      ? []
      : [
          '`tidegate report` names what could not be read: give the token Reporter on callers and Maintainer on projects of the wave, then `tidegate resume`',
        ]),
  ];
}

/** The wave that a rollout is at; where it has stopped, the last one that it was at. */
export const waveAtHand = <Wave extends { readonly id: number }>(
  { phase, waveId }: { readonly phase: RolloutPhase; readonly waveId: number | null },
  waves: readonly Wave[],
): Wave | null => waves.find(({ id }) => id === waveId) ?? (phase === 'stopped' ? (waves.at(-1) ?? null) : null);

/** What a rollout without a task waits for; null where that is no person, or is to be told from the rows (`holding`). */
export function personWait(rollout: RolloutAtHand, wave: WaveAtHand | null): PersonWait | null {
  const { phase } = rollout;
  const words = ROLLOUT_WAITS[phase]?.(rollout, wave);
  if (words) return { kind: GATES.has(phase) ? 'gate-failed' : 'waiting-for-person', what: words[0], next: words[1] };
  const waits = wave ? WAVE_WAITS[wave.phase]?.(wave) : undefined;
  if (!wave || !waits) return null;
  const kind = wave.verdict === 'failed' ? 'gate-failed' : 'waiting-for-person';
  return { kind, what: `wave ${wave.number} ${waits[0]}`, next: waits[1] };
}

/** A wave was taken back: the rollout goes no further by itself. */
const GATES: ReadonlySet<RolloutPhase> = new Set(['stopped']);
