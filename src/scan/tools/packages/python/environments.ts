import { PYTHON_OPTIONS, compiledRequirements, index, pipSources, requirement } from './requirements.ts';
import { matching } from '../../manifests/manifest.ts';
import { pointSource } from '../../../source.ts';
import type { Setting } from '../../../files/ini.ts';
import { readSettings } from '../../../files/ini.ts';
import { hasToken } from '../../../marks.ts';
import type { Call } from '../../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../../shell/call.ts';
import { authorised, fileLines, packageUse, withVariables } from '../../../reach/packages.ts';
import { project } from './dependencies.ts';

/** Programs around pip: they install what a project names, in environments of their own. */

/** `pip-sync FILE…` and `pip-compile FILE…`. */
export function pipTools(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  pipSources(call, parsed);
  const usual = call.name === 'pip-sync' ? ['requirements.txt'] : ['requirements.in', 'pyproject.toml'];
  const files = parsed.operands.length > 0 ? parsed.operands.map(({ value }) => value) : usual;
  for (const file of files) {
    if (/pyproject\.toml$|setup\.(?:py|cfg)$/u.test(file)) project(call, file.replace(/\/?[^/]*$/u, '') || '.');
    else compiledRequirements(call, file);
  }
}

/** `pdm install|sync|lock|update|add|publish|run`. */
export function pdm(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  const [verb, ...rest] = parsed.operands;
  if (verb?.value === 'publish') {
    const url = option(parsed, 'r', 'repository') ?? variable(call, 'PDM_PUBLISH_REPO');
    const password = option(parsed, 'P', 'password')?.value ?? call.state.value('PDM_PUBLISH_PASSWORD') ?? '';
    if (url && authorised(call, url.value, hasToken(password)))
      call.findings.api(url.value, packageUse(url.at, 'pypi', true));
  } else if (verb?.value === 'run') call.shell.rerun(call, call.args.slice(1));
  else if (verb?.value === 'config' && rest[1])
    call.state.note(`pdm ${rest[0]?.value ?? ''}`, rest[1].value, rest[1].at);
  else if (verb === undefined || /^(?:install|sync|lock|update|add|build)$/u.test(verb.value)) {
    pipSources(call, parsed);
    for (const [key, { value, at }] of call.state.notes)
      if (/^pdm pypi\.(?:[\w-]+\.)?url$/u.test(key)) index(call, value, at ?? call.at);
    project(call, '.');
    for (const one of rest) requirement(call, one.value, one.at);
  }
}

/** `hatch`: like the others, with environments of its own; `hatch publish` takes its repository by option. */
export function hatch(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  if (parsed.operands[0]?.value === 'publish') {
    const url = option(parsed, 'r', 'repo') ?? variable(call, 'HATCH_INDEX_REPO');
    const secret = option(parsed, 'a', 'auth')?.value ?? call.state.value('HATCH_INDEX_AUTH') ?? '';
    if (url && authorised(call, url.value, hasToken(secret)))
      call.findings.api(url.value, packageUse(url.at, 'pypi', true));
    return;
  }
  pipSources(call, parsed);
  project(call, '.');
}

/** `tox` and `nox` run pip with the environment of the job and with what their own file sets. */
export function tox(call: Call): void {
  pipSources(call, null);
  project(call, '.');
  if (call.name === 'nox') {
    call.shell.runFile('noxfile.py', call.args, call);
    return;
  }
  const dashes = call.args.findIndex(({ value }) => value === '--');
  const words = dashes < 0 ? [] : call.args.slice(dashes + 1).map(({ value }) => value);
  const own = parseArgs(dashes < 0 ? call.args : call.args.slice(0, dashes), new Set([...PYTHON_OPTIONS, 'e']));
  const chosen = allOptions(own, 'e').flatMap(({ value }) => value.split(','));
  const saved = { vars: call.state.vars, exported: call.state.exported };
  call.state.vars = new Map(saved.vars);
  call.state.exported = new Set(saved.exported);
  for (const setting of environments(readSettings(fileLines(call, 'tox.ini')), chosen))
    toxSetting(call, setting, words);
  call.state.vars = saved.vars;
  call.state.exported = saved.exported;
}

/** Settings of the environments that are chosen: a key of one of them replaces that of `testenv`; variables come first. */
function environments(settings: readonly Setting[], chosen: readonly string[]): readonly Setting[] {
  const named = new Set(chosen.map((name) => `testenv:${name}`));
  const own = settings.filter(({ section }) => named.has(section));
  const keys = new Set(own.map(({ key }) => key));
  const rest = settings.filter(({ section, key }) => {
    if (!section.startsWith('testenv:')) return section !== 'testenv' || own.length === 0 || !keys.has(key);
    return chosen.length === 0;
  });
  const variables = (setting: Setting): boolean => /^set_?env$/u.test(setting.key);
  const all = [...rest, ...own];
  return [...all.filter(variables), ...all.filter((setting) => !variables(setting))];
}

