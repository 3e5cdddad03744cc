import { groupBy } from '../model/group.ts';
import { count, number, shortTime } from '../text.ts';
import type { ReportDecision, ReportEdge, ReportGroupEntry } from '../model/types.ts';
import { chip, chunked, filter, path, table } from './parts.ts';
import { STATE_TONES } from './risk.ts';
import { html, type Html } from './tag.ts';

const STATES = ['undecided', 'approved', 'rejected', 'replaced'] as const;

/** Up to this many edges every callee is shown open; beyond, a reader opens what they look for. */
const OPEN_UP_TO = 150;

/** Every edge, by callee: who may reach whom, on whose word, and what proves it. */
export function edgeSection(
  edges: readonly ReportEdge[],
  unseenOf: ReadonlyMap<string, readonly string[]>,
  groupEntries: readonly ReportGroupEntry[],
): Html {
  const open = edges.length <= OPEN_UP_TO;
  const groups = chunked(
    undecidedFirst([...groupBy(edges, ({ callee }) => callee)]),
    ([callee, rows]) => calleeGroup(callee, rows, unseenOf.get(callee) ?? [], open),
    // A callee that is unfolded takes its own line, the head of its table and twice a line for each edge.
    ([, rows]) => (open ? 2 + 2 * rows.length : 1),
  );
  return html`<section id="edges">
    <h2>Edges</h2>
    <p>
      Each callee with the callers known to reach it. An edge is let in by the entry named; no entry was added without
      the decision beside it.
    </p>
    ${edges.length === 0 ? html`<p class="soft">No edge is known yet.</p>` : filter('edges', 'Find a caller, callee, rule or reason', { label: 'Show', states: [...STATES, 'exercised', 'unproven', 'expired'] })}${groups}${groupTable(groupEntries)}
  </section> `;
}

/** What a person has to decide stands first; else by path, as they come. */
const undecidedFirst = (
  groups: readonly [string, readonly ReportEdge[]][],
): readonly [string, readonly ReportEdge[]][] => {
  const undecided = (rows: readonly ReportEdge[]): boolean => rows.some(({ state }) => state === 'undecided');
  return [...groups.filter(([, rows]) => undecided(rows)), ...groups.filter(([, rows]) => !undecided(rows))];
};

function calleeGroup(callee: string, rows: readonly ReportEdge[], unseen: readonly string[], open: boolean): Html {
  const chips = STATES.flatMap((state) => {
    const n = rows.filter((edge) => edge.state === state).length;
    return n === 0 ? [] : [chip(`${number(n)} ${state}`, STATE_TONES[state])];
  });
  const head = ['Caller', 'State', 'Risk', 'Evidence', 'Let in by', 'Decision'];
  return html`<details data-name="${callee}" ${open ? html` open` : null}>
    <summary>
      ${path(callee)}${chips}${
        unseen.length === 0 ? null : html`<span class="soft">not seen: ${unseen.join('; ')}</span>`
      }
    </summary>
    ${table('Callers', head, rows.map(edgeRow), { sort: rows.length > 1, untitled: true })}
  </details> `;
}

function edgeRow(edge: ReportEdge): Html {
  const words = [edge.state, edge.proof ?? '', edge.decision?.expired === true ? 'expired' : ''].filter(
    (word) => word !== '',
  );
  const seen =
    edge.firstSeen === edge.lastSeen
      ? shortTime(edge.lastSeen)
      : `${shortTime(edge.firstSeen)} – ${shortTime(edge.lastSeen)}`;
  return html`<tr data-state="${words.join(' ')}">
    <th scope="row" class="path">${edge.caller}</th>
    <td>
      ${chip(edge.state, STATE_TONES[edge.state])}${
        edge.proof === null ? null : html` <span class="soft">${edge.proof}</span>`
      }
    </td>
    <td class="n">${risk(edge)}</td>
    <td>
      ${edge.access.length > 0 ? edge.access.join(', ') : 'access not told'}
      <span class="soft">${edge.sources.join(', ')}, ${seen}</span>
    </td>
    <td>${edge.admittedBy === null ? '–' : path(edge.admittedBy)}</td>
    <td class="why">
      ${edge.decision === null ? html`<span class="soft">nobody has decided</span>` : decision(edge.decision)}
    </td>
  </tr> `;
}

/** Points of 100; where facts were not read, with what it might come to. */
function risk({ risk: known }: ReportEdge): string {
  if (known === null) return '–';
  return known.atMost === known.score ? String(known.score) : `${known.score} to ${known.atMost}`;
}

/** Who, why, on what evidence, for what, until when. */
function decision(made: ReportDecision): Html {
  const until = made.expiresAt === null ? '' : `, until ${shortTime(made.expiresAt)}`;
  return html`${made.reason}
    <span class="soft"
      >${made.byKind} ${made.by}, ${shortTime(made.decidedAt)}; ${made.evidence};
      ${made.permissions}${until}${made.expired ? html` ${chip('expired', 'doubt')}` : null}</span
    >`;
}

function groupTable(entries: readonly ReportGroupEntry[]): Html | null {
  if (entries.length === 0) return null;
  const rows = entries.map(
    ({ callee, group, widening, decision: made }) =>
      html`<tr>
        <th scope="row">${path(callee)}</th>
        <td>${path(group)}</td>
        <td>${chip(made.verdict, STATE_TONES[made.verdict])}</td>
        <td>${widening === null ? '–' : count(widening, 'project')}</td>
        <td class="why">${decision(made)}</td>
      </tr> `,
  );
  return html`<h3>Group entries</h3>
    <p>
      A group entry also lets in what was never observed, and every project that joins the group later. Each has a
      sign-off of its own.
    </p>
    ${table('Group entries', ['Callee', 'Group', 'Verdict', 'Admitted beyond the observed', 'Decision'], rows, { sort: true, untitled: true })}`;
}
