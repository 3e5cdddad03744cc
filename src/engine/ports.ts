/*
 * What the engine asks of the world: a code host (`forge.ts`), a database (`store.ts`, made of one part per idea), time and
 * somebody to tell (`system.ts`). Adapters implement these and nothing else.
 */
export type * from './ports/forge.ts';
export type * from './ports/readings.ts';
export type * from './ports/system.ts';
export type * from './ports/store.ts';
export type * from './ports/rollout.ts';
export type * from './ports/projects.ts';
export type * from './ports/edges.ts';
export type * from './ports/decisions.ts';
export type * from './ports/surveys.ts';
export type * from './ports/facts.ts';
export type * from './ports/plans.ts';
export type * from './ports/waves.ts';
export type * from './ports/watch.ts';
export type * from './ports/ledger.ts';
export type * from './ports/lease.ts';
export type * from './ports/overview.ts';
