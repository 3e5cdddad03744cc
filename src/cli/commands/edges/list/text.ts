import { counted } from '../../../../domain/values.ts';
import type { Decision } from '../../../../domain/decisions/decision.ts';
import type { Risk } from '../../../../domain/decisions/risk.ts';
import type { Edge, EdgeState } from '../../../../domain/edges/edge.ts';
import { EDGE_STATES } from '../../../../domain/edges/edge-filter.ts';
import { printable } from '../../../../domain/redact.ts';
import type { Output } from '../../../terminal/output.ts';
import { widthOf } from '../../../terminal/width.ts';
import { roomFor } from '../../../terminal/columns.ts';
import { breakLine, breakLines } from '../../../terminal/wrap.ts';
import { cell, day, deciderOf, middle, paintState } from '../text.ts';
import { tallyLines, whatIfText, type Trial, type WhatIf } from './what-if.ts';

/** One edge as the list shows it. */
export interface Row {
  readonly edge: Edge;
  readonly decision: Decision | null;
  readonly whatIf: WhatIf | null;
  /** Null where the caller is not known any more. */
  readonly risk: Risk | null;
  /** Whether the callee is part of the rollout. */
  readonly inScope: boolean;
}

/** Which of the rows are shown; `limit` may be infinite. */
export interface Window {
  readonly offset: number;
  readonly limit: number;
}

/** @param count - called for each row, shown or not */
export async function* windowed(
  rows: AsyncIterable<Row>,
  { offset, limit }: Window,
  count: () => void = () => undefined,
): AsyncGenerator<Row> {
  let index = 0;
  for await (const row of rows) {
    count();
    if (index >= offset && index < offset + limit) yield row;
    index += 1;
  }
}

/** What has to be known before the first line: how wide the columns are, and what the last line says. */
export interface Overview {
  readonly known: number;
  readonly total: number;
  readonly shown: number;
  readonly states: Readonly<Record<EdgeState, number>>;
  readonly longestCaller: number;
  readonly longestAccess: number;
  /** Edges that no rule decides, and those that stand otherwise, of a trial. */
  readonly left: number;
  /** Edges that rules on trial would decide otherwise, and do not. */
  readonly differ: number;
  /** Approvals of rules that the bar on trial would put into question. */
  readonly questioned: number;
  /** Edges whose risk rests on facts that were not all read. */
  readonly unread: number;
  /** Edges that would fit and are left out, as their callees are outside of the scope. */
  readonly outside: number;
}

/** Goes through all rows once and keeps none. */
export async function overviewOf(
  rows: AsyncIterable<Row>,
  { offset, limit }: Window,
  known: number,
): Promise<Overview> {
  const states = { undecided: 0, approved: 0, rejected: 0, replaced: 0 };
  const sum = {
    known,
    total: 0,
    shown: 0,
    longestCaller: 'caller'.length,
    longestAccess: 'access'.length,
    left: 0,
    differ: 0,
    questioned: 0,
    unread: 0,
    outside: 0,
  };
  for await (const { edge, whatIf, risk } of rows) {
    if (sum.total >= offset && sum.total < offset + limit) {
      sum.shown += 1;
      sum.longestCaller = Math.max(sum.longestCaller, widthOf(printable(edge.callerPath)));
      sum.longestAccess = Math.max(sum.longestAccess, widthOf(printable(accessText(edge))));
    }
    sum.total += 1;
    states[edge.state] += 1;
    if (whatIf?.outcome === 'ask' && whatIf.rule === null) sum.left += 1;
    if (whatIf?.outcome === 'question') sum.questioned += 1;
    else if (whatIf?.differs === true) sum.differ += 1;
    if (risk !== null && risk.unread.length > 0) sum.unread += 1;
  }
  return { ...sum, states };
}

const accessText = ({ access }: Edge): string => (access.length === 0 ? '-' : access.join(','));

const STATE_WIDTH = 9;

/** Columns after the caller. */
type Column = 'access' | 'risk' | 'seen';
const WIDTHS: Readonly<Record<Column, number>> = { access: 16, risk: 4, seen: 10 };

/** What a narrow terminal shows beside the callers' paths, which are there to be copied. */
const LAYOUTS: readonly (readonly Column[])[] = [['access', 'risk', 'seen'], ['access', 'risk'], ['risk'], []];

/** The list as text, line by line. Columns: on a terminal as wide as it is, elsewhere as wide as what stands in them. */
export class ListText {
  readonly #overview: Overview;
  readonly #window: Window;
  readonly #out: Output;
  readonly #width: number;
  readonly #callerWidth: number;
  readonly #accessWidth: number;
  readonly #columns: readonly Column[];

