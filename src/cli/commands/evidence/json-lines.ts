import { z } from 'zod';
import { calleeOfRequest } from '../../../trace/index.ts';
import { LONGEST_LINE } from './text.ts';
import { momentOf, projectNamed, type EvidenceRow, type Tally, type UnreadLines } from './rows.ts';

/**
 * A line of GitLab's structured logs (`api_json.log`, `production_json.log`) of a request that a job token made: the
 * project of the job, and the project that the request was about. https://docs.gitlab.com/administration/logs/
 */
const LogLine = z.object({
  job_project_id: z.union([z.number(), z.string()]),
  'meta.project': z.string().nullish(),
  path: z.string().nullish(),
  status: z.union([z.number(), z.string()]).nullish(),
  time: z.string().nullish(),
});

/** Accesses kept while reading; the same again only moves its time. */
const MOST_ACCESSES = 2_000_000;

/** What a line says: an access, nothing of interest, or why it cannot be told. */
type Line = { readonly row: EvidenceRow } | { readonly unread: string } | null;

const BROKEN = 'no JSON: cut off or broken';
const TOO_LONG = `longer than ${LONGEST_LINE} characters`;
const NO_PROJECT = 'a package endpoint of a group or of the instance, whose request names no project';

/**
 * Reads structured logs of any size as a stream; the same access again widens the row of the first, so that rows are
 * there when all lines are read.
 *
 * @param most - accesses that are kept; what is seen for the first time after them counts as unread
 */
export async function readJsonLines(
  source: AsyncIterable<string>,
  gitlabUrl: string,
  tally: Tally,
  most = MOST_ACCESSES,
): Promise<Iterable<EvidenceRow>> {
  const rows = new Map<string, EvidenceRow>();
  const unread = new Map<string, UnreadLines>();
  const pass = (why: string): void => {
    const before = unread.get(why);
    unread.set(why, { why, lines: (before?.lines ?? 0) + 1, first: before?.first ?? tally.lines });
  };
  for await (const text of source) {
    tally.lines += 1;
    const line = readLine(text, tally.lines, gitlabUrl);
    if (line === null) {
      tally.ignored += 1;
    } else if ('unread' in line) {
      pass(line.unread);
    } else {
      const { row } = line;
      const key = `${row.caller}>${row.callee}>${row.access ?? ''}`;
      const known = rows.get(key);
      if (!known && rows.size >= most) pass(`another access beyond ${most} of them: import the file in parts`);
      else if (!known) rows.set(key, row);
      else if ((row.seenAt ?? 0) > (known.seenAt ?? 0)) rows.set(key, { ...known, seenAt: row.seenAt });
    }
  }
  tally.unread = [...unread.values()];
  return rows.values();
}

function readLine(text: string, line: number, gitlabUrl: string): Line {
  if (text.length > LONGEST_LINE) return { unread: TOO_LONG };
  if (text.includes('job_project_id')) return accessOf(text, line, gitlabUrl);
  // Most lines are of other requests: that they are whole is all that is asked of them.
  return text.trim() === '' || /^\s*\{[^]*\}\s*$/.test(text) ? null : { unread: BROKEN };
}

function accessOf(text: string, line: number, gitlabUrl: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unread: BROKEN };
  }
  const parsed = LogLine.safeParse(value);
  if (!parsed.success) return null;
  const { job_project_id, path, status, time, 'meta.project': project } = parsed.data;
  // What was refused is no use that was let in.
  if (status != null && Number(status) >= 400) return null;
  const request = path == null ? null : calleeOfRequest(path, { callerPath: '', gitlabUrl, registryHost: null });
  const caller = projectNamed(job_project_id);
  const callee = projectNamed(request?.id ?? request?.path ?? project);
  if (caller === null) return null;
  if (callee === null) return OF_MANY.test(path ?? '') ? { unread: NO_PROJECT } : null;
  const seenAt = time == null ? null : momentOf(time);
  return { row: { line, caller, callee, access: request?.access ?? null, seenAt } };
}

/** Packages that are asked of a group or of the whole instance: which project they lie in is not said. */
const OF_MANY = /\/api\/v4\/(?:groups\/[^/]+\/(?:-\/)?)?packages\//;
