import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('a command that lets go of what it has read keeps its heap near what lives', () => {
  const heap = new URL('../../../src/cli/session/heap.ts', import.meta.url).href;
  const script = `import { keepHeapClose } from ${JSON.stringify(heap)};\nkeepHeapClose();\ngc(); gc();`;
  const args = ['--expose-gc', '--trace-gc-verbose', '--import', 'tsx', '--input-type=module', '-e', script];
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  // How far the heap may grow after each full collection, in V8's own words: 4.0 where nothing was asked for.
  expect(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })).toMatch(/\[HeapController\] .*\b1\.5\b/);
});
