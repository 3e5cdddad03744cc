import { denialOutcome } from '../model/denials.ts';
import { DISPOSITIONS, FINDINGS, GATE_RESULTS, stepLabel, waveName, waveStanding } from '../labels.ts';
import { code, prose, table, withCommands } from './text.ts';
import { count, number, percent, shortTime } from '../text.ts';
import type { Report, ReportEdge, ReportFailure, ReportNext, ReportWave } from '../model/types.ts';

// GitLab takes at most 1,048,576 characters in a description; cells hold at most some hundred each.
const ROWS = { edges: 200, callees: 60, failures: 40, projects: 100, names: 10, findings: 60 } as const;

/** The report as Markdown for a GitLab issue: tables are cut, and say so; the HTML report has every row. */
export function renderMarkdown(report: Report): string {
  const sections = [
    head(report),
    headline(report),
    attention(report),
    ...report.waves.map(wave),
    failureSection('Failed jobs outside the waves', report.otherFailures),
    edges(report),
    blindSpots(report),
    denials(report),
    findings(report),
    ledger(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const dash = (text: string | null): string => (text === null || text === '' ? '–' : text);
const when = (iso: string | null): string => (iso === null ? '–' : shortTime(iso));

function head({ rollout, generatedAt, tool, next }: Report): string {
  return [
    `# Job token rollout of ${code(rollout.gitlabUrl)}`,
    '',
    `${code(rollout.gitlabUrl)}, playbook ${code(rollout.playbook)}. ${prose(rollout.standing)}`,
    ...(next === null ? [] : ['', nextLine(next)]),
    '',
    `Made ${shortTime(generatedAt)} by tidegate ${prose(tool.version)}. Times are UTC.`,
  ].join('\n');
}

function nextLine({ what, how, notBefore, person }: ReportNext): string {
  const since = notBefore === null ? '' : `, not before ${shortTime(notBefore)}`;
  return `**${person ? 'Waits for a person' : 'Next'}**: ${withCommands(`${what}${since}. ${how}`)}`;
}

function headline({ headline: h }: Report): string {
  const waves = Object.entries(h.waves).filter(([, n]) => n > 0);
  const denials = Object.entries(h.denials).filter(([, n]) => n > 0);
  const label = (word: string): string => DISPOSITIONS[word as keyof typeof DISPOSITIONS].label;
  const rows = [
    ['Projects enforced', `${number(h.enforced)} of ${number(h.projects)} (${percent(h.enforced, h.projects)})`],
    ['Open, not readable', `${number(h.open)} open, ${number(h.unread)} not readable`],
    ['Waves', waves.map(([word, n]) => `${number(n)} ${word === 'rolledBack' ? 'rolled back' : word}`).join(', ')],
    ['Entries added', `${number(h.entriesAdded)}, of which ${number(h.entriesTakenBack)} taken back${tightened(h)}`],
    ['Widening', `${count(h.widening, 'project')} admitted beyond those observed`],
    [
      'Edges',
      Object.entries(h.edges)
        .map(([state, n]) => `${number(n)} ${state}`)
        .join(', '),
    ],
    ['Approved edges since the change', `${number(h.exercised)} exercised, ${number(h.unproven)} unproven`],
    ['Failed jobs looked at', denials.map(([word, n]) => `${number(n)} ${label(word)}`).join(', ')],
    ['API requests', requests(h.requests, h.plannedRequests)],
    ['Writes', `${when(h.firstWriteAt)} to ${when(h.lastWriteAt)}`],
  ].map(([name = '', value = '']) => [name, dash(value)]);
  return `## Where it stands\n\n${table(['Figure', 'Value'], rows, rows.length)}`;
}

function requests(sent: number | null, planned: number | null): string {
  const words = sent === null ? [] : [`${number(sent)} sent`];
  if (planned !== null) words.push(`${number(planned)} expected by the current plan`);
  return words.join(', ');
}

function attention({ attention: items }: Report): string {
  if (items.length === 0) return '';
  return `## What needs a person\n\n${items
    .map(({ level, what, advice }) => `- **${level}**: ${prose(what)} ${withCommands(advice)}`)
    .join('\n')}`;
}

function wave(row: ReportWave): string {
  const parts = [
    `## ${waveName(row)}: ${prose(waveStanding(row).label)}`,
    `Plan ${code(row.planHash.slice(0, 12))}, started ${when(row.startedAt)}, ${row.callees.some(({ enforces }) => enforces) ? 'enforced' : 'changed'} ${when(row.enforcedAt)}, soak until ${when(row.soakUntil)}, ended ${when(row.endedAt)}. ` +
      `${count(row.entriesAdded, 'entry', 'entries')} added, ${number(row.entriesTakenBack)} taken back${tightened(row)}, widening ${number(row.widening)}. ` +
      `${number(row.exercised)} approved edges exercised, ${number(row.unproven)} unproven.`,
    row.reasons.map((reason) => `- ${prose(reason)}`).join('\n'),
    table(
      ['Gate', 'Asked', 'Found', 'Result'],
      row.gates.map(({ name, asked, found, result }) => [name, asked, found, GATE_RESULTS[result]]),
      row.gates.length,
    ),
    row.unread.length === 0 ? '' : `Not read during the soak: ${names(row.unread)}`,
    table(
      ['Callee', 'Step', 'Since', 'Entries added', 'Taken away', 'Problem'],
      row.callees.map((callee) => [
        code(callee.path),
        stepLabel(callee),
        when(callee.enforcedAt),
        number(callee.entriesAdded),
        number(callee.entriesRemoved),
        prose(dash(callee.problem ?? callee.hold)),
      ]),
      ROWS.callees,
    ),
    failureTable(row.failures),
    row.kept.length === 0 ? '' : `Kept, because people changed it: ${names(row.kept)}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What became of entries that stood before the rollout. */
const tightened = ({
  entriesRemoved,
  entriesNarrowed,
}: Pick<ReportWave, 'entriesRemoved' | 'entriesNarrowed'>): string =>
  [
    entriesRemoved > 0 ? `, ${number(entriesRemoved)} earlier ones taken away` : '',
    entriesNarrowed > 0 ? `, ${number(entriesNarrowed)} narrowed` : '',
  ].join('');

function names(all: readonly string[]): string {
  const rest = all.length > ROWS.names ? ` and ${number(all.length - ROWS.names)} more` : '';
  return all.slice(0, ROWS.names).map(code).join(', ') + rest;
}

function failureTable(failures: readonly ReportFailure[]): string {
  return table(
    ['Caller → callee', 'Job', 'When', 'Disposition', 'Quote', 'Why'],
    failures.map((failure) => [
      `${code(failure.caller)} → ${failure.callee === null ? 'not known' : code(failure.callee)}`,
      code(failure.job),
      when(failure.finishedAt),
      DISPOSITIONS[failure.disposition].label,
      failure.quote === null ? '–' : code(failure.quote),
      prose(failure.reason),
    ]),
    ROWS.failures,
  );
}

const failureSection = (title: string, failures: readonly ReportFailure[]): string =>
  failures.length === 0 ? '' : `## ${title}\n\n${failureTable(failures)}`;

// In an issue the edges that want a decision come first; what is settled can be looked up.
const STATE_ORDER: readonly ReportEdge['state'][] = ['undecided', 'rejected', 'replaced', 'approved'];

function edges({ edges: all }: Report): string {
  if (all.length === 0) return '';
  const sorted = STATE_ORDER.flatMap((state) => all.filter((edge) => edge.state === state));
  const rows = sorted.slice(0, ROWS.edges + 1).map(edgeRow);
  const padded = [...rows, ...Array.from({ length: sorted.length - rows.length }, () => [])];
  const columns = [
    'Caller → callee',
    'State',
    'Risk',
    'Access',
    'Seen',
    'Since the change',
    'Decided by',
    'Why',
    'Until',
  ];
  return `## Edges\n\n${table(columns, padded, ROWS.edges)}`;
}

function edgeRow(edge: ReportEdge): readonly string[] {
  const { decision } = edge;
  return [
    `${code(edge.caller)} → ${code(edge.callee)}`,
    edge.state,
    edge.risk === null ? '–' : number(edge.risk.score),
    dash(edge.access.map(code).join(' ')),
    `${edge.sources.join(', ')} ${when(edge.lastSeen)}`,
    dash(edge.proof),
    decision ? `${decision.byKind} ${code(decision.by)} ${when(decision.decidedAt)}` : '–',
    decision ? prose(decision.reason) : '–',
    decision ? `${when(decision.expiresAt)}${decision.expired ? ' (expired)' : ''}` : '–',
  ];
}

function blindSpots({ completeness: { inventories, firstInventoryAt, lastInventoryAt, limits } }: Report): string {
  const lines = limits.map(
    ({ text, projects }) =>
      `- ${prose(text)}${projects.length > 0 ? ` ${number(projects.length)}: ${names(projects)}` : ''}`,
  );
  const read = `${count(inventories, 'inventory', 'inventories')}, the first ${when(firstInventoryAt)}, the last ${when(lastInventoryAt)}.`;
  return ['## What the evidence could not see', read, lines.join('\n')].filter((part) => part !== '').join('\n\n');
}

function denials({ denials: all }: Report): string {
  if (all.length === 0) return '';
  const rows = all.map((denial) => [
    `${code(denial.caller)} → ${denial.callee === null ? '?' : code(denial.callee)}`,
    `${count(denial.count, 'job')}, ${when(denial.first)} to ${when(denial.last)}`,
    prose(denial.reason),
    prose(denialOutcome(denial)),
    dash(denial.owners.map((name) => code(name)).join(', ')),
  ]);
  return `## Refused accesses\n\n${table(['Edge', 'Jobs', 'Why', 'Outcome', 'Owners'], rows, ROWS.findings)}`;
}

function findings({ findings: all }: Report): string {
  if (all.length === 0) return '';
  const rows = all
    .toReversed()
    .map(({ at, kind, subject, text }) => [when(at), FINDINGS[kind], code(subject), prose(text)]);
  return `## Findings\n\n${table(['When', 'Kind', 'Subject', 'Finding'], rows, ROWS.findings)}`;
}

function ledger({ ledger: { rows, anchor, problem } }: Report): string {
  const state = problem === null ? 'The chain adds up.' : `**The chain does not add up**: ${prose(problem)}.`;
  return `## Ledger\n\n${count(rows, 'row')}, anchor ${code(anchor)}. ${state}`;
}
