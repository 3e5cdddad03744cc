import type { Entries } from '../../code/program/entries.ts';
import { evaluateProgram } from '../../code/program/program.ts';
import type { Call } from '../../shell/call.ts';
import { testFiles } from './tests.ts';

const GO_TESTS: Pick<Entries, 'functions'> = {
  functions: /^(?:TestMain|(?:Test|Benchmark|Example|Fuzz)(?:[A-Z_]\w*)?)$/u,
};

/** `go test ./…`: the tests of each package. */
export function goTests(call: Call, targets: readonly string[]): void {
  const { checkout } = call.workspace;
  const folders = new Set<string>();
  for (const target of targets.length > 0 ? targets : ['.']) {
    const tree = target.endsWith('...');
    const key = call.workspace.resolve(target.replace(/\/?\.\.\.$/u, '') || '.', call.state.cwd);
    if (key === null) continue;
    for (const file of testFiles(call, key, /_test\.go$/u)) {
      const folder = file.replace(/[^/]*$/u, '');
      if (tree || folder === (key === '' || key === '.' ? '' : `${key}/`)) folders.add(folder);
    }
  }
  for (const folder of folders) {
    const files = checkout.paths.filter(
      (path) => path.startsWith(folder) && /^[^/]*_test\.go$/u.test(path.slice(folder.length)),
    );
    const [main = '', ...before] = files;
    const lines = call.workspace.lines(call.workspace.absolute(main), call.state);
    if (lines) evaluateProgram('go', main, lines, [], call, { ...GO_TESTS, before });
  }
}
