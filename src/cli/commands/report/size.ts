import { getHeapStatistics } from 'node:v8';
import { RolloutError } from '../../../domain/errors.ts';
import { number } from '../../../report/text.ts';

/** Bytes of heap that a report takes per edge, whatever its form: measured at 200,000 edges. */
const HEAP_PER_EDGE = 6_000;

/** V8 holds texts of up to half a billion characters, and JSON, the longest form, has 1,280 for an edge. */
const MOST_EDGES = 400_000;

/**
 * A report holds every edge at once. One that does not fit is refused before anything is read, where Node would break off
 * without a word after minutes.
 *
 * @param heap - bytes that this process may use for its heap
 * @throws RolloutError `ORDER_REFUSED`
 */
export function refuseVastReport(edges: number, heap = getHeapStatistics().heap_size_limit): void {
  const fits = Math.floor(heap / HEAP_PER_EDGE);
  if (edges <= Math.min(fits, MOST_EDGES)) return;
  const memory =
    edges > MOST_EDGES
      ? ''
      : `, or give Node more memory: NODE_OPTIONS=--max-old-space-size=${Math.ceil((edges * HEAP_PER_EDGE * 1.1) / 1_000_000)}`;
  throw new RolloutError(
    'ORDER_REFUSED',
    `the report holds every edge at once: ${number(edges)} are known, and ${number(Math.min(fits, MOST_EDGES))} fit`,
    `Take tidegate edges export for every edge with its decision, tidegate status and tidegate findings for where the rollout stands${memory}.`,
  );
}
