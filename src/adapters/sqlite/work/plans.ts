import { asc, eq, sql } from 'drizzle-orm';
import { RolloutError } from '../../../domain/errors.ts';
import type { HeldCallee, Plan, PlanHead, PlannedCallee, PlannedWave } from '../../../domain/plan/plan.ts';
import type { PlanStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader, type JsonReader } from '../json/json.ts';
import { heldCalleeSchema, planHeaderSchema, plannedCalleeSchema, type PlanHeader } from '../json/schemas.ts';
import { plans } from '../schema/index.ts';

interface Part {
  readonly wave: number;
  readonly position: number;
  readonly body: string;
}

/** Where the projects held back stand among a plan's parts. */
const HELD = -1;
const readHeader = jsonReader(planHeaderSchema);
const readCallee = jsonReader(plannedCalleeSchema);
const readHeld = jsonReader(heldCalleeSchema);

const ADD_PART = 'insert into plan_parts (plan_id, wave, position, body) values (?, ?, ?, ?)';
const PARTS = 'select wave, position, body from plan_parts where plan_id = ? order by wave, position';
const PARTS_OF = 'select wave, position, body from plan_parts where plan_id = ? and wave = ? order by position';

const PAGE = `select wave, position, body from plan_parts where plan_id = ? and wave = ? and position >= ?
  order by position limit ?`;
const SIZES = 'select wave, count(*) as size from plan_parts where plan_id = ? group by wave';

interface Size {
  readonly wave: number;
  readonly size: number;
}

function headerOf({ waves, widening, noSwitchBecause, requests }: Plan): PlanHeader {
  const bare = waves.map(({ number, kind, instanceSwitch }) => ({ number, kind, instanceSwitch }));
  return { waves: bare, widening, noSwitchBecause, requests };
}

function addParts(connection: Connection, planId: number, plan: Plan): void {
  const add = (wave: number, items: readonly (PlannedCallee | HeldCallee)[]) =>
    items.forEach((item, position) => {
      connection.statement(ADD_PART).run(planId, wave, position, JSON.stringify(item));
    });
  add(HELD, plan.held);
  plan.waves.forEach(({ callees }, wave) => add(wave, callees));
}

function savePlan(connection: Connection, plan: Plan): void {
  const { orm } = connection;
  const { hash, createdAt } = plan;
  const known = orm.select({ id: plans.id }).from(plans).where(eq(plans.hash, hash)).get();
  if (known) {
    // The same plan computed again: its content is bound by the hash, and so is its approval.
    orm.update(plans).set({ createdAt }).where(eq(plans.id, known.id)).run();
    return;
  }
  const header = JSON.stringify(headerOf(plan));
  const { lastInsertRowid } = orm.insert(plans).values({ hash, createdAt, header }).run();
  addParts(connection, Number(lastInsertRowid), plan);
}

function loadPlan(connection: Connection, hash: string): Plan | null {
  const row = connection.orm.select().from(plans).where(eq(plans.hash, hash)).get();
  if (!row) return null;
  const { waves, ...header } = readHeader(row.header, { table: 'plans', row: row.id });
  const held: HeldCallee[] = [];
  const callees: PlannedCallee[][] = waves.map(() => []);
  for (const part of connection.statement<[number], Part>(PARTS).iterate(row.id)) {
    if (part.wave === HELD) held.push(readHeld(part.body, cellOf(row.id, part)));
    else callees[part.wave]?.push(readCallee(part.body, cellOf(row.id, part)));
  }
  const full = waves.map((wave, index) => ({ ...wave, callees: callees[index] ?? [] }));
  return { hash, createdAt: row.createdAt, waves: full, held, ...header };
}

const cellOf = (plan: number, { wave, position }: Part) => ({
  table: 'plan_parts',
  row: `${plan}/${wave}/${position}`,
});

function partsOf<T>(connection: Connection, hash: string, wave: number, read: JsonReader<T>): readonly T[] {
  const plan = connection.orm.select({ id: plans.id }).from(plans).where(eq(plans.hash, hash)).get();
  if (!plan) return [];
  const parts = connection.statement<[number, number], Part>(PARTS_OF).all(plan.id, wave);
  return parts.map((part) => read(part.body, cellOf(plan.id, part)));
}

function loadWave(connection: Connection, hash: string, number: number): PlannedWave | null {
  const row = connection.orm.select().from(plans).where(eq(plans.hash, hash)).get();
  if (!row) return null;
  const { waves } = readHeader(row.header, { table: 'plans', row: row.id });
  const index = waves.findIndex((wave) => wave.number === number);
  const wave = waves[index];
  return wave ? { ...wave, callees: partsOf(connection, hash, index, readCallee) } : null;
}

function loadHead(connection: Connection, hash: string): PlanHead | null {
  const row = connection.orm.select().from(plans).where(eq(plans.hash, hash)).get();
  if (!row) return null;
  const { waves, ...header } = readHeader(row.header, { table: 'plans', row: row.id });
  const sizes = new Map(
    connection
      .statement<[number], Size>(SIZES)
      .all(row.id)
      .map(({ wave, size }) => [wave, size]),
  );
  const counted = waves.map((wave, index) => ({ ...wave, size: sizes.get(index) ?? 0 }));
  return { hash, createdAt: row.createdAt, waves: counted, ...header };
}

function calleesOf(
  connection: Connection,
  hash: string,
  number: number,
  from: number,
  limit: number,
): readonly PlannedCallee[] {
  const row = connection.orm.select().from(plans).where(eq(plans.hash, hash)).get();
  if (!row) return [];
  const { waves } = readHeader(row.header, { table: 'plans', row: row.id });
  const wave = waves.findIndex((one) => one.number === number);
  const parts = connection.statement<[number, number, number, number], Part>(PAGE).all(row.id, wave, from, limit);
  return parts.map((part) => readCallee(part.body, cellOf(row.id, part)));
}

function approvePlan(connection: Connection, hash: string, by: string): void {
  const { changes } = connection.orm.update(plans).set({ approvedBy: by }).where(eq(plans.hash, hash)).run();
  if (changes > 0) return;
  throw new RolloutError('ORDER_REFUSED', `There is no plan ${hash}.`, 'Name a plan that "tidegate plan show" lists.');
}

/** Plans, one row per planned project, so that a plan of 100,000 projects is never one text. */
export function planStore(connection: Connection): PlanStore {
  const { hash, createdAt, approvedBy, id } = plans;
  return {
    savePlan: (plan) => connection.write(() => savePlan(connection, plan)),
    plan: (wanted) => connection.read(() => loadPlan(connection, wanted)),
    planHead: (wanted) => connection.read(() => loadHead(connection, wanted)),
    planCallees: (wanted, number, from, limit) =>
      connection.read(() => calleesOf(connection, wanted, number, from, limit)),
    planWave: (wanted, number) => connection.read(() => loadWave(connection, wanted, number)),
    planHeld: (wanted) => connection.read(() => partsOf(connection, wanted, HELD, readHeld)),
    plans: () =>
      connection.read(() =>
        connection.orm
          .select({ hash, createdAt, approvedBy })
          .from(plans)
          .orderBy(asc(createdAt), asc(sql`${id}`))
          .all(),
      ),
    approvePlan: (wanted, by) => connection.write(() => approvePlan(connection, wanted, by)),
  };
}
