import type { FailureRecord } from '../../../domain/watch/denial.ts';
import type { Edge } from '../../../domain/edges/edge.ts';
import type { PlannedEntry } from '../../../domain/plan/plan.ts';
import { isEnforced } from '../../../domain/project.ts';
import type { Readiness } from '../../../domain/access/readiness.ts';
import { printable } from '../../../domain/redact.ts';
import type { Risk } from '../../../domain/decisions/risk.ts';
import { LOG_BLIND_SPOTS, type ShadowCallee, type ShadowDenial } from '../../../domain/access/shadow.ts';
import { counted, formatDuration, isoTime, type EpochMs, type ProjectId } from '../../../domain/values.ts';
import type { Output } from '../../terminal/output.ts';
import { jsonText } from '../../terminal/stream.ts';
import { filled, widthOf } from '../../terminal/width.ts';
import { breakLine } from '../../terminal/wrap.ts';
import { roomFor } from '../../terminal/columns.ts';
import { cell, day, middle, paintState } from '../edges/text.ts';

/** What enforcing one callee would do, with the entries that it would get first. */
export interface ShadowResult extends ShadowCallee {
  readonly now: EpochMs;
  readonly planned: readonly PlannedEntry[];
  /** Why no entries can be planned; the callee would be held back. */
  readonly obstacle: string | null;
  readonly riskOf: (edge: Edge) => Risk | null;
  /** Uses that were noticed, by caller: at least so many. */
  readonly uses: ReadonlyMap<ProjectId, number>;
  readonly readiness: Readiness;
  readonly roleGaps: readonly FailureRecord[];
}

const unexpected = ({ denied }: ShadowCallee): readonly ShadowDenial[] =>
  denied.filter(({ expected, certain }) => !expected && certain);
const uncertain = ({ denied }: ShadowCallee): readonly ShadowDenial[] =>
  denied.filter(({ expected, certain }) => !expected && !certain);
const onPurpose = ({ denied }: ShadowCallee): readonly ShadowDenial[] => denied.filter(({ expected }) => expected);
const isReady = ({ readiness }: ShadowResult): boolean => readiness.hindrances.length === 0;

/** What the callees come to, counted as they pass. */
class Tally {
  readonly summary = {
    ...{ callees: 0, ready: 0, admitted: 0, denied: 0, uncertain: 0, deniedOnPurpose: 0 },
    ...{ incomplete: 0, schedulesUnread: 0 },
  };
  /** Callees that nothing hinders but time. */
  waiting = 0;

  add(result: ShadowResult): void {
    const { summary } = this;
    const { hindrances, schedulesUnread } = result.readiness;
    summary.callees += 1;
    summary.ready += isReady(result) ? 1 : 0;
    summary.admitted += result.admitted;
    summary.denied += unexpected(result).length;
    summary.uncertain += uncertain(result).length;
    summary.deniedOnPurpose += onPurpose(result).length;
    summary.incomplete += result.unseen.length > 0 ? 1 : 0;
    summary.schedulesUnread += schedulesUnread;
    this.waiting += hindrances.some(({ kind }) => kind === 'time') ? 1 : 0;
  }
}

/** The result as data, written callee by callee: its shape is public. */
export function shadowJson(results: AsyncIterable<ShadowResult>, unseen: readonly string[]): AsyncGenerator<string> {
  const tally = new Tally();
  async function* callees(): AsyncGenerator<object> {
    for await (const result of results) {
      tally.add(result);
      yield calleeJson(result);
    }
  }
  return jsonText({ callees: callees(), summary: () => tally.summary, unseen });
}

const calleeJson = (result: ShadowResult): object => ({
  callee: result.callee.path,
  enforced: isEnforced(result.callee),
  ready: isReady(result),
  hindrances: result.readiness.hindrances,
  notWaitedFor: result.readiness.notWaitedFor,
  admitted: result.admitted,
  denied: result.denied.map((denial) => denialJson(result, denial)),
  planned: result.planned.map(({ kind, path, defaultPermissions, policies, widening }) => ({
    ...{ kind, path, defaultPermissions, policies, widening },
  })),
  roleGaps: result.roleGaps.map(({ callerPath, jobId, jobName, finishedAt, reason }) => ({
    ...{ caller: callerPath, jobId, jobName, at: isoTime(finishedAt), reason },
  })),
  obstacle: result.obstacle,
  unseen: result.unseen,
});

