import type { WaveContext, WaveEvent } from '../../domain/rollout/wave.machine.ts';
import { decideWave, startWave, waveCan, waveState } from '../drive/decide.ts';
import type { Checkpoint, LedgerRow, RolloutStore, WaveRow } from '../ports.ts';

/*
 * The ledger tells what happened to each wave. Told to the chart again from the start, it has to lead to the state that is
 * saved: a wave that was put into another one passed without a verdict, or soaks less than it should.
 */

type Settings = Pick<WaveContext, 'needsApproval' | 'rollbackOnFailure' | 'soakMs' | 'sweepEveryMs' | 'extensionsLeft'>;

/** One wave as the ledger tells it. */
interface Told {
  readonly number: number;
  readonly row: LedgerRow;
  checkpoint: Checkpoint;
  /** False once something happened that rows of an earlier version tell too little of. */
  exact: boolean;
}

const KINDS: ReadonlySet<string> = new Set([
  ...['wave', 'approval', 'plan-stale', 'wave-applied', 'wave-failed', 'verdict', 'rollback', 'order'],
]);

/** Is this row needed to tell the waves? The rest of a ledger is much longer. */
export const tellsOfWaves = ({ kind }: LedgerRow): boolean => KINDS.has(kind);

/**
 * @param rows - of the ledger, oldest first; those of which `tellsOfWaves` is true are enough
 * @returns one line for each wave that the ledger does not bear out
 */
export async function chartsAgainst(
  store: RolloutStore,
  waves: readonly WaveRow[],
  rows: readonly LedgerRow[],
): Promise<readonly string[]> {
  const told = replayed(waves, rows);
  const problems: string[] = [];
  for (const [index, wave] of waves.entries()) {
    const one = told[index];
    if (one) problems.push(...(await faultsOf(store, wave, one)).map((fault) => `wave ${wave.number} ${fault}`));
    else problems.push(`wave ${wave.number} is in no row of the ledger`);
  }
  return [
    ...problems,
    ...told.slice(waves.length).map(({ number }) => `wave ${number} is in the ledger and not stored`),
  ];
}

/** The waves of the ledger in the order in which they began, as the database numbers them. */
function replayed(waves: readonly WaveRow[], rows: readonly LedgerRow[]): readonly Told[] {
  const told: Told[] = [];
  for (const row of rows) {
    const number = waveOf(row.subject);
    if (row.kind === 'wave' && number !== null) told.push(begun(number, row, waves[told.length]));
    else if (row.subject === 'every wave') takeBackAll(told, row);
    else if (row.kind === 'order' && row.subject === 'resume') resume(told, row);
    else if (number !== null) tell(told, number, eventOf(row), isExact(row));
  }
  return told;
}

const waveOf = (subject: string): number | null => {
  const [, digits] = /^(?:rollback )?wave (\d+)$/.exec(subject) ?? [];
  return digits === undefined ? null : Number(digits);
};

function begun(number: number, row: LedgerRow, stored: WaveRow | undefined): Told {
  const settings = (row.body['settings'] ?? stored?.checkpoint.context) as Settings;
  return { number, row, checkpoint: startWave(settings).checkpoint, exact: row.body['settings'] !== undefined };
}

/** Of two attempts at one wave the later that can take it is meant, as it was when the row was written. */
function tell(told: readonly Told[], number: number, event: WaveEvent | null, exact: boolean): Told | undefined {
  const wave = event && told.findLast((one) => one.number === number && waveCan(one.checkpoint, event));
  if (!wave) return undefined;
  wave.checkpoint = decideWave(wave.checkpoint, event).checkpoint;
  wave.exact &&= exact;
  return wave;
}

/** Verdicts of earlier versions do not say when their sweep began. */
const isExact = ({ kind, body }: LedgerRow): boolean => kind !== 'verdict' || body['at'] !== undefined;

function eventOf({ kind, at, body }: LedgerRow): WaveEvent | null {
  const moment = typeof body['at'] === 'string' ? Date.parse(body['at']) : at;
  switch (kind) {
    case 'approval':
      return { type: 'WAVE_APPROVED' };
    case 'plan-stale':
      return { type: 'PLAN_STALE' };
    case 'wave-applied':
      return { type: 'APPLIED', at: moment };
    case 'wave-failed':
      return { type: 'APPLY_FAILED' };
    case 'verdict':
      return { type: 'SWEPT', at: moment, verdict: body['verdict'] as 'passed' };
    case 'rollback':
      return { type: 'ROLLED_BACK', complete: isComplete(body) };
    case 'order':
      return { type: 'ROLLBACK' };
    default:
      return null;
  }
}

const isComplete = ({ obstacles }: LedgerRow['body']): boolean => Array.isArray(obstacles) && obstacles.length === 0;

function takeBackAll(told: readonly Told[], { body }: LedgerRow): void {
  const left = new Set(told);
  for (const result of (body['results'] ?? []) as readonly (LedgerRow['body'] & { readonly wave: number })[]) {
    const wave = tell([...left], result.wave, { type: 'ROLLBACK' }, true);
    if (!wave) continue;
    left.delete(wave);
    tell([wave], result.wave, { type: 'ROLLED_BACK', complete: isComplete(result) }, true);
  }
}

/** An order to go on names the wave that it was for, or says that it was for none; earlier versions left that open. */
function resume(told: readonly Told[], { at, body }: LedgerRow): void {
  const { wave } = body;
  if (typeof wave === 'number') tell(told, wave, { type: 'RESUME', at }, true);
  else if (wave === undefined) for (const one of told) one.exact = false;
}

/** Times are told in whole seconds, and read twice in one transaction. */
const SLACK_MS = 2_000;

async function faultsOf(
  store: RolloutStore,
  wave: WaveRow,
  { number, row, checkpoint, exact }: Told,
): Promise<readonly string[]> {
  const { plan, kind, settings } = row.body;
  if (number !== wave.number || plan !== wave.planHash || kind !== wave.kind)
    return ['is not the one that the ledger recorded'];
  const stored = waveState(wave.checkpoint);
  const meant = waveState(checkpoint);
  if (!exact) return [];
  const faults: string[] = [];
  if (applied(stored.phase) !== applied(meant.phase))
    faults.push(`is ${stored.phase}, and ${meant.phase} by what the ledger recorded`);
  for (const name of Object.keys(settings as Settings) as (keyof Settings)[])
    if (stored.context[name] !== meant.context[name]) faults.push(`has another ${name} than the ledger recorded`);
  if (stored.context.verdict !== meant.context.verdict)
    faults.push(
      `was judged ${stored.context.verdict ?? 'nothing'}, and ${meant.context.verdict ?? 'nothing'} by what the ledger recorded`,
    );
  if (!near(stored.context.resumedAt, meant.context.resumedAt))
    faults.push('went on at another time than the ledger recorded');
  if (!near(stored.context.soakUntil, meant.context.soakUntil) && !(await wasCutShort(store, wave)))
    faults.push('soaks until another time than follows from the ledger');
  return faults;
}

/** The end of a freeze is in no row: the wave is being applied before it and after it. */
const applied = (phase: string): string => (phase === 'frozen' ? 'applying' : phase);

const near = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) < SLACK_MS);

/** A clock that was set back ends a soak earlier: one soak after the sweep that found it so. */
async function wasCutShort(store: RolloutStore, { id, checkpoint }: WaveRow): Promise<boolean> {
  const { soakUntil, soakMs } = waveState(checkpoint).context;
  return (await store.sweeps(id)).some(({ until }) => near(soakUntil, until + soakMs));
}
