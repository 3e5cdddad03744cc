import { count, number, percent } from '../text.ts';
import type { Attention, Headline, Report, ReportEdge } from '../model/types.ts';
import { enforcedChart, failureChart } from './charts.ts';
import { facts, time, withCommands } from './parts.ts';
import { html, type Html, type HtmlValue } from './tag.ts';
import { riskChart, riskiest } from './risk.ts';
import { timeline } from './timeline.ts';

/** The first screen: what waits for somebody, the figures, the charts. */
export function summary(report: Report): Html {
  const { headline, waves } = report;
  const charts: readonly (readonly [string, Html | null])[] = [
    ['Projects enforced, wave by wave', enforcedChart(headline, waves)],
    ['Waves over time', timeline(waves)],
    ['Edges by risk', risks(report.edges)],
    ['Failed jobs by what was made of them', failureChart(headline)],
  ];
  return html`<section id="summary">
    <h2 class="unseen">Summary</h2>
    ${attention(report.attention)}${cards(report)}${details(headline)}
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

function risks(edges: readonly ReportEdge[]): Html | null {
  const chart = riskChart(edges);
  return chart && html`${chart}${riskiest(edges)}`;
}

function attention(items: readonly Attention[]): Html | null {
  if (items.length === 0) return null;
  return html`<ul class="attention" aria-label="What needs a person">
    ${items.map(({ level, what, advice }) => html`<li class="${level}"><strong>${what}</strong> ${withCommands(advice)}</li> `)}
  </ul> `;
}

const card = (term: string, big: HtmlValue, note: string): Html =>
  html`<div class="card">
    <dt>${term}</dt>
    <dd class="big">${big}</dd>
    <dd class="note">${note}</dd>
  </div> `;

function cards({ headline: h, denials }: Report): Html {
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
  const open = denials.filter(({ state }) => state === 'open').length;
  return html`<dl class="cards">
    ${[
      card(
        'Projects enforced',
        of(h.enforced, `of ${number(h.projects)}${h.projects === 0 ? '' : `, ${percent(h.enforced, h.projects)}`}`),
        `${number(h.open)} open, ${number(h.unread)} not readable`,
      ),
      card(
        'Waves passed',
        of(passed, `of ${number(passed + failed + inconclusive + underway + rolledBack)}`),
        others.length > 0 ? others.join(', ') : passed > 0 ? 'none failed' : 'none has started',
      ),
      card(
        'Edges decided',
        of(decided, `of ${number(decided + h.edges.undecided)}`),
        `${number(h.edges.approved)} approved, ${number(h.edges.rejected)} rejected, ${number(h.edges.replaced)} replaced`,
      ),
      card(
        'Unexpected denials',
        number(unexpected),
        `${open === 0 ? 'none' : count(open, 'access', 'accesses')} still open, ${number(h.denials.expected)} denied as decided`,
      ),
    ]}
  </dl> `;
}

function details(h: Headline): Html {
  return facts([
    [
      'Entries added',
      `${number(h.entriesAdded)}${h.entriesTakenBack > 0 ? `, ${number(h.entriesTakenBack)} taken back` : ''}`,
    ],
    ['Entries taken away', h.entriesRemoved === 0 ? null : number(h.entriesRemoved)],
    ['Entries narrowed', h.entriesNarrowed === 0 ? null : number(h.entriesNarrowed)],
    ['Widening', `${count(h.widening, 'project')} beyond those observed`],
    ['Approved edges since the change', `${number(h.exercised)} exercised, ${number(h.unproven)} unproven`],
    ['Approvals past their date or in question', h.expired === 0 ? null : number(h.expired)],
    ["People's edits kept", h.keptEdits === 0 ? null : number(h.keptEdits)],
    ['API requests', h.requests === null ? null : number(h.requests)],
    ['Requests the plan expects', h.plannedRequests === null ? null : number(h.plannedRequests)],
    ['First write', h.firstWriteAt === null ? null : time(h.firstWriteAt)],
    ['Last write', h.lastWriteAt === null ? null : time(h.lastWriteAt)],
  ]);
}
