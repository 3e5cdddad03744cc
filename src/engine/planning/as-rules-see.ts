import { needsTogether } from '../../domain/access/permissions.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import { epochMs } from '../../domain/values.ts';
import type { RolloutStore } from '../ports.ts';

/**
 * The edge as its other evidence shows it: a denial of yesterday makes an access of last year no younger, and widens no
 * permissions. An edge known from a denial alone stays as it is, and no rule may approve it.
 */
export async function asRulesSee(store: RolloutStore, edge: Edge): Promise<Edge> {
  if (edge.sources.length <= 1 || !edge.sources.includes('denial')) return edge;
  const detail = await store.edge(edge.caller, edge.callee);
  const seen = (detail?.evidence ?? []).filter(({ source }) => source !== 'denial');
  if (seen.length === 0) return edge;
  return {
    ...edge,
    access: [...new Set(seen.flatMap(({ access }) => access ?? []))].sort(),
    needs: needsTogether(seen),
    firstSeen: epochMs(Math.min(...seen.map(({ firstSeen }) => firstSeen))),
    lastSeen: epochMs(Math.max(...seen.map(({ lastSeen }) => lastSeen))),
  };
}
