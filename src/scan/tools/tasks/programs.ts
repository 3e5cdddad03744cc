import { evaluateProgram } from '../../code/program/program.ts';
import type { Call, Tool } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';

/** Runners whose files are programs. */

const MAX_SCRIPTS = 30;
/** `doit [TASK…]`: commands of the tasks of `dodo.py`. */
export function doit(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['f', 'file', 'd', 'dir', 'n', 'process']));
  const path = option(parsed, 'f', 'file')?.value ?? 'dodo.py';
  const lines = call.workspace.lines(path, call.state);
  const named = parsed.operands
    .map(({ value }) => value.replace(/:.*$/u, '').replace(/\W/gu, '_'))
    .filter((name) => name !== 'run');
  const functions = new RegExp(`^task_${named.length > 0 ? `(?:${named.join('|')})$` : ''}`, 'u');
  if (lines) evaluateProgram('python', path, lines, call.args, call, { functions, actions: true });
}

/** `thor NAMESPACE:COMMAND …`: classes of `*.thor` files and of the `Thorfile`. */
export function thor(call: Call): void {
  for (const path of ['Thorfile', ...call.workspace.checkout.matching('{*.thor,{tasks,lib/tasks}/*.thor}', 'exists')])
    call.shell.runFile(path, call.args, call);
}

/** `mage TARGET…`: functions of the magefiles, whose names may be written in any case. */
export function mage(call: Call): void {
  const { operands } = parseArgs(call.args, new Set(['d', 'w', 't', 'gocmd', 'goos', 'goarch', 'compile']));
  const named = operands.map(({ value }) => value.replace(/^.*:/u, '').replace(/\W/gu, ''));
  const functions = new RegExp(
    `^${named.length > 0 ? `(?:${named.join('|')})` : '[A-Z]\\w*'}$`,
    named.length > 0 ? 'iu' : 'u',
  );
  const files = call.workspace.checkout
    .matching('{magefile*.go,mage*.go,magefiles/*.go}', 'exists')
    .filter((path) => !path.endsWith('_test.go'));
  const [main = '', ...before] = files;
  const lines = call.workspace.lines(main, call.state);
  if (lines) evaluateProgram('go', main, lines, [], call, { functions, before });
}

/** `scons`: its files are programs. */
export function scons(call: Call): void {
  const paths = call.workspace.checkout.matching('**/SConscript', 'exists').slice(0, MAX_SCRIPTS);
  for (const path of ['SConstruct', ...paths]) {
    const lines = call.workspace.lines(path, call.state);
    if (lines) evaluateProgram('python', path, lines, call.args, call);
  }
}

/** `rake`, `invoke`, `fastlane`: their file is a program, of which it is not known what a task name runs. */
export const taskProgram =
  (...paths: readonly string[]): Tool =>
  (call) => {
    const before = call.findings.doubtful;
    call.findings.doubtful = true;
    paths.some((path) => call.shell.runFile(path, call.args, call));
    call.findings.doubtful = before;
  };
