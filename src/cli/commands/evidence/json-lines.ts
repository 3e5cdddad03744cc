import { z } from 'zod';
import { calleeOfRequest } from '../../../trace/index.ts';
import { LONGEST_LINE } from './text.ts';
import { momentOf, projectNamed, type EvidenceRow, type ReadRows } from './rows.ts';

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

/** Pairs kept while reading; the same again only moves its time. */
const MOST_PAIRS = 2_000_000;

/** Reads structured logs of any size as a stream; the same access again widens the row of the first. */
export async function readJsonLines(
  source: AsyncIterable<string>,
  gitlabUrl: string,
): Promise<ReadRows & { readonly lines: number }> {
  const rows = new Map<string, EvidenceRow>();
  let [lines, ignored] = [0, 0];
  for await (const text of source) {
    lines += 1;
    const row = text.length > LONGEST_LINE || !text.includes('job_project_id') ? null : rowOf(text, lines, gitlabUrl);
    if (row === null) {
      ignored += 1;
      continue;
    }
    const key = `${row.caller}>${row.callee}>${row.access ?? ''}`;
    const known = rows.get(key);
    if (!known && rows.size < MOST_PAIRS) rows.set(key, row);
    else if (known && (row.seenAt ?? 0) > (known.seenAt ?? 0)) rows.set(key, { ...known, seenAt: row.seenAt });
  }
  return { rows: [...rows.values()], problems: [], ignored, lines };
}

function rowOf(text: string, line: number, gitlabUrl: string): EvidenceRow | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = LogLine.safeParse(value);
  if (!parsed.success) return null;
  const { job_project_id, path, status, time, 'meta.project': project } = parsed.data;
  // What was refused is no use that was let in.
  if (status != null && Number(status) >= 400) return null;
  const request = path == null ? null : calleeOfRequest(path, { callerPath: '', gitlabUrl, registryHost: null });
  const caller = projectNamed(job_project_id);
  const callee = projectNamed(request?.id ?? request?.path ?? project);
  if (caller === null || callee === null) return null;
  return { line, caller, callee, access: request?.access ?? null, seenAt: time == null ? null : momentOf(time) };
}
