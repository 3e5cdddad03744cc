/** How long the command takes to start: `npx tsx bench/start.ts [RUNS]`. Whole processes of the built program. */
import { spawnSync } from 'node:child_process';
import { builtProgram } from './support/program.ts';
import { milliseconds, printTable } from './support/table.ts';

const RUNS = Math.min(200, Math.max(1, Number(process.argv[2] ?? 21)));

/** The best run says what the program costs, the middle one what it costs beside whatever else runs. */
function timesOf(args: readonly string[]): { readonly best: number; readonly median: number } {
  const times = Array.from({ length: RUNS }, () => {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status ?? 'a signal'}`);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return { best: times[0] ?? 0, median: times[Math.floor(RUNS / 2)] ?? 0 };
}

const program = builtProgram();
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['node alone', ['-e', '0']],
  ['tidegate --version', [program, '--version']],
  ['tidegate tick --help', [program, 'tick', '--help']],
];
printTable(
  `start, ${RUNS} runs each (goal: --version within 120 ms)`,
  ['', 'best', 'median'],
  cases.map(([name, args]) => {
    const { best, median } = timesOf(args);
    return [name, milliseconds(best), milliseconds(median)];
  }),
);
