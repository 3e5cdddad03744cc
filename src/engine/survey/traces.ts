import type { Evidence } from '../../domain/edges/evidence.ts';
import type { Job } from '../../domain/watch/job.ts';
import type { Project } from '../../domain/project.ts';
import { printable, redact } from '../../domain/redact.ts';
import type { UnresolvedAccess } from '../../domain/edges/survey.ts';
import { namedCallees } from '../../trace/index.ts';
import type { Engine } from '../context.ts';
import type { Findings } from './findings.ts';
import type { ProjectFinder } from './projects.ts';

const LONGEST = 200;
/** Names of jobs have up to 255 characters; the line behind it is what one looks for. */
const LONGEST_NAME = 100;

/** Reads the logs of these jobs as streams for the projects they name; nothing of a log is kept but the number of a line. */
export async function readTraces(
  engine: Engine,
  caller: Project,
  jobs: readonly Job[],
  finder: ProjectFinder,
): Promise<Findings> {
  const evidence: Evidence[] = [];
  const unresolved: UnresolvedAccess[] = [];
  const context = { callerPath: caller.path, gitlabUrl: engine.gitlabUrl, registryHost: engine.registryHost };
  for (const job of jobs) {
    const at = job.finishedAt ?? engine.clock.now();
    for (const { path, id, access, line } of await namedCallees(await engine.forge.trace(caller.id, job.id), context)) {
      const where = `job ${job.id} ${quoted(job, engine.secrets)}, line ${line}`;
      const known = await find(finder, path, id, access);
      if (known?.id === caller.id) continue;
      if (known) {
        evidence.push({
          ...{ caller: caller.id, callee: known.id, source: 'trace', access, policies: null, where },
          ...{ firstSeen: at, lastSeen: at, certainty: 'likely' },
        });
      } else {
        const expression = printable(redact(path ?? `project ${id}`, engine.secrets)).slice(0, LONGEST);
        const why = 'names a project that was not read: outside of the scope, or gone';
        unresolved.push({ caller: caller.id, source: 'trace', access, expression, why, where, seenAt: at });
      }
    }
  }
  return { evidence, unresolved, found: [], problem: null };
}

const quoted = ({ name }: Job, secrets: readonly string[] = []): string =>
  `"${printable(redact(name, secrets)).slice(0, LONGEST_NAME)}"`;

/** Of the accesses that logs left open, those of jobs that are still there and whose logs are not read this time. */
export const openAccesses = (
  unresolved: readonly UnresolvedAccess[],
  jobs: readonly Job[],
): readonly UnresolvedAccess[] =>
  unresolved.filter(
    ({ source, where }) => source === 'trace' && jobs.some((job) => where.includes(` ${quoted(job)}, line `)),
  );

/** Only what is known already: a log names many things, and each question would be a request. */
async function find(
  finder: ProjectFinder,
  path: string | null,
  id: number | null,
  access: string,
): Promise<{ readonly id: Project['id'] } | null> {
  if (id !== null) return finder.byId(id);
  if (path === null) return null;
  return access === 'container-registry' ? finder.byImage(path) : finder.known(path);
}
