import pLimit from 'p-limit';
import { ALARMING, type FailureRecord } from '../../domain/watch/denial.ts';
import { isUnreadable, RolloutError } from '../../domain/errors.ts';
import type { Job } from '../../domain/watch/job.ts';
import type { Project } from '../../domain/project.ts';
import type { ProjectId } from '../../domain/values.ts';
import { edgeAccess } from '../../trace/index.ts';
import { fenced, type Engine } from '../context.ts';
import { LogNotReady, type Examiner } from './examine.ts';
import { keepAgain } from '../inventory/inventory.ts';
import type { Investigation } from './investigation.ts';

/** Logs read at the same time; the transport keeps to GitLab's rate limit whatever this is. */
const CONCURRENCY = 6;
/** Judged jobs are committed in lots, so that a killed sweep does not begin anew and a failing wave is seen early. */
const LOT = 48;
/** So many projects in a row without an answer are an outage, not a project that cannot be read. */
const OUTAGE = 3;

/** A failed job and the project whose job it is. */
export interface FailedJob {
  readonly caller: Project;
  readonly job: Job;
}

/** What a look at failed jobs leaves to do. */
export interface Looked {
  /** Jobs that could not be judged, with the reason; they are looked at again. */
  readonly unread: readonly { readonly jobId: number; readonly line: string }[];
  /** Jobs left for later, because the wave had failed by then. */
  readonly left: number;
}

/** Tells single failures of GitLab from its absence. */
export class Patience {
  #inRow = 0;

  /** What to note of an error; throws it where it is no matter of one project. */
  reasonOf(error: unknown): string {
    if (error instanceof LogNotReady) return error.message;
    if (isUnreadable(error)) return error.message;
    if (!(error instanceof RolloutError) || error.code !== 'FORGE_UNAVAILABLE') throw error;
    this.#inRow += 1;
    if (this.#inRow >= OUTAGE) throw error;
    return error.message;
  }

  answered(): void {
    this.#inRow = 0;
  }
}

/**
 * Judges failed jobs that nobody has judged yet, the newest of each kind first, and commits what was made of them lot by lot.
 *
 * @param isOver - asked after each lot: once the wave cannot pass any more, older runs of the same jobs are left alone, as
 *   taking the wave back is more urgent than counting
 * @param isLast - the soak ends here: what GitLab refuses to show is kept as unread, so that a later run or a person settles it
 */
export async function lookAtJobs(
  engine: Engine,
  examiner: Examiner,
  failed: readonly FailedJob[],
  isOver: () => Promise<boolean>,
  isLast = false,
): Promise<Looked> {
  const known = await engine.store.knownFailures(failed.map(({ job }) => job.id));
  const [newest, older] = newestOfEach(failed.filter(({ job }) => !known.has(job.id)));
  const limit = pLimit(CONCURRENCY);
  const patience = new Patience();
  const unread: { jobId: number; line: string }[] = [];
  const examine = async ({ caller, job }: FailedJob): Promise<readonly FailureRecord[]> => {
    engine.signal.throwIfAborted();
    try {
      const record = await examiner.examine(caller, job);
      patience.answered();
      return [record];
    } catch (error) {
      if (isLast && isUnreadable(error)) return [await examiner.unreadable(caller, job, error.message)];
      unread.push({ jobId: job.id, line: `${caller.path}, job ${job.id}: ${patience.reasonOf(error)}` });
      return [];
    }
  };
  let over = false;
  for (const [index, jobs] of [newest, older].entries()) {
    for (let start = 0; start < jobs.length; start += LOT) {
      if (over && index === 1) return { unread, left: jobs.length - start };
      const lot = await Promise.all(jobs.slice(start, start + LOT).map((one) => limit(() => examine(one))));
      await keepFailures(engine, lot.flat());
      over ||= await isOver();
    }
  }
  return { unread, left: 0 };
}

/** The newest run of each job of each project, and the rest. */
function newestOfEach(failed: readonly FailedJob[]): readonly [readonly FailedJob[], readonly FailedJob[]] {
  const ordered = [...failed].sort((a, b) => (b.job.finishedAt ?? Infinity) - (a.job.finishedAt ?? Infinity));
  const seen = new Set<string>();
  const newest: FailedJob[] = [];
  const older: FailedJob[] = [];
  for (const one of ordered) {
    const key = `${one.caller.id} ${one.job.name}`;
    (seen.has(key) ? older : newest).push(one);
    seen.add(key);
  }
  return [newest, older];
}

/** Stores judged jobs. A denial becomes evidence as well, so that its edge waits for a decision; nothing else follows. */
async function keepFailures(engine: Engine, records: readonly FailureRecord[]): Promise<void> {
  if (records.length === 0) return;
  const { store, clock } = engine;
  await fenced(engine, async () => {
    await store.putFailures(records);
    await store.dropHints(records.map(({ jobId }) => jobId));
    for (const record of records) {
      if (record.callee === null || (record.disposition !== 'denied' && record.disposition !== 'unclear')) continue;
      await store.putEvidence([
        {
          caller: record.caller,
          callee: record.callee,
          source: 'denial',
          access: record.access && edgeAccess(record.access),
          where: `job ${record.jobId} "${record.jobName}"`.slice(0, 200),
          firstSeen: record.finishedAt,
          lastSeen: record.finishedAt,
          policies: null,
          certainty: record.disposition === 'denied' ? 'certain' : 'likely',
        },
      ]);
    }
    await store.appendLedger(
      records
        .filter(({ disposition }) => disposition !== 'unrelated')
        .map((record) => ({
          kind: 'failure',
          subject: `${record.callerPath} -> ${record.calleePath ?? 'unknown'}`,
          body: { job: record.jobId, disposition: record.disposition, reason: record.reason, wave: record.waveId },
        })),
      clock.now(),
    );
  });
  for (const record of records.filter(({ disposition }) => ALARMING.has(disposition))) tell(engine, record);
}

const WORDS: Readonly<Record<string, string>> = { denied: 'Denied', unclear: 'Perhaps denied', unread: 'Not readable' };

/** At once, not with the verdict: whoever must decide or repair hears of it while the sweep goes on. */
function tell({ notify }: Engine, record: FailureRecord): void {
  const where = record.webUrl === null ? '' : ` ${record.webUrl}`;
  const owners = record.owners.length > 0 ? ` Ask ${record.owners.map((name) => `@${name}`).join(', ')}.` : '';
  notify.alert(
    `${WORDS[record.disposition] ?? record.disposition}: ${record.callerPath} -> ${record.calleePath ?? 'an unknown project'}, job "${record.jobName}": ${record.reason}.${owners}${where}`,
  );
}

/** Projects made or moved since the last inventory fail like others: they are read before their jobs are judged. */
export async function meetStrangers(
  engine: Engine,
  { projects }: Investigation,
  suspects: Iterable<{ readonly project: ProjectId; readonly path: string | null }>,
): Promise<boolean> {
  const strangers = [...suspects].filter(({ project, path }) => {
    const known = projects.get(project);
    return !known || (path !== null && known.path !== path);
  });
  for (let start = 0; start < strangers.length; start += 50) {
    const readings = await engine.forge.projectsById(strangers.slice(start, start + 50).map(({ project }) => project));
    await keepAgain(engine, readings);
  }
  return strangers.length > 0;
}
