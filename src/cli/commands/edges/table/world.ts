import { edgeKey } from '../../../../domain/edges/edge.ts';
import { tableRow, type TableRow } from '../../../../domain/edges/edge-table.ts';
import type { ImportedRow, TableWorld } from '../../../../domain/edges/edge-table-check.ts';
import type { ProjectOutline } from '../../../../domain/project.ts';
import type { EpochMs } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';
import { safeCell } from '../../../../report/csv.ts';
import { nearest } from '../../../arguments/nearest.ts';
import type { Target } from '../targets.ts';
import { unguarded, type TableFormat } from './file.ts';

/** How a table is compared with what is known. */
export interface Compared {
  readonly format: TableFormat;
  readonly projects: readonly ProjectOutline[];
  readonly now: EpochMs;
}

/**
 * What some rows are to be compared with: rows as an export in that format would write them, and a reader would find them. Of
 * the edges only those of the callees that the rows name are read, so that a short table costs little beside a million edges.
 */
export async function worldsOf(
  store: RolloutStore,
  { format, projects, now }: Compared,
): Promise<(rows: readonly ImportedRow[]) => Promise<TableWorld>> {
  const { narrowingFacts } = await import('../../../../engine/planning/followed.ts');
  const narrowing = await narrowingFacts(store);
  const byPath = new Map(projects.map((project) => [project.path.toLowerCase(), project]));
  const paths = projects.map(({ path }) => path);
  const asRead = (text: string): string => (format === 'csv' ? unguarded(safeCell(text)) : text).trim();
  const project: TableWorld['project'] = (path) => byPath.get(path.toLowerCase()) ?? null;
  return async (rows) => {
    const callees = new Set(rows.flatMap(({ cells }) => project((cells.callee ?? '').trim()) ?? []));
    const known = await knownOf(store, [...callees], now);
    return {
      ...{ now, narrowing, project },
      nearestPath: (path) => nearest(path, paths),
      current: (caller, callee) => {
        const found = known.get(edgeKey(caller.id, callee.id));
        if (!found) return null;
        const cells = Object.entries(tableRow(found.edge, found.decision));
        return {
          edge: found.edge,
          row: Object.fromEntries(cells.map(([name, text]) => [name, asRead(text)])) as TableRow,
        };
      },
    };
  };
}

async function knownOf(
  store: RolloutStore,
  callees: readonly ProjectOutline[],
  now: EpochMs,
): Promise<ReadonlyMap<string, Target>> {
  const { everyCallee } = await import('../../../../engine/planning/knowledge.ts');
  const known = new Map<string, Target>();
  for await (const { edges, decisions } of everyCallee(store, callees, now)) {
    for (const edge of edges) {
      const key = edgeKey(edge.caller, edge.callee);
      known.set(key, { edge, decision: decisions.get(key) ?? null });
    }
  }
  return known;
}
