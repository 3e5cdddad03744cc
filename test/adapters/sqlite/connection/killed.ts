// Run by transaction.test.ts: commits once, then stands in the middle of a transaction until it is killed.
import { at, open, project } from '../support.ts';

const store = await open(process.argv[2] ?? '');
const entry = { kind: 'test', subject: 'wave 1', body: {} };
const projects = Array.from({ length: 5_000 }, (_, index) => project(index + 1));
await store.putProjects(projects.slice(0, 1), 1);
await store.appendLedger([entry], at(1));
await store.transaction(async () => {
  await store.putProjects(projects, 1);
  await store.appendLedger([entry], at(2));
  process.stdout.write('inside\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
