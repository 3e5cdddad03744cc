import type { Entries } from '../../../code/program/entries.ts';
import { evaluateProgram } from '../../../code/program/program.ts';
import type { Setting } from '../../../files/ini.ts';
import { readSettings } from '../../../files/ini.ts';
import type { Call } from '../../../shell/call.ts';
import { fileLines } from '../../../reach/packages.ts';

/** Programs that a Python project brings along: what runs when it is built, and the commands that it installs. */

const SETUP: Entries = {
  main: true,
  classes: [
    {
      base: /(?:^|\.)(?:build(?:_py|_ext|_clib)?|develop|install(?:_lib)?|sdist|egg_info|bdist_\w+|Command)$/u,
      methods: [/^initialize_options$/u, /^finalize_options$/u, /^run$/u],
    },
  ],
};
const HATCH: Entries = {
  classes: [
    { base: /(?:^|\.)BuildHookInterface$/u, methods: [/^initialize$/u, /^finalize$/u] },
    { base: /(?:^|\.)MetadataHookInterface$/u, methods: [/^update$/u] },
  ],
};
const PDM: Entries = { functions: /^pdm_build_\w+$/u };
const POETRY: Entries = { main: true, functions: /^build$/u };
const BACKEND: Entries = {
  functions: /^(?:get_requires_for_)?(?:build_(?:wheel|sdist|editable)|prepare_metadata_for_build_\w+)$/u,
};

/** Runs what the build of a project runs, and remembers that its commands are there. */
export function buildProject(call: Call, dir: string, settings: readonly Setting[]): void {
  call.state.note(`python project ${dir}`, dir, call.at);
  run(call, `${dir}/setup.py`, SETUP);
  const of = (section: RegExp, key: string): string | undefined =>
    settings.find((setting) => section.test(setting.section) && setting.key === key)?.value;
  if (settings.some(({ section }) => /^tool\.hatch\..*hooks\.custom$/u.test(section)))
    run(call, `${dir}/${of(/^tool\.hatch\..*hooks\.custom$/u, 'path') ?? 'hatch_build.py'}`, HATCH);
  const hook = of(/^tool\.pdm\.build$/u, 'custom-hook');
  if (hook !== undefined) run(call, `${dir}/${hook}`, PDM);
  const script = of(/^tool\.poetry\.build$/u, 'script');
  if (script !== undefined) run(call, `${dir}/${script}`, POETRY);
  const folder = of(/^build-system$/u, 'backend-path');
  const backend = of(/^build-system$/u, 'build-backend')?.replaceAll('.', '/');
  if (folder !== undefined && backend !== undefined) run(call, `${dir}/${folder}/${backend}.py`, BACKEND);
}

function run(call: Call, path: string, entries: Entries): void {
  const key = call.workspace.resolve(path, call.state.cwd);
  const lines = key === null ? null : call.workspace.lines(path, call.state);
  if (key !== null && lines) evaluateProgram('python', key, lines, call.args, call, entries);
}

/** Runs a command that a project of the checkout installs; false where none of its projects names it. */
export function installedCommand(call: Call): boolean {
  for (const [note, { value: dir }] of call.state.notes) {
    if (!note.startsWith('python project ')) continue;
    const [module = '', name = ''] = (reference(call, dir) ?? '').split(':');
    if (module === '' || name === '') continue;
    const path = module.trim().replaceAll('.', '/');
    const found = ['', 'src/', 'lib/']
      .flatMap((base) => [`${dir}/${base}${path}.py`, `${dir}/${base}${path}/__init__.py`])
      .find((one) => call.workspace.exists(one, call.state) === true);
    if (found === undefined) continue;
    run(call, found, { functions: new RegExp(`^${name.replace(/[^\w].*$/u, '')}$`, 'u') });
    return true;
  }
  return false;
}

/** `module:function` behind a command's name. */
function reference(call: Call, dir: string): string | undefined {
  const settings = ['pyproject.toml', 'setup.cfg'].flatMap((file) => readSettings(fileLines(call, `${dir}/${file}`)));
  const listed = settings.find(
    ({ section, key }) => /^(?:project|tool\.(?:poetry|flit))\.(?:gui-)?scripts$/u.test(section) && key === call.name,
  );
  if (listed) return listed.value;
  const plain = `^["']?${call.name.replace(/[^\w-]/gu, '.')}["']?\\s*=\\s*["']?([\\w.]+:\\w+)`;
  const pattern = new RegExp(plain.replace('^', `(?:^|["'\\s])`), 'u');
  for (const { text } of [...fileLines(call, `${dir}/setup.cfg`), ...fileLines(call, `${dir}/setup.py`)]) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
