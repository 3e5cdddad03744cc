import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { RolloutError } from '../../domain/errors.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { counted, epochMs, spokenDuration } from '../../domain/values.ts';
import type { Engine } from '../../engine/context.ts';
import { LEASE_MS, takeLease } from '../../engine/drive/lease.ts';
import type { OrderContext } from '../../engine/orders/order.ts';
import type { Actor, Clock, Forge, Notifier, ProgressEvent, RolloutRow, RolloutStore } from '../../engine/ports.ts';
import type { Poster } from '../../adapters/notify/post.ts';
import type { ConnectionFlags } from './connection.ts';
import { keepHeapClose } from './heap.ts';
import { copyToRead, whyNotWritable } from './read-only.ts';
import type { CliContext, GlobalOptions } from '../context.ts';

/** A rollout opened for a command that does not speak to GitLab. */
export interface Session extends OrderContext {
  readonly row: RolloutRow;
}

const localNow = () => epochMs(Date.now());

/**
 * Opens the rollout of `--db`. The clock is GitLab's as far as it is known: what the last driver learned of the
 * difference to this machine's clock is in the ledger.
 */
export async function openRollout(
  context: CliContext,
  globals: GlobalOptions,
  use: DatabaseUse = 'change',
): Promise<Session> {
  keepHeapClose();
  let offset = 0;
  const clock: Clock = { now: () => epochMs(localNow() + offset), local: localNow };
  const store = await openDatabase(context, globals, clock, use);
  try {
    const row = await store.rollout();
    const last = await store.latestLedger();
    if (last) offset = last.at - last.localAt;
    return { store, clock, row, person: person(context) };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The store alone, for commands that look whether it can be trusted: not even its last row is, for the time. */
export async function openDistrusted(context: CliContext, globals: GlobalOptions): Promise<RolloutStore> {
  return openDatabase(context, globals, { now: localNow, local: localNow }, 'look');
}

/** Opens the database that the options name. */
export async function openDatabase(
  context: CliContext,
  globals: GlobalOptions,
  clock: Clock,
  use: DatabaseUse,
  gitlabUser: () => string | null = () => context.env['GITLAB_USER_LOGIN'] ?? null,
): Promise<RolloutStore> {
  const { openStore } = await import('../../adapters/sqlite/index.ts');
  return openStore(databaseFile(context, globals, use), {
    create: use === 'create',
    clock,
    actor: () => ({ ...actorOf(context), gitlabUser: gitlabUser() }),
  });
}

/** What a command does with the database: a reader needs no right to write it. */
export type DatabaseUse = 'create' | 'change' | 'look';

/**
 * The database that `--db` names; it is there, unless it may be made, and this user may use it. For a command that only looks
 * at one that cannot be written: a copy.
 */
export function databaseFile(context: CliContext, globals: GlobalOptions, use: DatabaseUse): string {
  const file = resolve(context.cwd, globals.db);
  if (use !== 'create' && !existsSync(file)) {
    throw new RolloutError(
      'STORE_UNAVAILABLE',
      `there is no rollout at ${file}`,
      'Create one with `tidegate init`, or name its file with --db.',
    );
  }
  const reason = whyNotWritable(file);
  if (reason === null) return file;
  if (use === 'look') return copyToRead(file);
  // SQLite would find out later, and leave its journal beside the file with this user's rights.
  throw new RolloutError(
    'STORE_UNAVAILABLE',
    `${file} cannot be written by this user (${reason.code ?? 'unknown'})`,
    'Give this user the right to read and write the file and its directory.',
    { cause: reason },
  );
}

/** Who runs this, for the ledger. */
function actorOf(context: CliContext): Omit<Actor, 'gitlabUser'> {
  return { osUser: osUser(context), ciJob: context.env['CI_JOB_URL'] ?? null };
}

/** The forge, which tells whose token it is as soon as GitLab has said so: the ledger records it from then on. */
function introducing(forge: Forge, met: (username: string) => void): Forge {
  const identity = async (): ReturnType<Forge['identity']> => {
    const found = await forge.identity();
    met(found.username);
    return found;
  };
  return { ...forge, identity };
}

function osUser(context: CliContext): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return context.env['USER'] ?? 'unknown';
  }
}

const person = (context: CliContext): string => context.env['GITLAB_USER_LOGIN'] ?? osUser(context);