function toxSetting(call: Call, { key, value, at }: Setting, words: readonly string[]): void {
  const text = value
    .replace(
      /\{env:(\w+)(?::([^}]*))?\}/gu,
      (_, name: string, fallback = '') => call.state.value(name) ?? String(fallback),
    )
    .replace(/\{posargs(?::([^}]*))?\}/gu, (_, fallback = '') =>
      words.length > 0 ? words.join(' ') : String(fallback),
    );
  const variable = /^set_?env$/u.test(key) ? /^\s*(\w+)\s*=\s*([^]*)$/u.exec(text) : null;
  if (variable) {
    call.state.set(variable[1] ?? '', variable[2] ?? '', at);
    call.state.export(variable[1] ?? '');
  }
  if (/^commands(?:_pre|_post)?$/u.test(key)) {
    const command = text.replace(/^-\s*/u, '');
    if (!/\{/u.test(command)) call.shell.runChild(pointSource(command, at), [], { ...call, stdin: null });
  }
  const url = /https?:\/\/\S+/u.exec(text)?.[0];
  if (/^(?:deps|setenv|set_env|indexserver|install_command|commands_pre)$/u.test(key) && url !== undefined) {
    if (/git\+/u.test(text)) requirement(call, text, at);
    else index(call, url, at);
  } else if (key === 'deps') {
    const file = /^-r\s*(\S+)/u.exec(text)?.[1];
    if (file !== undefined) compiledRequirements(call, file);
  }
}

/** `conda`, `mamba`: the part of an environment file that pip installs. */
export function conda(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['f', 'file', 'n', 'name', 'p', 'prefix', 'c', 'channel']));
  const words = parsed.operands.map(({ value }) => value);
  if (words[0] === 'run') {
    const start = call.args.findIndex(
      ({ value }, index) => index > 0 && !value.startsWith('-') && !/^-[np]$/u.test(call.args[index - 1]?.value ?? ''),
    );
    if (start > 0) call.shell.rerun(call, call.args.slice(start));
    return;
  }
  if (!words.some((word) => /^(?:create|update|install)$/u.test(word))) return;
  pipSources(call, null);
  const given = allOptions(parsed, 'f', 'file').map(({ value }) => value);
  const files = given.length > 0 ? given : words[0] === 'env' ? ['environment.yml', 'environment.yaml'] : [];
  for (const file of files) {
    const items = fileLines(call, file).map((line) => ({
      ...line,
      text: line.text.replace(/^\s*-\s*["']?([^"']*)["']?\s*$/u, '$1'),
    }));
    const copy = `/tmp/environment of ${file}`;
    call.workspace.write(copy, items, false, call.state);
    compiledRequirements(call, copy);
  }
}

/** `uvx PROGRAM …` and `pipx run PROGRAM …`: what the program is installed from, then the program. */
export function pipRun(call: Call): void {
  const runs = call.name === 'uvx' || call.args[0]?.value === 'run';
  const args = call.name === 'uvx' ? call.args : call.args.slice(1);
  const parsed = parseArgs(args, new Set([...PYTHON_OPTIONS, 'from', 'spec', 'with-editable', 'with-requirements']));
  pipSources(call, parsed);
  for (const one of allOptions(parsed, 'from', 'spec', 'with')) requirement(call, one.value, one.at);
  for (const one of runs ? parsed.operands.slice(0, 1) : parsed.operands) requirement(call, one.value, one.at);
  const program = parsed.operands[0];
  if (runs && program) call.shell.rerun(call, args.slice(args.indexOf(program)));
}

/** `pants`: the indexes of its settings and the requirements of the repository. */
export function pants(call: Call): void {
  if (
    !call.args.some(({ value }) =>
      /^(?:test|check|lint|package|run|export|generate-lockfiles|publish|repl)$/u.test(value),
    )
  )
    return;
  for (const { section, key, value, at } of readSettings(fileLines(call, 'pants.toml')))
    if (section === 'python-repos' && key === 'indexes') index(call, withVariables(value, call), at);
  for (const path of ['requirements.txt', ...matching(call, '3rdparty/**/*requirements*.txt')])
    compiledRequirements(call, path);
  project(call, '.');
}

function variable(call: Call, name: string): { value: string; at: Call['at'] } | undefined {
  const binding = call.state.vars.get(name);
  return binding ? { value: binding.value, at: binding.at ?? call.at } : undefined;
}
