import { waveName, waveStanding } from '../labels.ts';
import { shortTime } from '../text.ts';
import type { ReportFailure, ReportWave } from '../model/types.ts';
import { html, type Html } from './tag.ts';

const WIDTH = 1000;
const LEFT = 170;
const RIGHT = 150;
const ROW = 34;
const TOP = 30;
const SHOWN: ReadonlySet<ReportFailure['disposition']> = new Set(['denied', 'unclear', 'expected']);

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly x: (moment: number) => number;
}

/** When each wave was applied, how long it was watched, and when jobs were denied. Null while no wave has started. */
export function timeline(waves: readonly ReportWave[]): Html | null {
  const rows = waves.filter(({ startedAt }) => startedAt !== null);
  const scale = scaleOf(rows);
  if (scale === null) return null;
  const height = TOP + rows.length * ROW + 26;
  return html`<div class="chart">
    <svg
      viewBox="0 0 ${WIDTH} ${height}"
      role="img"
      aria-label="Waves over time: when each was enforced, watched and judged, with denied jobs as dots. The same is in the sections of the waves."
    >
      ${axis(scale, height)} ${rows.map((wave, index) => waveRow(wave, scale, TOP + index * ROW))} ${legend(height - 8)}
    </svg>
  </div> `;
}

function scaleOf(rows: readonly ReportWave[]): Scale | null {
  const moments = rows
    .flatMap(({ startedAt, enforcedAt, soakUntil, endedAt }) => [startedAt, enforcedAt, soakUntil, endedAt])
    .flatMap((iso) => (iso === null ? [] : [Date.parse(iso)]));
  if (moments.length === 0) return null;
  const from = Math.min(...moments);
  // A rollout whose waves took no time at all still needs a width to be drawn in.
  const to = Math.max(...moments, from + 60_000);
  const x = (moment: number): number => {
    const share = Math.min(1, Math.max(0, (moment - from) / (to - from)));
    return Math.round((LEFT + share * (WIDTH - LEFT - RIGHT)) * 10) / 10;
  };
  return { from, to, x };
}

function axis({ from, to, x }: Scale, height: number): readonly Html[] {
  const days = (to - from) / 86_400_000;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(from + share * (to - from)));
  return ticks.map((moment) => {
    const iso = new Date(moment).toISOString();
    const at = x(moment);
    return html`<line class="axis" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${height - 28}" /><text
        class="dim"
        x="${at}"
        y="14"
        text-anchor="middle"
        >${days >= 4 ? iso.slice(0, 10) : shortTime(iso).slice(5)}</text
      >`;
  });
}

function waveRow(wave: ReportWave, { x, to }: Scale, y: number): Html {
  const standing = waveStanding(wave);
  const start = x(Date.parse(wave.startedAt ?? ''));
  const enforced = wave.enforcedAt === null ? null : x(Date.parse(wave.enforcedAt));
  const lastKnown = wave.endedAt ?? wave.soakUntil;
  const end = Math.max(lastKnown === null ? x(to) : x(Date.parse(lastKnown)), start + 3);
  const running = wave.endedAt === null;
  const dots = marks(wave, x, y + 13);
  // Jobs may be refused long after the soak: the word stands behind the last of them.
  const labelAt = Math.max(end, ...dots.map(({ at }) => at + 5)) + 10;
  return html`<text x="0" y="${y + 17}">${waveName(wave)}</text>${
      running
        ? html`<rect class="ahead" x="${start}" y="${y + 4}" width="${end - start}" height="18" rx="3" />`
        : html`<rect
            class="soakbar f-${standing.tone}"
            x="${start}"
            y="${y + 4}"
            width="${end - start}"
            height="18"
            rx="3"
          />`
    }<rect
      class="f-${standing.tone}"
      x="${start}"
      y="${y + 4}"
      width="${Math.max(3, (enforced ?? start) - start)}"
      height="18"
      rx="2"
    />${dots.map(({ mark }) => mark)}<text
      x="${labelAt}"
      y="${y + 17}"
      class="${standing.tone === 'idle' ? 'dim' : `f-${standing.tone}`}"
      >${standing.label}</text
    > `;
}

/** One dot per job, or per place where jobs would be drawn on top of each other. */
function marks(wave: ReportWave, x: Scale['x'], y: number): readonly { readonly at: number; readonly mark: Html }[] {
  const places = new Map<
    string,
    { readonly at: number; readonly expected: boolean; jobs: number; readonly first: ReportFailure }
  >();
  for (const failure of wave.failures) {
    if (!SHOWN.has(failure.disposition)) continue;
    const at = Math.round(x(Date.parse(failure.finishedAt)) / 4) * 4;
    const expected = failure.disposition === 'expected';
    const key = `${at} ${String(expected)}`;
    const place = places.get(key);
    if (place) place.jobs += 1;
    else places.set(key, { at, expected, jobs: 1, first: failure });
  }
  return [...places.values()].map(({ at, expected, jobs, first }) => {
    const more = jobs > 1 ? ` and ${jobs - 1} more` : '';
    const mark = html`<circle class="${expected ? 'expected' : 'denied'}" cx="${at}" cy="${y}" r="${jobs > 5 ? 6.5 : 5}"
      ><title>
        ${first.disposition}: ${first.caller} → ${first.callee ?? 'not known'}, ${shortTime(first.finishedAt)}${more}
      </title></circle
    >`;
    return { at, mark };
  });
}

function legend(y: number): Html {
  const cy = y - 4;
  return html`<rect class="f-idle" x="${LEFT}" y="${cy - 5}" width="8" height="10" rx="2" /><text
      class="dim"
      x="${LEFT + 14}"
      y="${y}"
      >applied</text
    ><rect class="soakbar f-idle" x="${LEFT + 80}" y="${cy - 5}" width="22" height="10" rx="2" /><text
      class="dim"
      x="${LEFT + 108}"
      y="${y}"
      >watched</text
    ><circle class="denied" cx="${LEFT + 184}" cy="${cy}" r="5" /><text class="dim" x="${LEFT + 194}" y="${y}"
      >denied</text
    ><circle class="expected" cx="${LEFT + 264}" cy="${cy}" r="5" /><text class="dim" x="${LEFT + 275}" y="${y}"
      >denied as decided</text
    >`;
}
