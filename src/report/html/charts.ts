import { DISPOSITIONS, waveName } from '../labels.ts';
import { number, percent } from '../text.ts';
import type { Headline, ReportWave } from '../model/types.ts';
import { table } from './parts.ts';
import { html, type Html } from './tag.ts';

const WIDTH = 1000;
const LEFT = 170;
const RIGHT = 150;
const ROW = 26;

/** One row of the chart: what was enforced before, what this wave added, what it tried and lost. */
interface Step {
  readonly label: string;
  readonly before: number;
  readonly added: number;
  readonly undone: number;
  readonly note: string;
}

/** Projects enforced, wave after wave. Null without projects, and where all were enforced before the first wave. */
export function enforcedChart(headline: Headline, waves: readonly ReportWave[]): Html | null {
  if (headline.projects === headline.enforcedBefore) return null;
  const steps = stepsOf(headline, waves);
  const height = steps.length * ROW + 6;
  const scale = (n: number): number => Math.round((n / headline.projects) * (WIDTH - LEFT - RIGHT) * 10) / 10;
  return html`<div class="chart">
    <svg
      viewBox="0 0 ${WIDTH} ${height}"
      role="img"
      aria-label="Projects enforced after each wave, of ${headline.projects} in scope."
    >
      ${steps.map((step, index) => stepRow(step, index * ROW, scale, headline.projects))}
    </svg>
  </div> `;
}

function stepRow(step: Step, y: number, scale: (n: number) => number, total: number): Html {
  const start = LEFT + scale(step.before);
  return html`<text x="0" y="${y + 15}">${step.label}</text
    ><rect
      class="track"
      x="${LEFT}"
      y="${y + 3}"
      width="${scale(total)}"
      height="16"
      rx="3"
    />${bar('past', LEFT, y, scale(step.before))}${bar('done', start, y, scale(step.added))}${
      step.undone > 0
        ? html`<rect
            class="tried"
            x="${start}"
            y="${y + 3.5}"
            width="${Math.max(2, scale(step.undone))}"
            height="15"
            rx="2"
          />`
        : null
    }<text class="dim" x="${LEFT + scale(total) + 10}" y="${y + 15}">${step.note}</text> `;
}

const bar = (kind: string, x: number, y: number, width: number): Html | null =>
  width > 0
    ? html`<rect class="${kind}" x="${x}" y="${y + 3}" width="${Math.max(1, width)}" height="16" rx="2" />`
    : null;

function stepsOf(headline: Headline, waves: readonly ReportWave[]): readonly Step[] {
  const steps: Step[] = [];
  let enforced = headline.enforcedBefore;
  if (enforced > 0)
    steps.push({ label: 'Enforced without us', before: enforced, added: 0, undone: 0, note: number(enforced) });
  for (const wave of waves) {
    const turnedOn = wave.callees.filter(({ enforces }) => enforces);
    const added = turnedOn.filter(({ step }) => step === 'enforced' || step === 'kept').length;
    const undone = turnedOn.filter(({ step }) => step === 'rolled-back').length;
    if (added + undone === 0) continue;
    const sum = enforced + added;
    const note = undone > 0 ? `${number(sum)} (${number(undone)} taken back)` : `${number(sum)} (+${number(added)})`;
    steps.push({ label: waveName(wave), before: enforced, added, undone, note });
    enforced = sum;
  }
  const now = headline.enforced;
  steps.push({
    label: 'Now',
    before: 0,
    added: now,
    undone: 0,
    note: `${number(now)} (${percent(now, headline.projects)})`,
  });
  return steps;
}

/** Failed jobs by what was made of them, longest bar first among those that count against a wave. */
export function failureChart({ denials }: Headline): Html | null {
  const kinds = Object.entries(denials).filter(([, n]) => n > 0) as [keyof typeof DISPOSITIONS, number][];
  const most = Math.max(1, ...kinds.map(([, n]) => n));
  const tone = (kind: string): string => (kind === 'denied' ? 'f-bad' : kind === 'unclear' ? 'f-doubt' : 'f-idle');
  return table(
    'Failed jobs by what was made of them',
    ['Disposition', 'Share', 'Jobs', 'Meaning'],
    kinds.map(
      ([kind, n]) =>
        html`<tr>
          <th scope="row">${DISPOSITIONS[kind].label}</th>
          <td>
            <svg class="mini" viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true">
              <rect class="track" width="200" height="14" rx="3" />
              <rect class="${tone(kind)}" width="${Math.max(3, Math.round((n / most) * 200))}" height="14" rx="3" />
            </svg>
          </td>
          <td class="n">${number(n)}</td>
          <td class="soft">${DISPOSITIONS[kind].means}</td>
        </tr> `,
    ),
    { untitled: true },
  );
}
