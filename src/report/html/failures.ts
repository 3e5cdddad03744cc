import { DISPOSITIONS } from '../labels.ts';
import type { ReportFailure } from '../model/types.ts';
import { chip, path, table, time, type Tone } from './parts.ts';
import { number } from '../text.ts';
import { html, type Html } from './tag.ts';

/** Runs of one job that were refused in the same words: a daily job fills no page of its own. */
interface Alike {
  readonly latest: ReportFailure;
  readonly since: string;
  readonly times: number;
}

const FAILURE_TONES: Readonly<Partial<Record<ReportFailure['disposition'], Tone>>> = {
  denied: 'bad',
  unclear: 'doubt',
};

/** Failed jobs with the line they rest on and what was made of it; runs of one job that failed alike take one row. */
export const failureTable = (failures: readonly ReportFailure[]): Html | null =>
  table(
    `Failed jobs that were looked at (${number(failures.length)})`,
    ['Caller → callee', 'Job', 'Disposition', 'Quote and reason'],
    groupAlike(failures).map(
      ({ latest: failure, since, times }) =>
        html`<tr>
          <th scope="row">
            ${path(failure.caller)} →
            ${failure.callee === null ? html`<span class="soft">not known</span>` : path(failure.callee)}${
              failure.edgeState === null ? null : html` <span class="soft">edge ${failure.edgeState}</span>`
            }
          </th>
          <td>
            ${job(failure)} <span class="soft">${time(failure.finishedAt)}</span>${
              times === 1 ? null : html` <span class="soft">and ${number(times - 1)} more since ${time(since)}</span>`
            }
          </td>
          <td>
            ${chip(
              DISPOSITIONS[failure.disposition].label,
              FAILURE_TONES[failure.disposition] ?? 'idle',
            )}${failure.access === null ? null : html` <span class="soft">${failure.access}</span>`}
          </td>
          <td class="why">${failure.quote === null ? null : html`<q>${failure.quote}</q>`}${failure.reason}</td>
        </tr> `,
    ),
    { sort: true },
  );

// `webUrl` was checked when the model was built: only http and https get this far.
const job = ({ url, job: name }: ReportFailure): Html =>
  url === null ? html`${name}` : html`<a href="${url}" rel="noreferrer noopener">${name}</a>`;

/** In the order of their first. */
function groupAlike(failures: readonly ReportFailure[]): readonly Alike[] {
  const groups = new Map<string, Alike>();
  for (const failure of failures) {
    const { caller, callee, job: name, access, disposition, edgeState, quote, reason, finishedAt } = failure;
    // The number in brackets is the run's.
    const key = JSON.stringify([
      caller,
      callee,
      name.replace(/ \(\d+\)$/, ''),
      access,
      disposition,
      edgeState,
      quote,
      reason,
    ]);
    const known = groups.get(key);
    if (!known) groups.set(key, { latest: failure, since: finishedAt, times: 1 });
    else {
      groups.set(key, {
        latest: finishedAt > known.latest.finishedAt ? failure : known.latest,
        since: finishedAt < known.since ? finishedAt : known.since,
        times: known.times + 1,
      });
    }
  }
  return [...groups.values()];
}
