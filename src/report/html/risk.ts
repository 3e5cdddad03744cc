import type { EdgeState } from '../../domain/edges/edge.ts';
import type { ReportEdge } from '../model/types.ts';
import { number } from '../text.ts';
import { chip, path, table, type Tone } from './parts.ts';
import { html, type Html } from './tag.ts';

/** How good or bad a state of an edge looks. */
export const STATE_TONES: Readonly<Record<EdgeState, Tone>> = {
  approved: 'good',
  rejected: 'bad',
  replaced: 'idle',
  undecided: 'doubt',
};

/** In the order in which they are drawn: what is to be decided stands at the axis. */
const STATES = ['undecided', 'approved', 'replaced', 'rejected'] as const;
/** Lowest score of each band, the riskiest first. */
const BANDS = [80, 60, 40, 20, 0] as const;
const RISKIEST = 5;

const WIDTH = 1000;
const LEFT = 170;
const RIGHT = 150;
const ROW = 26;

/** How many edges are how risky, and what was decided on them. Null where no risk is known. */
export function riskChart(edges: readonly ReportEdge[]): Html | null {
  const rows = BANDS.map((from, index) => {
    const below = BANDS[index - 1] ?? 101;
    const inside = edges.filter(({ risk }) => risk !== null && risk.score >= from && risk.score < below);
    return {
      label: `${from} to ${below - 1}`,
      counts: STATES.map((state) => inside.filter((edge) => edge.state === state).length),
    };
  });
  const most = Math.max(...rows.map(({ counts }) => total(counts)));
  if (most === 0) return null;
  const height = BANDS.length * ROW + 30;
  return html`<div class="chart">
    <svg
      viewBox="0 0 ${WIDTH} ${height}"
      role="img"
      aria-label="Edges by risk, from 0 to 100, and by what was decided."
    >
      ${rows.map((row, index) => bandRow(row.label, row.counts, index * ROW, most))}${legend(height - 6)}
    </svg>
  </div> `;
}

const total = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n, 0);

function bandRow(label: string, counts: readonly number[], y: number, most: number): Html {
  const scale = (n: number): number => Math.round((n / most) * (WIDTH - LEFT - RIGHT) * 10) / 10;
  let before = 0;
  const bars = counts.map((n, index) => {
    const x = LEFT + scale(before);
    before += n;
    return n === 0
      ? null
      : html`<rect
          class="f-${STATE_TONES[STATES[index] ?? 'replaced']}"
          x="${x}"
          y="${y + 3}"
          width="${Math.max(2, scale(n))}"
          height="16"
          rx="2"
        />`;
  });
  const undecided = counts[0] ?? 0;
  const all = total(counts);
  const note =
    undecided === 0
      ? number(all)
      : undecided === all
        ? `${number(all)} undecided`
        : `${number(all)}, ${number(undecided)} undecided`;
  return html`<text x="0" y="${y + 15}">${label}</text>${bars}<text
      class="dim"
      x="${LEFT + scale(all) + 10}"
      y="${y + 15}"
      >${note}</text
    > `;
}

const legend = (y: number): readonly Html[] =>
  STATES.map((state, index) => {
    const x = LEFT + index * 110;
    return html`<rect class="f-${STATE_TONES[state]}" x="${x}" y="${y - 9}" width="10" height="10" rx="2" /><text
        class="dim"
        x="${x + 16}"
        y="${y}"
        >${state}</text
      >`;
  });

/** The riskiest of what is let in or not decided, with the reasons. Null where no risk is known. */
export function riskiest(edges: readonly ReportEdge[]): Html | null {
  const known = edges.flatMap((edge) => (edge.risk === null ? [] : [{ edge, risk: edge.risk }]));
  const rows = known
    .filter(({ edge: { state } }) => state === 'approved' || state === 'undecided')
    .sort((a, b) => b.risk.score - a.risk.score)
    .slice(0, RISKIEST)
    .map(
      ({ edge, risk }) =>
        html`<tr>
          <th scope="row">${path(edge.caller)} → ${path(edge.callee)}</th>
          <td class="n">${risk.score}</td>
          <td>${chip(edge.state, STATE_TONES[edge.state])}</td>
          <td class="why">${risk.reasons.join(', ')}</td>
        </tr> `,
    );
  return table('The riskiest that are let in, or not decided', ['Edge', 'Risk', 'State', 'Because (points)'], rows);
}
