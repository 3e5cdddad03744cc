import type { Tree } from '../../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../../ci/tree.ts';
import type { Call } from '../../../shell/call.ts';
import { allOptions, parseArgs } from '../../../shell/call.ts';

const MAX_PROJECTS = 300;
const VALUED = new Set([
  't',
  'target',
  'targets',
  'p',
  'projects',
  'c',
  'configuration',
  'base',
  'head',
  'parallel',
  'exclude',
]);

/** `nx run PROJECT:TARGET`, `nx TARGET PROJECT`, `nx run-many -t TARGET`, `nx affected -t TARGET`: commands of `project.json`. */
export function nx(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const [verb = '', second = ''] = parsed.operands.map(({ value }) => value);
  const listed = (name: string, short: string): readonly string[] =>
    allOptions(parsed, short, name.replace(/s$/u, ''), name).flatMap(({ value }) => value.split(','));
  const several = verb === 'run-many' || verb === 'affected';
  const [project = '', named = ''] = verb === 'run' ? second.split(':') : [second, verb];
  const targets = several ? listed('targets', 't') : [named];
  const projects = several ? listed('projects', 'p') : project === '' ? [] : [project];
  for (const path of call.workspace.checkout.matching('**/project.json', 'exists').slice(0, MAX_PROJECTS)) {
    const folder = path.replace(/\/?project\.json$/u, '');
    const root = readYaml(call.workspace.text(call.workspace.absolute(path), call.state) ?? '', path).documents[0];
    const name = textOf(child(root, 'name')) || (folder.split('/').at(-1) ?? '');
    if (projects.length > 0 && !projects.includes(name)) continue;
    for (const target of targets) runTarget(call, child(root, 'targets', target), folder);
  }
}

function runTarget(call: Call, target: Tree | undefined, folder: string): void {
  const options = child(target, 'options');
  const commands = [
    child(target, 'command'),
    child(options, 'command'),
    ...itemsOf(child(options, 'commands')).map((one) => (one.kind === 'dict' ? child(one, 'command') : one)),
  ];
  const saved = call.state.cwd;
  const named = textOf(child(options, 'cwd')).replace('{projectRoot}', folder);
  if (named !== '') call.state.cwd = call.workspace.resolve(call.workspace.absolute(named), saved) ?? saved;
  for (const command of commands)
    if (command?.kind === 'scalar') call.shell.runChild(command.source, [], { ...call, stdin: null });
  call.state.cwd = saved;
}