function denialJson({ uses, riskOf }: ShadowResult, { edge, expected, certain, because }: ShadowDenial): object {
  return {
    ...{ caller: edge.callerPath, state: edge.state, expected, certain, because },
    risk: riskOf(edge),
    access: edge.access,
    sources: edge.sources,
    firstSeen: isoTime(edge.firstSeen),
    lastSeen: isoTime(edge.lastSeen),
    /** At least so often; null where only a scan, an import or a denial tells of it. */
    timesSeen: uses.get(edge.caller) ?? null,
  };
}

const LABEL = 9;

/** So many denials, or callees, the columns are measured by; a longer cell among those that come later stands out, uncut. */
const MEASURED = 1_000;

/**
 * The result for a terminal, callee by callee: those with something to say, then what it comes to.
 *
 * @param overall - what the evidence could not see of any callee
 */
export async function* shadowText(
  results: AsyncIterable<ShadowResult>,
  overall: readonly string[],
  out: Output,
): AsyncGenerator<string> {
  const tally = new Tally();
  const first: ShadowResult[] = [];
  let table: Table | null = null;
  for await (const result of results) {
    tally.add(result);
    if (!hasSomethingToSay(result)) continue;
    if (table !== null) {
      yield* lines(calleeLines(result, table, out));
      continue;
    }
    first.push(result);
    if (first.length < MEASURED && denials(first) < MEASURED) continue;
    table = tableOf(first, out.tableColumns);
    yield* firstLines(first, table, true, out);
  }
  if (table === null) {
    table = tableOf(first, out.tableColumns);
    yield* firstLines(first, table, denials(first) > 0, out);
  }
  yield* lines(summaryLines(tally, overall, table.shown, out));
}

function* firstLines(results: readonly ShadowResult[], table: Table, header: boolean, out: Output): Generator<string> {
  if (header) yield* lines([out.paint('dim', table.header)]);
  for (const result of results) yield* lines(calleeLines(result, table, out));
}

const lines = (texts: readonly string[]): readonly string[] => texts.map((text) => `${text}\n`);

const denials = (results: readonly ShadowResult[]): number =>
  results.reduce((sum, { denied }) => sum + denied.length, 0);

const hasSomethingToSay = ({ denied, unseen, obstacle, roleGaps }: ShadowResult): boolean =>
  denied.length > 0 || unseen.length > 0 || obstacle !== null || roleGaps.length > 0;

function calleeLines(result: ShadowResult, table: Table, out: Output): readonly string[] {
  const { callee, obstacle, roleGaps, unseen, readiness } = result;
  const enforced = isEnforced(callee) === true ? ' (enforced already)' : '';
  const waits = readiness.hindrances.filter(({ kind }) => kind === 'time').map(({ text }) => text);
  const note = (label: string, text: string): readonly string[] =>
    breakLine(`  ${label.padEnd(LABEL)}  ${printable(text)}`, out.textColumns ?? Infinity, LABEL + 4);
  return [
    `${out.paint('bold', middle(callee.path, out.tableColumns === null ? Infinity : out.columns - 24))}${enforced}`,
    ...(obstacle === null ? [] : note('held back', obstacle)),
    ...[...unexpected(result), ...uncertain(result), ...onPurpose(result)].flatMap((denial) =>
      denialLines(result, denial, table, out),
    ),
    ...roleGaps.flatMap(({ callerPath, reason, finishedAt }) =>
      note('role gap', `${callerPath}, ${day(finishedAt)}: ${reason}; no entry helps`),
    ),
    ...waits.flatMap((text) => note('wait', text)),
    ...readiness.notWaitedFor.flatMap((text) => note('rare', `${text}, which is not waited for`)),
    ...unseen.flatMap((text) => note('not seen', text)),
  ];
}

/** Columns after the caller. */
type Column = 'access' | 'risk' | 'since' | 'times' | 'last';

interface Table {
  readonly header: string;
  readonly shown: readonly Column[];
  readonly line: (label: string, caller: string, cells: Readonly<Record<Column, string>>) => string;
}

const WIDTHS: Readonly<Record<Column, number>> = { access: 12, risk: 4, since: 10, times: 5, last: 4 };

/** What a narrow terminal shows beside the callers' paths, which are there to be copied. */
const LAYOUTS: readonly (readonly Column[])[] = [
  ['access', 'risk', 'since', 'times', 'last'],
  ['access', 'risk', 'times', 'last'],
  ['access', 'risk', 'last'],
  ['risk', 'last'],
  [],
];

const accessText = ({ access }: Edge): string => (access.length === 0 ? '-' : access.join(','));

