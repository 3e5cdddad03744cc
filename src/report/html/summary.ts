import { count, number, percent } from '../text.ts';
import type { Attention, Headline, Report } from '../model/types.ts';
import { enforcedChart, failureChart } from './charts.ts';
import { facts, time } from './parts.ts';
import { html, type Html, type HtmlValue } from './tag.ts';
import { timeline } from './timeline.ts';

/** The first screen: what waits for somebody, the figures, the charts. */
export function summary(report: Report): Html {
  const { headline, waves } = report;
  const charts: readonly (readonly [string, Html | null])[] = [
    ['Projects enforced, wave by wave', enforcedChart(headline, waves)],
    ['Waves over time', timeline(waves)],
    ['Failed jobs by what was made of them', failureChart(headline)],
  ];
  return html`<section id="summary" aria-label="Summary">
    ${attention(report.attention)}${cards(headline)}${details(headline)}
    ${charts.map(([title, chart]) =>
      chart === null
        ? null
        : html`<div class="panel">
            <h3>${title}</h3>
            ${chart}
          </div> `,
    )}
  </section> `;
}

function attention(items: readonly Attention[]): Html | null {
  if (items.length === 0) return null;
  return html`<ul class="attention" aria-label="What needs a person">
    ${items.map(({ level, what, advice }) => html`<li class="${level}"><strong>${what}</strong> ${advice}</li> `)}
  </ul> `;
}

const card = (term: string, big: HtmlValue, note: string): Html =>
  html`<div class="card">
    <dt>${term}</dt>
    <dd class="big">${big}</dd>
    <dd class="note">${note}</dd>
  </div> `;

function cards(h: Headline): Html {
  const of = (n: number, rest: string): Html => html`${number(n)} <small>${rest}</small>`;
  const { passed, failed, inconclusive, underway, rolledBack } = h.waves;
  const decided = h.edges.approved + h.edges.rejected + h.edges.replaced;
  const notes = [
    [underway, 'under way'],
    [inconclusive, 'inconclusive'],
    [failed, 'failed'],
    [rolledBack, 'rolled back'],
  ] as const;
  const others = notes.filter(([n]) => n > 0).map(([n, word]) => `${number(n)} ${word}`);
  const unexpected = h.denials.denied + h.denials.unclear;
  return html`<dl class="cards">
    ${[
      card(
        'Projects enforced',
        of(h.enforced, `of ${number(h.projects)}, ${percent(h.enforced, h.projects)}`),
        `${number(h.open)} open, ${number(h.unread)} not readable`,
      ),
      card(
        'Waves passed',
        of(passed, `of ${number(passed + failed + inconclusive + underway + rolledBack)}`),
        others.length > 0 ? others.join(', ') : 'none failed',
      ),
      card(
        'Edges decided',
        of(decided, `of ${number(decided + h.edges.undecided)}`),
        `${number(h.edges.approved)} approved, ${number(h.edges.rejected)} rejected, ${number(h.edges.replaced)} replaced`,
      ),
      card('Unexpected denials', number(unexpected), `${number(h.denials.expected)} denied as decided`),
    ]}
  </dl> `;
}

function details(h: Headline): Html {
  return facts([
    [
      'Entries added',
      `${number(h.entriesAdded)}${h.entriesTakenBack > 0 ? `, ${number(h.entriesTakenBack)} taken back` : ''}`,
    ],
    ['Widening', `${count(h.widening, 'project')} beyond those observed`],
    ['Approved edges since enforcement', `${number(h.exercised)} exercised, ${number(h.unproven)} unproven`],
    ['Approvals past their date or in question', number(h.expired)],
    ["People's edits kept", number(h.keptEdits)],
    ['API requests', h.requests === null ? null : number(h.requests)],
    ['Requests the plan expects', h.plannedRequests === null ? null : number(h.plannedRequests)],
    ['First write', time(h.firstWriteAt)],
    ['Last write', time(h.lastWriteAt)],
  ]);
}