  constructor(overview: Overview, window: Window, out: Output) {
    this.#overview = overview;
    this.#window = window;
    this.#out = out;
    const columns = out.tableColumns;
    this.#width = columns ?? Infinity;
    this.#accessWidth = columns === null ? overview.longestAccess : WIDTHS.access;
    const { layout, room } = roomFor(overview.longestCaller, columns, STATE_WIDTH + 4, LAYOUTS, WIDTHS);
    this.#columns = layout;
    this.#callerWidth = room;
  }

  /** @param trial - what the rules made of all rows; null where none were tried */
  async *lines(rows: AsyncIterable<Row>, trial: Trial | null): AsyncGenerator<string> {
    const { known, total, outside } = this.#overview;
    if (known === 0) yield 'No edge is known yet: `tidegate inventory` reads who reaches whom.\n';
    else if (total === 0) yield `None of the ${counted(known, 'known edge')} fits.\n`;
    else yield* this.#table(rows);
    if (outside > 0) {
      const text = `Left out: ${counted(outside, 'edge')} of callees outside of the scope, on which nothing waits; --outside shows them.`;
      yield `${this.#broken(text)}\n`;
    }
    if (trial === null) return;
    const tally = tallyLines(trial.tally(), this.#overview);
    yield [
      'With these rules:',
      ...tally.flatMap((text) => breakLine(text, this.#out.textColumns ?? Infinity, 4)),
      '',
    ].join('\n');
  }

  async *#table(rows: AsyncIterable<Row>): AsyncGenerator<string> {
    const { paint } = this.#out;
    yield `${paint('dim', this.#line('state'.padEnd(STATE_WIDTH), 'caller', 'access', 'risk', 'last seen'))}\n`;
    let callee: string | null = null;
    for await (const row of rows) {
      const { calleePath } = row.edge;
      if (calleePath !== callee) {
        const where = row.inScope ? '' : ' (outside of the scope)';
        yield `${paint('bold', middle(calleePath, this.#width - where.length))}${where}\n`;
      }
      callee = calleePath;
      yield `${this.#rowLines(row).join('\n')}\n`;
    }
    yield `${this.#broken(this.#summary())}\n`;
  }

  #rowLines({ edge, decision, whatIf, risk }: Row): readonly string[] {
    const state = paintState(edge.state, this.#out.paint, STATE_WIDTH);
    const line = this.#line(state, edge.callerPath, accessText(edge), String(risk?.score ?? '-'), day(edge.lastSeen));
    const expired = edge.state === 'undecided' && decision !== null;
    return [
      line,
      ...(expired ? [this.#note(expiredText(decision))] : []),
      ...(whatIf && (whatIf.outcome !== 'stands' || whatIf.differs) ? [this.#note(whatIfText(whatIf))] : []),
    ];
  }

  #line(state: string, caller: string, access: string, risk: string, seen: string): string {
    const cells: Readonly<Record<Column, string>> = {
      access: cell(access, this.#accessWidth),
      risk: risk.padStart(WIDTHS.risk),
      seen,
    };
    return [`  ${state}`, cell(caller, this.#callerWidth), ...this.#columns.map((column) => cells[column])]
      .join('  ')
      .trimEnd();
  }

  #note(text: string): string {
    const lines = breakLine(`             ${printable(text)}`, this.#out.textColumns ?? Infinity, 13);
    return this.#out.paint('dim', lines.join('\n'));
  }

  #broken(text: string): string {
    return breakLines(text, this.#out.textColumns);
  }

  #summary(): string {
    const { total, shown, states, unread } = this.#overview;
    const counts = EDGE_STATES.filter((state) => states[state] > 0).map((state) => `${states[state]} ${state}`);
    const { offset } = this.#window;
    const part = shown === total ? '' : shown === 0 ? ' (none shown)' : ` (${offset + 1} to ${offset + shown} shown)`;
    const open =
      unread === 0
        ? ''
        : `; of ${unread === total ? 'each' : unread} the risk is a lower bound, as facts were not read`;
    return `${counted(total, 'edge')}: ${counts.join(', ')}${part}${open}`;
  }
}

/** An edge whose approval has run out or is in question waits again, and should not look as if nobody knew it. */
function expiredText(decision: Decision): string {
  const { question, owner } = decision;
  const why =
    question === null
      ? `until ${day(decision.expiresAt ?? decision.decidedAt)}`
      : `and in question since ${day(question.at)}: risk ${question.score}, ${question.because}`;
  return `approved by ${deciderOf(decision)} ${why}${owner === null ? '' : `; ask ${owner}`}`;
}
