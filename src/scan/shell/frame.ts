import type { AndOr, CompoundList, PipelineNode } from 'unbash';
import type { Findings } from '../reach/findings.ts';
import type { SourceText } from '../source.ts';
import type { Workspace } from './workspace.ts';
import type { Expander } from './expand.ts';
import type { Line, ShellState } from './state.ts';
import type { Decision } from './test.ts';

/** Where a node runs: the text it was parsed from, its input, and how deep calls are nested. */
export interface Frame {
  readonly source: SourceText;
  readonly stdin: readonly Line[] | null;
  readonly depth: number;
}

/** A state after a node, and whether the node succeeded. */
export interface Step {
  readonly state: ShellState;
  readonly status: Decision;
}

/** What commands and builtins ask of the interpreter that runs them. */
export interface Runner {
  readonly findings: Findings;
  readonly workspace: Workspace;
  /** Runs text on each state and returns the states it may end in. */
  readonly run: (
    source: SourceText,
    states: readonly ShellState[],
    stdin?: readonly Line[] | null,
    depth?: number,
  ) => readonly ShellState[];
  readonly node: (node: PipelineNode | AndOr | CompoundList, frame: Frame, state: ShellState) => readonly Step[];
  readonly expander: (frame: Frame, state: ShellState) => Expander;
}
