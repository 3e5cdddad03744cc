import type Database from 'better-sqlite3';
import { RolloutError } from '../../../domain/errors.ts';
import type { EpochMs } from '../../../domain/values.ts';
import type { Finding } from '../../../domain/watch/denial.ts';
import type { Task } from '../../../domain/rollout/intent.ts';
import type { CalleeStep, Checkpoint, JudgedSweep, OverviewRows, WaveRow } from '../../../engine/ports.ts';
import { noRollout, openToLook } from '../connection/database.ts';
import { toStoreError } from '../connection/sqlite-errors.ts';

/*
 * What `status` reads, by itself: statements as text, so that the query builder is not loaded for one screen, and the
 * schemas only once a wave was judged. It only looks, and does not wait for a driver that writes.
 */

const ROLLOUT = 'select gitlab_url as gitlabUrl, checkpoint from rollout';
const PROJECTS = 'select known, in_scope as inScope, enforced, open, unread from counts';
const EDGES = 'select undecided, approved, rejected, replaced from counts';
/**
 * No table holds a count of these. The cross join makes SQLite go from the projects to their edges, which lie together: left
 * to itself it reads every edge by caller, in five times the time.
 */
const OUTSIDE = `
  select count(*) filter (where e.state = 'undecided') as undecided, count(*) filter (where e.state = 'approved') as approved,
    count(*) filter (where e.state = 'rejected') as rejected, count(*) filter (where e.state = 'replaced') as replaced
  from projects as c cross join edges as e on e.callee = c.id where c.in_scope = 0`;
/** By GitLab's clock, which the last row of the ledger compares with this machine's. */
const EXPIRED = `
  select count(*) from decisions as d
  where d.expires_at <= ? + coalesce((select at - local_at from ledger order by seq desc limit 1), 0)
    and d.verdict = 'approved' and exists (
      select 1 from edges as e where e.callee = d.callee and e.caller = d.caller and e.decision_id = d.id
    )`;
/** Those that have run out as well are counted above. */
const QUESTIONED = `
  select count(*) from questions as q join decisions as d on d.id = q.decision
  join edges as e on e.callee = d.callee and e.caller = d.caller and e.decision_id = d.id
  where d.expires_at is null or d.expires_at > ? + coalesce((select at - local_at from ledger order by seq desc limit 1), 0)`;
const TASK = `
  select key, kind, wave_id as waveId, not_before as notBefore from tasks where settled = 0 order by position limit 1`;
const WAVES = `
  select id, number, plan_hash as planHash, kind, checkpoint, started_at as startedAt, ended_at as endedAt,
    owners_told_at as ownersToldAt, notices_ended_at as noticesEndedAt
  from waves order by id`;
const STEPS = 'select step, count(*) as callees from wave_callees where wave_id = ? group by step';
const JUDGEMENT = 'select id, judgement from sweeps where wave_id = ? order by id desc limit 1';
const HELD = `
  select path, hold from wave_callees join projects on projects.id = callee where hold is not null order by path`;
const REFUSALS = `
  select exists (select 1 from failures where disposition in ('denied', 'expected', 'unclear', 'unread', 'settled'))`;
const FINDINGS = 'select id, at, kind, subject, text from findings order by id';

interface WaveRecord extends Omit<WaveRow, 'checkpoint'> {
  readonly checkpoint: string;
}

interface SweepRecord {
  readonly id: number;
  readonly judgement: string | null;
}

/** Everything but what the waves were judged as, which is still the text of its column. */
interface Rows extends Omit<OverviewRows, 'waves'> {
  readonly waves: readonly (Omit<OverviewRows['waves'][number], 'judged'> & { readonly sweep: SweepRecord | null })[];
}

/** Reads everything of one moment. */
function readRows(client: Database.Database, file: string, now: EpochMs): Rows {
  const rollout = client.prepare<[], { gitlabUrl: string; checkpoint: string }>(ROLLOUT).get();
  const projects = client.prepare<[], OverviewRows['projects']>(PROJECTS).get();
  const edges = client.prepare<[], OverviewRows['edges']>(EDGES).get();
  if (!rollout || !projects || !edges) throw noRollout(file);
  const outside =
    projects.known > projects.inScope ? client.prepare<[], OverviewRows['edges']>(OUTSIDE).get() : undefined;
  const count = (sql: string): number => client.prepare<[number], number>(sql).pluck().get(now) ?? 0;
  const steps = client.prepare<[number], [CalleeStep, number]>(STEPS).raw();
  const judgement = client.prepare<[number], SweepRecord>(JUDGEMENT);
  const waves = client.prepare<[], WaveRecord>(WAVES).all();
  return {
    gitlabUrl: rollout.gitlabUrl,
    checkpoint: parsed(rollout.checkpoint, 'the rollout'),
    projects,
    edges: outside === undefined ? edges : withoutThose(edges, outside),
    edgesOutside: outside === undefined ? 0 : Object.values(outside).reduce((sum, n) => sum + n, 0),
    expired: count(EXPIRED) + count(QUESTIONED),
    task: client.prepare<[], Task>(TASK).get() ?? null,
    waves: waves.map((wave) => ({
      ...wave,
      checkpoint: parsed(wave.checkpoint, `wave ${wave.number}`),
      steps: Object.fromEntries(steps.all(wave.id)),
      sweep: judgement.get(wave.id) ?? null,
    })),
    held: client.prepare<[], OverviewRows['held'][number]>(HELD).all(),
    refusals: client.prepare<[], number>(REFUSALS).pluck().get() === 1,
    findings: client.prepare<[], Finding>(FINDINGS).all(),
  };
}

const withoutThose = (all: OverviewRows['edges'], some: OverviewRows['edges']): OverviewRows['edges'] => ({
  undecided: all.undecided - some.undecided,
  approved: all.approved - some.approved,
  rejected: all.rejected - some.rejected,
  replaced: all.replaced - some.replaced,
});

async function judged({ id, judgement }: SweepRecord): Promise<JudgedSweep | null> {
  if (judgement === null) return null;
  const { readJudged } = await import('../json/judgement.ts');
  return readJudged(judgement, { table: 'sweeps', row: id });
}

/** A checkpoint as far as its form goes; what it says is checked by those who read it. */
function parsed(text: string, what: string): Checkpoint {
  try {
    const data = JSON.parse(text) as Checkpoint | null;
    if (typeof data?.version === 'number') return data;
  } catch {
    // Said below.
  }
  const hint = 'Restore the database from a backup; it was changed by something other than tidegate.';
  throw new RolloutError('STORE_CORRUPT', `The saved state of ${what} cannot be read.`, hint);
}

/**
 * Reads where a rollout stands from its file.
 *
 * @throws RolloutError as `openStore` does, `ORDER_REFUSED` when the file holds none yet, `STORE_CORRUPT` for a column
 *   whose JSON is not what was written
 */
export async function readOverview(file: string, now: EpochMs): Promise<OverviewRows> {
  const client = await openToLook(file, now);
  try {
    const { waves, ...rows } = client.transaction(() => readRows(client, file, now))();
    const judgedWaves = waves.map(async ({ sweep, ...wave }) => ({ ...wave, judged: sweep && (await judged(sweep)) }));
    return { ...rows, waves: await Promise.all(judgedWaves) };
  } catch (error) {
    throw toStoreError(error, file);
  } finally {
    client.close();
  }
}
