import { GATE_RESULTS, stepLabel, waveName, waveStanding } from '../labels.ts';
import { count, number } from '../text.ts';
import type { ReportCallee, ReportGate, ReportWave } from '../model/types.ts';
import { failureTable } from './failures.ts';
import { chip, chunked, facts, path, table, time, type Tone } from './parts.ts';
import { html, type Html } from './tag.ts';

/** Each wave: how it was judged and why, who was denied, what happened to each callee. */
export function waveSection(waves: readonly ReportWave[]): Html {
  return html`<section id="waves">
    <h2>Waves</h2>
    ${waves.length === 0 ? html`<p class="soft">No wave has started: nothing has been changed on GitLab.</p>` : waves.map(waveArticle)}
  </section> `;
}

function waveArticle(wave: ReportWave): Html {
  const { label, tone } = waveStanding(wave);
  return html`<article class="panel" id="wave-${wave.id}">
    <h3>${waveName(wave)} ${chip(label, tone)}</h3>
    ${waveFacts(wave)}${reasons(wave)}${gates(wave.gates)}${failureTable(wave.failures)}${lines('Not read during the soak', wave.unread)}${lines('Kept, because people changed it meanwhile', wave.kept)}${calleeTable(wave.callees)}
  </article> `;
}

function waveFacts(wave: ReportWave): Html {
  const taken = wave.entriesTakenBack > 0 ? `, ${number(wave.entriesTakenBack)} taken back` : '';
  return facts([
    ['Started', time(wave.startedAt)],
    [
      wave.callees.some(({ enforces }) => enforces) ? 'Enforced from' : 'Changed',
      wave.enforcedAt === null ? null : time(wave.enforcedAt),
    ],
    ['Soak until', wave.soakUntil === null ? null : time(wave.soakUntil)],
    ['Ended', time(wave.endedAt)],
    ['Entries added', `${number(wave.entriesAdded)}${taken}`],
    ['Entries taken away', wave.entriesRemoved > 0 ? number(wave.entriesRemoved) : null],
    ['Entries narrowed', wave.entriesNarrowed > 0 ? number(wave.entriesNarrowed) : null],
    ['Widening', number(wave.widening)],
    ['Approved edges', `${number(wave.exercised)} exercised, ${number(wave.unproven)} unproven`],
    [
      'Seen',
      `${count(wave.jobs, 'job')} of callers, ${number(wave.allJobs)} in all, in ${count(wave.sweeps, 'sweep')}`,
    ],
    ['Instance switch', wave.instanceSwitch ? 'set by this wave' : null],
    [
      'Plan',
      html`<code>${wave.planHash.slice(0, 12)}</code
        >${wave.planApprovedBy === null ? null : ` approved by ${wave.planApprovedBy}`}`,
    ],
  ]);
}

function reasons({ reasons: words, verdict }: ReportWave): Html | null {
  if (words.length === 0) return null;
  return html`<h4>Verdict: ${verdict ?? 'none yet'}</h4>
    <ul class="plain">
      ${words.map((word) => html`<li>${word}</li>`)}
    </ul> `;
}

const GATE_TONES: Readonly<Record<ReportGate['result'], Tone>> = {
  held: 'good',
  broken: 'bad',
  short: 'doubt',
  open: 'busy',
};

/** Nobody has to read gates that are all met. */
function gates(rows: readonly ReportGate[]): Html | null {
  if (rows.length === 0 || rows.some(({ result }) => result !== 'held')) return gateTable(rows, false);
  return html`<details>
    <summary>Gates of the playbook: all ${number(rows.length)} met</summary>
    ${gateTable(rows, true)}
  </details> `;
}

const gateTable = (rows: readonly ReportGate[], untitled: boolean): Html | null =>
  table(
    'Gates of the playbook',
    ['Gate', 'Asked', 'Found', 'Result'],
    rows.map(
      ({ name, asked, found, result }) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td>${asked}</td>
          <td>${found}</td>
          <td>${chip(GATE_RESULTS[result], GATE_TONES[result])}</td>
        </tr> `,
    ),
    { untitled },
  );

function lines(title: string, words: readonly string[]): Html | null {
  if (words.length === 0) return null;
  return html`<h4>${title} (${number(words.length)})</h4>
    <ul class="plain">
      ${words.map((word) => html`<li>${word}</li>`)}
    </ul> `;
}

const STEP_TONES: Readonly<Record<ReportCallee['step'], Tone>> = {
  pending: 'busy',
  seeded: 'busy',
  enforced: 'good',
  failed: 'bad',
  'rolled-back': 'idle',
  kept: 'doubt',
};

/** Callees in one table of a wave: a column is sorted within its table. */
const PER_TABLE = 500;

function calleeTable(callees: readonly ReportCallee[]): Html | null {
  if (callees.length === 0) return null;
  const problems = callees.filter(({ problem }) => problem !== null).length;
  const head = ['Callee', 'Step', 'Since', 'Entries added', 'Taken away', 'Widening', 'Callers', 'Risk', 'Why here'];
  const parts: (readonly ReportCallee[])[] = [];
  // What went wrong comes first; the rest stays in the order in which it was changed.
  const sorted = [...callees].sort((a, b) => Number(a.problem === null) - Number(b.problem === null));
  for (let start = 0; start < sorted.length; start += PER_TABLE) parts.push(sorted.slice(start, start + PER_TABLE));
  const tables = chunked(
    parts,
    (part) => html`${table('Callees of the wave', head, part.map(calleeRow), { sort: true, untitled: true })}`,
    (part) => part.length,
  );
  const open = callees.length <= 12;
  return html`<details${open ? html` open` : null}><summary>${count(callees.length, 'callee')}${
    problems > 0 ? html` ${chip(count(problems, 'problem'), 'bad')}` : null
  }</summary>${tables}</details>
`;
}

function calleeRow(callee: ReportCallee): Html {
  const rejected = callee.rejectedCallers ?? 0;
  const said = callee.problem ?? callee.hold;
  const callers = callee.approvedCallers === null ? '–' : number(callee.approvedCallers);
  return html`<tr>
    <th scope="row">${path(callee.path)}</th>
    <td>${chip(stepLabel(callee), STEP_TONES[callee.step])}</td>
    <td class="time">${time(callee.enforcedAt)}</td>
    <td>${number(callee.entriesAdded)}</td>
    <td>${number(callee.entriesRemoved)}</td>
    <td>${number(callee.widening)}</td>
    <td>${callers}${rejected > 0 ? html` <span class="soft">${number(rejected)} refused</span>` : null}</td>
    <td class="n">${callee.risk === null ? '–' : number(callee.risk)}</td>
    <td class="why">${said === null ? null : html`<strong>${said}</strong> `}${callee.why}</td>
  </tr> `;
}
