import { z } from 'zod';
import { RolloutError } from '../../domain/errors.ts';
import type { InventoryChanges, RolloutStore } from '../ports.ts';
import { epochMs, type EpochMs } from '../../domain/values.ts';
import { NO_CHANGES } from './changes.ts';

/** What an inventory does, in this order. */
export const STAGES = ['projects', 'named', 'missed', 'features', 'jobs', 'survey'] as const;

/** One part of an inventory. */
export type Stage = (typeof STAGES)[number];

/** Where a half-done inventory goes on, and what it has found so far. Committed with every page. */
export interface Position {
  readonly version: 2;
  readonly stage: Stage;
  /** Which of the scopes, and after what in it. */
  readonly scope: number;
  readonly after: string | null;
  /** How many of the page ends of the last inventory are behind, and how many of this one were kept, in this scope. */
  readonly ahead: number;
  readonly kept: number;
  /** How many projects GitLab said were in this list, and how many of it have come. */
  readonly told: number | null;
  readonly came: number;
  /** Projects that share features with everyone, by visibility: what there is to be read of them. */
  readonly shared: { readonly public: number; readonly internal: number };
  readonly changes: InventoryChanges;
  /** Requests of this inventory so far, those of earlier processes included. */
  readonly requests: number;
  readonly jobsCountedAt: EpochMs | null;
  /** Requests that looks at single projects have taken; those of the kind under way are in `kept`. */
  readonly surveyed: number;
  /** When the last inventory that did so looked at single projects. */
  readonly lookedAt: EpochMs | null;
}

const count = z.number().int().min(0);
const moment = z.number().transform(epochMs).nullable();
const PositionSchema: z.ZodType<Position> = z.object({
  version: z.literal(2),
  stage: z.enum(STAGES),
  ...{ scope: count, after: z.string().nullable(), ahead: count, kept: count, requests: count, surveyed: count },
  // Not there in what earlier versions kept.
  ...{ told: count.nullable().default(null), came: count.default(0) },
  shared: z.object({ public: count, internal: count }),
  changes: z.object({
    ...{ added: count, gone: count, switched: count, entries: count, visibility: count, newEdges: count },
    ...{ renamed: count, renames: z.array(z.object({ from: z.string(), to: z.string() })).readonly() },
  }),
  ...{ jobsCountedAt: moment, lookedAt: moment },
});

/** An inventory under way: `seen` is its number, from 1; `done` counts the projects read so far. */
export interface Cursor {
  readonly seen: number;
  readonly done: number;
  readonly position: Position;
}

/** The beginning of a list. */
export const NO_LIST = { after: null, ahead: 0, kept: 0, told: null, came: 0 } as const;

const START: Position = {
  ...{ version: 2, stage: 'projects', scope: 0, ...NO_LIST, requests: 0, surveyed: 0 },
  ...{ shared: { public: 0, internal: 0 }, changes: NO_CHANGES, jobsCountedAt: null, lookedAt: null },
};

/** The cursor of the inventory under way, or a new one. One of another version is begun anew under its number. */
export async function openCursor(store: RolloutStore): Promise<Cursor> {
  const row = await store.inventoryCursor();
  const position = row === null ? null : parsed(row.cursor);
  if (row !== null && position !== null) return { seen: row.seen, done: row.done, position };
  const seen = row?.seen ?? (await store.inventories()).count + 1;
  const { jobsCountedAt = null, lookedAt = null } = (await store.inventorySummary()) ?? {};
  return { seen, done: 0, position: { ...START, jobsCountedAt, lookedAt } };
}

/** @returns null for a place in the form of another version, which says nothing to this one */
function parsed(text: string): Position | null {
  try {
    return PositionSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (cause) {
    throw new RolloutError(
      'STORE_CORRUPT',
      'the place where the inventory stopped cannot be read',
      'Restore the database from a backup.',
      { cause },
    );
  }
}

/** Keeps the place; belongs in the transaction of what was read there. */
export const saveCursor = (store: RolloutStore, { seen, done, position }: Cursor): Promise<void> =>
  store.setInventoryCursor({ seen, done, cursor: JSON.stringify(position) });

/** The beginning of the next stage; null after the last. */
export function following({ seen, done, position }: Cursor): Cursor | null {
  const stage = STAGES[STAGES.indexOf(position.stage) + 1];
  return stage === undefined ? null : { seen, done, position: { ...position, ...NO_LIST, stage, scope: 0 } };
}
