import { setFlagsFromString } from 'node:v8';

/** In percent of what lives after a full collection. */
const GROWTH = 50;

/**
 * Lets the heap grow by half of what lives before it is collected anew: for commands that read a large organisation page by page
 * and let go of each page. V8's own measure is up to four times that on a machine with memory to spare, so that most of such a
 * process would be garbage. A factor is no limit: what a command needs it gets. It holds from the next full collection on.
 * Not for planning, where nearly everything lives and each collection costs.
 */
export const keepHeapClose = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
