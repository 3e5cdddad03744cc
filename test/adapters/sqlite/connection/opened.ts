// Run by database.test.ts: opens the file in a process of its own, with `drop` as somebody who is not root.
import { RolloutError } from '../../../../src/domain/errors.ts';
import { open, project } from '../support.ts';

const [, , file = '', mode] = process.argv;
const NOBODY = 65_534;
if (mode === 'drop' && process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
try {
  const store = await open(file);
  await store.putProjects([project(process.pid)], 1);
  store.close();
} catch (error) {
  const { code, message } = error instanceof RolloutError ? error : { code: null, message: String(error) };
  process.stdout.write(JSON.stringify({ code, message }));
  process.exitCode = 1;
}
