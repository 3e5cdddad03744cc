import { PYTHON_OPTIONS, compiledRequirements, pipSources, requirement } from './requirements.ts';
import type { Arg, Call } from '../../../shell/call.ts';
import { allOptions, parseArgs } from '../../../shell/call.ts';
import { project } from './dependencies.ts';

/** `pip install|download|wheel` with all places an index can be named in. */
export function pip(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  const [verb, ...packages] = parsed.operands;
  if (verb?.value === 'config') {
    pipConfig(call, packages);
    return;
  }
  if (!/^(?:install|download|wheel|sync|compile|add|lock|run|tool)$/u.test(verb?.value ?? '')) return;
  pipSources(call, parsed);
  for (const file of allOptions(parsed, 'r', 'requirement', 'c', 'constraint')) compiledRequirements(call, file.value);
  for (const one of [...packages, ...allOptions(parsed, 'e', 'editable')]) {
    if (/^\.|^[\w./-]+\/$/u.test(one.value)) project(call, one.value.replace(/\[.*\]$/u, ''));
    else requirement(call, one.value, one.at);
  }
  if (/^(?:sync|add|lock|run)$/u.test(verb?.value ?? '')) project(call, '.');
}

function pipConfig(call: Call, words: readonly Arg[]): void {
  const [verb, key, value] = words;
  if (verb?.value !== 'set' || !key || !value) return;
  const [section = 'global', name = ''] = key.value.split(/\.(?=[^.]+$)/u);
  call.workspace.write(
    '~/.config/pip/pip.conf',
    [
      { text: `[${section}]`, at: key.at },
      { text: `${name} = ${value.value}`, at: value.at },
    ],
    true,
    call.state,
  );
}
