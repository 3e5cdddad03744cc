import { withoutLikely } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { project } from '../packages/python/dependencies.ts';
import { interpreterOf } from './program.ts';

/** `python -m MODULE`, `python -c TEXT`, `python FILE`. */
export function python(call: Call): void {
  const flag = call.args.findIndex(({ value }) => value === '-m');
  const module = call.args[flag + 1];
  if (flag >= 0 && module) {
    const path = withoutLikely(module.value).replaceAll('.', '/');
    const rest = call.args.slice(flag + 2);
    if (path === 'build') {
      project(call, rest.find(({ value }) => !value.startsWith('-'))?.value ?? '.');
      return;
    }
    const files = ['', 'src/'].flatMap((base) => [`${base}${path}.py`, `${base}${path}/__main__.py`]);
    if (files.some((file) => call.shell.runFile(file, rest, call))) return;
    call.shell.rerun(call, [{ value: withoutLikely(module.value), at: module.at }, ...call.args.slice(flag + 2)]);
    return;
  }
  interpreterOf('python')(call);
}
