import { and, eq, gt } from 'drizzle-orm';
import { RolloutError } from '../../../domain/errors.ts';
import { epochMs, isoTime, type EpochMs } from '../../../domain/values.ts';
import { LONGEST_LEASE_MS } from '../../../engine/drive/lease.ts';
import type { Clock, Lease, LeaseStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { lease as table } from '../schema/index.ts';

function lost(lease: Lease): RolloutError {
  return new RolloutError(
    'LEASE_LOST',
    `${lease.holder} no longer drives this rollout: its lease ended or was taken over.`,
    'Run the command again; it goes on from what is saved.',
  );
}

const stillHolds = (lease: Lease, now: EpochMs) =>
  and(eq(table.token, lease.token), eq(table.holder, lease.holder), gt(table.expiresAt, now));

/** @throws RolloutError `LEASE_LOST` unless the lease is still the current one and has time left by this machine's clock */
export function checkLease(connection: Connection, clock: Clock, lease: Lease): void {
  const row = connection.orm.select().from(table).where(stillHolds(lease, clock.local())).get();
  if (!row) throw lost(lease);
}

function take(
  connection: Connection,
  now: EpochMs,
  holder: string,
  ttlMs: number,
  isGone: (holder: string) => boolean,
): Lease {
  const row = connection.orm.select().from(table).get();
  // Taking over too early would cost the other driver its run and nothing else: its older token is refused from now on.
  const runs = row !== undefined && row.expiresAt > now && row.expiresAt <= now + LONGEST_LEASE_MS;
  if (runs && row.holder !== null && !isGone(row.holder)) {
    throw new RolloutError(
      'LEASE_HELD',
      `${row.holder} drives this rollout until ${isoTime(row.expiresAt)} at least.`,
      'Wait until it ends; if it died, its lease runs out by itself.',
    );
  }
  const next = { holder, token: (row?.token ?? 0) + 1, expiresAt: epochMs(now + ttlMs) };
  const set = { ...next };
  connection.orm
    .insert(table)
    .values({ id: 1, ...next })
    .onConflictDoUpdate({ target: table.id, set })
    .run();
  return next;
}

function renew(connection: Connection, now: EpochMs, lease: Lease, ttlMs: number): Lease {
  const expiresAt = epochMs(now + ttlMs);
  const { changes } = connection.orm.update(table).set({ expiresAt }).where(stillHolds(lease, now)).run();
  if (changes === 0) throw lost(lease);
  return { ...lease, expiresAt };
}

/** Only its own: a lease that was taken over belongs to somebody else by now. */
function release(connection: Connection, lease: Lease): void {
  const own = and(eq(table.token, lease.token), eq(table.holder, lease.holder));
  connection.orm.update(table).set({ holder: null }).where(own).run();
}

/** Who drives. The token grows with each taking and never goes back, so that a paused process cannot mistake itself. */
export function leaseStore(connection: Connection, clock: Clock): LeaseStore {
  return {
    takeLease: (holder, ttlMs, isGone = () => false) =>
      connection.write(() => take(connection, clock.local(), holder, ttlMs, isGone)),
    renewLease: (lease, ttlMs) => connection.write(() => renew(connection, clock.local(), lease, ttlMs)),
    releaseLease: (lease) => connection.write(() => release(connection, lease)),
  };
}