/** A rollout opened by a driver: with GitLab, the playbook as it is today, and the lease. */
export interface Driver extends Session {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

/** Opens the rollout with everything that driving takes, and takes the lease. */
export async function openDriver(
  context: CliContext,
  globals: GlobalOptions & ConnectionFlags & { readonly lease?: number },
): Promise<Driver> {
  let current: Clock = { now: localNow, local: localNow };
  const clock: Clock = { now: () => current.now(), local: localNow };
  let gitlabUser: string | null = null;
  const store = await openDatabase(context, globals, clock, 'change', () => gitlabUser);
  try {
    const row = await store.rollout();
    const { connect } = await import('./connection.ts');
    const connection = await connect(context, globals, row.gitlabUrl);
    if (connection.url !== row.gitlabUrl) {
      throw new RolloutError(
        'STORE_FOREIGN',
        `${resolve(context.cwd, globals.db)} holds a rollout of ${row.gitlabUrl}, not of ${connection.url}`,
        'Name the right database with --db, or the right GitLab with --gitlab.',
      );
    }
    current = connection.clock;
    const { notify, flush } = await notifierOf(context);
    const playbook = await adoptedPlaybook(context, store, row);
    const { holderName, isGone } = await import('./process-identity.ts');
    const ttlMs = globals.lease === undefined ? LEASE_MS : globals.lease * 1_000;
    if (row.learnedRpm !== null) connection.forge.paceFrom(row.learnedRpm);
    const lease = await takeLease(store, clock, holderName(hostname()), isGone, ttlMs);
    const engine: Engine = {
      forge: introducing(connection.forge, (username) => (gitlabUser = username)),
      store,
      clock,
      playbook,
      lease,
      signal: context.signal,
      notify,
      gitlabUrl: connection.url,
      registryHost: null,
      secrets: [connection.token],
    };
    // A request with its pauses may outlast half a lease; losing it is learned at the next write.
    const renewal = setInterval(() => void lease.hold().catch(() => undefined), ttlMs / 4);
    renewal.unref();
    const close = async (): Promise<void> => {
      clearInterval(renewal);
      const { learnedRpm } = connection.forge.pace();
      if (learnedRpm !== row.learnedRpm) await store.saveLearnedRpm(learnedRpm).catch(() => undefined);
      await lease.release().catch(() => undefined);
      store.close();
      await flush();
    };
    return { engine, store, clock, row, person: person(context), close };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The playbook as it is today. A change since the last time is saved and ledgered. */
async function adoptedPlaybook(context: CliContext, store: RolloutStore, row: RolloutRow): Promise<Playbook> {
  const { currentPlaybook } = await import('../playbook/file.ts');
  const { playbook, text, file, fromFile } = currentPlaybook(context.cwd, row);
  if (!fromFile) context.out.note(`${file} is not there: going on with the playbook as the rollout keeps it.`);
  if (text !== row.playbookText) {
    await store.transaction(async () => {
      await store.savePlaybook(row.playbookName, text);
      await store.appendLedger([{ kind: 'playbook', subject: row.playbookName, body: { text } }], epochMs(Date.now()));
    });
  }
  return playbook;
}

/** `inventory: 4,200 of 10,000, request 84 of about 210, 40s left` */
function progressLine({ what, done, total, requests, expectedRequests, leftMs, limitKnown }: ProgressEvent): string {
  const share = total === null || total === 0 ? `${done}` : `${done} of ${total}`;
  const spent =
    expectedRequests == null ? counted(requests, 'request') : `request ${requests} of about ${expectedRequests}`;
  // Fits 80 columns with a hundred thousand projects. GitLab may slow us down by a limit that no answer has told yet.
  const left = leftMs == null ? '' : `, ${limitKnown === false ? 'at least ' : ''}${spokenDuration(leftMs)} left`;
  return `${what}: ${share}, ${spent}${left}`;
}

/** What happens goes to stderr; what a person should hear of at once is posted as well, where an address is given. */
async function notifierOf(
  context: CliContext,
): Promise<{ readonly notify: Notifier; readonly flush: () => Promise<void> }> {
  const { out, env } = context;
  const poster = await posterOf(context, env['TIDEGATE_NOTIFY_URL']);
  const notify: Notifier = {
    note: (text) => out.note(text),
    alert: (text) => {
      out.note(text);
      poster?.post(text);
    },
    progress: (event) => out.progress(progressLine(event)),
  };
  return { notify, flush: () => poster?.flush() ?? Promise.resolve() };
}

async function posterOf(context: CliContext, address = ''): Promise<Poster | null> {
  if (address.trim() === '') return null;
  const { createPoster, noticeUrl } = await import('../../adapters/notify/post.ts');
  const { proxyOf } = await import('./connection.ts');
  return createPoster(noticeUrl(address.trim()), (text) => context.out.note(text), (await proxyOf(context)).fetch);
}