/** State, caller, access, risk, first seen, times, age of the last use: as much of it as the terminal has room for, elsewhere uncut. */
function tableOf(results: readonly ShadowResult[], columns: number | null): Table {
  const longest = (text: (edge: Edge) => string): number =>
    results.reduce(
      (most, { denied }) => denied.reduce((own, { edge }) => Math.max(own, widthOf(printable(text(edge)))), most),
      'caller'.length,
    );
  const access = columns === null ? longest(accessText) : WIDTHS.access;
  const callers = longest(({ callerPath }) => callerPath);
  const { layout: shown, room } = roomFor(callers, columns, LABEL + 4, LAYOUTS, WIDTHS);
  const fit = columns === null ? (text: string, most: number) => filled(printable(text), most) : cell;
  const fitted: Readonly<Record<Column, (text: string) => string>> = {
    access: (text) => fit(text, access),
    risk: (text) => text.padStart(WIDTHS.risk),
    since: (text) => text.padEnd(WIDTHS.since),
    times: (text) => text.padStart(WIDTHS.times),
    last: (text) => text.padStart(WIDTHS.last),
  };
  const line: Table['line'] = (label, caller, cells) =>
    [`  ${label}`, fit(caller, room), ...shown.map((column) => fitted[column](cells[column]))].join('  ').trimEnd();
  const heads = { access: 'access', risk: 'risk', since: 'since', times: 'times', last: 'last' };
  return { header: line(''.padEnd(LABEL), 'caller', heads), shown, line };
}

function denialLines(
  result: ShadowResult,
  { edge, expected, certain, because }: ShadowDenial,
  table: Table,
  out: Output,
): string[] {
  const tone = certain ? out.paint('red', 'DENIED'.padEnd(LABEL)) : out.paint('yellow', 'maybe'.padEnd(LABEL));
  const word = expected ? paintState(edge.state, out.paint, LABEL) : tone;
  const times = result.uses.get(edge.caller);
  const line = table.line(word, edge.callerPath, {
    access: accessText(edge),
    risk: String(result.riskOf(edge)?.score ?? '-'),
    since: day(edge.firstSeen),
    times: times === undefined ? '-' : `${times}+`,
    last: age(result.now - edge.lastSeen),
  });
  // That no entry lets it in is what most of them have in common; only what differs is worth a line.
  if (certain && because === 'no entry lets it in') return [line];
  const why = breakLine(`${''.padEnd(LABEL + 4)}${printable(because)}`, out.textColumns ?? Infinity, LABEL + 4);
  return [line, ...why.map((text) => out.paint('dim', text))];
}

function legend(shown: readonly Column[]): readonly string[] {
  const words = [
    ...(shown.includes('times') ? ['times: uses noticed, at least'] : []),
    ...(shown.includes('last') ? ['last: since the last use'] : []),
  ];
  return words.length === 0 ? [] : [words.join('; ')];
}

/** Whole days; what is younger than two is told in hours. */
const age = (ms: number): string => {
  const hours = Math.max(0, Math.floor(ms / 3_600_000));
  return hours < 48 ? `${hours}h` : formatDuration(Math.floor(hours / 24) * 86_400_000);
};

function summaryLines(
  { summary, waiting }: Tally,
  overall: readonly string[],
  shown: readonly Column[],
  out: Output,
): readonly string[] {
  const { callees, ready, denied, uncertain: doubtful, deniedOnPurpose, incomplete, schedulesUnread } = summary;
  const verdict =
    denied === 0 ? out.paint('green', 'nobody would be denied') : out.paint('red', `${denied} would be denied`);
  const later = waiting > 0 ? `, ${waiting} to be watched longer` : '';
  const onPurposeToo = deniedOnPurpose > 0 ? `, and ${deniedOnPurpose} on purpose` : '';
  return [
    `${counted(callees, 'callee')}: ${verdict}${onPurposeToo}`,
    `${counted(ready, 'callee')} ready${later}`,
    ...(doubtful > 0 ? [`${counted(doubtful, 'edge')} may be denied: it hangs on what could not be read.`] : []),
    ...(incomplete > 0 ? [`The evidence on ${counted(incomplete, 'callee')} is incomplete: see "not seen".`] : []),
    ...(schedulesUnread > 0 ? [`The schedules of callers were not read on ${counted(schedulesUnread, 'edge')}.`] : []),
    ...(denied + doubtful + deniedOnPurpose > 0 ? legend(shown) : []),
    ...overall.map((text) => `Not seen: ${text}`),
    `Not proof: ${LOG_BLIND_SPOTS}.`,
  ].flatMap((text) => breakLine(text, out.textColumns ?? Infinity, 2));
}
