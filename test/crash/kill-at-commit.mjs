// Loaded by tests alone, with `node --import`: kills this process with SIGKILL at the n-th commit that changes something,
// counted over all processes that share the counter file. The product knows nothing of it.
import { appendFileSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';

const { KILL_COUNTER: counter, KILL_WHEN: when, KILL_AT: at } = process.env;
const statement = Object.getPrototypeOf(new Database(':memory:').prepare('select 1'));
const { run } = statement;
/** Rows changed by each connection when it last committed. */
const seen = new WeakMap();

function changed(database) {
  const total = database.prepare('select total_changes()').pluck().get();
  const before = seen.get(database) ?? 0;
  seen.set(database, total);
  return total > before;
}

const die = () => {
  process.kill(process.pid, 'SIGKILL');
};

statement.run = function killAtCommit(...values) {
  if (this.source !== 'COMMIT' || !changed(this.database)) return run.apply(this, values);
  appendFileSync(counter, '.');
  const mine = statSync(counter).size === Number(at);
  if (mine && when === 'before') die();
  const result = run.apply(this, values);
  if (mine && when === 'after') die();
  return result;
};
