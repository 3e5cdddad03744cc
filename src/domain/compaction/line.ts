import { byText, type GroupNode } from './tree.ts';

/** Callers of one group that every group entry covers together or not at all. */
export interface Segment {
  readonly callers: readonly string[];
}

/** A group entry seen from the line: it covers the segments from `start` up to, but not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly group: GroupNode;
}

/** The callers in depth-first path order, where each group is a run of neighbours. */
export interface Line {
  readonly segments: readonly Segment[];
  /** Of the groups that may stand as entries, inner ones before outer ones. */
  readonly spans: readonly Span[];
}

/** Callers that keep project entries of their own, and the groups that admit the rest. */
export interface Cover {
  readonly callers: readonly string[];
  readonly groups: readonly GroupNode[];
}

interface Visit {
  readonly group: GroupNode;
  readonly start: number;
  /** Children yet to visit, the next one last. */
  readonly queue: GroupNode[];
}

function childrenOf(groups: ReadonlyMap<string, GroupNode>): GroupNode[] {
  return [...groups].sort(([a], [b]) => byText(b, a)).map(([, group]) => group);
}

/** Lays the tree out as a line: the projects of a group itself, then its subgroups in path order. */
export function layOut(roots: ReadonlyMap<string, GroupNode>): Line {
  const segments: Segment[] = [];
  const spans: Span[] = [];
  const open = (group: GroupNode): Visit => {
    const start = segments.length;
    if (group.direct.length > 0) segments.push({ callers: group.direct });
    return { group, start, queue: childrenOf(group.children) };
  };
  const close = ({ group, start }: Visit): void => {
    if (group.forbidden) return;
    const end = segments.length;
    const inner = spans.at(-1);
    // The same callers as the group inside it: that one is deeper and admits no more, so this one is never better.
    if (inner?.start === start && inner.end === end) return;
    spans.push({ start, end, group });
  };
  // An explicit stack: nothing bounds the depth of the paths in a list that somebody hands in.
  const stack: Visit[] = [];
  for (const root of childrenOf(roots).toReversed()) {
    stack.push(open(root));
    for (let visit = stack.at(-1); visit; visit = stack.at(-1)) {
      const child = visit.queue.pop();
      if (child) {
        stack.push(open(child));
      } else {
        close(visit);
        stack.pop();
      }
    }
  }
  return { segments, spans };
}
