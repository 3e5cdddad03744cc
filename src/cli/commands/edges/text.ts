import type { Decision } from '../../../domain/decisions/decision.ts';
import type { EdgeState } from '../../../domain/edges/edge.ts';
import type { EntryPermissions } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import { isoTime, type EpochMs } from '../../../domain/values.ts';
import type { Paint } from '../../terminal/output.ts';
import { beginning, ending, filled, widthOf } from '../../terminal/width.ts';

/** Shortens in the middle, where two long paths differ least. */
export function middle(text: string, width: number): string {
  const line = printable(text);
  if (widthOf(line) <= width) return line;
  const tail = Math.ceil((width - 1) / 2);
  return `${beginning(line, width - 1 - tail)}…${ending(line, tail)}`;
}

/** Text in a column of that width: cut in its middle, or filled up. */
export const cell = (text: string, width: number): string => filled(middle(text, width), width);

/** The day of a moment, in UTC. */
export const day = (moment: EpochMs): string => isoTime(moment).slice(0, 10);

/** A state in its colour, filled up to `width` columns. */
export function paintState(state: EdgeState, paint: Paint, width = 0): string {
  const tone = { undecided: 'yellow', approved: 'green', rejected: 'red', replaced: 'cyan' } as const;
  return paint(tone[state], state.padEnd(width));
}

/** `rule same-team`, `mara`: who decided, in words. */
export const deciderOf = ({ by }: Pick<Decision, 'by'>): string =>
  by.kind === 'rule' ? `rule ${printable(by.name)}` : printable(by.name);

/** `approved`, or `replaced by deploy token`. */
export const verdictText = ({ verdict, replacedBy }: Pick<Decision, 'verdict' | 'replacedBy'>): string =>
  replacedBy === null ? verdict : `${verdict} by ${replacedBy.replaceAll('-', ' ')}`;

/** What an entry grants, in words. */
export const permissionsText = ({ defaultPermissions, policies }: EntryPermissions): string =>
  defaultPermissions ? 'default permissions' : policies.length === 0 ? 'no permissions' : policies.join(', ');
